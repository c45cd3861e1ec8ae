"""Statements: the answers of definitions for all profiles, as one SELECT with named steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.errors import UserError, did_you_mean
from stamgast.language.sql.plan import Plan
from stamgast.language.sql.shared import (
    Gathered,
    bare_events,
    pruned,
    read_gathered,
    shared_scans,
)
from stamgast.language.sql.terms import (
    Sql,
    all_of,
    as_,
    case,
    coalesce,
    col,
    eq,
    every,
    is_null,
    least,
    left_join,
    lte,
    never,
    num,
    present,
    tab,
)
from stamgast.language.sql.values import earliest
from stamgast.model.tables import EVENT, ORDER_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stamgast.language.ast import Condition, Definitions, Trait
    from stamgast.language.sql.groups import Group
    from stamgast.language.sql.moment import Moment
    from stamgast.language.sql.parameters import Bound

STAGE = "stage"
"""The name by which the lifecycle is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A query and the values bound to it."""

    query: exp.Query
    parameters: Mapping[str, Bound]
    before: tuple[str, ...] = ()
    """Steps that are better made as tables before, in this order, of everybody: each reads events, and
    DuckDB prepares all scans of one statement at once, with whose each row is for each of them."""

    def sql(self, dialect: str, *, pretty: bool = False, once: bool = False) -> str:
        """The text of the query.

        ``once``: nobody prints it again, so SQLGlot need not work on a copy (half of the time).
        """
        return self.query.sql(dialect, pretty=pretty, copy=not once)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of each profile.

    ``conditions`` are unnamed conditions (of shop statistics) under the names of their columns;
    only their value is answered.
    """

    names: tuple[str, ...]
    conditions: tuple[tuple[str, Condition], ...] = ()
    until: bool = True
    """Whether each name also gets ``<name>__until``."""
    held_back: bool = True
    """Whether traits are missing where their ``only_if`` does not hold; rankings have it inside."""
    exists: bool = False
    """Whether to say ``TRUE AS "exists"`` of each."""
    only_with: tuple[str, tuple[str, ...]] | None = None
    """Only profiles with a row of this source (and events) that some aggregate looks at."""
    subset: str | None = None
    """A table with the ``profile_id`` of those who are asked about; None: everybody."""
    nobody: bool = False
    """Instead of the profiles the rows of nobody: one row, without a ``profile_id``."""
    seen_often: bool = False
    """Whether there is a table ``seen``: ``presence`` before it was made one row of each profile."""
    everybody: str | None = None
    """A table of ``everybody``, for statements of this instant or an earlier one that share it."""
    gathered: tuple[Gathered, ...] = ()
    """Tables with all rows of others that the statement may be about."""
    told: tuple[str, ...] = ()
    """Columns of ``event`` that ``bare_event`` does not have filled; none: there is no such table."""


def answers(definitions: Definitions, moment: Moment, request: Request) -> Statement:
    """One row per profile that exists at ``u``, or per row of ``ask``.

    Columns: ``profile_id``, with an instant per row ``t``, and per name its value and
    ``<name>__until`` (NULL: never).

    Sample, ``{orders_365d: {count: order, within: 365d}}``::

        WITH "profile" AS (SELECT "profile_id" FROM "presence" WHERE "first_at" <= $t),
        "of_order" AS (
          SELECT "r"."profile_id", COUNT(*) AS "of_order_count", MIN("ordered_at") AS ...
          FROM "order_version" AS "r" WHERE "valid_from" <= $t AND ... AND
          "ordered_at" >= $t_365d_ago GROUP BY "r"."profile_id"),
        "known" AS (SELECT "p"."profile_id", COALESCE("of_order_count", 0) AS ... FROM "profile"
          AS "p" LEFT JOIN "of_order" AS "g1" ON "p"."profile_id" = "g1"."profile_id")
        SELECT "profile_id", "of_order_count" AS "orders_365d", NULLIF(...) AS "orders_365d__until"
    """
    plan = Plan(definitions, moment)
    plan.narrow = is_null(col("profile_id", "r")) if request.nobody else _narrow(request.subset)
    if moment.prefix:  # tables that hold the rows of those who are asked about, and no others
        plan.narrow = None
    columns: list[Sql] = [col("profile_id")]
    if moment.t is None:
        columns.append(col("t"))
    if request.exists:
        columns.append(as_(exp.true(), "exists"))
    for name in request.names:
        columns += _answer(name, plan, request)
    for name, where in request.conditions:
        columns.append(as_(plan.condition(where).sql, name))
    query = _assembled(plan, columns, request)
    used = moment.parameters.used_in(query)
    return Statement(query=query, parameters=used, before=tuple(plan.before))


