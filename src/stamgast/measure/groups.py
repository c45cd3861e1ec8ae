# ruff: noqa: S608 - the text is made of names of definitions, which are checked, and our own; values are parameters
"""Of whom a question is, and in which parts it is answered: ``only`` and ``split_by``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stamgast.errors import UserError, did_you_mean
from stamgast.language.ast import (
    AttributeRef,
    Branch,
    Carries,
    Case,
    Compare,
    ExtensionRef,
    Literal_,
    Text,
    Trait,
)
from stamgast.language.types import Type
from stamgast.measure.model import Fact, Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from stamgast.language.ast import Definitions, Expression, Extension
    from stamgast.measure.model import Kind
    from stamgast.model.log import Instant
    from stamgast.store.database import Database
    from stamgast.store.engine import DuckEngine

STAGE = "stage"
OUT = "stamgast out of reports"
TABLE = "insight_group"
"""``profile_id``, ``part`` ('' when nothing is split): the profiles that a question is of."""
COMPARED = (Type.TEXT, Type.BOOLEAN, Type.INTEGER, Type.DAY)
"""Types of attributes and traits that can be named by a value."""
_HINT = (
    "write stage:loyal, a segment's name, extension:employee, attribute=value or a trait=value, "
    "like acquisition_source=google"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a profile is judged by: a segment, the stage, a trait or an attribute.

    ``value``: what it must be.
    """

    kind: str
    name: str
    value: str = ""

    @property
    def column(self) -> str:
        """The column of the engine's answer."""
        return (
            self.name
            if self.kind in {"segment", "trait", STAGE}
            else f"stamgast {self.kind} {self.name}"
        )

    def trait(self, definitions: Definitions) -> Trait | None:
        """What is asked beside the shop's own traits."""
        if self.kind == "attribute":
            kind = definitions.attributes[self.name]
            return _trait(self.column, AttributeRef(name=self.name, type=kind), kind)
        if self.kind == "extension":
            return _trait(self.column, _case(definitions.extensions[self.name]), Type.TEXT)
        return None

    def condition(self, number: int) -> str:
        """Whether a profile is of it; its value is the parameter ``$only_<number>``."""
        if self.kind == "segment":
            return f'"{self.column}"'
        if self.kind == "extension" and self.value == "in":
            return f"""$only_{number} = 'in' AND coalesce("{self.column}", 'out') <> 'out'"""
        return f'CAST("{self.column}" AS VARCHAR) = $only_{number}'

    @property
    def part(self) -> str:
        """Which part a profile belongs to."""
        if self.kind == "segment":
            return f"""CASE WHEN "{self.column}" THEN 'in' ELSE 'out' END"""
        return f"""coalesce(CAST("{self.column}" AS VARCHAR), '')"""


def _trait(name: str, expr: Expression, kind: Type) -> Trait:
    return Trait(name=name, label=Text(en=name, nl=name), expr=expr, type=kind)


def _text(value: str) -> Literal_:
    return Literal_(value=value, type=Type.TEXT)


def _carries(extension: Extension) -> Carries:
    rule, per_holder = extension.rule, extension.wins_on_merge
    return Carries(name=extension.name, per_holder=per_holder, rule=rule)


def _case(extension: Extension) -> Case:
    """The value where values are declared; else ``in`` for who carries it and ``out`` for who does not."""
    if not extension.values or extension.type is not Type.TEXT:
        branch = Branch(when=_carries(extension), then=_text("in"))
        return Case(branches=(branch,), otherwise=_text("out"), type=Type.TEXT)
    ref = ExtensionRef(name=extension.name, type=Type.TEXT, per_holder=extension.wins_on_merge)
    branches = tuple(
        Branch(when=Compare(operand=ref, op="is", values=(_text(value),)), then=_text(value))
        for value in extension.values
    )
    return Case(branches=branches, otherwise=None, type=Type.TEXT)


