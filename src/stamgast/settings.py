"""The one settings table: what a shop can set, in ``stamgast.toml`` or by environment variable.

The environment wins over the file, the file over the default. A wrong value names where it was
looked for. Settings are read once, when a shop is opened, and passed down.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

from stamgast.clock import parse_instant
from stamgast.errors import Issue, UserError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

FILE_NAME = "stamgast.toml"

Language: TypeAlias = Literal["en", "nl"]
Value: TypeAlias = "str | int | None"


LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where a machine says its language: the first that is not empty."""


class InvalidSettings(UserError):  # noqa: N818 - reads better where it is raised
    """A settings file or environment variable with issues: all of them."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        """Take every issue that was found."""
        self.issues = issues
        listed = "\n".join(str(issue) for issue in issues)
        super().__init__("settings.invalid", f"the settings cannot be used\n{listed}")


class _Wrong(ValueError):  # noqa: N818 - it is caught here, never seen
    """A value that does not fit; the text says what would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table."""

    name: str
    type: str
    """What may be written, in words."""
    default: Value
    unit: str
    """Of the value; empty where it has none."""
    help: str
    """One line."""
    parse: Callable[[object, str], Value]
    """From the file's or environment's value, in a zone; raises on a value that does not fit."""

    @property
    def env(self) -> str:
        """The environment variable that overrides the file."""
        return "STAMGAST_" + self.name.upper()


def _text(raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise _Wrong("a text between quotes")
    return raw.strip()


def _one_of(*allowed: str) -> Callable[[object], Value]:
    def parse(raw: object) -> str:
        if raw not in allowed:
            raise _Wrong("one of " + ", ".join(allowed) + _guess(raw, allowed))
        return str(raw)

    return parse


def _guess(raw: object, known: Iterable[str]) -> str:
    near = did_you_mean(raw, known)
    return f"; {near}" if near else ""


def _zone(raw: object) -> str:
    from zoneinfo import ZoneInfo, available_timezones  # noqa: PLC0415 - slow, rarely needed

    name = _text(raw)
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        guess = _guess(name, available_timezones())
        raise _Wrong(f'a time zone such as "Europe/Amsterdam"{guess}') from None
    return name


MEANT = {"UK": "GB", "EL": "GR"}
"""Codes that people use and that are of no country: telephone numbers would be read wrong."""


def _code(length: int, what: str) -> Callable[[object], Value]:
    def parse(raw: object) -> str:
        name = _text(raw).upper()
        if name in MEANT:
            raise _Wrong(f"{what}: write {MEANT[name]} for {name}")
        if not re.fullmatch(rf"[A-Z]{{{length}}}", name):
            raise _Wrong(f"{what} of {length} letters")
        return name

    return parse


def _instant(raw: object, zone: str) -> int | None:
    if raw in (None, ""):
        return None
    if isinstance(raw, date):  # a datetime is one too
        raw = raw.isoformat()
    if isinstance(raw, str):
        try:
            return parse_instant(raw, zone=zone)
        except UserError:
            pass
    raise _Wrong("an instant such as 2017-01-01 or 2017-01-01T00:00:00Z")


def _size(raw: object) -> str:
    if raw == "" or (isinstance(raw, str) and re.fullmatch(r"\d+(\.\d+)?\s*[KMGT]i?B", raw)):
        return str(raw)
    raise _Wrong('a size such as "2GB"')


def _count(raw: object) -> int:
    if isinstance(raw, str) and raw.isdigit():
        raw = int(raw)
    if not isinstance(raw, int) or isinstance(raw, bool) or raw < 0:
        raise _Wrong("a whole number, 0 or more")
    return raw


def _row(
    name: str, kind: str, default: Value, parse: Callable[[object], Value], text: str
) -> Setting:
    unit = {"memory_limit": "bytes, with unit", "threads": "threads", "upload_mb": "megabytes"}
    return Setting(
        name=name,
        type=kind,
        default=default,
        unit=unit.get(name, ""),
        help=text,
        parse=lambda raw, _: parse(raw),
    )


TABLE: tuple[Setting, ...] = (
    _row("name", "text", "", lambda raw: "" if raw == "" else _text(raw), "The shop's name, for screens and reports."),
    _row("zone", "time zone", "Europe/Amsterdam", _zone, "Where midnight and calendar days are taken."),
    _row("currency", "ISO 4217 code", "EUR", _code(3, "a currency code"), "The reporting currency."),
    _row("country", "ISO 3166 code", "NL", _code(2, "a country code"), "Reads phone numbers without a country code."),
    _row("lifecycle_model", "grid or windowed", "grid", _one_of("grid", "windowed"), "Which rules give the lifecycle stage."),
    Setting(name="history_from", type="instant", default=None, unit="", parse=_instant, help="Since when the order history is complete; first purchases in its first 90 days are then not taken for first. A date is its midnight in the shop's zone."),
    _row("renewals_are_purchases", "yes or no", "no", _one_of("yes", "no"), "Whether the renewal of a subscription that names no order is a purchase."),
    _row("revenue_basis", "including_vat or excluding_vat", "including_vat", _one_of("including_vat", "excluding_vat"), "Whether the amounts of the orders are with or without VAT, which screens and reports tell."),
    _row("memory_limit", "size", "", _size, "The most memory a question may use; empty: 80 % of the machine's."),
    _row("threads", "whole number", 0, _count, "Threads for one question; 0: as many as the machine has."),
    _row("language", "en or nl", "en", _one_of("en", "nl"), "The language of screens and reports; where nobody set it, commands speak that of the machine (`LC_ALL`, `LC_MESSAGES`, `LANG`)."),
    _row("keep_imports", "yes or no", "yes", _one_of("yes", "no"), "Keep copies of imported files, so that an import that is not the last can be undone."),
    _row("upload_mb", "whole number", 100, _count, "The largest file that may be uploaded in the web app."),
    _row("address", "je or u", "je", _one_of("je", "u"), "How Dutch messages address a customer."),
)  # fmt: skip
BY_NAME = {row.name: row for row in TABLE}
FROM_MAPPING = ("zone", "currency", "country")
"""Settings that the first mapping gives when nobody set them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings in force, and where each came from."""

    name: str
    zone: str
    currency: str
    country: str
    lifecycle_model: str
    history_from: int | None
    """UTC microseconds."""
    renewals_are_purchases: str
    """``yes`` or ``no``."""
    revenue_basis: str
    """``including_vat`` or ``excluding_vat``."""
    memory_limit: str
    """Such as ``2GB``; empty: the engine's own limit."""
    threads: int
    """0: as many as the machine has."""
    language: str
    keep_imports: str
    """``yes`` or ``no``."""
    upload_mb: int
    """Megabytes."""
    address: str
    """``je`` or ``u``."""
    given: Mapping[str, str]
    """Setting -> where it was given; a setting that is not here has its default."""


