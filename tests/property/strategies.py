"""Hypothesis strategies: random checked definitions, every node, operator, type and window.

One example is definitions, the log of a whole shop (a few profiles) and a few instants, so that a
query engine answers a whole example in one query.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar, cast

from hypothesis import strategies as st
from making import GRID, LABEL, WINDOWED
from row_sets import NAME, named_rows, with_due
from shops import Shop, shops
from vocabulary import (
    ATTRIBUTES,
    CHANNELS,
    EVENT_PROPERTIES,
    EVENTS,
    EXTENSIONS,
    ORDER_PROPERTIES,
    PER_HOLDER,
    PURPOSES,
    RANKED_SOURCES,
    ROW_PROPERTIES,
    chooser,
    pick,
    scenes,
    some,
)

from stamgast.language.ast import (
    Aggregate,
    All,
    AnyOf,
    AttributeRef,
    Between,
    Branch,
    Call,
    Carries,
    Case,
    Compare,
    Consented,
    Dates,
    Definitions,
    Did,
    During,
    ExtensionRef,
    Identified,
    InSegment,
    InStage,
    Lifecycle,
    Literal_,
    Not,
    Percentile,
    Property,
    Rhythm,
    Rows,
    Score,
    Segment,
    Sequence,
    ShopTotal,
    StageRule,
    StageTerm,
    Top,
    Trait,
    TraitRef,
    Within,
)
from stamgast.language.calendars import joined_spans
from stamgast.language.operators import CASELESS
from stamgast.language.types import ORDERED, SUMMABLE, Type
from stamgast.language.walk import parts
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from vocabulary import Choose, Scene

    from stamgast.language.ast import (
        AggregateOp,
        CompareOp,
        Condition,
        Expression,
        Formula,
        FormulaOp,
        Operand,
        Window,
    )
    from stamgast.model.log import Source

T = TypeVar("T")
STORED = tuple(type_ for type_ in Type if type_ is not Type.AGE)
NUMERIC = (*sorted(SUMMABLE, key=lambda t: t.value), Type.NUMBER)
RANKED = (*NUMERIC, Type.INSTANT, Type.DURATION)
FORMULA_TYPES = (Type.NUMBER, Type.NUMBER, Type.AGE, Type.AGE, Type.DURATION, Type.INTEGER, *Type)
SHARES = (*(Fraction(1, n) for n in (1, 2, 3, 5, 100)), Fraction(2, 3))
PERCENTS = (*(Fraction(n) for n in (1, 25, 50, 51, 100)), Fraction(100, 3))
TIMES = (Fraction(1), Fraction(3, 2), Fraction(1, 10_000), Fraction(10**6))
STAGES = ("one", "two", "three")
BY_CALENDAR: tuple[AggregateOp, ...] = (
    "only_season",
    "season_returns",
    "sale_first_days_hit",
    "sale_first_days_seen",
    "rhythm",
    "rhythm_day",
)


RATIO_TIMES = (
    Literal_(value=15_000, type=Type.DECIMAL),
    Literal_(value=3, type=Type.INTEGER),
    Literal_(value=1, type=Type.DECIMAL),
    Literal_(value=1_000_000, type=Type.INTEGER),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One drawn question: definitions asked of a shop's log at some instants."""

    definitions: Definitions
    shop: Shop
    instants: tuple[int, ...]


