"""Events, and coupons redeemed, which are events of one name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.kinds import COUPON_EVENT
from stamgast.collect.messages import at_once, instant_of, of_head, place_of
from stamgast.collect.people import with_identity
from stamgast.collect.singles import given_id, not_marked, whole_rows
from stamgast.collect.sql import fill, union_all
from stamgast.language.sql.terms import Sql, as_, col, tab
from stamgast.store.lake import LAKE, PROPERTY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stamgast.collect.run import Group, Run

EVENTS = ("coupons", "events")
COUPON_PROPERTIES = {"coupon": "coupon", "campaign": "campaign", "order": "order_id"}
"""Fields of a coupon redeemed, and the property each becomes."""


def write_events(run: Run) -> None:
    """Write the new events, a file of the lake per section and million rows: each has its properties."""
    for group in run.of_kind(*EVENTS):
        if not group.in_place:
            run.write("event", _kept(run, group), LAKE["event"].order)
    for groups in at_once(run.of_kind(*EVENTS)):
        run.write("event", _in_place(run, groups), ())


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


def _in_place(run: Run, groups: Sequence[Group]) -> exp.Select:
    """The events of some files of one section, sorted as the lake has them.

    What follows from a row's other columns, and what is the same in every row, comes after sorting:
    there is less to move.
    """
    rows = union_all([_to_sort(run, group) for group in groups])
    names = list(_to_sort(run, groups[0]).named_selects)
    every = exp.select(*map(col, names)).from_(rows.subquery("every"))
    every = every.order_by(*(col(column) for column in LAKE["event"].order))
    columns: dict[str, Sql] = {name: col(name) for name in names}
    columns["message_id"] = given_id(run, col("message_id"))
    return _selected({**columns, **_constants(run)}).from_(every.subquery("sorted"))


def _to_sort(run: Run, group: Group) -> exp.Select:
    rows, identity = with_identity(
        run, group, exp.select().from_(whole_rows(group).subquery("r")), "r"
    )
    columns = {
        "identity_id": identity,
        "occurred_at": instant_of(run, group, col("at", "r")),
        "message_id": col("message_id", "r"),
        "seq": place_of(run, group, col("first_line", "r")),
        **_told(group),
    }
    rows = rows.select(*_selected(columns).expressions)
    return rows.where(not_marked(run, group, col("first_line", "r")))


def _selected(columns: Mapping[str, Sql]) -> exp.Select:
    return exp.select(*(as_(sql, column) for column, sql in columns.items()))


def _constants(run: Run) -> dict[str, Sql]:
    return {
        "received_at": run.received,
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