def everybody(moment: Moment, request: Request) -> Statement:
    """The profiles that ``answers`` is about, sorted: its rows are theirs, and mostly in this order.

    ``SELECT "profile_id", MIN("first_at") AS "first_at" FROM "seen" AS "r" WHERE "first_at" <= $t
    GROUP BY "profile_id" ORDER BY "profile_id"``: who is there at an earlier instant, too.
    """
    first: Sql = col("first_at")
    query = exp.select(
        col("profile_id"), as_(exp.Min(this=first) if request.seen_often else first, "first_at")
    ).from_(tab("seen" if request.seen_often else "presence", "r"))
    query = query.where(lte(col("first_at"), moment.now()), copy=False)
    if (narrow := _narrow(request.subset)) is not None:
        query = query.where(narrow, copy=False)
    if request.seen_often:
        query = query.group_by(col("profile_id"), copy=False)
    query = query.order_by(col("profile_id"), copy=False)
    return Statement(query=query, parameters=moment.parameters.used_in(query))


def _answer(name: str, plan: Plan, request: Request) -> list[Sql]:
    definitions = plan.definitions
    statistics = False
    if name == STAGE:
        stage = plan.stage()
        value, turns = stage.sql, stage.until
    elif name in definitions.traits:
        value, turns = _shown(definitions.traits[name], plan, held_back=request.held_back)
        statistics = definitions.traits[name].uses_statistics
    elif name in definitions.segments:
        segment = plan.segment(name)
        value, turns = segment.sql, segment.until
        statistics = definitions.segments[name].uses_statistics
    else:
        raise _unknown(name, definitions)
    if statistics and (midnight := _next_midnight(plan.moment)) is not None:
        turns = midnight if turns is None else least([turns, midnight])
    if not request.until:
        return [as_(value, name)]
    never_as_null = (
        exp.cast(exp.null(), "BIGINT")
        if turns is None
        else exp.Nullif(this=turns, expression=never())
    )
    return [as_(value, name), as_(never_as_null, f"{name}__until")]


def _next_midnight(moment: Moment) -> Sql | None:
    """When the shop statistics change; None where nobody asks until when they hold."""
    if moment.decide(lambda given: given.statistics.next_midnight is None, "no next midnight"):
        return None
    return moment.follow(lambda given: given.statistics.next_midnight, "next_midnight")


def _unknown(name: str, definitions: Definitions) -> UserError:
    known = [*definitions.traits, *definitions.segments, STAGE]
    return UserError(
        "definition.unknown",
        f"there is no trait or segment {name!r}",
        hint=did_you_mean(name, known) or "see `stamgast segment list`",
    )


def _shown(trait: Trait, plan: Plan, *, held_back: bool) -> tuple[Sql, Sql | None]:
    """A trait itself: missing where its ``only_if`` does not hold."""
    value = plan.trait(trait.name)
    if trait.only_if is None or not held_back:
        return value.sql, value.until
    held = plan.small_held(plan.condition(trait.only_if), named=f"{trait.name}__only_if")
    return case((held.sql, value.sql)), earliest([value.until, held.until])


def _assembled(plan: Plan, columns: Sequence[Sql], request: Request) -> exp.Select:
    """The steps in order, and the answer of the last one."""
    steps: dict[str, exp.Query] = {}
    narrow = plan.narrow
    plan.merge_groups()
    shared = plan.share_rows()
    written = {
        key: group.write(None if group.rows.asked else narrow)
        for key, group in _inner_first(plan)
        if group.wants
    }
    driver = plan.groups.get(("rows", *request.only_with)) if request.only_with else None
    driver = driver if driver is not None and driver.wants else None
    if driver is None:
        steps["profile"] = _profiles(plan.moment, request)
    for name, made in plan.steps.items():
        steps[name] = made() if callable(made) else made
    if shared:
        readers = [query for key, query in written.items() if plan.groups[key].shared]
        steps[shared[0].shared or ""] = _order_rows(plan, shared[0], readers, narrow)
    inner = [key for key in written if key[0] == "inner"]
    steps |= {plan.groups[key].step: written[key] for key in inner}
    steps |= plan.late
    steps |= {plan.groups[key].step: made for key, made in written.items() if key not in inner}
    outer = [key for key in written if key[0] != "inner"]
    steps["known"] = _known(plan, outer, driver, nobody=request.nobody)
    last = "known"
    for number, layer in enumerate(plan.layers, start=1):
        made_columns = [as_(sql, name) for name, sql in layer.items()]
        steps[f"layer_{number}"] = exp.select("*", *made_columns).from_(tab(last), copy=False)
        last = f"layer_{number}"
    query = exp.select(*columns).from_(tab(last), copy=False)
    pruned(steps, plan.wide)
    scans = shared_scans(steps, plan, narrow)
    steps = {**scans, **steps}
    if request.told and not plan.moment.prefix:
        bare_events(steps, EVENT.name, request.told)
    read_gathered(steps, request.gathered, plan.moment)
    once = {group.shared for group in shared} | {*scans}
    once |= plan.once if plan.face.materializes else set()
    for name, step in steps.items():
        query = query.with_(
            exp.to_identifier(name, quoted=True),
            as_=step,
            materialized=True if name in once else None,
            copy=False,
        )
    return query


