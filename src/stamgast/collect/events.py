"""Events, and coupons redeemed, which are events of one name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.kinds import COUPON_EVENT
from stamgast.collect.messages import instant_of, of_head, place_of
from stamgast.collect.people import with_identity
from stamgast.collect.singles import given_id, not_marked, whole_rows
from stamgast.collect.sql import fill
from stamgast.language.sql.terms import Sql, as_, col, num, tab
from stamgast.store.lake import LAKE, PROPERTY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.collect.run import Group, Run

EVENTS = ("coupons", "events")
COUPON_PROPERTIES = {"coupon": "coupon", "campaign": "campaign", "order": "order_id"}
"""Fields of a coupon redeemed, and the property each becomes."""


def write_events(run: Run) -> None:
    """Write the new events, a file of the lake per section: each has its own properties."""
    for group in run.of_kind(*EVENTS):
        if group.in_place:
            run.write("event", _in_place(run, group), ())
        else:
            run.write("event", _kept(run, group), LAKE["event"].order)


def _kept(run: Run, group: Group) -> exp.Select:
    """The events of a group that is a table of what tells them apart."""
    always = group.rows.always(group.section, "message_id")
    columns = {
        "identity_id": col("identity_id", "h"),
        "occurred_at": col("at", "h"),
        "message_id": given_id(run, col("message_id", "r")) if always else col("stored_id", "g"),
        "seq": col("seq", "h"),
        **_told(group),
        **_constants(run),
    }
    query = (
        _selected(columns)
        .from_(whole_rows(group).subquery("r"))
        .join(tab("head", "h"), on=of_head(group, col("first_line", "r")))
    )
    if always:
        return query
    same = fill('"g"."first_line" = "r"."first_line"')
    return query.join(tab(group.table, "g"), on=same)


def _in_place(run: Run, group: Group) -> exp.Select:
    """The events of a group that is a view, sorted as the lake has them.

    What follows from a row's other columns, and what is the same in every row, comes after sorting:
    there is less to move.
    """
    rows, identity = with_identity(
        run, group, exp.select().from_(whole_rows(group).subquery("r")), "r"
    )
    sorted_ = {
        "identity_id": identity,
        "occurred_at": instant_of(run, group, col("at", "r")),
        "message_id": col("message_id", "r"),
        "line": col("first_line", "r"),
        **_told(group),
    }
    rows = rows.select(*_selected(sorted_).expressions)
    rows = rows.where(not_marked(run, group, col("first_line", "r")))
    rows = rows.order_by(*(col(column) for column in LAKE["event"].order))
    columns: dict[str, Sql] = {column: col(column) for column in sorted_ if column != "line"}
    columns["message_id"] = given_id(run, col("message_id"))
    columns["seq"] = place_of(run, group, col("line"))
    return _selected({**columns, **_constants(run)}).from_(rows.subquery("sorted"))


def _selected(columns: Mapping[str, Sql]) -> exp.Select:
    return exp.select(*(as_(sql, column) for column, sql in columns.items()))


def _constants(run: Run) -> dict[str, Sql]:
    return {
        "received_at": fill("make_timestamptz(_now)", now=num(run.now)),
        "source": exp.cast(run.params.bind(run.source), "varchar"),
        "extra": exp.cast(exp.null(), "varchar"),
    }


def _told(group: Group) -> dict[str, Sql]:
    """The event's name and its properties, of a row ``r``."""
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
    return {"event": event, **{f"{PROPERTY_PREFIX}{one}": sql for one, sql in properties.items()}}
