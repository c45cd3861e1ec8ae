"""Messages: every accepted order, refund, event and customer gets its place in the log.

``message``: seq, file, section, first_line, at (NULL: undated), ``id_<kind>`` as said. An order may
take several places: it was so, it changed, it was cancelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.sql import fill, union_all
from stamgast.language.sql.terms import Sql, as_, col, name, num, tab

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stamgast.collect.run import Group, Run

STRIDE = 3
"""At least; of an order that is corrected, one more for every instant at which something began to hold."""
ROWS_AT_ONCE = 1_500_000
"""Files are read together up to so many rows: sorting them must not need much memory."""
MESSAGE = "message"
INSTANT_OF = {
    "orders": "ordered_at",
    "order_lines": "ordered_at",
    "refunds": "at",
    "coupons": "at",
    "events": "at",
    "customers": "at",
    "consents": "at",
    "extensions": "at",
    "products": "at",
}
MAKES_NOBODY = frozenset({"extensions", "products"})
"""What is said about these makes nobody exist: their messages are undated."""
ACCEPTED = '"trouble" IS NULL AND NOT "repeated"'


def identifier_kinds(run: Run) -> list[str]:
    """The kinds that the mapping names, in the order of their strength."""
    named = {kind for group in run.groups for kind in group.section.identifiers}
    known = [*run.resolver.person_kinds, *run.resolver.device_kinds]
    return [kind for kind in known if kind in named]


def stride(run: Run) -> int:
    """How many places of the log a message takes."""
    fields = {
        field for group in run.of_kind("orders", "order_lines") for field in group.section.fields
    }
    several = run.knows_orders or {"status", "cancelled_at", "changed_at"} & fields
    return STRIDE + run.most_begun if several else 1


def make_messages(run: Run) -> None:
    """Make ``message``, a view: it holds nothing that the groups do not.

    Places are in order of file and line, then section. They have gaps, so that no row must know of
    another: place = first of the file + (line x sections + section) x stride.
    """
    kinds = identifier_kinds(run)
    step = stride(run)
    sections = len(run.mapping.rows)
    parts: list[exp.Query] = []
    for file in dict.fromkeys(group.file for group in run.groups):
        groups = [group for group in run.groups if group.file == file]
        last = max(_last_line(run, group) for group in groups)
        first = run.session.allot("seq", (last + 1) * sections * step) if last else 1
        run.places[file] = first
        parts += [_part(run, group, kinds) for group in groups]
    run.show(MESSAGE, union_all(parts))


def place_of(run: Run, group: Group, first_line: Sql) -> Sql:
    """The place in the log of the message of a group's row."""
    return fill(
        "CAST(_first + (_line * _sections + _section) * _step AS BIGINT)",
        first=num(run.places[group.file]),
        line=first_line,
        sections=num(len(run.mapping.rows)),
        section=num(group.section.number),
        step=num(stride(run)),
    )


def instant_of(run: Run, group: Group, at: Sql) -> Sql:
    """The instant of the message of a group's row, by what its field says."""
    if group.section.section.undated is None and group.kind != "consents":
        return at
    return fill("coalesce(_x, _now)", x=at, now=run.received)


def at_once(groups: Iterable[Group]) -> Iterator[list[Group]]:
    """Groups that are views, as many of a section as are read and sorted together."""
    waiting: dict[int, list[Group]] = {}
    for group in groups:
        if not group.in_place:
            continue
        some = waiting.setdefault(group.section.number, [])
        some.append(group)
        if sum(one.rows.source.total for one in some) >= ROWS_AT_ONCE:
            yield waiting.pop(group.section.number)
    yield from waiting.values()


def _last_line(run: Run, group: Group) -> int:
    query = exp.select(fill('max("first_line")')).from_(tab(group.table)).where(fill(ACCEPTED))
    return int(run.fetch(query)[0][0] or 0)


def _part(run: Run, group: Group, kinds: list[str]) -> exp.Query:
    at = instant_of(run, group, col(INSTANT_OF[group.kind]))
    if group.kind in MAKES_NOBODY:
        at = exp.cast(exp.null(), "timestamptz")
    ids = [
        as_(
            col(f"id_{kind}")
            if kind in group.section.identifiers
            else exp.cast(exp.null(), "varchar"),
            f"id_{kind}",
        )
        for kind in kinds
    ]
    return (
        exp.select(
            as_(place_of(run, group, col("first_line")), "seq"),
            as_(exp.cast(num(group.file), "int"), "file"),
            as_(exp.cast(num(group.section.number), "int"), "section"),
            col("first_line"),
            as_(at, "at"),
            *ids,
        )
        .from_(tab(group.table))
        .where(fill(ACCEPTED))
    )


def heads(group: Group) -> exp.Select:
    """The accepted rows of a group with ``seq`` and ``identity_id``: ``... AS g JOIN head ...``."""
    everything = exp.Column(this=exp.Star(), table=name("g"))
    return (
        exp.select(everything, col("seq", "h"), col("identity_id", "h"))
        .from_(tab(group.table, "g"))
        .join(tab("head", "h"), on=of_head(group, col("first_line", "g")))
    )


def of_head(group: Group, first_line: Sql) -> Sql:
    """That the row ``h`` of ``head`` is the one of a group's row."""
    return fill(
        '"h"."first_line" = _line AND "h"."file" = _file AND "h"."section" = _section',
        line=first_line,
        file=num(group.file),
        section=num(group.section.number),
    )
