"""The kinds of identifiers a shop knows, strongest first: shipped, and as the shop changes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from stamgast.errors import InvalidDefinitions, Issue, UserError, did_you_mean

FILE_NAME = "definitions/identifiers.yaml"
SHIPPED_NAME = "stamgast/identity/identifiers.yaml"

Normaliser: TypeAlias = Literal["id", "card", "email", "phone", "device"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierKind:
    """One kind of identifier and its rules."""

    name: str
    rank: int
    """0 is the strongest; every person kind is stronger than every device kind."""
    device: bool
    """True: it links nobody; False: a person kind."""
    normaliser: Normaliser
    limit: int | None = None
    """How many of this kind one person may hold by data; None: any number."""
    blocked: frozenset[str] = frozenset()
    """Values that are nobody's, case-folded."""
    patterns: tuple[re.Pattern[str], ...] = ()
    """Whole values (case-folded) that are nobody's."""
    allowed: frozenset[str] = frozenset()
    """Values that are somebody's although they look blocked, case-folded."""
    shared: frozenset[str] = frozenset()
    """Device kinds: normalised values that mark nobody (a kiosk)."""
    country: str = "NL"
    """ISO 3166 alpha-2: where a telephone number without a country is dialled."""
    label_en: str = ""
    label_nl: str = ""

    def blocks(self, value: str) -> bool:
        """Whether a value is nobody's: listed, or matched by a pattern, and not allowed."""
        folded = value.casefold()
        if folded in self.allowed:
            return False
        return folded in self.blocked or any(p.fullmatch(folded) for p in self.patterns)


@dataclass(frozen=True, kw_only=True)
class IdentifierKinds:
    """Every kind, strongest first: person kinds, then device kinds.

    >>> kinds = read_kinds()
    >>> [kind.name for kind in kinds.person]
    ['customer_id', 'loyalty_card', 'email', 'phone']
    >>> kinds["customer_id"].limit
    1
    """

    kinds: tuple[IdentifierKind, ...] = field(repr=False)

    def __getitem__(self, name: str) -> IdentifierKind:
        """The kind of that name; UserError ``identifiers.unknown_kind`` when there is none."""
        try:
            return self.by_name[name]
        except KeyError:
            raise UserError(
                "identifiers.unknown_kind",
                f"there is no identifier kind {name!r}" + _did_you_mean(name, self.by_name),
                hint=f"known kinds: {', '.join(self.by_name)}",
            ) from None

    @cached_property
    def by_name(self) -> dict[str, IdentifierKind]:
        """Name -> kind, strongest first."""
        return {kind.name: kind for kind in self.kinds}

    @property
    def person(self) -> tuple[IdentifierKind, ...]:
        """The person kinds, strongest first."""
        return tuple(kind for kind in self.kinds if not kind.device)

    @property
    def device(self) -> tuple[IdentifierKind, ...]:
        """The device kinds, strongest first."""
        return tuple(kind for kind in self.kinds if kind.device)

    @property
    def limits(self) -> dict[str, int]:
        """Kind -> limit, of the person kinds that have one."""
        return {kind.name: kind.limit for kind in self.person if kind.limit is not None}


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Label(BaseModel):
    model_config = ConfigDict(extra="forbid")

    en: StrictStr
    nl: StrictStr


class _Kind(BaseModel):
    model_config = ConfigDict(extra="forbid")

    label: _Label | None = None
    of: Literal["person", "device"] | None = None
    normalise: Normaliser | None = None
    limit: Annotated[int, Field(strict=True, ge=1)] | None = None
    blocked: list[StrictStr] = []
    blocked_patterns: list[StrictStr] = []
    allowed: list[StrictStr] = []
    shared: list[StrictStr] = []


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Literal[1]
    blocked: list[StrictStr] = []
    blocked_patterns: list[StrictStr] = []
    order: list[Name] = []
    identifiers: dict[Name, _Kind] = {}


def read_kinds(shop_text: str | None = None, *, country: str = "NL") -> IdentifierKinds:
    """The shipped kinds, changed by the text of the shop's ``definitions/identifiers.yaml``.

    ``country``: ISO 3166 alpha-2 code of the shop, for telephone numbers.
    Raises ``InvalidDefinitions`` with every issue of the shop's file.
    """
    text = resources.files("stamgast.identity").joinpath("identifiers.yaml").read_text("utf-8")
    shipped, _ = _parse(text, SHIPPED_NAME)
    if shop_text is None:
        return _kinds(shipped, _File(version=1), country)
    shop, lines = _parse(shop_text, FILE_NAME)
    issues = tuple(_check(shipped, shop, lines))
    if issues:
        raise InvalidDefinitions(tuple(sorted(issues, key=lambda issue: issue.line or 0)))
    return _kinds(shipped, shop, country)


