"""Comparisons: operators against the type of what is compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from stamgast.language.ast import (
    Aggregate,
    All,
    AnyOf,
    AttributeRef,
    Compare,
    Did,
    Literal_,
    Not,
    Property,
    TraitRef,
    Within,
)
from stamgast.language.operators import CASELESS, COMPARISONS
from stamgast.language.reader.models import Anniversary, PercentileValue, TraitValue
from stamgast.language.types import Type

if TYPE_CHECKING:
    from stamgast.language.ast import CompareOp, Condition, Operand, Percentile, Trait
    from stamgast.language.reader.issues import Place
    from stamgast.language.reader.models import Comparisons
    from stamgast.language.reader.scope import Scope

    Literals = tuple[Literal_, ...]
    Values = tuple[Literal_ | TraitRef | Percentile, ...]

KEYS: tuple[tuple[str, str], ...] = (
    ("is_", "is"),
    ("is_not", "is_not"),
    ("in_", "in"),
    ("not_in", "not_in"),
    ("gt", "gt"),
    ("gte", "gte"),
    ("lt", "lt"),
    ("lte", "lte"),
    ("between", "between"),
    ("contains", "contains"),
    ("starts_with", "starts_with"),
    ("ends_with", "ends_with"),
    ("present", "present"),
    ("older_than", "older_than"),
    ("newer_than", "newer_than"),
    ("within_next", "within_next"),
    ("anniversary", "anniversary"),
)
"""Fields of the form and their keys in the file."""


def comparisons(
    operand: Operand, form: Comparisons, scope: Scope, place: Place
) -> Condition | None:
    """Every comparison that is written beside an operand; None with issues."""
    items: list[Condition | None] = []
    for field_name, key in KEYS:
        value = getattr(form, field_name)
        if value is not None:
            items.append(_each(operand, key, value, scope, place.at(key)))
    if not items:
        fitting = ", ".join(n for n, row in COMPARISONS.items() if operand.type in row.takes)
        message = f"nothing says what `{operand.name}` is compared with"
        scope.issues.add(place, "form", message, f"one of: {fitting}")
        return None
    sound = tuple(item for item in items if item is not None)
    if len(sound) < len(items) or not _may_ignore_case(operand, form, scope, place):
        return None
    if form.ignore_case:
        sound = tuple(_caseless(item) for item in sound)
    return sound[0] if len(sound) == 1 else All(items=sound)


def _each(
    operand: Operand, key: str, value: object, scope: Scope, place: Place
) -> Condition | None:
    """One comparison; ``starts_with`` of a list holds where it does with one of them."""
    if key != "starts_with" or not isinstance(value, list):
        return compare(operand, key, value, scope, place)
    items = [compare(operand, key, one, scope, place.at(i)) for i, one in enumerate(value)]
    sound = tuple(item for item in items if item is not None)
    return AnyOf(items=sound) if len(sound) == len(items) else None


def _may_ignore_case(operand: Operand, form: Comparisons, scope: Scope, place: Place) -> bool:
    if form.ignore_case is None:
        return True
    here = place.at("ignore_case")
    if operand.type is not Type.TEXT:
        message = f"`ignore_case` does not go with {operand.type.value} (`{operand.name}`)"
        scope.issues.add(here, "type", message, "it is for text")
        return False
    others = [key for name, key in KEYS if getattr(form, name) is not None and key not in CASELESS]
    for key in others:
        message = f"`ignore_case` does not go with `{key}`"
        scope.issues.add(here, "form", message, "make two conditions")
    return not others


def _caseless(item: Condition) -> Condition:
    """The comparison, also where what is held back stands around it, without regard to case."""
    match item:
        case Compare(op=op):
            return replace(item, ignore_case=True) if op in CASELESS else item
        case All(items=items):
            return All(items=tuple(_caseless(one) for one in items))
        case AnyOf(items=items):
            return AnyOf(items=tuple(_caseless(one) for one in items))
        case _:
            return item


def compare(
    operand: Operand, key: str, value: object, scope: Scope, place: Place
) -> Condition | None:
    """One comparison; of a count in a window it becomes ``Did``."""
    if key == "present":
        op = "present" if value else "missing"
    else:
        op = "anniversary_within_next" if key == "anniversary" else key
    row = COMPARISONS[op]
    if operand.type not in row.takes:
        _misfit(operand, key, scope, place)
        return None
    if isinstance(operand, Property) and row.arity == "duration":
        message = f"`{key}` looks at the clock, a filter on rows does not"
        scope.issues.add(place, "form", message, "use a window: within, between, from or until")
        return None
    values = _values(operand, op, value, scope, place)
    if values is None:
        return None
    trait = scope.trait(operand.name, place) if isinstance(operand, TraitRef) else None
    plain = _lowered(trait, op, values) or Compare(
        operand=operand, op=cast("CompareOp", op), values=values
    )
    return _held_back(plain, op, [trait, _compared_trait(values, scope, place)])


def _misfit(operand: Operand, key: str, scope: Scope, place: Place) -> None:
    fitting = ", ".join(n for n, row in COMPARISONS.items() if operand.type in row.takes)
    message = f"`{key}` does not go with {operand.type.value} (`{operand.name}`)"
    scope.issues.add(place, "type", message, f"what goes: {fitting}")


def _values(operand: Operand, op: str, value: object, scope: Scope, place: Place) -> Values | None:
    row = COMPARISONS[op]
    if isinstance(value, TraitValue | PercentileValue):
        return _reference(operand, value, scope, place)
    if row.arity == "none":
        return ()
    if row.arity == "duration":
        us = value.within_next if isinstance(value, Anniversary) else cast("int", value)
        return (Literal_(value=us, type=Type.DURATION),)
    raw = cast("list[object]", value) if row.arity in {"list", "pair"} else [value]
    literals = [
        _literal(operand.type, one, scope, place.at(i) if row.arity in {"list", "pair"} else place)
        for i, one in enumerate(raw)
    ]
    sound = tuple(literal for literal in literals if literal is not None)
    if len(sound) < len(literals):
        return None
    if row.arity == "pair" and not _in_order(sound):
        message = "`between` holds nothing: the first value is greater than the second"
        scope.issues.add(place, "range", message, "swap them")
        return None
    return sound


def _literal(type_: Type, value: object, scope: Scope, place: Place) -> Literal_ | None:
    wanted = Type.DURATION if type_ is Type.AGE else type_
    stored, sound = scope.stored(value, wanted, place)
    return Literal_(value=stored, type=wanted) if sound else None


def _in_order(pair: tuple[Literal_, ...]) -> bool:
    low, high = (literal.value for literal in pair)
    return cast("int", low) <= cast("int", high)


def _reference(
    operand: Operand, value: TraitValue | PercentileValue, scope: Scope, place: Place
) -> Values | None:
    """Another trait or a percentile as the value."""
    if isinstance(operand, Property):
        message = "a filter on rows compares with plain values only"
        scope.issues.add(place, "form", message, "compare with a value or a $parameter")
        return None
    if isinstance(value, PercentileValue):
        percentile = scope.percentile(value, place)
        if percentile is None:
            return None
        if percentile.of.type is not (Type.DURATION if operand.type is Type.AGE else operand.type):
            _unlike(operand, percentile.of, scope, place)
            return None
        return (percentile,)
    trait = scope.trait(value.trait, place.at("trait"))
    if trait is None:
        return None
    ref = TraitRef(name=trait.name, type=trait.type)
    wanted = Type.DURATION if operand.type is Type.AGE else operand.type
    if trait.type is not wanted:
        _unlike(operand, ref, scope, place)
        return None
    return (ref,)


def _unlike(operand: Operand, other: TraitRef, scope: Scope, place: Place) -> None:
    wanted = "duration" if operand.type is Type.AGE else operand.type.value
    message = (
        f"`{operand.name}` is compared with {wanted}, but `{other.name}` is {other.type.value}"
    )
    scope.issues.add(place, "type", message, "compare values of one type")


def _compared_trait(values: Values, scope: Scope, place: Place) -> Trait | None:
    refs = [value for value in values if isinstance(value, TraitRef)]
    return scope.trait(refs[0].name, place) if refs else None


def _held_back(plain: Condition, op: str, traits: list[Trait | None]) -> Condition:
    """Where a trait is held back, the comparison is one with a missing value."""
    edges = tuple(trait.only_if for trait in traits if trait is not None and trait.only_if)
    if not edges:
        return plain
    if op in {"is_not", "not_in", "missing"}:
        return AnyOf(items=(*(Not(item=edge) for edge in edges), plain))
    return All(items=(*edges, plain))


def _lowered(trait: Trait | None, op: str, values: Values) -> Condition | None:
    """A comparison of a count in a ``within`` window as ``Did``, whose next change is exact."""
    if trait is None or not isinstance(trait.expr, Aggregate) or trait.expr.op != "count":
        return None
    if not isinstance(trait.expr.rows.window, Within):
        return None
    numbers = [value.value for value in values if isinstance(value, Literal_)]
    bounds = _bounds(op, cast("list[int]", numbers)) if numbers else None
    if bounds is None:
        return None
    low, high = bounds
    did = Did(rows=trait.expr.rows, at_least=max(low, 0), at_most=high, trait=trait.name)
    return Not(item=did) if op == "is_not" else did


def _bounds(op: str, numbers: list[int]) -> tuple[int, int | None] | None:
    """The count's bounds; None where they would hold no count, or for other operators."""
    first = numbers[0]
    low, high = {
        "is": (first, first),
        "is_not": (first, first),
        "gt": (first + 1, None),
        "gte": (first, None),
        "lt": (0, first - 1),
        "lte": (0, first),
        "between": (first, numbers[-1]),
    }.get(op, (0, -1))
    return None if high is not None and high < 0 else (low, high)


def attribute_ref(name: str, scope: Scope, place: Place) -> AttributeRef | None:
    """An attribute as an operand; None with an issue."""
    type_ = scope.attribute(name, place)
    return None if type_ is None else AttributeRef(name=name, type=type_)
