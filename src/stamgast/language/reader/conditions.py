"""Conditions on a profile: forms to checked AST."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

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
    Identified,
    InSegment,
    InStage,
    Literal_,
    Not,
    Percentile,
    Rows,
    Score,
    Sequence,
    ShopTotal,
    Top,
    TraitRef,
)
from stamgast.language.operators import RANKED
from stamgast.language.operators_labels import KINDS
from stamgast.language.reader import models
from stamgast.language.reader.compare import attribute_ref, comparisons
from stamgast.language.reader.nearest import suggest
from stamgast.language.reader.rows import (
    all_sound,
    joined,
    row_condition,
    rows_of,
    source_of,
)
from stamgast.language.types import SUMMABLE, Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from stamgast.language.ast import Condition, Expression, Trait
    from stamgast.language.reader.issues import Place
    from stamgast.language.reader.models import Conditions
    from stamgast.language.reader.scope import Scope


def conditions(form: Conditions, scope: Scope, place: Place) -> Condition | None:
    """A condition, or a list of which every one must hold; None with issues."""
    if isinstance(form, list):
        items = all_sound([condition(one, scope, place.at(i)) for i, one in enumerate(form)])
        return None if items is None else _settled(items, all_=True) or joined(items)
    return condition(form, scope, place)


def condition(form: object, scope: Scope, place: Place) -> Condition | None:
    """The checked condition of a form; None with issues."""
    return READERS[type(form)](form, scope, place)


def _all(form: models.AllCondition, scope: Scope, place: Place) -> Condition | None:
    parts = [condition(one, scope, place.at("all", i)) for i, one in enumerate(form.all_)]
    items = all_sound(parts)
    return None if items is None else _settled(items, all_=True) or All(items=items)


def _any(form: models.AnyCondition, scope: Scope, place: Place) -> Condition | None:
    parts = [condition(one, scope, place.at("any", i)) for i, one in enumerate(form.any_)]
    items = all_sound(parts)
    return None if items is None else _settled(items, all_=False) or AnyOf(items=items)


def _settled(items: tuple[Condition, ...], *, all_: bool) -> Condition | None:
    """What is left where an item is ``always`` true or false; None without such an item."""
    true, false = All(items=()), AnyOf(items=())
    left_out, decides = (true, false) if all_ else (false, true)
    if decides in items:
        return decides
    left = tuple(item for item in items if item != left_out)
    if len(left) == len(items):
        return None
    return joined(left) if all_ or len(left) == 1 else AnyOf(items=left)


def _not(form: models.NotCondition, scope: Scope, place: Place) -> Condition | None:
    item = condition(form.not_, scope, place.at("not"))
    return None if item is None else Not(item=item)


def _trait(form: models.TraitCondition, scope: Scope, place: Place) -> Condition | None:
    trait = scope.trait(form.trait, place.at("trait"))
    if trait is None:
        return None
    return comparisons(TraitRef(name=trait.name, type=trait.type), form, scope, place)


def _attribute(form: models.AttributeCondition, scope: Scope, place: Place) -> Condition | None:
    operand = attribute_ref(form.attribute, scope, place.at("attribute"))
    return None if operand is None else comparisons(operand, form, scope, place)


def _segment(form: models.SegmentCondition, scope: Scope, place: Place) -> Condition | None:
    segment = scope.segment(form.segment, place.at("segment"))
    return None if segment is None else InSegment(name=segment.name)


def _stage(form: models.StageCondition, scope: Scope, place: Place) -> Condition | None:
    listed = [form.stage] if isinstance(form.stage, str) else form.stage
    unknown = [stage for stage in listed if stage not in scope.stages]
    for stage in unknown:
        hint = suggest(stage, scope.stages, "stages")
        scope.issues.add(place.at("stage"), "unknown_name", f"there is no stage `{stage}`", hint)
    return None if unknown else InStage(stages=tuple(dict.fromkeys(listed)))


# --- did ------------------------------------------------------------------------------------------


def _did(form: models.DidCondition, scope: Scope, place: Place) -> Condition | None:
    rows = rows_of(form.did, form, "did", scope, place)
    bounds = _bounds(form, scope, place)
    sequence, sound = _sequence(form, scope, place)
    if rows is None or bounds is None or not sound:
        return None
    if sequence is not None and rows.source == sequence.rows.source == "named":
        message = "named rows cannot be followed by named rows"
        scope.issues.add(place, "source", message, "name the events that follow")
        return None
    if sequence is not None and sequence.strictly and not _of_events(rows, sequence.rows):
        message = "`strictly` is for events that follow events"
        scope.issues.add(place, "form", message, "leave it out")
        return None
    low, high = bounds
    return Did(rows=rows, at_least=low, at_most=high, sequence=sequence)


def _of_events(*every: Rows) -> bool:
    return all(rows.source == "event" for rows in every)


def _bounds(form: models.DidCondition, scope: Scope, place: Place) -> tuple[int, int | None] | None:
    if form.exactly is not None:
        if form.at_least is not None or form.at_most is not None:
            message = "`exactly` does not go together with at_least or at_most"
            scope.issues.add(place.at("exactly"), "form", message, "keep one")
            return None
        return form.exactly, form.exactly
    low = form.at_least
    if low is None:
        low = 1 if form.at_most is None else 0
    if form.at_most is not None and form.at_most < low:
        message = f"at_least {low} and at_most {form.at_most} hold nothing"
        scope.issues.add(place.at("at_most"), "range", message, "swap them")
        return None
    if low == 0 and form.at_most is None:
        message = "at_least 0 always holds"
        scope.issues.add(place.at("at_least"), "range", message, "ask for 1, or for exactly: 0")
        return None
    return low, form.at_most


def _sequence(
    form: models.DidCondition, scope: Scope, place: Place
) -> tuple[Sequence | None, bool]:
    """What must or must not follow, and whether that is sound."""
    if form.followed_by is not None and form.not_followed_by is not None:
        message = "`followed_by` and `not_followed_by` do not go together"
        scope.issues.add(place.at("not_followed_by"), "form", message, "make two conditions")
        return None, False
    follow = form.followed_by or form.not_followed_by
    if follow is None:
        return None, True
    key = "followed_by" if form.followed_by is not None else "not_followed_by"
    here = place.at(key)
    source = source_of(follow.event, scope, here.at("event"))
    if source is None:
        return None, False
    where = None
    if follow.where is not None:
        where = row_condition(follow.where, source[0], scope, here.at("where"))
        if where is None:
            return None, False
    rows = Rows(source=source[0], events=source[1], where=where)
    negated = key == "not_followed_by"
    made = Sequence(negated=negated, rows=rows, limit_us=follow.within, strictly=follow.strictly)
    return made, True


# --- shop statistics ------------------------------------------------------------------------------


def _top(form: models.TopCondition, scope: Scope, place: Place) -> Condition | None:
    listed = [form.by] if isinstance(form.by, str) else form.by
    refs = [_ranked(name, scope, place.at("by")) for name in listed]
    among, sound = _inner(form.among, scope, place.at("among"))
    provided, also = _inner(form.provided, scope, place.at("provided"))
    by = tuple(ref for ref in refs if ref is not None)
    if len(by) < len(refs) or not sound or not also:
        return None
    return Top(share=form.top, by=by, among=_held_back(among, by, scope, place), provided=provided)


def percentile(form: models.PercentileValue, scope: Scope, place: Place) -> Percentile | None:
    """A percentile as the value of a comparison; None with issues."""
    of = _ranked(form.of, scope, place.at("of"))
    among, sound = _inner(form.among, scope, place.at("among"))
    if of is None or not sound:
        return None
    if form.times is not None and of.type is Type.INSTANT:
        message = f"an instant (`{of.name}`) cannot be multiplied"
        scope.issues.add(place.at("times"), "type", message, "leave `times` out")
        return None
    return Percentile(
        percent=form.percentile,
        of=of,
        among=_held_back(among, (of,), scope, place),
        times=form.times or Fraction(1),
    )


def score(form: models.ScoreTrait, scope: Scope, place: Place) -> Score | None:
    """A score as a trait; None with issues."""
    of = _ranked(form.score, scope, place.at("score"))
    among, sound = _inner(form.among, scope, place.at("among"))
    if of is None or not sound:
        return None
    kept = _held_back(among, (of,), scope, place)
    return Score(of=of, among=kept, bands=form.bands, type=Type.INTEGER)


def total(name: str, scope: Scope, place: Place) -> ShopTotal | None:
    """The shop's total of a trait, for formulas; None with an issue."""
    of = _ranked(name, scope, place)
    if of is None:
        return None
    if of.type not in SUMMABLE:
        fitting = ", ".join(sorted(type_.value for type_ in SUMMABLE))
        message = f"`{name}` is {of.type.value}, which cannot be added up"
        scope.issues.add(place, "type", message, f"what can: {fitting}")
        return None
    return ShopTotal(
        of=of,
        among=_held_back(None, (of,), scope, place),
        nobody=_adds_up(scope.traits[of.name]),
        type=of.type,
    )