class Maker:
    """Makes definitions for a scene; what it has made may be named by what it makes next."""

    def __init__(self, choose: Choose, scene: Scene) -> None:
        """Draw from the scene's pools."""
        self.choose = choose
        self.scene = scene
        self.traits: dict[str, Trait] = {}
        self.segments: dict[str, Segment] = {}
        self.stages: tuple[str, ...] = ()

    def pick(self, *options: T) -> T:
        """One of the options; the first is the simplest."""
        return pick(self.choose, options)

    def literal(self, type_: Type) -> Literal_:
        """A literal of a type."""
        return Literal_(value=self.pick(*self.scene.values(type_)), type=type_)

    # --- rows -----------------------------------------------------------------------------------

    def window(self) -> Window | None:
        """A window, or none."""
        spans = self.scene.spans
        match self.pick("none", "within", "within", "between", "dates", "during"):
            case "within":
                return Within(us=self.pick(*spans))
            case "between":
                low, high = some(self.choose, (0, *spans), least=2, most=2)
                return Between(from_us=low, to_us=high)
            case "during":
                return self.during()
            case "dates":
                since, until = sorted(
                    (self.pick(*self.scene.instants), self.pick(*self.scene.instants))
                )
                return Dates(
                    from_at=self.pick(since, None),
                    until_at=until + 1 if self.pick(True, False) else None,
                )
            case _:
                return None

    def during(self) -> During:
        """A window of a few seasons."""
        calendar = self.scene.calendar
        names = some(self.choose, sorted(calendar.seasons), least=1, most=2)
        year = self.pick(None, None, 2024)
        found = [
            one.span
            for name in names
            for one in calendar.seasons[name].occurrences
            if year in (None, one.year)
        ]
        spans = joined_spans(found or [calendar.occurrences[0].span])
        return During(names=tuple(names), year=year, spans=spans)

    def by_calendar(self, op: AggregateOp) -> Aggregate:
        """An aggregate that looks at the calendar."""
        rows = self.rows(self.source(named=False), windowed=False)
        if op.startswith("sale"):
            latest = self.pick(1, 2, 6)
            return Aggregate(op=op, rows=rows, latest=latest, type=Type.INTEGER)
        if not op.startswith("rhythm"):
            type_ = Type.TEXT if op == "only_season" else Type.INSTANT
            return Aggregate(op=op, rows=rows, type=type_)
        recent, reach = some(self.choose, self.scene.spans, least=2, most=2)
        rhythm = Rhythm(
            slot_days=self.pick(28, 1, 2, 7, 183),
            slots=self.pick(2, 1, 3),
            recent_us=recent,
            reach_us=reach,
            least_days=self.pick(1, 2, 3),
            share=self.pick(*SHARES),
            share_from=self.pick(1, 2, 5),
            before_us=self.pick(*self.waits) if op == "rhythm_day" else 0,
            after_us=self.pick(*self.waits) if op == "rhythm_day" else 0,
        )
        type_ = Type.TEXT if op == "rhythm" else Type.DAY
        return Aggregate(op=op, rows=rows, rhythm=rhythm, type=type_)

    def recurring(self) -> Aggregate:
        """The value that comes back in visits and orders."""
        window = Within(us=self.pick(*self.scene.spans))
        kinds: tuple[tuple[Source, ...], ...] = (("event", "line"), ("event",), ("line",))
        made = [replace(self.rows(one, windowed=False), window=window) for one in self.pick(*kinds)]
        visits = None
        if made[0].source == "event" and self.pick(False, True):
            more = {*made[0].events, *self.rows("event", windowed=False).events}
            visits = Rows(source="event", events=tuple(sorted(more)), window=window)
        return Aggregate(
            op="recurring",
            rows=made[0],
            lines=made[1] if made[1:] else None,
            of="category",
            of_type=Type.TEXT,
            gap_us=self.pick(*self.scene.spans),
            at_least=self.pick(1, 2, 3),
            last_only=made[0].source == "event" and self.pick(False, True),
            visits_of=visits,
            since=self.rows(self.pick("order", "event"), windowed=False)
            if self.pick(False, True)
            else None,
            type=Type.TEXT,
        )

    @property
    def waits(self) -> tuple[int, ...]:
        """Spans short enough to wait for a usual day."""
        return tuple(span for span in self.scene.spans if span <= 30 * DAY_US) or (DAY_US,)

    def rows(self, source: Source | None = None, *, windowed: bool = True) -> Rows:
        """Rows of a source, filtered or not."""
        read: Source = source or self.source()
        events: tuple[str, ...] = ()
        if read == "named":
            events = (NAME,)
        if read == "event":
            events = tuple(some(self.choose, EVENTS, least=1, most=3))
        return Rows(
            source=read,
            events=events,
            where=self.filter_(read, 1) if self.pick(False, False, False, True) else None,
            window=self.window() if windowed else None,
        )

    def source(self, *, named: bool = True) -> Source:
        """A source of rows."""
        sources: tuple[Source, ...] = (
            "order",
            "event",
            "line",
            "order",
            "revenue",
            "refund",
            "event",
        )
        return self.pick(*sources, *(("named", "named", "named") if named else ()))

    def filter_(self, source: Source, depth: int) -> Condition:
        """A condition on the properties of a row."""
        kind = self.pick("leaf", "leaf", "all", "any", "not") if depth else "leaf"
        match kind:
            case "all":
                return All(
                    items=tuple(self.filter_(source, depth - 1) for _ in range(self.pick(2, 0)))
                )
            case "any":
                return AnyOf(
                    items=tuple(self.filter_(source, depth - 1) for _ in range(self.pick(2, 0)))
                )
            case "not":
                return Not(item=self.filter_(source, depth - 1))
            case _:
                name, type_ = self.pick(*self.scene.properties[source].items())
                return self.plain_compare(Property(name=name, type=type_))

    # --- comparisons ----------------------------------------------------------------------------

    def plain_compare(self, operand: Operand) -> Compare:
        """A comparison that does not look at the clock, with literals."""
        type_ = Type.DURATION if operand.type is Type.AGE else operand.type
        op = self.pick(*plain_ops(operand.type))
        many = {"present": 0, "missing": 0, "between": 2}.get(op, 1)
        if op in ("in", "not_in"):
            many = self.pick(1, 2, 3)
        values = tuple(self.literal(type_) for _ in range(many))
        if op == "between" and self.pick(True, True, False):
            low, high = sorted(literal.value for literal in values)  # type: ignore[type-var]
            values = (Literal_(value=low, type=type_), Literal_(value=high, type=type_))
        folded = type_ is Type.TEXT and op in CASELESS and self.pick(False, False, True)
        return Compare(operand=operand, op=op, values=values, ignore_case=folded)

    def compare(self, *, statistics: bool) -> Compare:
        """A comparison of a trait or an attribute."""
        kind = self.pick("plain", "plain", "timed", "timed", "trait", "percentile")
        timed = (Type.INSTANT, Type.DAY, Type.AGE)
        operand = self.operand(*(timed if kind == "timed" else Type), statistics=statistics)
        if kind == "timed" and operand.type in (Type.INSTANT, Type.DAY):
            op: CompareOp = self.pick(
                "older_than", "newer_than", "within_next", "anniversary_within_next"
            )
            return Compare(operand=operand, op=op, values=(self.literal_span(),))
        wanted = Type.DURATION if operand.type is Type.AGE else operand.type
        ops: tuple[CompareOp, ...] = ("is", "is_not")
        if operand.type in ORDERED:
            ops = ("gte", "gt", "lt", "lte", *ops)
        if kind == "trait" and (refs := self.refs(wanted, statistics=statistics)):
            return Compare(operand=operand, op=self.pick(*ops), values=(self.pick(*refs),))
        if (
            kind == "percentile"
            and statistics
            and wanted in RANKED
            and (refs := self.refs(wanted, statistics=False))
        ):
            number = Percentile(
                percent=self.pick(*PERCENTS),
                of=self.pick(*refs),
                among=self.population(),
                times=Fraction(1) if wanted is Type.INSTANT else self.pick(*TIMES),
            )
            return Compare(operand=operand, op=self.pick(*ops), values=(number,))
        return self.plain_compare(operand)

    def literal_span(self) -> Literal_:
        """A literal of a positive duration."""
        return Literal_(value=self.pick(*self.scene.spans), type=Type.DURATION)

    def operand(self, *types: Type, statistics: bool = True) -> TraitRef | AttributeRef:
        """A trait that was made, or an attribute, of one of the types if there is any."""
        found: list[TraitRef | AttributeRef] = [*self.refs(*types, statistics=statistics)] * 4
        found += [
            AttributeRef(name=n, type=t) for n, t in self.scene.attributes.items() if t in types
        ]
        return self.pick(*found) if found else self.operand(*Type, statistics=statistics)

    def refs(self, *types: Type, statistics: bool = True) -> list[TraitRef]:
        """The traits of these types that were made; without, those that rest on no statistic."""
        made = [one for one in self.traits.values() if statistics or not one.uses_statistics]
        return [TraitRef(name=one.name, type=one.type) for one in made if one.type in types]

    # --- conditions -----------------------------------------------------------------------------

    def condition(self, depth: int, *, statistics: bool = True) -> Condition:
        """Any condition; ``statistics``: whether it may use those of the shop."""
        leaves = ("compare", "compare", "did", "did", "stage", "segment", "top", "label", "label")
        match self.pick(*leaves, *(("all", "any", "not", "all", "any") if depth else ())):
            case "did":
                return self.did()
            case "stage":
                many = min(3, len(self.stages))
                return InStage(stages=tuple(some(self.choose, self.stages, least=1, most=many)))
            case "label":
                return self.label(depth, statistics=statistics)
            case "segment" if names := self.named(statistics=statistics):
                return InSegment(name=self.pick(*names))
            case "top" if statistics and (refs := self.refs(*RANKED, statistics=False)):
                return self.top(refs)
            case "all":
                return All(items=self.items(depth, statistics=statistics))
            case "any":
                return AnyOf(items=self.items(depth, statistics=statistics))
            case "not":
                return Not(item=self.condition(depth - 1, statistics=statistics))
            case _:
                return self.compare(statistics=statistics)

    def label(self, depth: int, *, statistics: bool) -> Condition:
        """An extension, its value, or a consent."""
        name, type_ = self.pick(*EXTENSIONS.items())
        per_holder = name in PER_HOLDER
        match self.pick("carries", "value", "consent", "identified"):
            case "identified":
                kinds = self.pick((), (), ("email",), ("customer_id", "phone"), ("loyalty_card",))
                return Identified(kinds=kinds)
            case "consent":
                return Consented(channel=self.pick(*CHANNELS), purpose=self.pick(*PURPOSES))
            case "value" if type_ is not None:
                return self.plain_compare(
                    ExtensionRef(name=name, type=type_, per_holder=per_holder)
                )
            case _:
                ruled = depth and not per_holder and self.pick(False, True)
                rule = self.condition(depth - 1, statistics=statistics) if ruled else None
                return Carries(name=name, per_holder=per_holder, rule=rule)

    def items(self, depth: int, *, statistics: bool) -> tuple[Condition, ...]:
        """The parts of an all or any."""
        many = self.pick(2, 2, 2, 3, 1, 0)
        return tuple(self.condition(depth - 1, statistics=statistics) for _ in range(many))

    def named(self, *, statistics: bool) -> list[str]:
        """The segments that were made."""
        return [s.name for s in self.segments.values() if statistics or not s.uses_statistics]

    def did(self) -> Did:
        """A count of rows between bounds, with a sequence or without."""
        low = self.pick(1, 2, 0, 3)
        sequence, rows = None, self.rows()
        if self.pick(False, False, True):
            # Rows of one name do not follow one another.
            following = self.source(named=rows.source != "named")
            sequence = Sequence(
                negated=self.pick(True, False),
                rows=self.rows(following, windowed=False),
                limit_us=self.pick(*self.scene.spans, None),
                strictly=rows.source == following == "event" and self.pick(False, True),
            )
        return Did(
            rows=rows,
            at_least=low,
            at_most=self.pick(None, None, low, low + 1),
            sequence=sequence,
        )

    def population(self) -> Condition | None:
        """Who is ranked."""
        return self.condition(1, statistics=False) if self.pick(False, True) else None

    def top(self, refs: list[TraitRef]) -> Top:
        """Among the best by one or two traits."""
        by = tuple(self.pick(*refs) for _ in range(self.pick(1, 2)))
        return Top(
            share=self.pick(*SHARES), by=by, among=self.population(), provided=self.population()
        )

    # --- traits ---------------------------------------------------------------------------------

    def case(self) -> Case:
        """Values by conditions, some missing."""
        type_ = self.pick(*STORED)
        branches = tuple(
            Branch(when=self.condition(1), then=self.outcome(type_))
            for _ in range(self.pick(2, 1, 3))
        )
        return Case(branches=branches, otherwise=self.outcome(type_), type=type_)

    def outcome(self, type_: Type) -> Literal_ | TraitRef | None:
        """A value of a branch."""
        refs = self.refs(type_)
        kind = self.pick("literal", "trait", "literal", "trait", "missing")
        if kind == "missing":
            return None
        return self.pick(*refs) if refs and kind == "trait" else self.literal(type_)

    def aggregate(self) -> Aggregate:
        """An aggregate over rows."""
        if self.pick(*[False] * 5, True):
            return self.by_calendar(self.pick(*BY_CALENDAR))
        if self.pick(*[False] * 7, True):
            return self.recurring()
        source = self.source()
        ops: tuple[AggregateOp, ...] = (
            "count", "sum", "mean", "min", "max", "first", "last", "distinct", "most_frequent", "mean_gap", "last_gap",
            "first_gap", "days",
        )  # fmt: skip
        op = self.pick(*ops, *(("visits", "visit_days") if source == "event" else ()))
        rows = self.rows(source)
        if op in ("count", "visits", "visit_days", "days"):
            gap = self.pick(*self.scene.spans) if op in ("visits", "visit_days") else None
            return Aggregate(op=op, rows=rows, gap_us=gap, type=Type.INTEGER)
        if op in ("mean_gap", "last_gap", "first_gap"):
            return Aggregate(op=op, rows=rows, type=Type.DURATION)
        takes = {"sum": SUMMABLE, "mean": SUMMABLE, "min": ORDERED, "max": ORDERED}.get(
            op, set(Type)
        )
        named = [(name, t) for name, t in self.scene.properties[source].items() if t in takes]
        named = named or [(n, t) for n, t in ROW_PROPERTIES[source].items() if t in takes]
        of, of_type = self.pick(*named)
        gives = {"mean": Type.NUMBER, "distinct": Type.INTEGER}.get(op, of_type)
        if op in ("first", "last") and source == "event" and self.pick(True, False):
            return Aggregate(
                op=op,
                rows=replace(rows, window=None),
                of=of,
                of_type=of_type,
                visit=self.pick("first", "last"),
                gap_us=self.pick(*self.scene.spans),
                type=gives,
            )
        return Aggregate(op=op, rows=rows, of=of, of_type=of_type, type=gives)

    def formula(self, type_: Type, depth: int) -> Formula:
        """A formula that gives the type."""
        possible = calls(type_)
        if depth and possible and self.pick(True, True, False):
            op, takes = self.pick(*possible)
            args = tuple(self.argument(one, depth - 1) for one in takes)
            return Call(op=op, args=args, type=type_)
        leaves: list[Formula] = [*self.refs(type_)] * 3
        leaves += [
            AttributeRef(name=n, type=t) for n, t in self.scene.attributes.items() if t is type_
        ]
        if type_ in SUMMABLE and (refs := self.refs(type_, statistics=False)):
            of = self.pick(*refs)
            made = self.traits[of.name].expr
            adds_up = (
                isinstance(made, Aggregate)
                and made.op in ("count", "sum")
                and made.rows.source in ("order", "line", "revenue", "refund")
            )
            leaves.append(
                ShopTotal(
                    of=of,
                    among=self.population(),
                    nobody=adds_up and self.pick(False, True),
                    type=type_,
                )
            )
        if type_ is Type.AGE and not leaves:
            return Call(
                op="days_since", args=(AttributeRef(name="due", type=Type.INSTANT),), type=type_
            )
        as_literal = not leaves or self.pick(False, False, True)
        return self.leaf(type_) if as_literal else self.pick(*leaves)

    def leaf(self, type_: Type) -> Formula:
        """A literal; of an age, which has none, a call."""
        if type_ is not Type.AGE:
            return self.literal(type_)
        day = AttributeRef(name="birthday", type=Type.DAY)
        return Call(op="days_since", args=(day,), type=Type.AGE)

    def argument(self, one: Type | str, depth: int) -> Formula:
        """An argument of a call: of a type, of any numeric one, or a literal number."""
        match one:
            case "any number":
                return self.formula(self.pick(*NUMERIC), depth)
            case "factor":
                return self.literal(self.pick(Type.INTEGER, Type.DECIMAL))
            case "times":
                return self.pick(*RATIO_TIMES)
            case Type():
                return self.formula(one, depth)
            case _:
                raise AssertionError(one)

    def trait(self, name: str, definitions: Definitions) -> None:
        """One more trait."""
        expr: Expression
        match self.pick("aggregate", "aggregate", "formula", "case", "score"):
            case "aggregate":
                expr = self.aggregate()
            case "case":
                expr = self.case()
            case "score" if refs := self.refs(*RANKED, statistics=False):
                expr = Score(
                    of=self.pick(*refs),
                    among=self.population(),
                    bands=self.pick(5, 2, 3, 1000),
                    type=Type.INTEGER,
                )
            case _:
                expr = self.formula(self.pick(*FORMULA_TYPES), 2)
                if isinstance(expr, Literal_):
                    expr = self.aggregate()
        only_if = self.condition(1, statistics=False) if self.pick(*[False] * 7, True) else None
        self.traits[name] = Trait(
            name=name, label=LABEL, expr=expr, type=expr.type, only_if=only_if
        )
        if _uses_statistics(expr, definitions):
            self.traits[name] = replace(self.traits[name], uses_statistics=True)

    def segment(self, name: str, definitions: Definitions) -> None:
        """One more segment."""
        where = self.condition(2)
        made = Segment(name=name, label=LABEL, about=None, where=where)
        self.segments[name] = replace(made, uses_statistics=_uses_statistics(where, definitions))

    def lifecycle(self) -> Lifecycle:
        """One of the two models, or one of its own."""
        ready = self.pick(GRID, WINDOWED, None, None)
        if ready is not None:
            return ready
        rules = [
            StageRule(
                stage=self.pick(*STAGES), any_of=tuple(self.term() for _ in range(self.pick(1, 2)))
            )
            for _ in range(self.pick(2, 1, 3))
        ]
        return Lifecycle(
            model="own",
            rules=(*rules, StageRule(stage=self.pick(*STAGES))),
            labels=dict.fromkeys(STAGES, LABEL),
        )

    def term(self) -> StageTerm:
        """A term of a stage's rule."""
        at_least = self.pick(1, 2, 0, 3)
        low = self.pick(0, 1, 2)
        return StageTerm(
            at_least=at_least,
            within_us=self.pick(*self.scene.spans) if at_least else None,
            ever_min=low,
            ever_max=self.pick(None, low, low + 1),
        )


