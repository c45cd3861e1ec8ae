"""The plan of one statement: which groups are read, and which columns are made of them.

Steps of the statement, in order: ``profile`` (whom it is about); one step per group; ``known``
(profiles joined with their groups); ``layer_1``, ``layer_2``, ... (columns made of columns); the
answer. Parts of definitions that several others name are compiled once.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sqlglot import exp

from stamgast.errors import InternalError
from stamgast.language.ast import Score
from stamgast.language.sql.attributes import attribute_group, attribute_value
from stamgast.language.sql.conditions import condition
from stamgast.language.sql.formulas import formula
from stamgast.language.sql.groups import Floor, Group, join_ask
from stamgast.language.sql.sources import RowSet, base_rows, day_number, event_filter, revenue_step
from stamgast.language.sql.stages import stage
from stamgast.language.sql.terms import (
    Sql,
    all_of,
    as_,
    asc,
    col,
    gte,
    is_null,
    present,
    sub,
    tab,
    window,
)
from stamgast.language.sql.values import Held, Value, is_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from stamgast.language.ast import (
        Aggregate,
        AttributeRef,
        Condition,
        Definitions,
        Percentile,
        Rows,
        ShopTotal,
        Top,
    )
    from stamgast.language.sql.aggregates import Part
    from stamgast.language.sql.dialect import Face
    from stamgast.language.sql.moment import Moment
    from stamgast.language.sql.parameters import Given, Source
    from stamgast.language.sql.recurring import Visits

T = TypeVar("T")
Key = TypeVar("Key", bound="Hashable")
Number: TypeAlias = "int | float | None"


def _made_of(percentile: Percentile, shown: Callable[[Number], Number], given: Given) -> Number:
    return shown(given.statistics.numbers[percentile])


def score_key(ranked: Top | Score) -> tuple[object, ...]:
    """What Tops that differ only in their share, and Scores in their bands, have in common."""
    if isinstance(ranked, Score):
        return ((ranked.of,), ranked.among, None)
    return (ranked.by, ranked.among, ranked.provided)


class Plan:
    """The groups, steps and columns of a statement that is being put together."""

    def __init__(self, definitions: Definitions, moment: Moment) -> None:
        """For a moment without shop statistics nothing may use any."""
        self.definitions = definitions
        self.moment = moment
        self.face: Face = moment.face
        self.narrow: Sql | None = None
        """Of whom only, on a table ``r``; None: of everybody."""
        self.groups: dict[tuple[object, ...], Group] = {}
        self.steps: dict[str, exp.Query | Callable[[], exp.Query]] = {}
        self.late: dict[str, exp.Query] = {}
        """Steps that read groups per day or value."""
        self.once: set[str] = set()
        """Steps that are read several times."""
        self.wide: list[str] = []
        """Steps that offer more columns than are asked for."""
        self.of_named: list[str] = []
        """Steps that read the events of named rows."""
        self.row_steps: dict[str, str] = {}
        """The steps of named rows."""
        self.rhythms: dict[tuple[object, ...], str] = {}
        self.visits: dict[tuple[object, ...], Visits] = {}
        """The visits that come back is asked of."""
        self.before: list[str] = []
        """Steps that are better made before the statement, of everybody."""
        self.visited: dict[tuple[object, ...], str] = {}
        """The steps that tell first and last visits."""
        self.since: dict[Rows, str] = {}
        """The steps with the instant of the last of some rows."""
        self.layers: list[dict[str, Sql]] = []
        self.scores: dict[tuple[object, ...], str] = {}
        self._memo: dict[tuple[str, object], object] = {}

    # --- definitions ------------------------------------------------------------------------------

    def trait(self, name: str) -> Value:
        """A trait's value, once."""
        return self._once(
            ("trait", name),
            lambda: self.small(formula(self.definitions.traits[name].expr, self), named=name),
        )

    def segment(self, name: str) -> Held:
        """Membership of a segment, once."""
        where = self.definitions.segments[name].where
        return self._once(
            ("segment", name), lambda: self.small_held(self.condition(where), named=name)
        )

    def condition(self, where: Condition) -> Held:
        """A condition, once."""
        return self._once(("condition", where), lambda: condition(where, self))

    def stage(self) -> Value:
        """The lifecycle stage, once."""
        return self._once(("stage", None), lambda: self.small(stage(self), named="stage"))

    def attribute(self, ref: AttributeRef) -> Value:
        """An attribute's value, once."""
        return self._once(("attribute", ref), lambda: self.small(attribute_value(ref, self)))

    def score(self, top: Top) -> tuple[Sql, Sql | None]:
        """The column of a profile's score, and what a member reaches (None: there is nobody)."""
        column = self._score_column(score_key(top))
        return column, self.statistic(lambda given: given.statistics.thresholds, top, "threshold")

    def rank(self, score: Score) -> tuple[Sql, Sql]:
        """The column of how many are strictly worse than a profile, of how many (1 or more)."""
        key = score_key(score)
        size = self.moment.follow(lambda given: max(given.statistics.sizes[key], 1), "size", key)
        return self._score_column(key), size

    def _score_column(self, key: tuple[object, ...]) -> Sql:
        if key not in self.moment.statistics.scores:
            raise InternalError("a shop statistic that was not made")
        if key not in self.scores:
            self.scores[key] = self.moment.name("score")
        return col(self.scores[key])

    def score_table(self, key: tuple[object, ...]) -> str:
        """The table of a score that is asked."""
        return self.moment.decide(lambda given: given.statistics.scores[key], ("score", key))

    def total(self, total: ShopTotal) -> Sql | None:
        """The sum of a trait over everybody; None when it is missing."""
        return self.statistic(lambda given: given.statistics.totals, total, "shop_total")

    def number(
        self, percentile: Percentile, shown: Callable[[Number], Number], key: Hashable
    ) -> Sql | None:
        """What is made of a percentile; None when there is nobody, or nothing can be made of it.

        ``key`` tells what is made of it from what else may be.
        """
        made = partial(_made_of, percentile, shown)
        if percentile not in self.moment.statistics.numbers:
            raise InternalError("a shop statistic that was not made")
        if self.moment.decide(lambda given: made(given) is None, ("percentile", percentile, key)):
            return None
        return self.moment.follow(made, "percentile", (percentile, key))

    def statistic(self, of: Source[Mapping[Key, object]], key: Key, called: str) -> Sql | None:
        """A shop statistic that was made; None when it is missing."""
        if key not in of(self.moment.given):
            raise InternalError("a shop statistic that was not made")
        if self.moment.decide(lambda given: of(given)[key] is None, (called, key)):
            return None
        return self.moment.follow(lambda given: of(given)[key], called, key)

    def _once(self, key: tuple[str, object], make: Callable[[], T]) -> T:
        if key not in self._memo:
            self._memo[key] = make()
        found: T = self._memo[key]  # type: ignore[assignment] # what make() of this key gave
        return found

    # --- columns ------------------------------------------------------------------------------------

    def named(self, hint: str, sql: Sql, level: int) -> tuple[Sql, int]:
        """A column of the layer above ``level`` that holds the expression."""
        while len(self.layers) <= level:
            self.layers.append({})
        known = next((name for name, made in self.layers[level].items() if made == sql), None)
        if known is None:
            known = self.moment.name(hint)
            self.layers[level][known] = sql
        return col(known), level + 1

    def small(self, value: Value, *, named: str = "value") -> Value:
        """The same value as columns, if its expressions are more than a column."""
        sql, level = value.sql, value.level
        until = value.until
        if not is_plain(sql):
            sql, level = self.named(named, sql, value.level)
        if until is not None and not is_plain(until):
            until, level = self.named(f"{named}__until", until, value.level)
        return replace(value, sql=sql, until=until, level=level)

    def small_held(self, held: Held, *, named: str = "holds") -> Held:
        """The same condition as columns, if its expressions are more than a column."""
        sql, level, until = held.sql, held.level, held.until
        if not is_plain(sql):
            sql, level = self.named(named, sql, held.level)
        if until is not None and not is_plain(until):
            until, level = self.named(f"{named}__until", until, held.level)
        return Held(sql=sql, until=until, level=level)

    # --- groups and steps ---------------------------------------------------------------------------

    def group(self, source: str, events: tuple[str, ...]) -> Group:
        """The group of all rows of a source."""
        key = ("rows", source, events)
        if key not in self.groups:
            rows = self.base(source, events)
            step = self.new_step(f"of_{rows.name}")
            names = events if source == "event" else ()
            self.groups[key] = Group(step=step, rows=rows, moment=self.moment, events=names)
        return self.groups[key]

    def base(self, source: str, events: tuple[str, ...]) -> RowSet:
        """The rows of a source."""
        if source == "named":
            from stamgast.language.sql.named import named_rows  # noqa: PLC0415 - it needs groups

            return named_rows(events[0], self)
        if source == "revenue" and "revenue" not in self.steps:
            self.steps["revenue"] = revenue_step(
                self.definitions.order_properties, self.moment.prefix
            )
        declared = (
            self.definitions.event_properties
            if source == "event"
            else self.definitions.order_properties
        )
        return base_rows(source, events, self.moment, declared)

    def groups_by(self, group: Group, property_: str, key: Sql) -> tuple[Group, Group]:
        """The group per (profile, value of a property, or day), and the group of those groups."""
        found = ("by", group.step, property_)
        if found not in self.groups:
            also = group.rows.also if property_ == "day" else (*group.rows.also, present(key))
            step = self.new_step(f"{group.step}_by_{property_}")
            inner = Group(
                step=step,
                rows=replace(group.rows, also=also),
                moment=self.moment,
                keys=(("key", key),),
            )
            rows = RowSet(
                name=step,
                table=step,
                come=(),
                at=col("at"),
                day=col("day"),
                id=col("id"),
                column=lambda _: None,
                asked=True,
            )
            outer_step = self.new_step(f"{step}_by_profile")
            self.groups[found] = Group(step=outer_step, rows=rows, moment=self.moment)
            self.groups["inner", *found] = inner
        return self.groups["inner", *found], self.groups[found]

    def visit_group(self, part: Part, a: Aggregate) -> Group:
        """The group over the rows that come a pause or more after the row before them."""
        gap = a.gap_us or 0
        key = ("visits", part.group.step, part.where.sql() if part.where else "", gap)
        if key not in self.groups:
            step = self.new_step(f"{part.rows.name}_visits")
            at = col("at", "r")
            day = day_number(at, self.moment)
            rows = replace(part.rows, name=step, table=step, come=(), at=at, day=day, asked=True)
            group = Group(step=f"{step}_by_profile", rows=rows, moment=self.moment)
            self.steps[step] = lambda: self._visit_starts(part, gap, group)
            self.groups[key] = group
        return self.groups[key]

    def _visit_starts(self, part: Part, gap: int, group: Group) -> exp.Select:
        """The rows that start a visit.

        ``SELECT profile_id, at FROM (SELECT ..., LAG(at) OVER (PARTITION BY profile_id ORDER BY
        at) AS before ...) WHERE before IS NULL OR at - before >= $gap``.
        Rows are looked back upon for one pause more than the windows reach: an older row is not
        needed to know whether a row in a window starts a visit.
        """
        rows, where = part.rows, [*part.rows.come]
        if part.where is not None:
            where.append(part.where)
        by_day = self.groups.get(("inner", "by", group.step, "day"))
        wants = [*group.wants.values(), *(by_day.wants.values() if by_day else ())]
        floor = Floor.of([want.wish for want in wants])
        if floor is not None:
            where.append(gte(rows.at, floor.older(gap).sql(self.moment)))
        keys = [col("profile_id", "r")]
        if self.moment.t is None:
            keys.append(col("t", "a"))
        before = window(exp.Lag(this=rows.at), keys, [asc(rows.at)])
        lagged = exp.select(*keys, as_(rows.at, "at"), as_(before, "before"))
        days = [col("day")] if by_day is not None and self.moment.t is None else []
        lagged = lagged.select(*days, copy=False)
        lagged = join_ask(lagged.from_(tab(rows.table, "r")), rows, self.moment)
        lagged = lagged.where(all_of(where), copy=False)
        starts = exp.or_(
            is_null(col("before")),
            gte(sub(col("at"), col("before")), self.moment.span(gap)),
            copy=False,
        )
        outer = [col(key.name) for key in keys]
        alias = exp.TableAlias(this=exp.to_identifier("lagged", quoted=True))
        return (
            exp.select(*outer, col("at"), *days)
            .from_(exp.Subquery(this=lagged, alias=alias))
            .where(starts, copy=False)
        )

    def merge_groups(self) -> None:
        """Let a group of events read the rows of one that reads more events: one scan less."""
        groups = [group for group in self.groups.values() if group.events and group.wants]
        for group in sorted(groups, key=lambda found: len(found.events)):
            wider = [other for other in groups if {*other.events} > {*group.events}]
            if wider:
                into = min(wider, key=lambda found: len(found.events))
                into.take(group, event_filter(group.events, self.moment))

    def share_rows(self) -> list[Group]:
        """Let the groups of orders, if there are several, read their rows from one step.

        Orders come from a view that looks up their profile: worth doing once. (Rows of events are
        many: each group reads its own.)
        """
        found = [
            group
            for group in self.groups.values()
            if group.wants and group.rows.name == "order" and not group.rows.asked
        ]
        if len(found) < 2 or self.moment.t is None or not self.face.materializes:  # noqa: PLR2004 - sharing takes two
            return []
        step = self.new_step("order_rows")
        for group in found:
            group.shared = step
        return found

    def attributes(self) -> Group:
        """The group of attribute statements, with a row per attribute."""
        key = ("attributes",)
        if key not in self.groups:
            self.groups[key] = attribute_group(self)
        return self.groups[key]

    def add_group(self, group: Group) -> Group:
        """A group over an earlier step."""
        self.groups["own", group.step] = group
        return group

    def new_step(self, name: str) -> str:
        """A name for a step that is not taken."""
        return self.moment.name(name)

    def add_step(self, name: str, query: exp.Query) -> str:
        """A step before the groups."""
        self.steps[name] = query
        return name
