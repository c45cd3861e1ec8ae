"""Reading mapping files: the shipped ones by name, others by path; every issue at once."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ValidationError

from stamgast.collect import mapping as models
from stamgast.collect.kinds import KINDS
from stamgast.errors import Issue, UserError
from stamgast.language.reader.issues import Issues, suggest
from stamgast.language.reader.source import SourceFile, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.language.reader.issues import Place


class InvalidMapping(UserError):  # noqa: N818 - reads better where it is raised
    """A mapping file with issues: all of them."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        """Take every issue that was found, in file and line order."""
        self.issues = issues
        many = "1 problem" if len(issues) == 1 else f"{len(issues)} problems"
        listed = "\n".join(str(issue) for issue in issues)
        super().__init__("mapping.invalid", f"{many} in the mapping\n{listed}")


def shipped_names() -> tuple[str, ...]:
    """The names of the shipped mappings, sorted.

    >>> "complete-journey" in shipped_names()
    True
    """
    folder = resources.files("stamgast.collect") / "mappings"
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def read_mapping(name_or_file: str) -> models.Mapping:
    """The mapping of that shipped name, else of that file.

    Raises UserError ``mapping.unknown`` when there is neither, ``InvalidMapping`` with every issue.
    """
    if name_or_file in shipped_names():
        path = resources.files("stamgast.collect") / "mappings" / f"{name_or_file}.yaml"
        return parse_mapping(path.read_text("utf-8"), f"{name_or_file}.yaml (shipped)")
    file = Path(name_or_file)
    if not file.is_file():
        hint = suggest(name_or_file, shipped_names(), "shipped mappings")
        raise UserError(
            "mapping.unknown",
            f"there is no mapping {name_or_file!r}, shipped or as a file",
            hint=hint,
        )
    try:
        return parse_mapping(file.read_text("utf-8-sig"), str(file))
    except UnicodeDecodeError:
        raise UserError(
            "mapping.encoding", "a mapping file is written in UTF-8", where=str(file)
        ) from None


@lru_cache(maxsize=32)
def parse_mapping(text: str, file: str) -> models.Mapping:
    """The mapping in a text; ``file`` is its name in messages. Raises ``InvalidMapping``."""
    issues = Issues()
    document = load(SourceFile(name=file, text=text), issues)
    if document is None or issues.found:
        raise _invalid(issues)
    try:
        mapping = models.Mapping.model_validate(document.data)
    except ValidationError as error:
        for detail in error.errors():
            _add(issues, document.place, dict(detail))
        for path, code, message, hint in _faults_beside(document.data):
            issues.add(document.place.at(*path), code, message, hint)
        raise _invalid(issues) from None
    for path, code, message, hint in _faults(mapping):
        issues.add(document.place.at(*path), code, message, hint)
    if issues.found:
        raise _invalid(issues)
    return mapping


def _invalid(issues: Issues) -> InvalidMapping:
    found = sorted(issues.found, key=lambda issue: (issue.line or 0, issue.message))
    return InvalidMapping(
        tuple(
            Issue(
                code="mapping." + issue.code.partition(".")[2],
                message=issue.message,
                file=issue.file,
                line=issue.line,
                hint=issue.hint,
            )
            for issue in found
        )
    )


def _add(issues: Issues, top: Place, detail: dict[str, Any]) -> None:
    path = tuple(step for step in detail["loc"] if step != "[key]")
    where = ".".join(str(step) for step in path)
    hint = ""
    match detail["type"]:
        case "extra_forbidden":
            known = _known_keys(path[:-1])
            message = f"unknown key `{path[-1]}`"
            hint = suggest(path[-1], known, "known keys")
        case "missing":
            message, path = f"`{path[-1]}` is missing", path[:-1]
        case "literal_error":
            allowed = str(detail["ctx"]["expected"])
            message = f"{where} is {detail['input']!r}; allowed: {allowed}"
            options = [word.strip(" '") for word in allowed.replace(" or ", ",").split(",")]
            hint = suggest(detail["input"], options)
        case "too_short":
            message, hint = f"{where} is empty", "write at least one in it, or leave it out"
        case "list_type":
            message, hint = f"{where} is a list", "write it as [one, another]"
        case "value_error":
            message = f"{where}: {detail['ctx']['error']}"
        case _:
            message = f"{where}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
    issues.add(top.at(*path), str(detail["type"]), message, hint)


def _known_keys(path: tuple[Any, ...]) -> list[str]:
    """The keys that a part of the file may have, found by walking the models along its path."""
    model: type[BaseModel] = models.Mapping
    for step in path:
        for candidate in (models.Section, models.Read, models.LeaveOut, models.Statuses):
            if step == {"Section": "rows", "Read": "read", "LeaveOut": "leave_out"}.get(
                candidate.__name__, candidate.__name__.lower()
            ):
                model = candidate
        if step in {"where", "not", "holds"}:
            model = models.Condition
        elif step == "map":
            model = models.MapValues
        elif step in {"fields", "identifiers"}:
            model = models.Value
        elif step in {"extra", "properties", "attributes"}:
            model = models.Typed
        elif step == "consents":
            model = models.ConsentColumn
    return [field.alias or name for name, field in model.model_fields.items()]


_DIRECTIVES = frozenset(f"%{letter}" for letter in "aAbBdHIjmMpSfyYz%")
_NAMED_DATES = ("iso", "epoch_s", "epoch_ms")
_Fault = tuple[tuple[str | int, ...], str, str, str]


def _faults(mapping: models.Mapping) -> Iterator[_Fault]:
    """Path, code, message and hint of what the models cannot see."""
    yield from _zone_faults(mapping.zone)
    for pattern in mapping.read.dates:
        unknown = [one for one in re.findall(r"%.?", pattern) if one not in _DIRECTIVES]
        if unknown or (pattern not in _NAMED_DATES and "%" not in pattern):
            message = f"`{pattern}` is no pattern of a date"
            message += f": `{unknown[0]}`" if unknown else ""
            hint = f"such as %d-%m-%Y %H:%M:%S, or one of {', '.join(_NAMED_DATES)}"
            yield ("read", "dates"), "dates", message, hint
    columns = mapping.columns()
    for place, name in enumerate(mapping.optional_columns):
        if name not in columns:
            yield (
                ("optional_columns", place),
                "optional",
                f"the mapping does not read the column `{name}`",
                suggest(name, columns, "columns"),
            )
    for place, section in enumerate(mapping.rows):
        for path, code, message, hint in _section_faults(section, joins=mapping.joins):
            yield ("rows", place, *path), code, message, hint


def _zone_faults(zone: str) -> Iterator[_Fault]:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        hint = suggest(zone, available_timezones()) or "such as Europe/Amsterdam"
        yield ("zone",), "zone", f"`{zone}` is no time zone", hint


def _faults_beside(data: object) -> Iterator[_Fault]:
    """What can be said of a file that the models refuse: the zone, and fields that no kind has."""
    if not isinstance(data, dict):
        return
    if isinstance(data.get("zone"), str):
        yield from _zone_faults(data["zone"])
    rows = data.get("rows")
    for place, row in enumerate(rows if isinstance(rows, list) else []):
        fields = row.get("fields") if isinstance(row, dict) else None
        if not isinstance(fields, dict):
            continue
        kind = KINDS.get(row.get("kind"))
        known = dict.fromkeys(
            field.name for one in ([kind] if kind else KINDS.values()) for field in one.fields
        )
        for name in fields:
            if name not in known:
                whose = kind.name if kind else "rows"
                message = f"{whose} have no field `{name}`"
                yield ("rows", place, "fields", name), "field", message, suggest(name, known)


def _section_faults(section: models.Section, *, joins: bool) -> Iterator[_Fault]:
    kind = KINDS[section.kind]
    for name in section.fields:
        if name not in kind.by_name:
            yield (
                ("fields", name),
                "field",
                f"{kind.name} have no field `{name}`",
                suggest(name, kind.by_name, "fields"),
            )
    elsewhere = {"ordered_at"} if joins and kind.name == "order_lines" else set()
    for field in kind.fields:
        if field.required and field.name not in {*section.fields, *elsewhere}:
            yield ("fields",), "required", f"{kind.name} need the field `{field.name}`", field.about
    for name in ("extra", "properties", "attributes"):
        if getattr(section, name) and kind.further != name:
            hint = f"they take `{kind.further}`" if kind.further else ""
            yield (name,), "further", f"{kind.name} take no `{name}`", hint
        elif name != "extra":
            for one, typed in getattr(section, name).items():
                if typed.type == "quantity":
                    hint = "decimal has four places, integer none"
                    yield (name, one), "type", f"{name} have no type `quantity`", hint
    yield from _kind_faults(section, kind.name, joins=joins)


def _kind_faults(section: models.Section, kind: str, *, joins: bool) -> Iterator[_Fault]:
    orders = kind in {"orders", "order_lines"}
    lines_say = joins and kind == "orders"
    if orders and not lines_say and not {"total", "amount"} & section.fields.keys():
        yield ("fields",), "required", f"{kind} need the field `total` or `amount`", "what it cost"
    if section.statuses is not None and not (orders and "status" in section.fields):
        yield ("statuses",), "statuses", "`statuses` needs an order's field `status`", ""
    if section.undated is not None and kind != "refunds":
        yield ("undated",), "undated", "`undated` is for refunds", ""
    if kind == "refunds" and "at" not in section.fields and section.undated is None:
        yield ("fields",), "required", "refunds need the field `at`", "or write: undated: import"
    if section.consents and kind != "customers":
        yield ("consents",), "further", f"{kind} take no `consents`", "customers do"
    if KINDS[kind].identifiers_required and not section.identifiers:
        yield (), "identifiers", f"{kind} need an identifier", "identifiers: {email: E-mail}"