def plain_ops(type_: Type) -> tuple[CompareOp, ...]:
    """The comparisons of a type that do not look at the clock."""
    ops: tuple[CompareOp, ...] = ("is", "is_not", "present", "missing")
    if type_ is not Type.AGE:
        ops = (*ops, "in", "not_in")
    if type_ in ORDERED:
        ops = (*ops, "gt", "gte", "lt", "lte", "between")
    if type_ is Type.TEXT:
        ops = (*ops, "contains", "starts_with", "ends_with")
    return ops


def calls(type_: Type) -> list[tuple[FormulaOp, tuple[Type | str, ...]]]:
    """The operations that give a type, and what they take."""
    found: list[tuple[str, tuple[Type | str, ...]]] = []
    if type_ is not Type.AGE:
        found += [("coalesce", (type_, type_)), ("coalesce", (type_, type_, type_))]
    if type_ in ORDERED and type_ is not Type.AGE:
        found += [("min", (type_, type_)), ("max", (type_, type_, type_))]
    if type_ in (*NUMERIC, Type.DURATION):
        found += [("add", (type_, type_)), ("subtract", (type_, type_)), ("negate", (type_,))]
    match type_:
        case Type.NUMBER:
            many = "any number"
            found += [
                ("add", (Type.NUMBER, many)),
                ("subtract", (many, Type.NUMBER)),
                ("coalesce", (many, Type.NUMBER)),
                ("min", (many, Type.NUMBER)),
                ("max", (Type.NUMBER, many)),
                ("multiply", (many, many)),
                ("divide", (many, many)),
                ("ratio", (many, many)),
                ("ratio", (many, many, "times")),
                ("divide", (Type.DURATION, Type.DURATION)),
            ]
        case Type.DURATION:
            found += [
                ("multiply", (Type.DURATION, "factor")),
                ("multiply", ("factor", Type.DURATION)),
            ]
        case Type.INTEGER:
            found += [("whole", (one,)) for one in NUMERIC]
            found += [("years_since", (Type.DAY,)), ("years_since", (Type.INSTANT,))]
        case Type.TEXT:
            found += [("site", (Type.TEXT,))]
        case Type.AGE:
            found += [("days_since", (Type.INSTANT,)), ("days_since", (Type.DAY,))]
        case _:
            pass
    return cast("list[tuple[FormulaOp, tuple[Type | str, ...]]]", found)


