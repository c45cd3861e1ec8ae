"""Mapping files: which column of a source is what.

A mapping is YAML 1.2. Its top names the source and says how its files are written; ``leave_out``
says which rows are not wanted and why; each section under ``rows`` reads one kind of rows
(``collect.kinds``) from every row that meets its ``where``. One row may feed several sections.
"""

from __future__ import annotations

from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from stamgast.collect.kinds import KINDS, FieldType, Kind, KindName

Constant: TypeAlias = bool | int | Decimal | str


class Model(BaseModel):
    """A part of a mapping file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _column(raw: object) -> object:
    """A bare word is the name of a column."""
    return {"column": raw} if isinstance(raw, str) else raw


def _listed(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


Expr: TypeAlias = Annotated["Value", BeforeValidator(_column)]


class MapValues(Model):
    """Other words for a value: its text, case aside, is looked up."""

    of: Expr
    """The value that is looked up."""
    values: dict[str, Constant]
    """Word: what it becomes."""
    otherwise: Literal["keep", "missing"] | None = None
    """A word that is not listed: keep it as it is, or take it as missing (default: keep)."""
    default: Constant | None = None
    """A word that is not listed: this value instead."""


class Prefix(Model):
    """A text without what it begins with."""

    of: Expr
    """The text."""
    prefix: str
    """What is taken off when it stands in front."""


class Value(Model):
    """A value of a row: exactly one of these. A bare word is ``column``."""

    column: str | None = None
    """What the column of that name holds."""
    constant: Constant | None = None
    """The same in every row."""
    multiply: tuple[Expr, Expr] | None = None
    """Exact product of two numbers."""
    add: list[Expr] | None = Field(default=None, min_length=1)
    """Exact sum; a missing one counts as 0, unless all are missing."""
    subtract: tuple[Expr, Expr] | None = None
    """First less second, exact; a missing second counts as 0."""
    least: list[Expr] | None = Field(default=None, min_length=1)
    """The least of these numbers that are not missing."""
    negate: Expr | None = None
    """The number with the other sign."""
    first_of: list[Expr] | None = Field(default=None, min_length=1)
    """The first that is not missing."""
    join: list[Expr] | None = Field(default=None, min_length=1)
    """The texts that are not missing, one after the other, with a space between."""
    map: MapValues | None = None
    """Other words for it: `of`, `values`, and for words that are not listed `otherwise` or `default`."""
    without_prefix: Prefix | None = None
    """The text `of` without the `prefix` in front."""
    any_positive: list[Expr] | None = Field(default=None, min_length=1)
    """Whether any of these numbers is above 0."""
    holds: Condition | None = None
    """Whether a condition holds for the row."""

    @model_validator(mode="after")
    def _one(self) -> Value:
        if len(self.model_fields_set) != 1:
            names = ", ".join(type(self).model_fields)
            raise ValueError(f"a value is exactly one of: {names}")
        return self


class Condition(Model):
    """A condition on a row: a test of one value, or all / any / not of other conditions."""

    of: Expr | None = None
    """The value that is tested."""
    column: str | None = None
    """Short for `of` a column."""
    is_: Constant | None = Field(default=None, alias="is")
    """It is this."""
    in_: list[Constant] | None = Field(default=None, alias="in")
    """It is one of these."""
    starts_with: Annotated[list[str], BeforeValidator(_listed)] | None = None
    """It begins with this, or with one of these."""
    empty: bool | None = None
    """true: nothing is there; false: something is."""
    above: Decimal | None = None
    """It is a number above this."""
    below: Decimal | None = None
    """It is a number below this."""
    all: list[Condition] | None = Field(default=None, min_length=1)
    """All of these conditions hold."""
    any: list[Condition] | None = Field(default=None, min_length=1)
    """At least one of these conditions holds."""
    not_: Condition | None = Field(default=None, alias="not")
    """This condition does not hold."""

    @model_validator(mode="after")
    def _one(self) -> Condition:
        tests = {"is_", "in_", "starts_with", "empty", "above", "below"} & self.model_fields_set
        groups = {"all", "any", "not_"} & self.model_fields_set
        subjects = {"of", "column"} & self.model_fields_set
        if len(tests) + len(groups) != 1 or len(subjects) != len(tests):
            raise ValueError(
                "a condition is `column` (or `of`) with one of is, in, starts_with, empty, above, "
                "below; or one of all, any, not"
            )
        return self


Pattern: TypeAlias = Annotated[str, Field(min_length=1, pattern=r"^[^/\\]*$")]
"""A pattern of file names: ``*`` and ``?``, case aside, without a folder."""


class LeaveOut(Model):
    """Rows that are not wanted, and why."""

    where: Condition
    reason: str = Field(min_length=1, max_length=200)
    file: Pattern | None = None


class Typed(Model):
    """A further column and its type."""

    of: Expr
    type: FieldType = "text"


def _typed(raw: object) -> object:
    if isinstance(raw, str):
        return {"of": raw}
    if isinstance(raw, dict) and not {"of", "type"} & raw.keys():
        return {"of": raw}
    if isinstance(raw, dict) and "column" in raw and "of" not in raw:
        return {**{k: v for k, v in raw.items() if k != "column"}, "of": raw["column"]}
    return raw


Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Further: TypeAlias = dict[Name, Annotated[Typed, BeforeValidator(_typed)]]
Slug: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=64)]


class Statuses(Model):
    """Which words of ``status`` make an order no purchase; words are compared case aside."""

    never: Annotated[list[str], BeforeValidator(_listed)] = []
    """Failed, unpaid: it was no purchase at any time."""
    cancelled: Annotated[list[str], BeforeValidator(_listed)] = []
    """No purchase from ``cancelled_at`` on; without it from the import on, marked approximate."""


class ConsentColumn(Model):
    """What a row of customers says about one purpose over one channel."""

    purpose: Name
    """What for, such as `marketing`."""
    channel: Literal["email", "post", "phone", "sms", "app", "ads", "web"]
    """Over which channel."""
    state: Expr
    """Its word, as `granted`, `soft_opt_in` or `withdrawn` (see `map`); another word says nothing."""
    address: Expr | None = None
    """The address or number; without it, of `email` and of `phone` and `sms` the row's identifier."""
    at: Expr | None = None
    """When it was said; missing: at the import."""


