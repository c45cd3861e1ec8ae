"""Why: the conditions, the values, the rows that made them, and when each changes next."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Literal, TypeAlias

from stamgast.errors import InternalError
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
    Not,
    Percentile,
    Property,
    Rows,
    Score,
    Segment,
    ShopTotal,
    Text,
    Top,
    Trait,
    TraitRef,
)
from stamgast.language.reference.answers import over_time
from stamgast.language.reference.changes import change_after
from stamgast.language.reference.conditions import (
    at_midnight,
    compared_value,
    condition,
    did_rows,
    purchases,
    ranked_values,
    stage,
    term_holds,
)
from stamgast.language.reference.formulas import formula, of_visit, visit_starts
from stamgast.language.reference.labels import AGREED, consents, standing
from stamgast.language.reference.moments import NEVER, latest_statement, moment
from stamgast.language.reference.rows import in_window, rows_of
from stamgast.language.types import Type
from stamgast.language.walk import parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stamgast.language.answer import Statistics
    from stamgast.language.ast import Condition, Definitions, Expression, StageTerm
    from stamgast.language.reference.answers import Asked
    from stamgast.language.reference.moments import Moment
    from stamgast.language.reference.rows import Row
    from stamgast.model.log import Log, Scalar

Kind: TypeAlias = Literal[
    "segment",
    "trait",
    "attribute",
    "lifecycle",
    "compare",
    "did",
    "in_segment",
    "in_stage",
    "extension",
    "consent",
    "identified",
    "top",
    "all",
    "any",
    "not",
]
Node: TypeAlias = "Condition | Segment | Trait | Lifecycle | AttributeRef"

MOST_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RowBehind:
    """A row of the log that a value was made of."""

    kind: Literal[
        "order", "line", "revenue", "refund", "event", "attribute", "extension", "consent"
    ]
    id: str
    """Order key, order key + line number, ``o`` + order key or ``r`` + refund key, refund key, message id, attribute name,
    the origin of an extension, the address of a consent."""
    at: int | None
    """Its instant; None for an attribute that holds from always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReason:
    """Why a stage: the purchases, and the term of the stage's rule that holds."""

    purchases: int
    last_purchase_at: int | None
    term: StageTerm | None
    """The band; None for a rule that always holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """One of the traits that are ranked by: the profile's value and how many are strictly worse."""

    trait: str
    value: Scalar
    type: Type
    worse: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopReason:
    """Why among the best or not, as of the last local midnight."""

    as_of: int
    size: int
    """N, the population."""
    places: int
    """ceil(share x N)."""
    threshold: int | None
    """The score of the last place; None when nobody is ranked."""
    ranks: tuple[Rank, ...]
    """Empty when the profile is not of the population."""
    score: int | None
    """The sum of ``worse``; None when the profile is not of the population."""
    provided: bool
    """Whether the further condition held, if there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReason:
    """Why a score, as of the last local midnight."""

    as_of: int
    size: int
    """N, the population."""
    bands: int
    rank: Rank | None
    """The value that is ranked; None when the profile is not of the population."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One node of the reason: a definition, a condition or a value, with what it is made of.

    ``node``: what is explained, to render with ``language.sentences.sentence``. ``exists`` False:
    the profile does not at t; then nothing holds and there are no children. ``holds`` is None for
    values (trait, attribute, lifecycle). ``value`` has ``type``: of a comparison the value that is
    compared, of ``did`` the count, of a lifecycle the stage. ``compared``: what it is compared
    with. ``rows``: the latest 20 of ``rows_total``, in row order. ``valid_until``: before it
    nothing changes; ``next_change``: the exact instant of the next change of this very node by
    itself, statistics held; None: never.
    """

    kind: Kind
    name: str | None
    """Of the segment, trait or attribute."""
    node: Node
    exists: bool
    holds: bool | None
    value: Scalar
    type: Type | None
    compared: tuple[Scalar, ...] = ()
    rows: tuple[RowBehind, ...] = ()
    rows_total: int = 0
    valid_until: int | None
    next_change: int | None
    reason: StageReason | TopReason | ScoreReason | None = None
    children: tuple[Explanation, ...] = ()


def explain(
    asked: Segment | Trait | Lifecycle,
    log: Log,
    statistics: Statistics,
    t: int,
    definitions: Definitions,
) -> Explanation:
    """Why a profile is (not) in a segment or in its stage, or has a trait's value, at t.

    ``log``: everything that was said about the profile; it is cut at t here. ``statistics``: those
    in force at t. The values are those of ``reference.answer``.
    """
    return _explained(asked, moment(definitions, log, statistics, t))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What differs from kind to kind."""

    value: Scalar = None
    type: Type | None = None
    compared: tuple[Scalar, ...] = ()
    rows: tuple[RowBehind, ...] = ()
    reason: StageReason | TopReason | ScoreReason | None = None
    children: tuple[Node, ...] = ()