def _order_rows(
    plan: Plan, group: Group, readers: Sequence[exp.Query], narrow: Sql | None
) -> exp.Select:
    """The orders that have come, with the columns that their groups read."""
    known = [name for name, _ in ORDER_VERSION.columns]
    more = [name for name in plan.definitions.order_properties if name != "occurred_at"]
    known += [name for name in more if name not in known]
    read = {column.name for reader in readers for column in every(reader, exp.Column)}
    rows = group.rows
    columns = [col(name, "r") for name in known if name in read]
    where = [*rows.come] if narrow is None else [*rows.come, narrow]
    select = exp.select(*columns).from_(tab(rows.table, "r"), copy=False)
    return select.where(all_of(where), copy=False)


def _inner_first(plan: Plan) -> list[tuple[tuple[object, ...], Group]]:
    inner = [(key, group) for key, group in plan.groups.items() if key[0] == "inner"]
    return inner + [(key, group) for key, group in plan.groups.items() if key[0] != "inner"]


def _profiles(moment: Moment, request: Request) -> exp.Select:
    """Those who exist at ``u``; the rows of ``ask`` as they are.

    Of ``seen`` the rows that have come are looked for before they are made one of each profile:
    no least instant needs to be found.
    """
    if moment.t is None:
        return exp.select(col("profile_id"), col("t")).from_(tab("ask"))
    if request.nobody:
        return exp.select(as_(exp.cast(exp.null(), "BIGINT"), "profile_id"))
    if request.everybody is not None:
        there = lte(col("first_at"), moment.now())
        return exp.select(col("profile_id")).from_(tab(request.everybody)).where(there, copy=False)
    select = (
        exp.select(col("profile_id"))
        .from_(tab("seen" if request.seen_often else "presence", "r"))
        .where(lte(col("first_at"), moment.now()), copy=False)
    )
    if request.seen_often:
        select = select.distinct(copy=False)
    narrow = _narrow(request.subset)
    return select if narrow is None else select.where(narrow, copy=False)


def _narrow(subset: str | None) -> Sql | None:
    """``"r"."profile_id" IN (SELECT "profile_id" FROM subset)``."""
    if subset is None:
        return None
    chosen = exp.select(col("profile_id")).from_(tab(subset))
    return exp.In(this=col("profile_id", "r"), query=exp.Subquery(this=chosen))


def _known(
    plan: Plan, keys: Sequence[tuple[object, ...]], driver: Group | None, *, nobody: bool
) -> exp.Select:
    """Each profile with the columns of its groups: what has no rows counts 0 or is missing.

    Everybody is in the step ``profile``; with a driver only those in that group are looked at.
    """
    same = exp.NullSafeEQ if nobody else exp.EQ
    asked = plan.moment.t is None
    columns: list[Sql] = [col("profile_id", "p")]
    if asked:
        columns.append(col("t", "p"))
    select = exp.select().from_(tab("profile" if driver is None else driver.step, "p"))
    if driver is not None:
        select = select.where(present(col("profile_id", "p")), copy=False)
    joins: list[tuple[str, str, bool]] = []
    for key in keys:
        group = plan.groups[key]
        if group is not driver:
            joins.append((group.step, f"g{len(joins) + 1}", asked))
        alias = "p" if group is driver else joins[-1][1]
        for want in group.wants.values():
            found: Sql = col(want.column, alias)
            if want.default is not None:
                found = coalesce(found, num(want.default))
            columns.append(as_(found, want.column))
    for key, name in plan.scores.items():
        joins.append((plan.score_table(key), f"s{len(joins) + 1}", False))
        columns.append(as_(col("score", joins[-1][1]), name))
    for table, alias, by_instant in joins:
        on: list[Sql] = [same(this=col("profile_id", "p"), expression=col("profile_id", alias))]
        if by_instant:
            on.append(eq(col("t", "p"), col("t", alias)))
        select = left_join(select, tab(table, alias), on=all_of(on))
    return select.select(*columns, copy=False)
