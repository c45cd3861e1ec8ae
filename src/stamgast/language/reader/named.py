"""Named rows: events of several names, days that are due, and what closes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from stamgast.language.ast import Closing, Due, NamedRows, RowPart
from stamgast.language.reader.rows import TABLES, row_condition, source_of
from stamgast.language.reader.scope import words
from stamgast.language.types import Type

if TYPE_CHECKING:
    from stamgast.language.ast import Condition
    from stamgast.language.reader.entries import Entry
    from stamgast.language.reader.issues import Place
    from stamgast.language.reader.models import (
        ClosedBy,
        DueModel,
        NamedRowsModel,
        RowPartModel,
        RowWhere,
    )
    from stamgast.language.reader.scope import Scope


def read_named_rows(scope: Scope) -> dict[str, NamedRows]:
    """The checked rows of every entry; those with issues are left out."""
    found: dict[str, NamedRows] = {}
    for name, entry in scope.gathered.sections["rows"].items():
        if name in TABLES:
            scope.issues.add(entry.place, "name", f"`{name}` are rows already", "rename them")
        elif entry.form is not None and (read := _named_rows(name, entry, scope)) is not None:
            found[name] = read
    return found


def _named_rows(name: str, entry: Entry[Any], scope: Scope) -> NamedRows | None:
    form, place = cast("NamedRowsModel", entry.form), entry.place
    read = [
        (part, _part(part, scope, place.at("any_of", i)))
        for i, part in enumerate(form.any_of)
        if part.when
    ]
    parts = tuple(part for _, part in read if part is not None)
    closed_by = None
    if form.closed_by is not None:
        closed_by = _closing(form.closed_by, scope, place.at("closed_by"))
        if closed_by is None:
            return None
    if len(parts) < len(read) or not _apart(parts, scope, place.at("any_of")):
        return None
    if not parts:
        message = "no part is left: `when` is false in all of them"
        scope.issues.add(place.at("any_of"), "form", message, "leave one without `when`")
        return None
    one = words(form.label, name)
    return NamedRows(
        name=name,
        one=one,
        many=one if form.plural is None else words(form.plural, name),
        about=None if form.about is None else words(form.about, name),
        parts=parts,
        closed_by=closed_by,
    )


def _part(form: RowPartModel, scope: Scope, place: Place) -> RowPart | None:
    events = _events(form.event, scope, place.at("event"))
    where, sound = _where(form.where, scope, place)
    due = None if form.due is None else _due(form.due, scope, place.at("due"))
    if events is None or not sound or (form.due is not None and due is None):
        return None
    return RowPart(events=events, where=where, due=due)


def _due(form: DueModel, scope: Scope, place: Place) -> Due | None:
    day = _typed(form.day, Type.DAY, scope, place.at("day"))
    same = _typed(form.same, Type.TEXT, scope, place.at("same"))
    unless = _events(form.unless, scope, place.at("unless"))
    if not day or not same or unless is None:
        return None
    return Due(day=form.day, unless=unless, same=form.same, latest=form.latest)


def _closing(form: ClosedBy, scope: Scope, place: Place) -> Closing | None:
    events = _events(form.event, scope, place.at("event"))
    where, sound = _where(form.where, scope, place)
    listed = [form.same] if isinstance(form.same, str) else form.same or []
    alike = [_typed(name, Type.TEXT, scope, place.at("same")) for name in listed]
    if events is None or not sound or not all(alike):
        return None
    return Closing(events=events, where=where, same=tuple(dict.fromkeys(listed)))


def _events(names: str | list[str], scope: Scope, place: Place) -> tuple[str, ...] | None:
    listed = [names] if isinstance(names, str) else names
    rows = {*TABLES, *scope.gathered.sections["rows"]} & {*listed}
    if rows:
        message = f"named rows are made of events, and `{min(rows)}` are rows"
        scope.issues.add(place, "source", message, "name events, as they are in the log")
        return None
    source = source_of(listed, scope, place)
    return None if source is None else source[1]


def _where(form: RowWhere | None, scope: Scope, place: Place) -> tuple[Condition | None, bool]:
    if form is None:
        return None, True
    where = row_condition(form, "event", scope, place.at("where"))
    return where, where is not None


def _typed(name: str, type_: Type, scope: Scope, place: Place) -> bool:
    """Whether events have a property of the type; else an issue."""
    found = scope.property(name, "event", place)
    if found is None or found is type_:
        return found is not None
    message = f"`{name}` is {found.value}, not {type_.value}"
    scope.issues.add(
        place, "type", message, f"declare it under events:, like {name}: {type_.value}"
    )
    return False


def _apart(parts: tuple[RowPart, ...], scope: Scope, place: Place) -> bool:
    """An event that is due is one row, so it is of no other part."""
    for part in parts:
        others = {name for other in parts if other is not part for name in other.events}
        shared = sorted(others & set(part.events))
        if part.due is not None and shared:
            message = f"`{shared[0]}` is due, and in another part too"
            scope.issues.add(place, "form", message, "name other events, or make rows of its own")
            return False
    return True