def _adds_up(trait: Trait | None) -> bool:
    """Whether what is of nobody has a part in the shop's total: rows that are counted or summed."""
    made = None if trait is None else trait.expr
    return (
        isinstance(made, Aggregate)
        and made.op in ("count", "sum")
        and made.rows.source in ("order", "line", "revenue", "refund")
    )


def _ranked(name: str, scope: Scope, place: Place) -> TraitRef | None:
    trait = scope.trait(name, place)
    if trait is None:
        return None
    if trait.type not in RANKED:
        fitting = ", ".join(sorted(type_.value for type_ in RANKED))
        message = f"`{name}` is {trait.type.value}, which cannot be ranked"
        scope.issues.add(place, "type", message, f"what can: {fitting}")
        return None
    if trait.uses_statistics:
        message = f"`{name}` rests on a shop statistic, so none can be made of it"
        scope.issues.add(place, "statistics", message, "use the traits that it is made of")
        return None
    return TraitRef(name=name, type=trait.type)


def _inner(form: object, scope: Scope, place: Place) -> tuple[Condition | None, bool]:
    """A condition inside a shop statistic, which has no statistics of its own; whether sound."""
    if form is None:
        return None, True
    inner = condition(form, scope, place)
    if inner is not None and uses_statistics(inner, scope):
        message = "a shop statistic cannot be inside another shop statistic"
        scope.issues.add(place, "statistics", message, "leave top and percentile out of it")
        return None, False
    return inner, inner is not None


