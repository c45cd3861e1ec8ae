"""Conditions and traits as sentences people read, in English and Dutch.

The phrases of operators are those of the table in ``operators``; what is here puts them together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from stamgast.language.ast import (
    Aggregate,
    All,
    AnyOf,
    AttributeRef,
    Call,
    Carries,
    Case,
    Compare,
    Consented,
    Did,
    ExtensionRef,
    Identified,
    InSegment,
    InStage,
    Lifecycle,
    Literal_,
    Not,
    Percentile,
    Property,
    Score,
    Segment,
    ShopTotal,
    StageRule,
    StageTerm,
    Top,
    Trait,
    TraitRef,
)
from stamgast.language.lines import LINE_LABELS, as_asked
from stamgast.language.operators import (
    AGGREGATES,
    COMPARISONS,
    CONDITIONS,
    DATED,
    FORMULAS,
    IGNORE_CASE,
)
from stamgast.language.operators_compared import NO_AGE
from stamgast.language.operators_judged import JUDGED
from stamgast.language.operators_labels import CHANNELS, KINDS, LABELS
from stamgast.language.sentences_rows import ROW_LABELS, RowSpeaker
from stamgast.language.types import Type
from stamgast.language.units import unit_of
from stamgast.language.wording import (
    Language,
    duration_words,
    listed,
    money_words,
    number_words,
    percent_words,
    quoted,
    value_words,
)
from stamgast.model.money import minor_of

if TYPE_CHECKING:
    from stamgast.language.ast import (
        Condition,
        Definitions,
        Expression,
        Formula,
        Operand,
        Rows,
        Sequence,
    )
    from stamgast.language.units import Unit

Sayable: TypeAlias = (
    "Condition | Expression | Segment | Trait | Lifecycle | StageRule | StageTerm | Property"
)

MEDIAN = 50


def sentence(node: Sayable, language: Language, definitions: Definitions) -> str:
    """A condition, trait, segment or stage rule as people say it; no full stop, no capital.

    A segment is said as its condition, a trait as how it is computed.
    """
    speaker = _Speaker(language=language, definitions=definitions)
    match node:
        case Segment():
            return speaker.condition(node.where)
        case Trait():
            return speaker.value(node.expr)
        case Lifecycle():
            return speaker.either("the stage of the customer lifecycle", "de fase van de klant")
        case StageRule():
            return speaker.rule(node)
        case StageTerm():
            return speaker.term(node)
        case (
            Property()
            | Aggregate()
            | Literal_()
            | TraitRef()
            | AttributeRef()
            | Call()
            | Case()
            | Score()
            | ShopTotal()
        ):
            return speaker.value(node)
        case _:
            return speaker.condition(node)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Speaker(RowSpeaker):
    # --- conditions ---

    def condition(self, node: Condition) -> str:
        match node:
            case Compare():
                return self.compare(node)
            case Did():
                return self.did(node)
            case InSegment():
                segment = self.definitions.segments.get(node.name)
                label = node.name if segment is None else self.text(segment.label)
                return self.text(CONDITIONS["segment"].phrase).format(value=quoted(label))
            case InStage():
                stages = [quoted(self.stage(stage)) for stage in node.stages]
                value = listed(stages, self.language, "or")
                return self.text(CONDITIONS["stage"].phrase).format(value=value)
            case Carries() | Consented() | Identified():
                return self.label_words(node)
            case Top():
                return self.top(node)
            case All():
                return self.several(node.items, "all")
            case AnyOf():
                return self.several(node.items, "any")
            case Not():
                return self.negation(node.item)

    def label_words(self, node: Carries | Consented | Identified) -> str:
        if isinstance(node, Identified):
            kinds = [self.text(KINDS[one]) for one in node.kinds or KINDS]
            return self.text(LABELS["identified"].phrase).format(
                value=listed(kinds, self.language, "or")
            )
        if isinstance(node, Carries):
            return self.text(LABELS["extension"].phrase).format(value=self.extension(node.name))
        purpose = self.definitions.consents.get(node.purpose)
        label = node.purpose if purpose is None else self.text(purpose.label)
        channel = self.text(CHANNELS[node.channel])
        return self.text(LABELS["consent"].phrase).format(value=quoted(label), other=channel)

    def extension(self, name: str) -> str:
        found = self.definitions.extensions.get(name)
        return quoted(name if found is None else self.text(found.label))

    def several(self, items: tuple[Condition, ...], key: str) -> str:
        if not items:
            always, never = self.either("always", "altijd"), self.either("never", "nooit")
            return always if key == "all" else never
        said = [self.nested(item) if len(items) > 1 else self.condition(item) for item in items]
        whole = said[0]
        for one in said[1:]:
            whole = self.text(CONDITIONS[key].phrase).format(value=whole, other=one)
        return whole

    def nested(self, item: Condition) -> str:
        said = self.condition(item)
        several = isinstance(item, All | AnyOf) and len(item.items) > 1
        commas = isinstance(item, Top) or (isinstance(item, Did) and item.sequence is not None)
        return f"({said})" if several or commas else said

    def negation(self, item: Condition) -> str:
        match item:
            case InSegment() | InStage():
                return self.either("not ", "niet ") + self.condition(item)
            case Did(at_most=None, sequence=None) if item.at_least >= 1:
                return self.did(Did(rows=item.rows, at_least=0, at_most=item.at_least - 1))
            case _:
                return self.text(CONDITIONS["not"].phrase).format(value=self.nested(item))

    def compare(self, node: Compare) -> str:
        row = COMPARISONS[node.op]
        if node.op in {"is", "is_not"} and node.operand.type is Type.BOOLEAN:
            said = self.boolean(node)
            if said is not None:
                return said
        if node.op in NO_AGE and node.values[0] == Literal_(value=0, type=Type.DURATION):
            return self.text(NO_AGE[node.op]).format(subject=self.value(node.operand))
        phrase = row.dated if row.dated and node.operand.type in DATED else row.phrase
        unit = unit_of(node, self.definitions)
        named = [self.named(value, node.operand) for value in node.values]
        values = [
            said or self.measured(value, unit)
            for said, value in zip(named, node.values, strict=True)
        ]
        first = listed(values, self.language, "or") if row.arity == "list" else "".join(values[:1])
        said = self.text(phrase).format(
            subject=self.value(node.operand), value=first, other=values[-1] if values else ""
        )
        return self.text(IGNORE_CASE).format(said=said) if node.ignore_case else said

    def named(self, value: object, operand: Operand) -> str | None:
        """A text by the label that the trait gives it."""
        trait = self.definitions.traits.get(operand.name) if isinstance(operand, TraitRef) else None
        if trait is None or not isinstance(value, Literal_) or not isinstance(value.value, str):
            return None
        label = trait.value_labels.get(value.value)
        return None if label is None else quoted(self.text(label))

    def boolean(self, node: Compare) -> str | None:
        """``is true`` as "applies"; None when it is compared with something else."""
        value = node.values[0]
        if not isinstance(value, Literal_):
            return None
        if node.op == "is":
            ends = ("applies", "does not apply"), ("geldt", "geldt niet")
        else:
            ends = (
                ("does not apply or is not known", "applies or is not known"),
                ("geldt niet of is niet bekend", "geldt of is niet bekend"),
            )
        end = ends[0 if self.language == "en" else 1][0 if value.value else 1]
        return f"{self.value(node.operand)} {end}"

    def did(self, node: Did) -> str:
        rows = self.happened(node.rows, node.at_least, node.at_most)
        if node.sequence is None:
            return rows
        key = "not_followed_by" if node.sequence.negated else "followed_by"
        return self.text(CONDITIONS[key].phrase).format(
            rows=rows, other=self.follower(node.sequence), value=self.limit(node.sequence)
        )

    def follower(self, sequence: Sequence) -> str:
        rows = sequence.rows
        if rows.source == "event":
            return self.events(rows) + self.filter(rows)
        noun = self.nouns(rows)[0]
        article = self.either("an " if noun[:1] in "aeio" else "a ", "een ")
        return article + noun + self.filter(rows)

    def follower_of(self, rows: Rows) -> str:
        return self.events(rows) if rows.source == "event" else self.nouns(rows)[0]

    def limit(self, sequence: Sequence) -> str:
        said = ""
        if sequence.limit_us is not None:
            span = duration_words(sequence.limit_us, self.language)
            said = f" {self.either('within', 'binnen')} {span}"
        if sequence.strictly:
            said += self.either(
                " (of one instant the later in order)",
                " (van één moment wat later op volgorde komt)",
            )
        return said

    def top(self, node: Top) -> str:
        names = [self.value(ref) for ref in node.by]
        subject = listed(names, self.language, "and")
        if len(names) > 1:
            subject += self.either(" together", " samen")
        share = percent_words(node.share * 100, self.language)
        said = self.text(CONDITIONS["top"].phrase).format(value=share, subject=subject)
        if node.among is not None:
            said += self.among(node.among)
        if node.provided is not None:
            word = self.either(", provided: ", ", mits: ")
            said += word + self.nested(node.provided)
        return said

    def among(self, item: Condition) -> str:
        return self.either(", of all with: ", ", van iedereen met: ") + self.nested(item)

    # --- rows ---

    def happened(self, rows: Rows, low: int, high: int | None) -> str:
        """So many rows in the window, filtered."""
        noun = self.counted(rows, low, high)
        if rows.source == "event":
            noun += f" {self.events(rows)}"
        return noun + self.window(rows.window) + self.filter(rows)

    def plural(self, rows: Rows) -> str:
        """Rows as the object of an aggregate."""
        noun = self.nouns(rows)[1]
        if rows.source == "event":
            noun = f"{self.either('events', 'gebeurtenissen')} {self.events(rows)}"
        return noun + self.window(rows.window) + self.filter(rows)

    def filter(self, rows: Rows) -> str:
        where = as_asked(rows.where) if rows.source == "line" else rows.where
        if where is None:
            return ""
        return self.either(" where ", " waarvoor geldt: ") + self.nested(where)

    # --- values ---

    def value(self, node: Expression | Operand | Percentile) -> str:
        match node:
            case Literal_():
                return value_words(
                    node.value,
                    node.type,
                    self.language,
                    zone=self.definitions.zone,
                    currency=self.definitions.currency,
                )
            case TraitRef():
                trait = self.definitions.traits.get(node.name)
                return quoted(node.name if trait is None else self.text(trait.label))
            case AttributeRef():
                return quoted(self.label(node.name, self.definitions.attribute_labels))
            case Property():
                labels = {**LINE_LABELS, **self.definitions.event_property_labels, **ROW_LABELS}
                return quoted(self.label(node.name, labels))
            case ExtensionRef():
                return self.extension(node.name)
            case Percentile():
                return self.percentile(node)
            case Aggregate():
                return self.aggregate(node)
            case Call():
                return self.call(node)
            case Case() | Score() | ShopTotal():
                return self.judged(node)

    def measured(self, node: Formula | Percentile, unit: Unit) -> str:
        """A constant beside a share or an amount is one too."""
        if unit and isinstance(node, Literal_) and isinstance(node.value, int | float):
            exact = Decimal(repr(node.value))
            if unit == "share":
                return percent_words(exact * 100, self.language)
            currency = self.definitions.currency
            return money_words(minor_of(exact, currency), currency, self.language)
        return self.value(node)

    def percentile(self, node: Percentile) -> str:
        subject = self.value(node.of)
        if node.percent == MEDIAN:
            said = self.either(f"the median of {subject}", f"de mediaan van {subject}")
        else:
            share = percent_words(node.percent, self.language)
            said = self.text(CONDITIONS["percentile"].phrase).format(value=share, subject=subject)
        if node.times != 1:
            said = f"{number_words(node.times, self.language)} x {said}"
        return said if node.among is None else said + self.among(node.among)

    def aggregate(self, node: Aggregate) -> str:
        subject = ""
        if node.of is not None and node.of_type is not None:
            subject = self.value(Property(name=node.of, type=node.of_type))
        if node.latest is not None:
            subject = number_words(node.latest, self.language)
        rows = self.plural(node.rows)
        if node.visit is not None:
            which = ("first", "eerste") if node.visit == "first" else ("last", "laatste")
            rows += self.either(f" in the {which[0]} visit", f" in het {which[1]} bezoek")
        elif node.last_only:
            rows += self.either(", if the last one has it", ", als de laatste die heeft")
        elif node.gap_us is not None and node.at_least is None:
            gap = duration_words(node.gap_us, self.language)
            rows += self.either(f", {gap} apart", f", {gap} uit elkaar")
        if node.lines is not None:
            bought = self.plural(replace(node.lines, window=None))
            rows = self.plural(replace(node.rows, window=None))
            rows += self.either(" and ", " en ") + bought + self.window(node.rows.window)
        if node.visits_of is not None:
            made = self.events(node.visits_of)
            rows += self.either(f" in visits of {made}", f" in bezoeken met {made}")
        if node.since is not None:
            after = self.follower_of(node.since)
            rows += self.either(f", since the last {after}", f", sinds de laatste {after}")
        least = "" if node.at_least is None else number_words(node.at_least, self.language)
        return self.text(AGGREGATES[node.op].phrase).format(value=subject, rows=rows, other=least)

    def call(self, node: Call) -> str:
        parts = [self.operand(part, node) for part in node.args]
        subject = f"{parts[2]} x {parts[0]}" if node.op == "ratio" and parts[2:] else parts[0]
        return self.text(FORMULAS[node.op].phrase).format(
            subject=subject,
            value=parts[1 if node.op == "ratio" else -1],
            values=listed(parts, self.language, "and"),
        )

    def judged(self, node: Case | Score | ShopTotal) -> str:
        if isinstance(node, Case):
            return self.case(node)
        if isinstance(node, Score):
            return self.score(node)
        return self.text(JUDGED["shop"].phrase).format(subject=self.value(node.of))

    def case(self, node: Case) -> str:
        """The branches in order, and what is left."""
        said = [
            self.text(JUDGED["case"].phrase).format(
                value=self.branch(branch.then), subject=self.condition(branch.when)
            )
            for branch in node.branches
        ]
        rest = f"{self.either('else', 'anders')} {self.branch(node.otherwise)}"
        return "; ".join([*said, rest])

    def score(self, node: Score) -> str:
        phrase = self.text(JUDGED["score"].phrase)
        said = phrase.format(value=node.bands, subject=self.value(node.of))
        return said if node.among is None else said + self.among(node.among)

    def branch(self, value: Literal_ | TraitRef | None) -> str:
        return self.either("nothing", "niets") if value is None else self.value(value)

    def operand(self, part: Formula, outer: Call) -> str:
        inner = self.measured(part, unit_of(outer, self.definitions))
        infix = {"add", "subtract", "multiply", "divide", "ratio", "negate"}
        both = isinstance(part, Call) and part.op in infix and outer.op in infix
        return f"({inner})" if both else inner