def _explained(node: Node, m: Moment) -> Explanation:
    asked = _shown(node)
    here, value, until = over_time(asked, m)
    change = None if until == NEVER else change_after(asked, m, not_before=until)
    if here and m.statistics is not None and _uses_statistics(node, m.definitions):
        until = min(until, m.statistics.next_midnight)
    facts = _facts(node, m) if here else _Facts()
    is_value = isinstance(node, Trait | Lifecycle | AttributeRef)
    return Explanation(
        kind=_KINDS[type(node)],
        name=node.name
        if isinstance(node, Segment | Trait | AttributeRef | InSegment | Carries)
        else None,
        node=node,
        exists=here,
        holds=None if is_value else bool(value),
        value=value if is_value else facts.value,
        type=node.type if isinstance(node, Trait | AttributeRef) else facts.type,
        compared=facts.compared,
        rows=facts.rows[-MOST_ROWS:],
        rows_total=len(facts.rows),
        valid_until=None if until == NEVER else until,
        next_change=change,
        reason=facts.reason,
        children=tuple(_explained(child, m) for child in facts.children),
    )


_KINDS: dict[type, Kind] = {
    Segment: "segment",
    Trait: "trait",
    AttributeRef: "attribute",
    Lifecycle: "lifecycle",
    Compare: "compare",
    Did: "did",
    InSegment: "in_segment",
    InStage: "in_stage",
    Carries: "extension",
    Consented: "consent",
    Identified: "identified",
    Top: "top",
    All: "all",
    AnyOf: "any",
    Not: "not",
}


def _shown(node: Node) -> Asked:
    """What is asked to explain a node: of an attribute a trait that is the attribute."""
    if not isinstance(node, AttributeRef):
        return node
    label = Text(en=node.name, nl=node.name)
    return Trait(name=node.name, label=label, expr=node, type=node.type)


def _uses_statistics(node: Node, definitions: Definitions) -> bool:
    if isinstance(node, Trait | Segment):
        return node.uses_statistics
    return any(
        isinstance(part, Top | Score | ShopTotal)
        or (isinstance(part, Compare) and any(isinstance(v, Percentile) for v in part.values))
        for part in parts(node, definitions)
    )


def _facts(node: Node, m: Moment) -> _Facts:
    match node:
        case Segment() | Trait():
            return (
                _trait_facts(node, m) if isinstance(node, Trait) else _Facts(children=(node.where,))
            )
        case AttributeRef(name=name):
            return _Facts(rows=_statement(name, m))
        case Lifecycle():
            bought = tuple(_behind(Rows(source="order"), rows_of(Rows(source="order"), m)))
            return _Facts(rows=bought, reason=_stage_reason(node, m), type=Type.TEXT)
        case Compare():
            return _compare_facts(node, m)
        case Did(rows=rows):
            found = did_rows(node, m)
            behind = tuple(_behind(rows, found))
            return _Facts(value=len(found), type=Type.INTEGER, rows=behind)
        case Carries() | Consented() | Identified():
            return _label_facts(node, m)
        case InSegment() | InStage():
            return _named_facts(node, m)
        case Top(by=by):
            return _Facts(reason=_top_reason(node, m), rows=_ranked_rows(by, m))
        case _:
            return _Facts(children=node.items if isinstance(node, All | AnyOf) else (node.item,))


def _named_facts(node: InSegment | InStage, m: Moment) -> _Facts:
    if isinstance(node, InSegment):
        return _Facts(children=(m.definitions.segments[node.name],))
    return _Facts(value=stage(m)[0], type=Type.TEXT, children=(m.definitions.lifecycle,))


def _label_facts(node: Carries | Consented | Identified, m: Moment) -> _Facts:
    if isinstance(node, Identified):
        return _Facts()
    if isinstance(node, Consented):
        return _Facts(rows=_agreed(node, m))
    return _Facts(rows=_grants(node, m), children=() if node.rule is None else (node.rule,))


def _grants(node: Carries | ExtensionRef, m: Moment) -> tuple[RowBehind, ...]:
    live = standing(node, m).live
    return tuple(RowBehind(kind="extension", id=one.origin, at=one.at) for one in live)


def _agreed(node: Consented, m: Moment) -> tuple[RowBehind, ...]:
    agreed = [one for one in consents(node, m) if one.state in AGREED]
    return tuple(RowBehind(kind="consent", id=one.address or "", at=one.at) for one in agreed)


def _trait_facts(node: Trait, m: Moment) -> _Facts:
    held = () if node.only_if is None else (node.only_if,)
    if isinstance(node.expr, Score):
        rows = _ranked_rows((node.expr.of,), m)
        return _Facts(rows=rows, reason=_score_reason(node.expr, m), children=held)
    return _Facts(
        rows=_value_rows(node.expr, m), children=(*_named(node.expr, m.definitions), *held)
    )


