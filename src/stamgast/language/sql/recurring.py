"""The value that comes back: seen in several visits, or bought in several orders.

Steps: ``..._seen`` (events with the start of their visit; one for all that is asked of the same visits)
-> ``..._occasions`` (one row per profile, value and visit or order) -> ``..._often`` (how many of them there
are of each value in the window, the first and the last).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sqlglot import exp

from stamgast.errors import InternalError
from stamgast.language.ast import Within
from stamgast.language.sql.aggregates import Part, after
from stamgast.language.sql.filters import row_filter
from stamgast.language.sql.groups import Floor, Group, Wish, join_ask
from stamgast.language.sql.sources import RowSet, event_filter
from stamgast.language.sql.terms import (
    Sql,
    all_of,
    any_of,
    as_,
    asc,
    case,
    col,
    count,
    eq,
    gt,
    gte,
    is_null,
    num,
    present,
    sub,
    tab,
    window,
)
from stamgast.language.sql.values import Value

if TYPE_CHECKING:
    from stamgast.language.ast import Aggregate, Rows
    from stamgast.language.sql.plan import Plan

OWN_NAME = ""
"""Under which the name of an event is read: no property is called so, but one may be called ``event``."""


def recurring(a: Aggregate, plan: Plan) -> Value:
    """Of the values with enough occasions the one with most, then the latest, then the greatest."""
    over = a.rows.window
    if not isinstance(over, Within):
        raise InternalError("a recurring value without a window of ages")
    every = _occasions(a, over, plan)
    often = plan.new_step("recurring_often")
    plan.add_step(often, _often(every.step, over, plan))
    enough: Sql = gte(col("many", "r"), num(a.at_least or 1))
    best = _group(often, plan)
    first = best.want("first", exp.Min(this=col("first_at", "r")))
    if every.last:
        of_last = plan.new_step("recurring_of_last")
        plan.add_step(of_last, _of_last(often, every.last, plan))
        plan.once.add(often)
        best = _group(of_last, plan)
    face = plan.face
    order = face.row(many=col("many", "r"), last_at=col("last_at", "r"), value=col("value", "r"))
    value = best.want(
        f"recurring_{a.of}",
        face.value_of_greatest(col("value", "r"), order),
        Wish(where=enough),
    )
    until = after(col(first.column), over.us, plan)
    return Value(sql=col(value.column), until=until, level=0, type=a.type, nullable=True)


def _group(step: str, plan: Plan) -> Group:
    """The group of a step with a row per value; its instant, which nobody asks for, is the first."""
    at = col("first_at", "r")
    rows = RowSet(
        name=step, table=step, come=(), at=at, day=at, id=at, column=lambda _: None, asked=True
    )
    return plan.add_group(
        Group(step=plan.new_step(f"{step}_by_profile"), rows=rows, moment=plan.moment)
    )


def _keys(plan: Plan) -> list[Sql]:
    return [col("profile_id"), *([col("t")] if plan.moment.t is None else [])]


class _Occasions(NamedTuple):
    """The step with the occasions, and the one with the last event of each profile, if it is asked."""

    step: str
    last: str | None


def _occasions(a: Aggregate, over: Within, plan: Plan) -> _Occasions:
    """``SELECT DISTINCT profile_id, value, at, occasion``."""
    queries: list[exp.Query] = []
    since = _since(a, plan)
    last = plan.new_step("recurring_last") if a.last_only else None
    for rows in (a.rows, a.lines):
        if rows is not None and rows.source == "event":
            queries.append(_later(_visited(a, rows, over, plan, last), since, plan))
        elif rows is not None:
            queries.append(_later(_bought(a, rows, over, plan), since, plan))
    first, *rest = queries
    for query in rest:
        first = exp.union(first, query, distinct=False, copy=False)
    return _Occasions(plan.add_step(plan.new_step("recurring_occasions"), first), last)


def _visited(a: Aggregate, rows: Rows, over: Within, plan: Plan, last: str | None) -> exp.Select:
    """Values of events, with the start of their visit, maybe several times; ``last``: the step to make of the last ones."""
    visits = _visits(a, rows, over, plan)
    of_rows = [] if a.visits_of is None else visits.of(rows, plan)
    value = visits.value(a)
    if last:
        visits.ids = True
        plan.add_step(last, _last(visits.step, value, of_rows, over, plan))
    return (
        exp.select(
            *_keys(plan),
            as_(value.copy(), "value"),
            col("at"),
            as_(exp.Literal.string(""), "occasion"),
            *([col("row_at")] if a.since else []),
        )
        .from_(tab(visits.step))
        .where(all_of([present(value.copy()), *(one.copy() for one in of_rows)]), copy=False)
    )


@dataclass(slots=True, kw_only=True)
class Visits:
    """A step with the events that visits are made of, each with the start of its visit (``at``).

    Whatever is asked of the same visits reads it: what is read of an event becomes a column.
    """

    step: str
    base: RowSet
    events: tuple[str, ...]
    where: Sql | None
    """Only events that pass are there."""
    gap: int
    age: int = 0
    """How far back it is asked for."""
    ids: bool = False
    """Whether the last of several events at one instant is asked for: else nobody reads their ids."""
    read: dict[str, tuple[str, Sql]] = field(default_factory=dict)

    def column(self, name: str) -> Sql | None:
        """The column of the step for a property; None: no event has it."""
        found = self.base.column(name)
        return None if found is None else self._column(name, found)

    def _column(self, name: str, found: Sql) -> Sql:
        return col(self.read.setdefault(name, (f"p{len(self.read) + 1}", found))[0])

    def value(self, a: Aggregate) -> Sql:
        """The property that is asked for."""
        found = self.column(a.of or "")
        return exp.cast(exp.null(), "TEXT") if found is None else found

    def of(self, rows: Rows, plan: Plan) -> list[Sql]:
        """What tells these rows from the other events of the visits."""
        found: list[Sql] = []
        if rows.events != self.events:
            named = event_filter(rows.events, plan.moment)
            named.find(exp.Column).replace(self._column(OWN_NAME, col("event")))  # type: ignore[union-attr] # it is of a column
            found.append(named)
        if rows.where is not None:
            found.append(row_filter(rows.where, self.column, plan.moment.parameters))
        return found


def _visits(a: Aggregate, rows: Rows, over: Within, plan: Plan) -> Visits:
    """The visits that an aggregate asks of: those of its own rows, or of all events it names."""
    gap = a.gap_us or 0
    made_of = a.visits_of or rows
    base = plan.base("event", made_of.events)
    own = Part.over(Group(step="", rows=base, moment=plan.moment), base, made_of, plan)
    key = (made_of.events, None if own.where is None else own.where.sql(), gap)
    if key not in plan.visits:
        step = plan.new_step("recurring_seen")
        plan.visits[key] = Visits(
            step=step, base=base, events=made_of.events, where=own.where, gap=gap
        )
        events = plan.new_step("recurring_events")
        plan.steps[events] = lambda: _events(plan.visits[key], plan)
        plan.steps[step] = lambda: _seen(events, plan.visits[key], plan)
        plan.once.add(step)
    plan.visits[key].age = max(plan.visits[key].age, over.us)
    return plan.visits[key]


def _events(visits: Visits, plan: Plan) -> exp.Select:
    """``SELECT profile_id, at, LAG(at) OVER (PARTITION BY profile_id ORDER BY at) AS before, ...``.

    Events are looked back upon for one pause more than the window reaches: what is older is not
    needed to know whether an event in the window begins a visit.
    """
    base = visits.base
    floor = Floor(age=visits.age).older(visits.gap)
    outer = [col("profile_id", "r"), *([col("t", "a")] if plan.moment.t is None else [])]
    before = window(exp.Lag(this=base.at), outer, [asc(base.at)])
    lagged = exp.select(
        *outer,
        as_(base.at, "at"),
        *([as_(base.id, "id")] if visits.ids else []),
        as_(before, "before"),
        *(as_(sql.copy(), alias) for alias, sql in visits.read.values()),
    ).from_(tab(base.table, "r"))
    lagged = join_ask(lagged, base, plan.moment)
    where = [*base.come, *([] if visits.where is None else [visits.where.copy()])]
    where += [] if plan.narrow is None else [plan.narrow.copy()]
    return lagged.where(all_of([*where, gte(base.at, floor.sql(plan.moment))]), copy=False)


def _seen(events: str, visits: Visits, plan: Plan) -> exp.Select:
    """Each event with the start of its visit.

    ``MAX(CASE WHEN before IS NULL OR at - before >= $gap THEN at END) OVER (PARTITION BY profile_id
    ORDER BY at)``.
    """
    begins = exp.or_(
        is_null(col("before")),
        gte(sub(col("at"), col("before")), plan.moment.span(visits.gap)),
        copy=False,
    )
    start = window(exp.Max(this=case((begins, col("at")))), _keys(plan), [asc(col("at"))])
    return exp.select(
        *_keys(plan),
        as_(start, "at"),
        as_(col("at"), "row_at"),
        *([col("id")] if visits.ids else []),
        *(col(alias) for alias, _ in visits.read.values()),
    ).from_(tab(events))


def _last(seen: str, value: Sql, of_rows: list[Sql], over: Within, plan: Plan) -> exp.Select:
    """The value of the last event of each profile; missing if its visit began before the window."""
    face = plan.face
    inside = case((gte(col("at"), plan.moment.ago(over.us)), value.copy()))
    newest = face.value_of_greatest(inside, face.row(at=col("row_at"), id=col("id")))
    select = exp.select(*_keys(plan), as_(newest, "value")).from_(tab(seen))
    if of_rows:
        select = select.where(all_of([one.copy() for one in of_rows]), copy=False)
    return select.group_by(*_keys(plan), copy=False)


def _of_last(often: str, last: str, plan: Plan) -> exp.Select:
    """The rows of ``often`` with the value of the last event."""
    keys = [*(key.name for key in _keys(plan)), "value"]
    same = exp.and_(*(eq(col(key, "o"), col(key, "l")) for key in keys))
    columns = [col(name, "o") for name in (*keys, "many", "last_at", "first_at")]
    return exp.select(*columns).from_(tab(often, "o")).join(tab(last, "l"), on=same)


def _bought(a: Aggregate, rows: Rows, over: Within, plan: Plan) -> exp.Select:
    """Values of lines, with their order, maybe several times."""
    base = plan.base("line", ())
    part = Part.over(Group(step="", rows=base, moment=plan.moment), base, rows, plan)
    value = _value(base, a)
    keys = [col("profile_id", "r"), *([col("t", "a")] if plan.moment.t is None else [])]
    select = exp.select(
        *keys,
        as_(value, "value"),
        as_(base.at, "at"),
        as_(col("order_key", "r"), "occasion"),
        *([as_(base.at, "row_at")] if a.since else []),
    )
    select = join_ask(select.from_(tab(base.table, "r")), base, plan.moment)
    where = [*base.come, *([] if part.where is None else [part.where]), present(value.copy())]
    where.append(gte(base.at, plan.moment.ago(over.us)))
    return select.where(all_of(where), copy=False)


def _since(a: Aggregate, plan: Plan) -> str | None:
    """The step with the instant of the last row that everything must be later than, if asked.

    One for all values that must be later than the same.
    """
    if a.since is None:
        return None
    if a.since in plan.since:
        return plan.since[a.since]
    base = plan.base(a.since.source, a.since.events)
    part = Part.over(Group(step="", rows=base, moment=plan.moment), base, a.since, plan)
    keys = [col("profile_id", "r"), *([col("t", "a")] if plan.moment.t is None else [])]
    select = exp.select(*keys, as_(exp.Max(this=base.at), "since")).from_(tab(base.table, "r"))
    where = [*base.come, *([] if part.where is None else [part.where])]
    select = join_ask(select, base, plan.moment).where(all_of(where), copy=False)
    step = plan.add_step(plan.new_step("recurring_since"), select.group_by(*keys, copy=False))
    plan.since[a.since] = step
    return step


def _later(found: exp.Select, since: str | None, plan: Plan) -> exp.Select:
    """Occasions of rows after the last of ``since`` (None: all).

    ``SELECT DISTINCT ... FROM (found) AS "f" LEFT JOIN since AS "l" ON ... WHERE "since" IS NULL OR
    "row_at" > "since"``
    """
    if since is None:
        return found.distinct(copy=False)
    same = exp.and_(*(eq(col(key.name, "f"), col(key.name, "l")) for key in _keys(plan)))
    names = [*(key.name for key in _keys(plan)), "value", "at", "occasion"]
    alias = exp.TableAlias(this=exp.to_identifier("f", quoted=True))
    later = any_of([is_null(col("since", "l")), gt(col("row_at", "f"), col("since", "l"))])
    return (
        exp.select(*(col(name, "f") for name in names))
        .distinct(copy=False)
        .from_(exp.Subquery(this=found, alias=alias))
        .join(tab(since, "l"), on=same, join_type="left", copy=False)
        .where(later, copy=False)
    )


def _value(base: RowSet, a: Aggregate) -> Sql:
    found = base.column(a.of or "")
    return exp.cast(exp.null(), "TEXT") if found is None else found


def _often(every: str, over: Within, plan: Plan) -> exp.Select:
    keys = [*_keys(plan), col("value")]
    return (
        exp.select(
            *keys,
            as_(count(), "many"),
            as_(exp.Max(this=col("at")), "last_at"),
            as_(exp.Min(this=col("at")), "first_at"),
        )
        .from_(tab(every))
        .where(gte(col("at"), plan.moment.ago(over.us)))
        .group_by(*keys)
    )
