"""Which rows: sources, windows and filters of aggregates and of ``did``."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stamgast.language.ast import All, AnyOf, Between, Dates, Not, Property, Rows, Within
from stamgast.language.lines import only_goods
from stamgast.language.reader.calendars import during
from stamgast.language.reader.compare import compare, comparisons
from stamgast.language.reader.models import Comparisons, RowWhere
from stamgast.language.reader.nearest import suggest
from stamgast.language.reader.scalars import NotRead, instant_us

if TYPE_CHECKING:
    from stamgast.language.ast import Condition, Window
    from stamgast.language.reader.issues import Place
    from stamgast.language.reader.models import Windowed
    from stamgast.language.reader.scope import Scope
    from stamgast.model.log import Source

TABLES = ("order", "line", "revenue", "refund")


def source_of(
    names: str | list[str], scope: Scope, place: Place
) -> tuple[Source, tuple[str, ...]] | None:
    """The source that names stand for, and the event names; None with an issue."""
    listed = [names] if isinstance(names, str) else names
    own = scope.gathered.sections["rows"]
    tables = [name for name in listed if name in TABLES or name in own]
    if tables and len(listed) == 1:
        if tables[0] in own:
            return _named(tables[0], scope)
        return cast("Source", tables[0]), ()
    if tables:
        hint = "use all or any of two conditions; for a trait, add two traits up in a formula"
        scope.issues.add(
            place, "source", f"`{tables[0]}` does not go together with other names", hint
        )
        return None
    for name in listed:
        if name.strip() != name or not name:
            scope.issues.add(place, "source", f"`{name}` is not an event name", "")
            return None
        if name.lower().rstrip("s") in TABLES:
            scope.issues.add(
                place, "source", f"`{name}` is not known", suggest(name.lower(), TABLES)
            )
            return None
    return "event", tuple(sorted(set(listed)))


def _named(name: str, scope: Scope) -> tuple[Source, tuple[str, ...]] | None:
    """Named rows; None when they have issues of their own."""
    return ("named", (name,)) if name in scope.rows else None


def rows_of(
    names: str | list[str], form: Windowed, key: str, scope: Scope, place: Place
) -> Rows | None:
    """The rows of an aggregate or of ``did``; None with issues."""
    source = source_of(names, scope, place.at(key))
    window, sound = window_of(form, scope, place)
    if source is None:
        return None
    where = None
    if form.where is not None:
        where = row_condition(form.where, source[0], scope, place.at("where"))
        sound = sound and where is not None
    if source[0] == "line":
        where = only_goods(where)
    return Rows(source=source[0], events=source[1], where=where, window=window) if sound else None


def window_of(form: Windowed, scope: Scope, place: Place) -> tuple[Window | None, bool]:
    """The window, and whether it is sound."""
    given = [
        name
        for name, value in (
            ("within", form.within),
            ("between", form.between),
            ("from/until", form.from_ or form.until),
            ("in", form.in_),
        )
        if value is not None
    ]
    if len(given) > 1:
        message = f"{' and '.join(given)} do not go together"
        scope.issues.add(place, "window", message, "keep one window")
        return None, False
    if form.within is not None:
        return Within(us=form.within), True
    if form.between is not None:
        low, high = form.between
        if low >= high:
            message = "`between` holds nothing: the first age is not less than the second"
            scope.issues.add(place.at("between"), "window", message, "write it like [30d, 90d]")
            return None, False
        return Between(from_us=low, to_us=high), True
    if form.year is not None and form.in_ is None:
        scope.issues.add(place.at("year"), "window", "`year` is beside `in`", "add in: a season")
        return None, False
    if form.in_ is not None:
        window = during(form.in_, form.year, scope, place)
        return window, window is not None
    if form.from_ is None and form.until is None:
        return None, True
    return _dates(form, scope, place)


def _dates(form: Windowed, scope: Scope, place: Place) -> tuple[Window | None, bool]:
    ends: list[int | None] = []
    for key, text in (("from", form.from_), ("until", form.until)):
        try:
            ends.append(None if text is None else instant_us(text, scope.settings.zone))
        except NotRead as problem:
            scope.issues.add(place.at(key), "type", problem.message, problem.hint)
            return None, False
    from_at, until_at = ends
    if from_at is not None and until_at is not None and from_at >= until_at:
        message = "the window holds nothing: `from` is not before `until`"
        scope.issues.add(place.at("until"), "window", message, "swap them")
        return None, False
    return Dates(from_at=from_at, until_at=until_at), True


def row_condition(form: RowWhere, source: Source, scope: Scope, place: Place) -> Condition | None:
    """A filter on rows as a condition; None with issues."""
    items: list[Condition | None] = []
    for name, test in (form.model_extra or {}).items():
        items.append(_test(name, test, source, scope, place.at(name)))
    if form.all_ is not None:
        items.extend(_each(form.all_, source, scope, place.at("all")))
    if form.any_ is not None:
        inner = _each(form.any_, source, scope, place.at("any"))
        whole = all_sound(inner)
        items.append(None if whole is None else AnyOf(items=whole))
    if form.not_ is not None:
        item = row_condition(form.not_, source, scope, place.at("not"))
        items.append(None if item is None else Not(item=item))
    if not items:
        scope.issues.add(place, "form", "this filter is empty", "name a property, or leave it out")
        return None
    sound = all_sound(items)
    return None if sound is None else joined(sound)


def _each(
    forms: list[RowWhere], source: Source, scope: Scope, place: Place
) -> list[Condition | None]:
    return [row_condition(form, source, scope, place.at(i)) for i, form in enumerate(forms)]


def _test(name: str, test: object, source: Source, scope: Scope, place: Place) -> Condition | None:
    type_ = scope.property(name, source, place)
    if type_ is None:
        return None
    operand = Property(name=name, type=type_)
    if isinstance(test, Comparisons):
        return comparisons(operand, test, scope, place)
    if isinstance(test, list):
        return compare(operand, "in", test, scope, place)
    return compare(operand, "is", test, scope, place)


def all_sound(items: list[Condition | None]) -> tuple[Condition, ...] | None:
    """The conditions, if every one could be read."""
    sound = tuple(item for item in items if item is not None)
    return sound if len(sound) == len(items) else None


def joined(items: tuple[Condition, ...]) -> Condition:
    """One condition that every item holds."""
    return items[0] if len(items) == 1 else All(items=items)