def excluding(definitions: Definitions) -> tuple[Extension, ...]:
    """The extensions whose treatment keeps their carriers out of reports."""
    return tuple(
        one for one in definitions.extensions.values() if "reports" in one.treatment.exclude_from
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The profiles that a question is of.

    ``only``: all must hold. ``by``: None: one part of all.
    """

    only: tuple[Mark, ...] = ()
    by: Mark | None = None
    everybody: bool = False
    """Also who carries an extension that is excluded from reports."""

    @property
    def split_by(self) -> str:
        """What the parts are of: ``stage``, ``segment:<name>``, ``attribute:<name>``; '' for none."""
        if self.by is None:
            return ""
        return STAGE if self.by.kind == STAGE else f"{self.by.kind}:{self.by.name}"

    @property
    def facts(self) -> dict[str, Fact]:
        """What was asked, for programs."""
        found = {}
        if self.only:
            text = ", ".join(_shown(mark) for mark in self.only)
            found["only"] = Fact(kind="text", value=text)
        if self.by is not None:
            found["split_by"] = Fact(kind="text", value=self.split_by)
        return found

    def make(
        self,
        database: Database,
        engine: Callable[[Iterable[Trait]], DuckEngine],
        definitions: Definitions,
        t: Instant,
    ) -> tuple[Note, ...]:
        """Make the table ``insight_group`` of the profiles at ``t``; returns what was left out.

        ``engine``: one that knows these traits besides.
        """
        marks = [*self.only, *([] if self.by is None else [self.by])]
        out = () if self.everybody else _given(database, excluding(definitions))
        if not marks and not out:
            database.run(
                "CREATE OR REPLACE TEMP TABLE insight_group AS "
                "SELECT profile_id, '' AS part FROM presence WHERE first_at <= $t",
                {"t": t},
            )
            return ()
        traits = {mark.column: mark.trait(definitions) for mark in marks}
        if out:
            branches = tuple(Branch(when=_carries(one), then=_text(one.name)) for one in out)
            case = Case(branches=branches, otherwise=None, type=Type.TEXT)
            traits[OUT] = _trait(OUT, case, Type.TEXT)
        knowing = engine([trait for trait in traits.values() if trait is not None])
        knowing.create("insight_judged", list(traits), t)
        knowing.drop_statistics()
        return self._made(database, out)

    def _made(self, database: Database, out: tuple[Extension, ...]) -> tuple[Note, ...]:
        asked = {
            f"only_{n}": mark.value for n, mark in enumerate(self.only) if mark.kind != "segment"
        }
        holds = " AND ".join(mark.condition(n) for n, mark in enumerate(self.only)) or "true"
        part = "''" if self.by is None else self.by.part
        left = f'"{OUT}"' if out else "NULL::VARCHAR"
        database.run(
            f"CREATE OR REPLACE TEMP TABLE insight_asked AS SELECT profile_id, {part} AS part, "
            f'{left} AS label, coalesce({holds}, false) AS held FROM insight_judged WHERE "exists"',
            asked,
        )
        database.run(
            "CREATE OR REPLACE TEMP TABLE insight_group AS "
            "SELECT profile_id, part FROM insight_asked WHERE held AND label IS NULL"
        )
        notes = []
        if self.only:
            what = ", ".join(_shown(mark) for mark in self.only)
            others = "SELECT count(*) FROM insight_asked WHERE NOT held"
            notes.append(_note("only", database.run(others)[0][0], what))
        labels = "SELECT label, count(*) FROM insight_asked WHERE held AND label IS NOT NULL GROUP BY ALL"
        counted = dict(database.run(labels))
        notes += [
            _note("left_out", counted[one.name], one.name) for one in out if one.name in counted
        ]
        return tuple(notes)


def _given(database: Database, extensions: tuple[Extension, ...]) -> tuple[Extension, ...]:
    """Those that anybody may carry."""
    if not extensions:
        return ()
    given = {name for (name,) in database.run("SELECT DISTINCT name FROM extension")}
    return tuple(one for one in extensions if one.rule is not None or one.name in given)


def _note(key: str, number: int, what: str) -> Note:
    kind: Kind = "extension" if key == "left_out" else "text"
    facts = {"n": Fact(kind="count", value=int(number)), "what": Fact(kind=kind, value=what)}
    return Note(key=key, facts=facts)


def _shown(mark: Mark) -> str:
    if mark.kind == "segment":
        return mark.name
    if mark.kind == "extension" and mark.value == "in":
        return f"extension:{mark.name}"
    return f"{mark.kind}:{mark.value}" if mark.kind == STAGE else f"{mark.name}={mark.value}"


def groups_of(
    definitions: Definitions,
    only: Sequence[str] | str | None,
    split_by: str | None,
    *,
    everybody: bool = False,
) -> Groups:
    """What is meant by texts such as ``stage:loyal``, ``vip``, ``country=NL``; ``stage``, ``country``.

    Raises UserError ``insight.group`` with the nearest name.
    """
    texts = [only] if isinstance(only, str) else list(only or ())
    return Groups(
        only=tuple(_only(text, definitions) for text in texts),
        by=None if not split_by else _by(split_by, definitions),
        everybody=everybody,
    )


def _only(text: str, definitions: Definitions) -> Mark:
    kind, _, rest = text.partition(":")
    if kind == STAGE:
        return _stage(rest, definitions)
    if kind == "extension":
        name, equals, value = rest.partition("=")
        return replace(_extension(name, definitions), value=value if equals else "in")
    name, equals, value = text.partition("=")
    if equals:
        return replace(_valued(name, definitions), value=value)
    return _segment(text.removeprefix("segment:"), definitions)


def _by(text: str, definitions: Definitions) -> Mark:
    if text == STAGE:
        return Mark(kind=STAGE, name=STAGE)
    kind, colon, rest = text.partition(":")
    if colon and kind in {"attribute", "trait"}:
        return _valued(text, definitions)
    if colon and kind == "extension":
        return _extension(rest, definitions)
    if colon and kind == "segment":
        return _segment(rest, definitions)
    if text in definitions.segments:
        return _segment(text, definitions)
    return _valued(text, definitions)


def _stage(name: str, definitions: Definitions) -> Mark:
    if name not in definitions.lifecycle.labels:
        raise _unknown("stage", name, list(definitions.lifecycle.labels))
    return Mark(kind=STAGE, name=STAGE, value=name)


def _segment(name: str, definitions: Definitions) -> Mark:
    if name not in definitions.segments:
        known = [*definitions.segments, *definitions.attributes, STAGE]
        raise _unknown("segment", name, known)
    return Mark(kind="segment", name=name)


def _extension(name: str, definitions: Definitions) -> Mark:
    if name not in definitions.extensions:
        raise _unknown("extension", name, list(definitions.extensions))
    return Mark(kind="extension", name=name)


def _valued(text: str, definitions: Definitions) -> Mark:
    """An attribute or a trait; ``attribute:`` or ``trait:`` in front where both have the name."""
    kind, colon, rest = text.partition(":")
    if not colon or kind not in {"attribute", "trait"}:
        kind, rest = "attribute" if text in definitions.attributes else "trait", text
    if kind == "attribute":
        type_ = definitions.attributes.get(rest)
    else:
        type_ = definitions.traits[rest].type if rest in definitions.traits else None
    if type_ is None:
        known = [*definitions.attributes, *definitions.segments, *definitions.traits, STAGE]
        raise _unknown("attribute" if kind == "attribute" else "trait", rest, known)
    if type_ not in COMPARED:
        raise UserError(
            "insight.group",
            f"{rest!r} has too many values to make groups of",
            hint="make a segment of it",
        )
    return Mark(kind=kind, name=rest)


def _unknown(what: str, name: str, known: list[str]) -> UserError:
    hint = did_you_mean(name, known) or _HINT
    return UserError("insight.group", f"there is no {what} {name!r}", hint=hint)
