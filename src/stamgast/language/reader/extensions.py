"""Extensions and consents: their declarations, and the conditions that ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stamgast.language.ast import (
    Carries,
    Consented,
    Extension,
    ExtensionRef,
    ExtensionValue,
    Purpose,
    Text,
    Treatment,
)
from stamgast.language.operators_labels import CHANNELS
from stamgast.language.reader.compare import KEYS, comparisons
from stamgast.language.reader.conditions import conditions
from stamgast.language.reader.nearest import suggest
from stamgast.language.reader.scope import words
from stamgast.language.types import Type

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from stamgast.language.ast import Condition
    from stamgast.language.reader import models
    from stamgast.language.reader.entries import Entry
    from stamgast.language.reader.issues import Place
    from stamgast.language.reader.models import Conditions
    from stamgast.language.reader.scope import Scope


def read_extension(scope: Scope, name: str, entry: Entry[Any]) -> Extension | None:
    """The checked extension of an entry; None with issues."""
    form = cast("models.ExtensionModel", entry.form)
    place = entry.place
    before = len(scope.issues.found)
    type_ = None if form.type == "none" else Type(form.type)
    if form.values is not None and type_ is not Type.TEXT:
        message = f"`values` is for a text, not for {form.type}"
        scope.issues.add(place.at("values"), "type", message, "write type: text")
    if form.rule is not None and (form.wins_on_merge or type_ is not None):
        other = "wins_on_merge" if form.wins_on_merge else f"type: {form.type}"
        message = f"`rule` does not go together with {other}"
        scope.issues.add(place.at("rule"), "form", message, "a rule gives a plain label")
    extension = Extension(
        name=name,
        label=words(form.label, name),
        about=None if form.about is None else words(form.about, name),
        type=type_,
        values=_values(form),
        guidance=None if form.guidance is None else words(form.guidance, name),
        treatment=_treatment(form, scope, place),
        expected=_condition(form.expected, scope, place.at("expected")),
        rule=_condition(form.rule, scope, place.at("rule")),
        wins_on_merge=form.wins_on_merge,
    )
    return extension if len(scope.issues.found) == before else None


def _condition(form: Conditions | None, scope: Scope, place: Place) -> Condition | None:
    return None if form is None else conditions(form, scope, place)


def _values(form: models.ExtensionModel) -> dict[str, ExtensionValue]:
    found = {}
    for value, said in (form.values or {}).items():
        guidance = said.guidance if said is not None else None
        found[value] = ExtensionValue(
            label=Text(en=value, nl=value)
            if said is None or said.label is None
            else words(said.label, value),
            guidance=None if guidance is None else words(guidance, value),
            show=dict(said.show or {}) if said is not None else {},
        )
    return found


def _treatment(form: models.ExtensionModel, scope: Scope, place: Place) -> Treatment:
    said = form.treatment
    if said is None:
        return Treatment()
    priority = 0 if said.priority is None else said.priority
    if isinstance(priority, bool) or not isinstance(priority, int):
        message = f"`priority`: `{priority}` is not a whole number"
        scope.issues.add(place.at("treatment", "priority"), "type", message, "like 10")
        priority = 0
    return Treatment(
        exclude_from=tuple(said.exclude_from or ()),
        include_in=tuple(said.include_in or ()),
        show=dict(said.show or {}),
        priority=priority,
    )


def read_purposes(entries: Mapping[str, Entry[Any]]) -> dict[str, Purpose]:
    """The declared purposes of consents."""
    return {
        name: Purpose(
            name=name,
            label=words(entry.form.label, name),
            about=None if entry.form.about is None else words(entry.form.about, name),
            campaign=entry.form.campaign,
        )
        for name, entry in entries.items()
        if entry.form is not None
    }


# --- conditions -----------------------------------------------------------------------------------


def extension_condition(
    form: models.ExtensionCondition, scope: Scope, place: Place
) -> Condition | None:
    """``{extension: name}``, alone or with comparisons of its value; None with issues."""
    extension = scope.extension(form.extension, place.at("extension"))
    if extension is None:
        return None
    compared = [key for field, key in KEYS if getattr(form, field) is not None]
    if not compared:
        return Carries(name=extension.name, per_holder=extension.wins_on_merge, rule=extension.rule)
    if extension.type is None:
        message = f"`{extension.name}` has no value to compare"
        hint = f"write {{extension: {extension.name}}} alone"
        scope.issues.add(place.at(compared[0]), "type", message, hint)
        return None
    if not _allowed(form, extension, scope, place):
        return None
    ref = ExtensionRef(name=extension.name, type=extension.type, per_holder=extension.wins_on_merge)
    return comparisons(ref, form, scope, place)


def _allowed(
    form: models.ExtensionCondition, extension: Extension, scope: Scope, place: Place
) -> bool:
    """Whether every value that is asked for can be had."""
    if not extension.values or form.ignore_case:
        return True
    asked = [("is", form.is_), ("is_not", form.is_not)]
    asked += [("in", one) for one in form.in_ or ()] + [
        ("not_in", one) for one in form.not_in or ()
    ]
    wrong = [
        (key, one) for key, one in asked if isinstance(one, str) and one not in extension.values
    ]
    for key, one in wrong:
        message = f"`{extension.name}` has no value `{one}`"
        scope.issues.add(
            place.at(key), "unknown_name", message, suggest(one, extension.values, "values")
        )
    return not wrong


def consent_condition(
    form: models.ConsentCondition, scope: Scope, place: Place
) -> Condition | None:
    """``{consent: email_marketing}``; None with an issue."""
    channel, _, purpose = form.consent.partition("_")
    if channel in CHANNELS and purpose in scope.purposes:
        return Consented(channel=channel, purpose=purpose)
    if channel in CHANNELS and purpose in scope.gathered.sections["consents"]:
        return None
    options = [f"{one}_{other}" for one in CHANNELS for other in scope.purposes]
    hint = suggest(form.consent, options)
    hint = hint or f"write <channel>_<purpose>; channels: {', '.join(CHANNELS)}"
    message = f"there is no consent `{form.consent}`"
    scope.issues.add(place.at("consent"), "unknown_name", message, hint)
    return None
