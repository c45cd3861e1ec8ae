"""Rows that several steps read are read once: one scan of the table for all of them.

Events and lines come from views that look up whose a row is and what the catalogue says: that, and the
scan itself, is most of what a statement costs. A shared step holds the rows that any of its readers
may want; each reader keeps its own conditions, so an answer cannot depend on who shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.sql.sources import AT
from stamgast.language.sql.terms import all_of, col, every, form, gte, tab
from stamgast.model.tables import EVENT, ORDER_LINE, ORDER_VERSION

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from stamgast.language.sql.moment import Moment
    from stamgast.language.sql.plan import Plan
    from stamgast.language.sql.terms import Sql

NAMED = "event"
"""The column that tells one kind of row from another, and the table that has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """A SELECT from a table: what it asks of the table's rows alone."""

    step: str
    select: exp.Select
    alias: str
    own: tuple[Sql, ...]
    """Its conditions that look at nothing but the table."""
    names: tuple[Sql, ...] | None
    """The events it reads; None: it does not say."""
    floor: Sql | None
    """The earliest instant it looks at."""


def shared_scans(
    steps: Mapping[str, exp.Query], plan: Plan, narrow: Sql | None
) -> dict[str, exp.Query]:
    """The steps that hold rows for several readers; the readers in ``steps`` now read those.

    ``narrow``: of whom only, on a table ``r``. With an instant per row nothing is shared: there each
    reader joins its rows with the instants.
    """
    if plan.moment.t is None or not plan.face.materializes:
        return {}
    found: dict[str, exp.Query] = {}
    for source, contract, more in (
        ("event", EVENT, ["p_" + name for name in plan.definitions.event_properties]),
        ("line", ORDER_LINE, []),
    ):
        table = plan.moment.prefix + contract.name
        known = [*(name for name, _ in contract.columns), *more]
        readers = _readers(steps, table, AT[source])
        for some in _apart(readers, plan.of_named) if source == "event" else [readers]:
            if len(some) > 1:
                step = plan.new_step(f"{contract.name}_rows")
                where = [*_wanted(some, AT[source], plan), *([] if narrow is None else [narrow])]
                found[step] = _rows(some, table, known, where)
                for reader in some:
                    reader.select.set("from_", exp.From(this=tab(step, reader.alias)))
    return found


def _apart(readers: Sequence[_Reader], of_named: Iterable[str]) -> list[list[_Reader]]:
    """Events that named rows are made of, and events that are read when they are new.

    Together they would be one scan, but one whose filter is no plain list of names: those are
    looked up once per page of a file, not once per row. Whoever reads events however old they are
    reads them alone: they may be nearly all there are, too many to be kept.
    """
    return [
        [one for one in readers if one.step in of_named],
        [one for one in readers if one.step not in of_named and one.floor is not None],
    ]


def pruned(steps: Mapping[str, exp.Query], wide: Iterable[str]) -> None:
    """Take columns that nobody names out of steps that offer every property there is.

    ``wide``: such a step comes before those that it reads; in ``steps`` it comes after them.
    """
    order = [*steps]
    for step in wide:
        readers = [steps[name] for name in order[order.index(step) + 1 :]]
        named = {column.name for query in readers for column in every(query, exp.Column)}
        for select in _branches(steps[step]):
            select.set("expressions", [one for one in select.selects if one.alias_or_name in named])


