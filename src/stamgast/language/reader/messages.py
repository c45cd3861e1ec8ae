"""Errors of the form models, said as issues: what is wrong with which key, and what to write."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag

from stamgast.language.reader.lifecycle_models import LIFECYCLE_MODELS
from stamgast.language.reader.models import (
    CONDITION_MODELS,
    TRAIT_MODELS,
    RowTest,
    RowWhere,
    resolve,
)
from stamgast.language.reader.nearest import meant, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from stamgast.language.reader.issues import Issues, Path, Place

HEADS: dict[str, dict[str, Any]] = {
    "condition": CONDITION_MODELS,
    "trait": TRAIT_MODELS,
    "lifecycle model": LIFECYCLE_MODELS,
}


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys a model takes, as they are written."""
    return [field.alias or name for name, field in model.model_fields.items()]


def report(error: ValidationError, form: object, place: Place, issues: Issues) -> None:
    """Put every error of validating ``form`` on the list, at its own line."""
    resolve()
    for detail in error.errors(include_url=False):
        code, message, hint = say(detail, form, place)
        issues.add(place.at(*below_tags(detail["loc"])), code, message, hint)


def below_tags(loc: tuple[str | int, ...]) -> Path:
    """The path of an error in the value: its location without the tags of choices."""
    return tuple(step for step in loc if not str(step).startswith("#"))


def say(detail: ErrorDetails, form: object, place: Place) -> tuple[str, str, str]:
    """Code, message and hint of one error below a place."""
    if detail["type"] == "extra_forbidden":
        return _unknown_key(detail["loc"], form)
    path = (*place.path, *below_tags(detail["loc"]))
    return _say(detail, path[-1] if path else "file")


def _say(detail: ErrorDetails, key: str | int) -> tuple[str, str, str]:
    """Code, message and hint of one error."""
    kind = detail["type"]
    context = detail.get("ctx", {})
    value = detail["input"]
    if kind == "stamgast":
        return context["code"], _named(key, context["message"]), context["hint"]
    if kind == "missing":
        return "missing", f"`{key}` is missing", ""
    if kind == "union_tag_invalid":
        return _unknown_form(context["expected_tags"], value)
    if kind == "too_short":
        return "form", f"`{key}` takes a list of {context['min_length']} or more", ""
    if kind == "too_long":
        return "form", f"`{key}` takes a list of {context['max_length']}", ""
    if kind == "literal_error":
        expected = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        hint = suggest(value, expected, "known")
        return "type", f"`{_short(value)}` is not known for `{key}`", hint
    return "form", f"`{key}` takes {_wanted(kind)}, not {_what(value)}", ""


def _named(key: str | int, message: str) -> str:
    return f"`{key}`: {message}" if isinstance(key, str) else message


def _wanted(kind: str) -> str:
    return {
        "string_type": "a name or text",
        "list_type": "a list",
        "dict_type": "a mapping",
        "model_type": "a mapping",
        "model_attributes_type": "a mapping",
        "bool_type": "true or false",
    }.get(kind, "something else")


def _what(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"`{_short(value)}`"


def _short(value: object, size: int = 40) -> str:
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    return text if len(text) <= size else text[: size - 3] + "..."


def _unknown_key(loc: tuple[str | int, ...], form: object) -> tuple[str, str, str]:
    key = str(loc[-1])
    tags = [str(step)[1:] for step in loc if str(step).startswith("#")]
    heads = next((h for h in HEADS.values() if tags and tags[-1] in h and key in h), None)
    if heads is not None:
        hint = "nest them: all: [{...}, {...}]" if heads is CONDITION_MODELS else "make two"
        return "unknown_key", f"`{key}` does not go together with `{tags[-1]}`", hint
    return "unknown_key", f"unknown key `{key}`", suggest(key, options_at(loc, form), "keys")


def options_at(loc: tuple[str | int, ...], form: object) -> list[str]:
    """The keys that could stand where the unknown one at a location below a form stands."""
    for step in loc[:-1]:
        form = _below(form, step)
    model = _model(form)
    return keys_of(model) if model is not None else []


def _below(form: object, step: str | int) -> object:
    """The form one step further: into a tagged choice, a field, an item."""
    if isinstance(step, str) and step.startswith("#"):
        return _tagged(form, step)
    model = _model(form)
    if model is None:
        return next((get_args(leaf)[-1] for leaf in _leaves(form) if get_args(leaf)), None)
    for name, field in model.model_fields.items():
        if step == (field.alias or name):
            return field.annotation
    return RowTest if model is RowWhere else None


def _bare(form: object) -> tuple[object, tuple[object, ...]]:
    """A form without its annotations, and the choices it is made of."""
    while get_origin(form) is Annotated:
        form = get_args(form)[0]
    return form, get_args(form) if get_origin(form) in {Union, UnionType} else ()


def _tagged(form: object, tag: str) -> object:
    """The choice with a tag."""
    for part in _bare(form)[1]:
        notes = get_args(part)[1:] if get_origin(part) is Annotated else ()
        if any(isinstance(note, Tag) and note.tag == tag for note in notes):
            return part
        found = _tagged(part, tag)
        if found is not None:
            return found
    return None


def _leaves(form: object) -> Iterator[object]:
    bare, parts = _bare(form)
    if not parts:
        yield bare
    for part in parts:
        yield from _leaves(part)


def _model(form: object) -> type[BaseModel] | None:
    leaves = _leaves(form)
    return next((m for m in leaves if isinstance(m, type) and issubclass(m, BaseModel)), None)


def _unknown_form(expected_tags: str, value: object) -> tuple[str, str, str]:
    tags = [tag.strip("' ").removeprefix("#") for tag in expected_tags.split(",")]
    what = next((name for name, heads in HEADS.items() if set(tags) == set(heads)), "value")
    if not isinstance(value, dict):
        return "form", f"a {what} is a mapping, not {_what(value)}", f"one of: {', '.join(tags)}"
    for key in value:
        near = meant(key, tags)
        if near is not None:
            hint = f"did you mean `{near}`?"
            return "unknown_key", f"unknown key `{key}`: this is no {what}", hint
    return (
        "unknown_key",
        f"this is no {what}: nothing says what it is",
        f"one of: {', '.join(tags)}",
    )