def _held_back(
    among: Condition | None, by: tuple[TraitRef, ...], scope: Scope, place: Place
) -> Condition | None:
    """Only those whose ranked traits are not held back are ranked."""
    traits = [scope.trait(ref.name, place) for ref in by]
    edges = tuple(trait.only_if for trait in traits if trait is not None and trait.only_if)
    if not edges:
        return among
    return joined((*edges, among) if among is not None else edges)


def made_of_statistics(expr: Expression, scope: Scope) -> bool:
    """Whether a shop statistic is used, here or in a trait it names."""
    match expr:
        case TraitRef(name=name):
            trait = scope.traits.get(name)
            return trait is not None and trait.uses_statistics
        case Call(args=args):
            return any(made_of_statistics(arg, scope) for arg in args)
        case Case(branches=branches, otherwise=otherwise):
            values = [otherwise, *(branch.then for branch in branches)]
            return any(uses_statistics(branch.when, scope) for branch in branches) or any(
                made_of_statistics(value, scope) for value in values if value is not None
            )
        case Score() | ShopTotal():
            return True
        case Aggregate() | Literal_() | AttributeRef():
            return False


def uses_statistics(item: Condition, scope: Scope) -> bool:
    """Whether a shop statistic is used, here or in a segment or trait it names."""
    match item:
        case Top():
            return True
        case Compare(operand=operand, values=values):
            if any(isinstance(value, Percentile) for value in values):
                return True
            named = (one for one in (operand, *values) if isinstance(one, TraitRef))
            return any(made_of_statistics(one, scope) for one in named)
        case InSegment():
            segment = scope.segments.get(item.name)
            return segment is not None and segment.uses_statistics
        case All() | AnyOf():
            return any(uses_statistics(one, scope) for one in item.items)
        case Not():
            return uses_statistics(item.item, scope)
        case Carries(rule=rule):
            return rule is not None and uses_statistics(rule, scope)
        case Did() | InStage() | Consented() | Identified():
            return False


def _extension(form: models.ExtensionCondition, scope: Scope, place: Place) -> Condition | None:
    from stamgast.language.reader import extensions  # noqa: PLC0415 - their rules are conditions

    return extensions.extension_condition(form, scope, place)


def _consent(form: models.ConsentCondition, scope: Scope, place: Place) -> Condition | None:
    from stamgast.language.reader import extensions  # noqa: PLC0415 - as above

    return extensions.consent_condition(form, scope, place)


def _identified(form: models.IdentifiedCondition, scope: Scope, place: Place) -> Identified | None:
    named = form.identified
    if named is False:
        message = "`identified` is true, or the kinds of identifiers"
        scope.issues.add(place.at("identified"), "form", message, "put `not` before it")
        return None
    kinds = [named] if isinstance(named, str) else [] if named is True else named
    unknown = [one for one in kinds if one not in KINDS]
    for one in unknown:
        message = f"`{one}` is no kind of identifier that a person is known by"
        scope.issues.add(
            place.at("identified"), "unknown_name", message, suggest(one, KINDS, "kinds")
        )
    return None if unknown else Identified(kinds=tuple(sorted({*kinds})))


READERS: dict[type, Callable[..., Condition | None]] = {
    models.ExtensionCondition: _extension,
    models.ConsentCondition: _consent,
    models.IdentifiedCondition: _identified,
    models.AlwaysCondition: lambda form, *_: All(items=()) if form.always else AnyOf(items=()),
    models.AllCondition: _all,
    models.AnyCondition: _any,
    models.NotCondition: _not,
    models.TraitCondition: _trait,
    models.AttributeCondition: _attribute,
    models.SegmentCondition: _segment,
    models.StageCondition: _stage,
    models.DidCondition: _did,
    models.TopCondition: _top,
}
