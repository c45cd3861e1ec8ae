"""What went wrong for one customer, as the rows ``problem`` of the definitions say it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stamgast.decide.fields import Problem
from stamgast.language.reference.moments import moment
from stamgast.language.reference.named import open_rows

if TYPE_CHECKING:
    from stamgast.app.core import Core
    from stamgast.app.customers import Customer

ROWS = "problem"
KINDS = {
    "Complaint Opened": "complaint",
    "Ticket Opened": "ticket",
    "Ticket Tagged": "ticket",
    "Order Returned": "return",
    "Order Cancelled": "cancelled",
    "Delivery Promised": "late",
    "Product Reviewed": "review",
    "NPS Answered": "nps",
    "Subscription Ended": "subscription",
}
"""What an event that is a problem is called; others are tickets."""

_ANY = "SELECT 1 FROM {event} WHERE profile_id = $profile AND list_contains($names, event) LIMIT 1"


def problems_of(core: Core, found: Customer) -> tuple[Problem, ...]:
    """The problems up to the instant the customer was looked at, the oldest first.

    Solved: something closed it by then. A shop whose definitions have no rows ``problem`` has none.
    """
    named = core.definitions.rows.get(ROWS)
    if named is None or not found.exists:
        return ()
    names = sorted({name for part in named.parts for name in part.events})
    if not core.reader.near(_ANY, found.profile_id, names=names):
        return ()
    log = core.reader.profile_log(found.profile_id)
    now = moment(core.definitions, log, None, found.as_of)
    waiting = {row.id for row in open_rows(named, now)}
    called = {event.message_id: KINDS.get(event.name, "ticket") for event in log.events}
    return tuple(
        Problem(kind=called[row.id], since=row.at, solved=row.id not in waiting)
        for row in sorted(
            open_rows(replace(named, closed_by=None), now), key=lambda row: (row.at, row.id)
        )
    )