class Section(Model):
    """What one kind of rows is made of."""

    kind: KindName
    """Which kind of rows, see below."""
    file: Pattern | None = None
    """Which files it reads, by their name, such as `orders*.csv`; without it all."""
    where: Condition | None = None
    """Which rows of the file; without it all."""
    fields: dict[str, Expr] = {}
    """The fields of the kind, see below, and the value of each."""
    identifiers: dict[Name, Expr] = {}
    """Who it is: identifier kind (`customer_id`, `loyalty_card`, `email`, `phone`, ...) and value."""
    statuses: Statuses | None = None
    """Words of `status` that make an order no purchase: `never`, or `cancelled` from then on."""
    undated: Literal["import"] | None = None
    """A refund without an instant enters at the import, marked approximate."""
    extra: Further = {}
    """Further columns of order lines and refunds, by a name of your own."""
    properties: Further = {}
    """Of events: their properties, for the conditions of definitions."""
    attributes: Further = {}
    """Of customers: their attributes, for the conditions of definitions."""
    consents: list[ConsentColumn] = []
    """Of customers: opt-in columns, each with `purpose`, `channel`, `state`, and perhaps `address` and `at`."""

    @property
    def of_kind(self) -> Kind:
        """The kind's declaration."""
        return KINDS[self.kind]

    @property
    def further(self) -> dict[str, Typed]:
        """The freely named columns of this kind."""
        match self.of_kind.further:
            case "extra":
                return self.extra
            case "properties":
                return self.properties
            case "attributes":
                return {**self.attributes, **self._consent_columns()}
            case None:
                return {}

    def _consent_columns(self) -> dict[str, Typed]:
        """``consent_0_state``, ``consent_0_address`` and ``consent_0_at`` of the first, and so on."""
        found: dict[str, Typed] = {}
        for place, one in enumerate(self.consents):
            found[f"consent_{place}_state"] = Typed(of=one.state)
            address = one.address or self.identifiers.get(
                {"email": "email", "phone": "phone", "sms": "phone"}.get(one.channel, "")
            )
            if address is not None:
                found[f"consent_{place}_address"] = Typed(of=address)
            if one.at is not None:
                found[f"consent_{place}_at"] = Typed(of=one.at, type="instant")
        return found