def load(folder: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of the shop in ``folder``: environment, then ``stamgast.toml``, then defaults.

    A missing file is an empty one. Raises ``InvalidSettings`` with every issue at once.
    """
    environ = os.environ if environ is None else environ
    path = folder / FILE_NAME
    issues: list[Issue] = []
    raw = _read(path, issues)
    values: dict[str, Value] = {row.name: row.default for row in TABLE}
    given: dict[str, str] = {}
    issues.extend(_unknown(key, path) for key in raw if key not in BY_NAME)
    for row in TABLE:
        for place, found in (
            (f"{path}", raw.get(row.name)),
            (f"environment {row.env}", environ.get(row.env)),
        ):
            if found is None:
                continue
            try:
                values[row.name] = row.parse(found, str(values["zone"]))  # which stands before
                given[row.name] = place
            except _Wrong as wrong:
                issues.append(_wrong(row, found, place, str(wrong)))
    if issues:
        raise InvalidSettings(tuple(issues))
    return Settings(given=given, **values)  # type: ignore[arg-type] # parsed by the table's own functions


def spoken(settings: Settings | None, environ: Mapping[str, str] | None = None) -> Language:
    """The language to talk in: the one that was set, else the machine's, else English.

    ``settings`` None: of no shop, or of one whose settings cannot be read.
    """
    environ = os.environ if environ is None else environ
    if settings is not None and "language" in settings.given:
        said = settings.language
    elif "STAMGAST_LANGUAGE" in environ:  # of no shop
        said = environ["STAMGAST_LANGUAGE"]
    else:
        said = next((environ[name] for name in LOCALE if environ.get(name)), "")
    return "nl" if re.match(r"nl\b|nl_", said) else "en"


def _read(path: Path, issues: list[Issue]) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        issues.append(
            Issue(code="settings.unreadable", message=f"not TOML: {error}", file=str(path))
        )
        return {}


def _unknown(key: str, path: Path) -> Issue:
    hint = did_you_mean(key, BY_NAME) or "known are: " + ", ".join(BY_NAME)
    return Issue(
        code="settings.unknown",
        message=f'"{key}" is no setting',
        file=str(path),
        line=_line_of(key, path),
        hint=hint,
    )


def _wrong(row: Setting, found: object, place: str, fits: str) -> Issue:
    return Issue(
        code="settings.wrong_value",
        message=f"{row.name} is {found!r}, but must be {fits}",
        file=place,
        hint=row.help,
    )


def _line_of(key: str, path: Path) -> int | None:
    lines = path.read_text(encoding="utf-8").splitlines()
    pattern = re.compile(rf'\s*\[*"?{re.escape(key)}"?\s*[=\].]')
    return next((n for n, line in enumerate(lines, 1) if pattern.match(line)), None)


def template(values: Mapping[str, Value]) -> str:
    """The text of a new ``stamgast.toml``: every setting, those without a value as a comment."""
    lines = [
        "# The settings of this shop. A line with # in front is not set: its default holds.",
        "",
    ]
    for row in TABLE:
        lines.append(f"# {row.help} ({row.type}; environment {row.env})")
        value = values.get(row.name)
        lines.append(_line(row.name, value) if value is not None else "# " + _default(row))
        lines.append("")
    return "\n".join(lines)


def _default(row: Setting) -> str:
    return _line(row.name, row.default) if row.default is not None else f"{row.name} ="


def _line(name: str, value: Value) -> str:
    if isinstance(value, int):
        return f"{name} = {value}"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'{name} = "{text}"'


def noted(folder: Path, note: str) -> frozenset[str]:
    """The settings whose line in ``stamgast.toml`` carries this note (see ``write``)."""
    path = folder / FILE_NAME
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    ending = f"  # {note}"
    return frozenset(line.partition("=")[0].strip() for line in lines if line.endswith(ending))


def write(folder: Path, values: Mapping[str, Value], *, note: str = "") -> None:
    """Set values in the shop's ``stamgast.toml``; all other lines and comments stay as they are.

    ``note``: a comment after each value.
    """
    path = folder / FILE_NAME
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    ending = f"  # {note}" if note else ""
    for name, value in values.items():
        pattern = re.compile(rf"\s*(#\s*)?{re.escape(name)}\s*=")
        places = [n for n, line in enumerate(lines) if pattern.match(line)]
        set_already = [n for n in places if not lines[n].lstrip().startswith("#")]
        if places:
            lines[(set_already or places)[0]] = _line(name, value) + ending
        else:
            lines.append(_line(name, value) + ending)
    partial = path.with_name(path.name + ".part")
    partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    partial.replace(path)


def checked(name: str, raw: str, *, where: str) -> Value:
    """One value, as given on a command line, checked like the file's."""
    row = BY_NAME[name]
    try:
        return row.parse(raw, "UTC")
    except _Wrong as wrong:
        raise InvalidSettings((_wrong(row, raw, where, str(wrong)),)) from None
