"""Rows that are (or are not) followed by others: one pass over both, in the order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.errors import InternalError
from stamgast.language.ast import Within
from stamgast.language.sql.aggregates import Part
from stamgast.language.sql.groups import Floor, Group, Wish, floor_of, join_ask
from stamgast.language.sql.sources import RowSet
from stamgast.language.sql.terms import (
    Sql,
    all_of,
    any_of,
    as_,
    asc,
    case,
    coalesce,
    col,
    gte,
    no,
    num,
    sub,
    tab,
)

if TYPE_CHECKING:
    from stamgast.language.ast import Did, Sequence
    from stamgast.language.sql.plan import Plan


def sequence_group(c: Did, plan: Plan) -> Group:
    """The group over the rows of ``c``, each with ``at`` and ``followers``.

    Step ``..._joined`` holds both kinds of rows, flagged; step ``..._followed`` counts, for each
    row that is asked about, the others at the same instant up to ``limit`` later.
    """
    sequence = c.sequence
    if sequence is None:
        raise InternalError("no sequence")
    name = plan.new_step(f"{plan.group(c.rows.source, c.rows.events).rows.name}_followed")
    joined = plan.add_step(f"{name}_rows", _joined(c, sequence, plan))
    plan.add_step(name, _followed(joined, sequence, plan))
    rows = RowSet(
        name=name,
        table=name,
        come=(col("asked", "r"),),
        at=col("at", "r"),
        day=col("at", "r"),
        id=col("at", "r"),
        column=lambda _: None,
        asked=True,
    )
    return plan.add_group(Group(step=f"{name}_by_profile", rows=rows, moment=plan.moment))


def _joined(c: Did, sequence: Sequence, plan: Plan) -> exp.Query:
    """Both kinds of rows: ``profile_id, at, asked, follower``.

    Rows of one source are one row each, so that a row is not its own follower.
    """
    floor = _floor(c, sequence)
    if c.rows.source == sequence.rows.source:
        events = tuple(sorted({*c.rows.events, *sequence.rows.events}))
        rows = plan.base(c.rows.source, events)
        asked = _is_one_of(c.rows.events, events, Part.of(c.rows, plan).where, plan)
        follower = _is_one_of(
            sequence.rows.events, events, Part.of(sequence.rows, plan).where, plan
        )
        own = (asked, follower)
        return _flagged(rows, own, floor, plan, with_id=sequence.strictly)
    one = Part.of(c.rows, plan)
    other = Part.of(sequence.rows, plan)
    return exp.union(
        _flagged(one.rows, (one.where or exp.true(), no()), floor, plan),
        _flagged(other.rows, (no(), other.where or exp.true()), floor, plan),
        distinct=False,
    )


def _floor(c: Did, sequence: Sequence) -> Floor | None:
    """How far back rows matter: those in the window, and those not decided yet."""
    floor = floor_of(c.rows.window)
    if sequence.negated and sequence.limit_us is not None and floor is not None:
        return Floor.of([Wish(window=c.rows.window), Wish(window=Within(us=sequence.limit_us))])
    return floor


def _is_one_of(
    names: tuple[str, ...], all_names: tuple[str, ...], where: Sql | None, plan: Plan
) -> Sql:
    parts = [] if where is None else [where]
    if names != all_names:
        bound = [plan.moment.parameters.bind(name, "event") for name in names]
        parts.append(exp.In(this=col("event"), expressions=bound))
    return all_of(parts)


def _flagged(
    rows: RowSet, flags: tuple[Sql, Sql], floor: Floor | None, plan: Plan, *, with_id: bool = False
) -> exp.Select:
    asked, follower = flags
    columns = [col("profile_id", "r")]
    if plan.moment.t is None:
        columns.append(col("t", "a"))
    where = [*rows.come, any_of([asked, follower])]
    if floor is not None:
        where.append(gte(rows.at, floor.sql(plan.moment)))
    select = exp.select(
        *columns,
        as_(rows.at, "at"),
        as_(coalesce(asked, no()), "asked"),
        as_(coalesce(follower, no()), "follower"),
        *([as_(rows.id, "id")] if with_id else []),
    ).from_(tab(rows.table, "r"))
    return join_ask(select, rows, plan.moment).where(all_of(where), copy=False)


def _followed(joined: str, sequence: Sequence, plan: Plan) -> exp.Select:
    """Each row with the number of other rows that follow it.

    ``SUM(follower) OVER (PARTITION BY profile_id ORDER BY at RANGE BETWEEN CURRENT ROW AND
    $limit FOLLOWING) - follower AS followers``; strictly: less those of the same instant that come
    before it, ``- SUM(follower) OVER (PARTITION BY profile_id, at ORDER BY id ROWS UNBOUNDED
    PRECEDING)``, which counts the row itself.
    """
    keys = [col("profile_id")]
    if plan.moment.t is None:
        keys.append(col("t"))
    one = case((col("follower"), num(1)), otherwise=num(0))
    end: dict[str, object] = {"end": "UNBOUNDED", "end_side": "FOLLOWING"}
    if sequence.limit_us is not None:
        end["end"] = plan.moment.span(sequence.limit_us)
    frame = exp.WindowSpec(kind="RANGE", start="CURRENT ROW", **end)
    many = exp.Window(
        this=exp.Sum(this=one),
        partition_by=keys,
        order=exp.Order(expressions=[asc(col("at"))]),
        spec=frame,
    )
    before: Sql = one
    if sequence.strictly:
        so_far = exp.WindowSpec(
            kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"
        )
        before = exp.Window(
            this=exp.Sum(this=one.copy()),
            partition_by=[*(key.copy() for key in keys), col("at")],
            order=exp.Order(expressions=[asc(col("id"))]),
            spec=so_far,
        )
    return exp.select(*keys, col("at"), col("asked"), as_(sub(many, before), "followers")).from_(
        tab(joined)
    )
