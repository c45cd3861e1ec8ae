"""One part of the shop: everything of so many customers, as tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from stamgast.demo.generator import truth
from stamgast.demo.generator.browsing import events_table, make_sessions
from stamgast.demo.generator.mailing import mail_table, make_mails, subscribed
from stamgast.demo.generator.orders import make_lines, make_orders, orders_table
from stamgast.demo.generator.people import customers_table, make_people
from stamgast.demo.generator.permissions import consents_table, extensions_table
from stamgast.demo.generator.purchases import habits, purchases
from stamgast.demo.generator.refunds import make_refunds, refunds_table
from stamgast.demo.generator.service import make_service, service_table, subscriptions_table

if TYPE_CHECKING:
    import pyarrow as pa

    from stamgast.demo.generator.frame import Frame

Tables: TypeAlias = "dict[str, pa.Table]"

FEEDS = (
    "customers",
    "orders",
    "refunds",
    "events",
    "mail",
    "service",
    "subscriptions",
    "consents",
    "extensions",
)
"""The files per customer that have a mapping, in the order in which they are best read."""
CATALOGUE = "products"
"""The one file of the products, which has a mapping, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some customers: their files by kind, and the truth about them by kind."""

    files: Tables
    truth: Tables = field(default_factory=dict)


def make_part(frame: Frame, first: int, last: int) -> Part:
    """Everything of the customers in the places from ``first`` to, not including, ``last``."""
    people = make_people(frame, first, last)
    habit = habits(frame, people)
    orders = make_orders(frame, people, purchases(frame, people, habit))
    lines = make_lines(frame, people, orders)
    refunds = make_refunds(frame, people, orders, lines)
    takes = subscribed(frame, people)
    mails = make_mails(frame, people, takes)
    sessions = make_sessions(frame, people, habit, orders, mails)
    said = make_service(frame, orders)
    files = {
        "customers": customers_table(frame, people)[0],
        "orders": orders_table(frame, people, orders, lines),
        "refunds": refunds_table(frame, people, orders, lines, refunds),
        "events": events_table(frame, people, orders, lines, sessions),
        "mail": mail_table(frame, people, takes, mails, orders),
        "service": service_table(frame, people, orders, lines, said),
        "subscriptions": subscriptions_table(frame, people),
        "consents": consents_table(frame, people, takes),
        "extensions": extensions_table(frame, people),
    }
    known = {
        "persons": truth.persons_table(frame, people, habit),
        "identifiers": truth.identifiers_table(frame, people),
        "totals": truth.totals_table(orders, lines, refunds),
    }
    return Part(files=files, truth=known)
