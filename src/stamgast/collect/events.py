"""Events, and coupons redeemed, which are events of one name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.kinds import COUPON_EVENT
from stamgast.collect.messages import of_head
from stamgast.collect.singles import given_id, whole_rows
from stamgast.collect.sql import fill
from stamgast.language.sql.terms import Sql, as_, col, num, tab
from stamgast.store.lake import LAKE, PROPERTY_PREFIX

if TYPE_CHECKING:
    from stamgast.collect.run import Group, Run

EVENTS = ("coupons", "events")
COUPON_PROPERTIES = {"coupon": "coupon", "campaign": "campaign", "order": "order_id"}
"""Fields of a coupon redeemed, and the property each becomes."""


def write_events(run: Run) -> None:
    """Write the new events, a file of the lake per section: each has its own properties."""
    for group in run.of_kind(*EVENTS):
        run.write("event", _events(run, group), LAKE["event"].order)


def _events(run: Run, group: Group) -> exp.Select:
    event: Sql = col("event", "r")
    properties: dict[str, Sql] = {}
    if group.kind == "coupons":
        event = exp.Literal.string(COUPON_EVENT)
        properties = {
            prop: col(field, "r")
            for field, prop in COUPON_PROPERTIES.items()
            if field in group.section.fields
        }
    for one, typed in group.section.section.further.items():
        found = col(f"x_{one}", "r")
        # instants of properties are microseconds, as the engines read them
        properties[one] = fill("epoch_us(_x)", x=found) if typed.type == "instant" else found
    always = group.rows.always(group.section, "message_id")
    columns: dict[str, Sql] = {
        "identity_id": col("identity_id", "h"),
        "event": event,
        "occurred_at": col("at", "h"),
        "received_at": fill("make_timestamptz(_now)", now=num(run.now)),
        "message_id": given_id(run, col("message_id", "r")) if always else col("stored_id", "g"),
        "source": exp.cast(run.params.bind(run.source), "varchar"),
        "seq": col("seq", "h"),
        "extra": exp.cast(exp.null(), "varchar"),
        **{f"{PROPERTY_PREFIX}{one}": sql for one, sql in properties.items()},
    }
    query = (
        exp.select(*(as_(sql, column) for column, sql in columns.items()))
        .from_(whole_rows(group).subquery("r"))
        .join(tab("head", "h"), on=of_head(group, col("first_line", "r")))
    )
    if always:
        return query
    same = fill('"g"."first_line" = "r"."first_line"')
    return query.join(tab(group.table, "g"), on=same)