def _compare_facts(node: Compare, m: Moment) -> _Facts:
    asked = node.operand
    if isinstance(asked, Property):
        raise InternalError("a property belongs to a row")
    value, _ = formula(asked, m)
    others = [one for one in node.values if isinstance(one, TraitRef)]
    shown = [m.definitions.traits[one.name] for one in others]
    if isinstance(asked, TraitRef) and isinstance(
        m.definitions.traits[asked.name].expr, Call | Case
    ):
        shown.insert(0, m.definitions.traits[asked.name])
    return _Facts(
        value=value,
        type=asked.type,
        compared=tuple(compared_value(one, node.op, m)[0] for one in node.values),
        rows=_grants(asked, m) if isinstance(asked, ExtensionRef) else _value_rows(asked, m),
        children=tuple(shown),
    )


def _named(expr: Expression, definitions: Definitions) -> tuple[Node, ...]:
    """The traits and attributes that a formula names itself."""
    match expr:
        case TraitRef(name=name):
            return (definitions.traits[name],)
        case AttributeRef():
            return (expr,)
        case Call(args=args):
            return tuple(one for arg in args for one in _named(arg, definitions))
        case Case(branches=branches, otherwise=otherwise):
            values = (*(branch.then for branch in branches), otherwise)
            named = (_named(value, definitions) for value in values if value is not None)
            return (*(branch.when for branch in branches), *(one for some in named for one in some))
        case _:
            return ()


# --- the rows behind -----------------------------------------------------------------------------


def _value_rows(expr: Expression, m: Moment) -> tuple[RowBehind, ...]:
    """All rows that a value is made of, in row order."""
    found: set[RowBehind] = set()
    for part in parts(expr, m.definitions):
        if isinstance(part, Aggregate):
            found.update(_behind(part.rows, _aggregated(part, m)))
            if part.lines is not None:
                found.update(_behind(part.lines, rows_of(part.lines, m)))
        elif isinstance(part, AttributeRef):
            found.update(_statement(part.name, m))
    return tuple(sorted(found, key=lambda row: (-NEVER if row.at is None else row.at, row.id)))


def _aggregated(a: Aggregate, m: Moment) -> list[Row]:
    rows = rows_of(a.rows, m) if a.visit is None else of_visit(a, m)
    match a.op:
        case "first":
            return rows[:1]
        case "last":
            return rows[-1:]
        case "visits" | "visit_days":
            return [row for row in visit_starts(a, m) if in_window(row.at, a.rows.window, m.u)]
        case _:
            return rows


def _behind(rows: Rows, found: Iterable[Row]) -> Iterator[RowBehind]:
    kind = "event" if rows.source == "named" else rows.source
    for row in found:
        yield RowBehind(kind=kind, id=row.id, at=row.at)


def _statement(name: str, m: Moment) -> tuple[RowBehind, ...]:
    found = latest_statement(name, m)
    return () if found is None else (RowBehind(kind="attribute", id=name, at=found.at),)


# --- stages and ranks ----------------------------------------------------------------------------


def _stage_reason(lifecycle: Lifecycle, m: Moment) -> StageReason:
    latest_first = purchases(m)
    held = (
        next((term for term in rule.any_of if term_holds(term, latest_first, m.u)), None)
        for rule in lifecycle.rules
        if rule.stage == stage(m)[0]
    )
    return StageReason(
        purchases=len(latest_first),
        last_purchase_at=latest_first[0] if latest_first else None,
        term=next((term for term in held if term is not None), None),
    )


def _top_reason(top: Top, m: Moment) -> TopReason | None:
    if m.statistics is None:
        return None
    then = at_midnight(m)
    table = m.statistics.tops[top]
    values = ranked_values(top.by, top.among, then)
    ranks = tuple(
        Rank(trait=ref.name, value=value, type=ref.type, worse=worse[value])
        for ref, value, worse in zip(top.by, values or (), table.worse, strict=False)
    )
    return TopReason(
        as_of=then.u,
        size=table.size,
        places=ceil(top.share * table.size),
        threshold=table.threshold,
        ranks=ranks,
        score=sum(rank.worse for rank in ranks) if values is not None else None,
        provided=condition(top.provided, then)[0],
    )


def _score_reason(score: Score, m: Moment) -> ScoreReason | None:
    if m.statistics is None:
        return None
    then = at_midnight(m)
    table = m.statistics.scores[score]
    values = ranked_values((score.of,), score.among, then)
    rank = None
    if values is not None:
        worse = table.worse[0][values[0]]
        rank = Rank(trait=score.of.name, value=values[0], type=score.of.type, worse=worse)
    return ScoreReason(as_of=then.u, size=table.size, bands=score.bands, rank=rank)


def _ranked_rows(by: Iterable[TraitRef], m: Moment) -> tuple[RowBehind, ...]:
    if m.statistics is None:
        return ()
    then = at_midnight(m)
    found = {row for ref in by for row in _value_rows(ref, then)}
    return tuple(sorted(found, key=lambda row: (-NEVER if row.at is None else row.at, row.id)))