# --- reading -------------------------------------------------------------------------------------

_Path: TypeAlias = "tuple[str | int, ...]"


class _Lines:
    """The line of a place in a YAML file, from 1; of the nearest enclosing place if it is not there."""

    def __init__(self, root: Any) -> None:  # noqa: ANN401 - whatever YAML holds
        self._root = root

    def __getitem__(self, path: _Path) -> int:
        node, line = self._root, 1
        for step in path:
            try:
                mark = node.lc.item(step) if isinstance(step, int) else node.lc.key(step)
                node = node[step]
            except (AttributeError, KeyError, IndexError, TypeError):
                break
            line = mark[0] + 1
        return line


def _parse(text: str, file: str) -> tuple[_File, _Lines]:
    try:
        data = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problem = str(error.problem or error.context or "it cannot be read")
        raise _invalid("identifiers.yaml", f"this is no YAML: {problem}", file, line) from None
    except YAMLError as error:
        raise _invalid("identifiers.yaml", f"this is no YAML: {error}", file, None) from None
    lines = _Lines(data)
    try:
        return _File.model_validate(data), lines
    except ValidationError as error:
        raise InvalidDefinitions(
            tuple(
                sorted(
                    (_issue(dict(detail), file, lines) for detail in error.errors()),
                    key=lambda issue: issue.line or 0,
                )
            )
        ) from None


def _invalid(code: str, message: str, file: str, line: int | None) -> InvalidDefinitions:
    return InvalidDefinitions((Issue(code=code, message=message, file=file, line=line),))


def _issue(detail: dict[str, Any], file: str, lines: _Lines) -> Issue:
    path: _Path = tuple(step for step in detail["loc"] if step != "[key]")
    where = ".".join(str(step) for step in path)
    hint = ""
    match detail["type"]:
        case "extra_forbidden":
            models: dict[int, type[BaseModel]] = {1: _File, 4: _Label}
            known = models.get(len(path), _Kind).model_fields
            message = f"unknown key {path[-1]!r}" + _did_you_mean(str(path[-1]), known)
            hint = f"known keys: {', '.join(known)}"
        case "string_pattern_mismatch":
            message = f"{path[-1]!r} is no name for a kind"
            hint = "small letters, digits and _, beginning with a letter"
        case "string_type":
            message = f"{where} is no text: {detail['input']!r}"
            hint = 'write it in quotes: "0"'
        case "missing":
            message, hint = f"{where} is missing", "begin the file with: version: 1"
        case _:
            message = f"{where}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
    return Issue(
        code="identifiers." + detail["type"],
        message=message,
        file=file,
        line=lines[path],
        hint=hint,
    )


def _did_you_mean(name: str, known: Any) -> str:  # noqa: ANN401 - any iterable of names
    near = did_you_mean(name, known)
    return f"; {near}" if near else ""


# --- checking ------------------------------------------------------------------------------------


def _check(shipped: _File, shop: _File, lines: _Lines) -> list[Issue]:
    issues: list[Issue] = []

    def report(code: str, message: str, path: _Path, hint: str = "") -> None:
        issues.append(
            Issue(
                code=f"identifiers.{code}",
                message=message,
                file=FILE_NAME,
                line=lines[path],
                hint=hint,
            )
        )

    for path, pattern in _patterns(shop):
        try:
            re.compile(pattern)
        except re.error as error:
            report("pattern", f"{pattern!r} is no regular expression: {error}", path)
    for name, kind in shop.identifiers.items():
        base = shipped.identifiers.get(name, _Kind())
        for code, key, message, hint in _faults(name, kind, base):
            report(code, message, ("identifiers", name, key), hint)
    known = [*shipped.identifiers, *(n for n in shop.identifiers if n not in shipped.identifiers)]
    for position, name in enumerate(shop.order):
        if name not in known:
            report(
                "unknown_kind",
                f"there is no kind {name!r}" + _did_you_mean(name, known),
                ("order", position),
            )
        elif name in shop.order[:position]:
            report("order", f"{name!r} stands twice in the order", ("order", position))
    return issues