class Read(Model):
    """How the files are written. Parquet needs none of it but ``dates`` and ``missing``."""

    encoding: str | None = None
    """Of text files; without it UTF-8."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Of CSV; without it, looked for among comma, semicolon, tab and bar."""
    decimal: Literal[".", ","] = "."
    """What stands before the cents; the other one may group thousands."""
    dates: Annotated[list[str], BeforeValidator(_listed)] = ["iso"]
    """``iso``, ``epoch_s``, ``epoch_ms``, or patterns such as ``%d-%m-%Y %H:%M``; the first that fits."""
    missing: list[str] = []
    """Words that mean nothing is there, beside the empty text."""
    sheet: str | None = None
    """Of Excel; without it the first."""


class Text(Model):
    """A text in both languages."""

    en: str
    nl: str


class Mapping(Model):
    """A mapping file."""

    version: Literal[1]
    """Version of the mapping language."""
    source: Slug
    """Where the files come from: a short name that stays the same."""
    label: Text | None = None
    """The source's name for people, `en` and `nl`."""
    about: str = ""
    """What one must know about it."""
    zone: str
    """Of instants written without an offset; the first mapping also gives it to the shop."""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    """Of amounts whose row names none, ISO 4217; given to the shop like the zone."""
    country: str = Field(pattern=r"^[A-Z]{2}$")
    """Of telephone numbers without a country code, ISO 3166; given to the shop like the zone."""
    priority: int = Field(default=100, ge=0, le=1_000_000)
    """Where sources speak of the same order, the lowest wins."""
    namespace: Slug | None = None
    """What order numbers are unique in; without it the source's name."""
    read: Read = Read()
    """How the files are written, see below."""
    optional_columns: list[str] = []
    """Columns that a file may lack; they are then missing in every row."""
    leave_out: list[LeaveOut] = []
    """Rows that are not wanted: `where`, the `reason` that reports give, and perhaps of which `file`."""
    rows: list[Section] = Field(min_length=1)
    """What the rows are made into: one section per kind, see below. One row may feed several."""

    @property
    def order_namespace(self) -> str:
        """What stands before the colon of an order key."""
        return self.namespace or self.source

    @property
    def joins(self) -> bool:
        """Whether it reads orders and their lines as rows of their own."""
        return {"orders", "order_lines"} <= {section.kind for section in self.rows}

    def columns(self) -> tuple[str, ...]:
        """Every column the mapping reads, in order of first mention."""
        found: dict[str, None] = {}
        _mentioned(self, found)
        return tuple(found)

    def columns_of(self, file: str) -> tuple[str, ...]:
        """The columns it reads of a file of that name, in order of first mention."""
        found: dict[str, None] = {}
        _mentioned(self.leave_out_of(file), found)
        _mentioned([section for _, section in self.sections_of(file)], found)
        return tuple(found)

    def sections_of(self, file: str) -> list[tuple[int, Section]]:
        """The sections that read a file of that name, each with its place in ``rows``."""
        return [
            (place, section) for place, section in enumerate(self.rows) if _fits(section.file, file)
        ]

    def leave_out_of(self, file: str) -> list[LeaveOut]:
        """Which rows of a file of that name are not wanted."""
        return [one for one in self.leave_out if _fits(one.file, file)]


def _fits(pattern: str | None, file: str) -> bool:
    return pattern is None or fnmatchcase(file.casefold(), pattern.casefold())


def _mentioned(part: object, found: dict[str, None]) -> None:
    """Collect the columns named by values and conditions below a part of a mapping."""
    if isinstance(part, Value | Condition) and part.column is not None:
        found.setdefault(part.column)
    children: Any = ()
    if isinstance(part, BaseModel):
        children = [getattr(part, name) for name in type(part).model_fields]
    elif isinstance(part, dict):
        children = part.values()
    elif isinstance(part, list | tuple):
        children = part
    for child in children:
        _mentioned(child, found)


for _model in (
    MapValues,
    Prefix,
    Value,
    Condition,
    LeaveOut,
    Typed,
    ConsentColumn,
    Section,
    Mapping,
):
    _model.model_rebuild()


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a mapping file, for editors."""
    return Mapping.model_json_schema()
