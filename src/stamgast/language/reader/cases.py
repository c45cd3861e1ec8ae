"""Cases: branches of conditions and values to checked AST."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from stamgast.language.ast import All, Branch, Case, Literal_, TraitRef
from stamgast.language.reader.conditions import conditions
from stamgast.language.reader.models import TraitValue
from stamgast.language.reader.nearest import suggest
from stamgast.language.reader.scope import words
from stamgast.language.types import SCALE, Type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.language.ast import Condition, Text
    from stamgast.language.reader.forms import Words
    from stamgast.language.reader.issues import Place
    from stamgast.language.reader.models import CaseTrait, CaseValue
    from stamgast.language.reader.scope import Scope


def case(form: CaseTrait, scope: Scope, place: Place) -> Case | None:
    """The checked case of a form; None with issues."""
    given: list[tuple[CaseValue, Place]] = [
        (branch.then, place.at("case", i, "then")) for i, branch in enumerate(form.case)
    ]
    if form.else_ is not None:
        given.append((form.else_, place.at("else")))
    type_ = _type(form, given, scope, place)
    whens = [
        conditions(branch.when, scope, place.at("case", i, "when"))
        for i, branch in enumerate(form.case)
    ]
    if type_ is None:
        return None
    if form.labels is not None:
        _check_labels(form.labels, given, type_, scope, place.at("labels"))
    values = [_value(one, type_, scope, where) for one, where in given]
    if any(when is None for when in whens) or any(value is None for value in values):
        return None
    branches: list[Branch] = []
    for when, value in zip(whens, values, strict=False):
        if when is not None:
            branches += _held_back(when, value, scope, place)
    otherwise = values[-1] if form.else_ is not None else None
    if isinstance(otherwise, TraitRef):
        branches += _held_back(All(items=()), otherwise, scope, place)[:-1]
        otherwise = None if _edge(otherwise, scope, place) is not None else otherwise
    return Case(branches=tuple(branches), otherwise=otherwise, type=type_)


def _check_labels(
    labels: Mapping[str, Words],
    given: list[tuple[CaseValue, Place]],
    type_: Type,
    scope: Scope,
    place: Place,
) -> None:
    if type_ is not Type.TEXT:
        message = f"`labels` are of texts, not of {type_.value}"
        scope.issues.add(place, "type", message, "leave them out")
        return
    options = [one for one, _ in given if isinstance(one, str)]
    for value in labels:
        if value not in options and not any(isinstance(one, TraitValue) for one, _ in given):
            message = f"this case gives no value `{value}`"
            scope.issues.add(place.at(value), "unknown_name", message, suggest(value, options))


def value_labels(form: CaseTrait) -> dict[str, Text]:
    """How the texts of a case are shown."""
    return {value: words(label, value) for value, label in (form.labels or {}).items()}


def _edge(value: Literal_ | TraitRef | None, scope: Scope, place: Place) -> Condition | None:
    trait = scope.trait(value.name, place) if isinstance(value, TraitRef) else None
    return None if trait is None else trait.only_if


def _held_back(
    when: Condition, value: Literal_ | TraitRef | None, scope: Scope, place: Place
) -> list[Branch]:
    """The branch; of a trait that may be held back: missing where it is."""
    edge = _edge(value, scope, place)
    if edge is None:
        return [Branch(when=when, then=value)]
    return [Branch(when=All(items=(when, edge)), then=value), Branch(when=when, then=None)]


def _type(
    form: CaseTrait, given: list[tuple[CaseValue, Place]], scope: Scope, place: Place
) -> Type | None:
    """The one type of all values: the one that is said, that of a trait, or that of the literals."""
    traits = [
        scope.trait(one.trait, where.at("trait"))
        for one, where in given
        if isinstance(one, TraitValue)
    ]
    types = {trait.type for trait in traits if trait is not None}
    if any(trait is None for trait in traits):
        return None
    if form.type is not None:
        types.add(Type(form.type))
    if not types:
        return _of_literals([one for one, _ in given])
    if len(types) > 1 or Type.AGE in types:
        listed = " and ".join(sorted(type_.value for type_ in types))
        message = f"the values of a case are of one type that can be kept, not {listed}"
        scope.issues.add(place.at("case"), "type", message, "use values of one type")
        return None
    return types.pop()


def _of_literals(values: list[CaseValue]) -> Type:
    if all(isinstance(value, bool) for value in values):
        return Type.BOOLEAN
    numbers = [v for v in values if isinstance(v, int | Decimal) and not isinstance(v, bool)]
    if len(numbers) < len(values):
        return Type.TEXT
    if all(isinstance(number, int) for number in numbers):
        return Type.INTEGER
    scaled = [number * SCALE[Type.DECIMAL] for number in numbers]
    return Type.DECIMAL if all(one == int(one) for one in scaled) else Type.NUMBER


def _value(given: CaseValue, type_: Type, scope: Scope, place: Place) -> Literal_ | TraitRef | None:
    if isinstance(given, TraitValue):
        return TraitRef(name=given.trait, type=type_)
    value, sound = scope.stored(given, type_, place)
    return Literal_(value=value, type=type_) if sound else None