def _patterns(file: _File) -> list[tuple[_Path, str]]:
    found: list[tuple[_Path, str]] = [
        (("blocked_patterns", i), pattern) for i, pattern in enumerate(file.blocked_patterns)
    ]
    for name, kind in file.identifiers.items():
        path: _Path = ("identifiers", name, "blocked_patterns")
        found += [((*path, i), pattern) for i, pattern in enumerate(kind.blocked_patterns)]
    return found


def _faults(name: str, kind: _Kind, base: _Kind) -> list[tuple[str, str, str, str]]:
    """(code, key, message, hint) of what is wrong with one kind of the shop's file."""
    of, normalise = kind.of or base.of, kind.normalise or base.normalise
    faults: list[tuple[str, str, str, str]] = []
    if kind.of and base.of and kind.of != base.of:
        message = f"{name} is a {base.of} kind, and stays one"
        return [("of", "of", message, "give the new kind another name")]
    if of is None:
        faults.append(("of", "of", f"{name} is new: say what it is of", "of: person or of: device"))
    if normalise is None:
        hint = "normalise: id, card, email, phone or device"
        faults.append(("normalise", "normalise", f"{name} is new: say how to write it", hint))
    elif of is not None and (normalise == "device") != (of == "device"):
        message = f"{name} is of a {of} and cannot be normalised as {normalise}"
        faults.append(("normalise", "normalise", message, ""))
    if of == "device" and kind.limit is not None:
        message = f"{name} is of a device: it links nobody, so it has no limit"
        faults.append(("limit", "limit", message, "leave the limit out"))
    if of == "person" and kind.shared:
        message = f"{name} is of a person: only devices are shared"
        faults.append(("shared", "shared", message, "to ignore a value, put it under blocked"))
    return faults


# --- making --------------------------------------------------------------------------------------


def _kinds(shipped: _File, shop: _File, country: str) -> IdentifierKinds:
    merged = {
        name: _merge(shipped.identifiers.get(name, _Kind()), shop.identifiers.get(name, _Kind()))
        for name in [*shipped.identifiers, *shop.identifiers]
    }
    ordered = sorted(
        merged, key=lambda name: (merged[name].of == "device", _rank(name, shop, merged))
    )
    everywhere = [*shipped.blocked, *shop.blocked]
    patterns = [*shipped.blocked_patterns, *shop.blocked_patterns]
    return IdentifierKinds(
        kinds=tuple(
            _kind(rank, name, merged[name], (everywhere, patterns), country)
            for rank, name in enumerate(ordered)
        )
    )


def _rank(name: str, shop: _File, merged: dict[str, _Kind]) -> int:
    """Place by the shop's order; kinds it does not name come after, as shipped."""
    if name in shop.order:
        return shop.order.index(name)
    return len(shop.order) + list(merged).index(name)


def _merge(base: _Kind, change: _Kind) -> _Kind:
    return _Kind(
        label=change.label or base.label,
        of=change.of or base.of,
        normalise=change.normalise or base.normalise,
        limit=change.limit if "limit" in change.model_fields_set else base.limit,
        blocked=[*base.blocked, *change.blocked],
        blocked_patterns=[*base.blocked_patterns, *change.blocked_patterns],
        allowed=change.allowed,
        shared=change.shared,
    )


def _kind(
    rank: int, name: str, kind: _Kind, everywhere: tuple[list[str], list[str]], country: str
) -> IdentifierKind:
    if kind.normalise is None:  # the check has seen to it; mypy has not
        raise UserError("identifiers.normalise", f"{name} has no normaliser")
    return IdentifierKind(
        name=name,
        rank=rank,
        device=kind.of == "device",
        normaliser=kind.normalise,
        limit=kind.limit,
        blocked=frozenset(value.casefold() for value in [*everywhere[0], *kind.blocked]),
        patterns=_compiled([*everywhere[1], *kind.blocked_patterns]),
        allowed=frozenset(value.casefold() for value in kind.allowed),
        shared=frozenset(kind.shared),
        country=country,
        label_en=kind.label.en if kind.label else name,
        label_nl=kind.label.nl if kind.label else name,
    )


def _compiled(patterns: list[str]) -> tuple[re.Pattern[str], ...]:
    """One pattern of all the simple ones, which is faster, and each of those with groups or flags."""
    simple = [pattern for pattern in patterns if "(" not in pattern]
    others = [pattern for pattern in patterns if "(" in pattern]
    joined = ["|".join(simple)] if simple else []
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in [*joined, *others])
