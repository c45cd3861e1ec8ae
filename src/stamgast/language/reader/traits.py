"""Traits: forms to checked AST."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from stamgast.language.ast import (
    Aggregate,
    All,
    AnyOf,
    AttributeRef,
    Call,
    Compare,
    Dates,
    Did,
    Literal_,
    Not,
    Rows,
    Trait,
    TraitRef,
)
from stamgast.language.formula_text import parse_formula
from stamgast.language.operators import AGGREGATES
from stamgast.language.reader import models
from stamgast.language.reader.calendar_traits import calendar_aggregate
from stamgast.language.reader.cases import case, value_labels
from stamgast.language.reader.conditions import made_of_statistics, score, total
from stamgast.language.reader.nearest import suggest
from stamgast.language.reader.recurring import recurring
from stamgast.language.reader.rows import joined, rows_of
from stamgast.language.reader.scope import words
from stamgast.language.types import Type

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from stamgast.language.ast import AggregateOp, Condition, Expression, Formula, ShopTotal
    from stamgast.language.reader.entries import Entry
    from stamgast.language.reader.forms import Labelled
    from stamgast.language.reader.issues import Place
    from stamgast.language.reader.scope import Scope
    from stamgast.model.log import Scalar

VISIT_GAP_US = 1_800_000_000
"""30 minutes."""

OP_OF = {model: op for op, model in models.TRAIT_MODELS.items()}

FIRST = (
    models.FirstTrait,
    models.FirstGapTrait,
    models.OnlySeasonTrait,
    models.SeasonReturnsTrait,
)
"""Traits that a log without the first purchases makes wrong."""

ORDERS_BEFORE = "orders_before"
LEFT_EDGE_ATTRIBUTES = ("customer_since", ORDERS_BEFORE)
"""Either one, when known, says that the first order we know is not the first for lack of history."""


def read_trait(scope: Scope, name: str, entry: Entry[Any]) -> Trait | None:
    """The checked trait of an entry; None with issues."""
    form = cast("Labelled", entry.form)
    place = entry.place
    expr: Expression | None
    only_if: Condition | None = None
    if isinstance(form, models.FormulaTrait):
        expr = _formula(form, scope, place.at("formula"))
        only_if = _inherited(expr, scope, place) if expr is not None else None
    elif isinstance(form, models.CaseTrait):
        expr = case(form, scope, place)
    elif isinstance(form, models.ScoreTrait):
        expr = score(form, scope, place)
    else:
        expr = _aggregate(form, scope, place)
        if isinstance(form, FIRST) and form.unless_left_edge is not None:
            only_if = left_edge(form.unless_left_edge, expr, scope, place.at("unless_left_edge"))
    if expr is None:
        return None
    return Trait(
        name=name,
        label=words(form.label, name),
        expr=expr,
        type=expr.type,
        about=None if form.about is None else words(form.about, name),
        only_if=only_if,
        uses_statistics=made_of_statistics(expr, scope),
        value_labels=value_labels(form) if isinstance(form, models.CaseTrait) else {},
    )


# --- aggregates -----------------------------------------------------------------------------------


def _aggregate(form: Labelled, scope: Scope, place: Place) -> Aggregate | None:
    op = cast("AggregateOp", OP_OF[type(form)])
    if isinstance(form, models.OfTrait):
        return _of(op, form, scope, place)
    if isinstance(form, models.RecurringTrait):
        return recurring(form, scope, place)
    if isinstance(form, models.OfAllRows):
        return calendar_aggregate(op, form, scope, place)
    windowed = cast("models.Windowed", form)
    rows = rows_of(getattr(form, op), windowed, op, scope, place)
    if rows is None:
        return None
    if isinstance(form, models.OfVisits) and rows.source != "event":
        message = f"visits are of events, not of `{rows.source}`"
        scope.issues.add(place.at(op), "source", message, "name the events that are views")
        return None
    gap_us = form.gap if isinstance(form, models.OfVisits) else None
    result = AGGREGATES[op].gives
    assert result is not None  # noqa: S101 - of whole rows the type is fixed
    return Aggregate(op=op, rows=rows, gap_us=gap_us, type=result)


def _of(op: AggregateOp, form: models.OfTrait, scope: Scope, place: Place) -> Aggregate | None:
    """An aggregate of a property."""
    rows = rows_of(form.of, form, "of", scope, place)
    if rows is None:
        return None
    name: str = getattr(form, op)
    type_ = scope.property(name, rows.source, place.at(op))
    if type_ is None:
        return None
    row = AGGREGATES[op]
    if type_ not in row.takes:
        fitting = ", ".join(sorted(t.value for t in row.takes))
        message = f"`{op}` does not go with {type_.value} (`{name}`)"
        hint = f"what goes: {fitting}"
        if type_ is Type.NUMBER:
            hint = "sums of a number are not repeatable: declare it as decimal or money"
        scope.issues.add(place.at(op), "type", message, hint)
        return None
    made = Aggregate(op=op, rows=rows, of=name, of_type=type_, type=row.gives or type_)
    return _of_visit(form, made, scope, place) if isinstance(form, models.OfVisitTrait) else made


def _of_visit(
    form: models.OfVisitTrait, made: Aggregate, scope: Scope, place: Place
) -> Aggregate | None:
    """The same of the rows of one visit, if it says so."""
    if form.visit is None:
        if form.gap is None:
            return made
        message, hint = "`gap` is beside `visit`", "write visit: first or visit: last as well"
        scope.issues.add(place.at("gap"), "form", message, hint)
        return None
    if made.rows.source != "event" or made.rows.window is not None:
        message = "`visit` is of events, without a window"
        scope.issues.add(place.at("visit"), "form", message, "name the events that are views")
        return None
    return replace(made, visit=form.visit, gap_us=form.gap or VISIT_GAP_US)


# --- the left edge --------------------------------------------------------------------------------


def left_edge(
    within_us: int, expr: Aggregate | None, scope: Scope, place: Place
) -> Condition | None:
    """When a first-purchase trait may be believed; None: always.

    With ``history_from``: no order lies before it or less than ``within_us`` after it, or a source
    said since when this is a customer, or that no orders came before. Where some did, the first
    that is known is not the first.
    """
    if expr is not None and (expr.rows.source != "order" or expr.rows.window is not None):
        message = "`unless_left_edge` is for the first of all orders"
        scope.issues.add(place, "form", message, "write of: order, without a window")
        return None
    history_from = scope.settings.history_from
    if history_from is None:
        return None
    early = Rows(source="order", window=Dates(from_at=None, until_at=history_from + within_us))
    known = (
        Compare(operand=AttributeRef(name=name, type=scope.attributes[name]), op="present")
        for name in LEFT_EDGE_ATTRIBUTES
        if name in scope.attributes
    )
    believed = AnyOf(items=(Did(rows=early, at_least=0, at_most=0), *known))
    if scope.attributes.get(ORDERS_BEFORE) is not Type.INTEGER:
        return believed
    before = AttributeRef(name=ORDERS_BEFORE, type=Type.INTEGER)
    some = Compare(operand=before, op="gt", values=(Literal_(value=0, type=Type.INTEGER),))
    return All(items=(Not(item=some), believed))


def _inherited(expr: Formula, scope: Scope, place: Place) -> Condition | None:
    """A formula of a trait that is held back is held back too."""
    edges: list[Condition] = []
    for op, ref in _references(expr, ""):
        trait = scope.trait(ref.name, place)
        if trait is None or trait.only_if is None or trait.only_if in edges:
            continue
        if op == "coalesce":
            message = f"`{ref.name}` can be held back by the left edge, so coalesce cannot take it"
            scope.issues.add(place, "formula", message, "leave unless_left_edge out of that trait")
        edges.append(trait.only_if)
    return joined(tuple(edges)) if edges else None


def _references(expr: Formula, op: str) -> Iterator[tuple[str, TraitRef]]:
    """Every trait in a formula; with ``coalesce`` when it is inside one."""
    if isinstance(expr, TraitRef):
        yield op, expr
    elif isinstance(expr, Call):
        for arg in expr.args:
            yield from _references(arg, "coalesce" if "coalesce" in {op, expr.op} else expr.op)


# --- formulas -------------------------------------------------------------------------------------


def _formula(form: models.FormulaTrait, scope: Scope, place: Place) -> Formula | None:
    if isinstance(form.formula, bool):
        scope.issues.add(place, "formula", "a formula is arithmetic, not true or false")
        return None
    return parse_formula(str(form.formula), _Names(scope, place))


@dataclass(frozen=True, slots=True)
class _Names:
    """The scope as a formula sees it."""

    scope: Scope
    place: Place

    def trait(self, name: str) -> Type | None:
        if name == "attribute" or (
            name in self.scope.attributes and name not in self.scope.gathered.sections["traits"]
        ):
            hint = f"write attribute.{'NAME' if name == 'attribute' else name}"
            self.issue("unknown_name", f"there is no trait `{name}`", hint)
            return None
        trait = self.scope.trait(name, self.place)
        return None if trait is None else trait.type

    def attribute(self, name: str) -> Type | None:
        return self.scope.attribute(name, self.place)

    def total(self, name: str) -> ShopTotal | None:
        return total(name, self.scope, self.place)

    def literal(self, value: object, type_: Type) -> tuple[Scalar, bool]:
        return self.scope.stored(value, type_, self.place)

    def issue(self, code: str, message: str, hint: str = "") -> None:
        self.scope.issues.add(self.place, code, message, hint)

    def suggest(self, name: str, options: list[str]) -> str:
        return suggest(name, options, "functions")