def bare_events(steps: Mapping[str, exp.Query], table: str, told: Iterable[str]) -> None:
    """Let whoever reads no column in ``told`` of the events read the events as they were sent.

    The catalogue fills those columns, and to look up a product costs as much whether or not it is used.
    """
    found = {*told}
    for query in steps.values():
        for select in every(query, exp.Select):
            source = select.args.get("from_")
            if source is None or not isinstance(source.this, exp.Table):
                continue
            named = {column.name for column in every(select, exp.Column)}
            if source.this.name == table and not named & found and not select.is_star:
                source.set("this", tab(f"bare_{table}", source.this.alias))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A table with the rows of one of ``model.tables`` that a question may be about.

    ``columns``: those of its columns that are there.
    """

    of: str
    table: str
    columns: frozenset[str]


def read_gathered(
    steps: Mapping[str, exp.Query], gathered: Iterable[Gathered], moment: Moment
) -> None:
    """Let whoever reads nothing that was not gathered read what was gathered."""
    found = {moment.prefix + one.of: one for one in gathered}
    for query in steps.values():
        for select in every(query, exp.Select):
            source = select.args.get("from_")
            if source is None or not isinstance(source.this, exp.Table) or select.is_star:
                continue
            one = found.get(source.this.name)
            if one is None:
                continue
            named = {column.name for column in every(select, exp.Column)}
            if named & _columns_of(one.of) <= one.columns:
                source.set("this", tab(one.table, source.this.alias))


@cache
def _columns_of(table: str) -> frozenset[str]:
    (contract,) = (one for one in (ORDER_LINE, ORDER_VERSION) if one.name == table)
    return frozenset(name for name, _ in contract.columns)


def _branches(query: exp.Query) -> list[exp.Select]:
    if isinstance(query, exp.SetOperation):
        return [*_branches(query.left), *_branches(query.right)]
    return [query] if isinstance(query, exp.Select) else []


def _readers(steps: Mapping[str, exp.Query], table: str, at: str) -> list[_Reader]:
    found = []
    for step, query in steps.items():
        for select in every(query, exp.Select):
            source = select.args.get("from_")
            if (
                source is not None
                and isinstance(source.this, exp.Table)
                and source.this.name == table
            ):
                found.append(_reader(step, select, at))
    return found


def _reader(step: str, select: exp.Select, at: str) -> _Reader:
    alias = select.args["from_"].this.alias
    where = select.args.get("where")
    joined = bool(select.args.get("joins"))
    own = [
        one
        for one in _conditions(where.this if where else None)
        if _is_own(one, alias, joined=joined)
    ]
    names = next((held for one in own if (held := _names(one)) is not None), None)
    floors = [one for one in own if isinstance(one, exp.GTE) and _is(one.this, at)]
    floor = floors[0].expression if len(floors) == 1 else None
    return _Reader(step=step, select=select, alias=alias, own=tuple(own), names=names, floor=floor)


def _conditions(where: Sql | None) -> list[Sql]:
    """What a WHERE holds together by AND."""
    if where is None:
        return []
    if isinstance(where, exp.Paren):
        return _conditions(where.this) if isinstance(where.this, exp.And) else [where]
    if isinstance(where, exp.And):
        return [*_conditions(where.left), *_conditions(where.right)]
    return [where]


def _is_own(condition: Sql, alias: str, *, joined: bool) -> bool:
    if any(every(condition, exp.Select)):
        return False
    tables = {column.table for column in every(condition, exp.Column)}
    # beside another table only the name of an event goes without its table
    bare = all(column.name == NAMED for column in every(condition, exp.Column) if not column.table)
    return tables <= {alias, ""} and (bare or not joined)


def _names(condition: Sql) -> tuple[Sql, ...] | None:
    """The events of ``event = $a``, ``event IN ($a, $b)``, or of either of some such conditions."""
    match condition:
        case exp.Paren(this=inner):
            return _names(inner)
        case exp.EQ(this=this, expression=value) if _is(this, NAMED):
            return (value,)
        case exp.In(this=this, expressions=values) if _is(this, NAMED) and values:
            return tuple(values)
        case exp.And():
            return next((held for one in _conditions(condition) if (held := _names(one))), None)
        case exp.Or(left=left, right=right):
            one, other = _names(left), _names(right)
            return None if one is None or other is None else (*one, *other)
        case _:
            return None


def _is(this: object, column: str) -> bool:
    return isinstance(this, exp.Column) and this.name == column


def _rows(
    readers: Sequence[_Reader], table: str, known: Sequence[str], where: Sequence[Sql]
) -> exp.Select:
    """The columns that the readers ask for between them."""
    read = {column.name for one in readers for column in every(one.select, exp.Column)}
    columns = [col(name, "r") for name in known if name in read]
    return exp.select(*columns).from_(tab(table, "r")).where(all_of(where), copy=False)


def _wanted(readers: Sequence[_Reader], at: str, plan: Plan) -> list[Sql]:
    """What all readers ask alike, which they need not ask again; the names; the earliest instant."""
    forms = [{form(_of_table(one)) for one in reader.own} for reader in readers]
    common = forms[0].intersection(*forms[1:])
    found = [made for one in readers[0].own if form(made := _of_table(one)) in common]
    for reader in readers:
        _forget(reader, common)
    events = {value.name: value for one in readers for value in one.names or ()}
    if all(one.names is not None for one in readers) and not any(_names(one) for one in found):
        found.append(exp.In(this=col(NAMED, "r"), expressions=[v.copy() for v in events.values()]))
    floors = [one.floor for one in readers if one.floor is not None]
    if len(floors) == len(readers):
        names = tuple(placeholder.name for placeholder in floors)
        value_of = [plan.moment.parameters.source_of(name) for name in names]
        least = plan.moment.decide(
            lambda given: min(range(len(value_of)), key=lambda n: value_of[n](given)),
            ("earliest", names),
        )
        since = gte(col(at, "r"), floors[least].copy())
        found += [] if since in found else [since]
    return found


def _forget(reader: _Reader, common: set[Hashable]) -> None:
    """Take conditions out of a reader's WHERE that hold for all rows of the step."""
    rest = [
        one
        for one in _conditions(reader.select.args["where"].this)
        if not (any(one is own for own in reader.own) and form(_of_table(one)) in common)
    ]
    reader.select.set("where", exp.Where(this=all_of(rest)) if rest else None)


def _of_table(condition: Sql) -> Sql:
    """The condition on a table ``r``."""
    made = condition.copy()
    for column in every(made, exp.Column):
        column.set("table", exp.Identifier(this="r", quoted=True))
    return made