def _uses_statistics(where: Condition | Expression, definitions: Definitions) -> bool:
    return any(
        isinstance(part, Top | Score | ShopTotal)
        or (isinstance(part, Compare) and any(isinstance(v, Percentile) for v in part.values))
        for part in parts(where, definitions)
    )


def make_definitions(choose: Choose, scene: Scene, *, traits: int, segments: int) -> Definitions:
    """Definitions for a scene, each may name those before it."""
    maker = Maker(choose, scene)
    lifecycle = maker.lifecycle()
    maker.stages = tuple(dict.fromkeys(rule.stage for rule in lifecycle.rules))
    made = Definitions(
        traits=maker.traits,
        segments=maker.segments,
        lifecycle=lifecycle,
        order_properties=ORDER_PROPERTIES,
        event_properties=EVENT_PROPERTIES,
        attributes=ATTRIBUTES,
        attribute_sources={
            name: ranked for name in ATTRIBUTES if (ranked := maker.pick(*RANKED_SOURCES))
        },
        zone=scene.zone,
        currency=maker.pick("EUR", "EUR", "JPY", "KWD"),
        calendar=scene.calendar,
        first_days=scene.first_days,
        rows={NAME: named_rows(choose, lambda: maker.filter_("event", 0))},
    )
    for i in range(traits):
        maker.trait(f"trait{i}", made)
    for i in range(segments):
        maker.segment(f"segment{i}", made)
    return made


@st.composite
def examples(
    draw: st.DrawFn,
    *,
    traits: int = 2,
    segments: int = 2,
    instants: int = 1,
    tiny: bool = False,
    crowd: int = 0,
) -> Example:
    """Definitions, a shop's log, and instants, mostly on an edge or a microsecond beside it."""
    choose = chooser(draw)
    scene = with_due(draw(scenes(tiny=tiny)))
    definitions = make_definitions(choose, scene, traits=traits, segments=segments)
    late = [at for at in scene.instants if at >= scene.anchor]
    there = [scene.anchor, scene.anchor + 1]
    asked = [pick(choose, pick(choose, (there, late, scene.instants))) for _ in range(instants)]
    return Example(
        definitions=definitions,
        shop=draw(shops(scene, crowd=crowd)),
        instants=tuple(dict.fromkeys(asked)),
    )
