"""The extensions that one customer carries, as their definitions say them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stamgast.app.widened import widened
from stamgast.language.ast import Carries, Compare, ExtensionRef, InSegment, Literal_, Segment, Text
from stamgast.language.types import Type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stamgast.app.core import Core
    from stamgast.app.customers import Customer
    from stamgast.language.ast import Condition, Definitions, Extension
    from stamgast.model.log import Instant

_SAID = "SELECT count(*) FROM extension WHERE profile_id = $profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """An extension that a customer carries, with its value."""

    extension: Extension
    value: str = ""
    """One of the declared values of a text; empty: it has none, or another one."""

    @property
    def label(self) -> Text:
        """How it is shown: the label of its value, else its own."""
        found = self.extension.values.get(self.value)
        return found.label if found else self.extension.label


def carried_by(core: Core, found: Customer) -> Mapping[str, Carried]:
    """Name -> what the customer carries at the instant it was looked at, in declared order."""
    declared = core.definitions.extensions
    if not found.exists or not declared:
        return {}
    said = core.reader.db.run(_SAID, {"profile": found.profile_id})[0][0]
    if not said and all(_of_segment(one) for one in declared.values()):
        return {
            name: Carried(extension=one)
            for name, one in declared.items()
            if isinstance(one.rule, InSegment) and one.rule.name in found.segments
        }
    return _asked(core, found)


def _of_segment(one: Extension) -> bool:
    """Whether, as long as nobody said anything, only the segments tell whether it is carried."""
    return one.rule is None or isinstance(one.rule, InSegment)


def _asked(core: Core, found: Customer) -> dict[str, Carried]:
    """The same, by the engine."""
    conditions: dict[str, tuple[Extension, str, Condition]] = {}
    for one in core.definitions.extensions.values():
        conditions[f"carries {one.name}"] = (one, "", carries(one))
        ref = ExtensionRef(name=one.name, type=one.type or Type.TEXT, per_holder=one.wins_on_merge)
        for n, value in enumerate(one.values):
            literal = Literal_(value=value, type=Type.TEXT)
            compared = Compare(operand=ref, op="is", values=(literal,))
            conditions[f"carries {one.name} {n}"] = (one, value, compared)
    asked = {name: where for name, (_, _, where) in conditions.items()}
    members = holding(core, found.as_of, asked, [found.profile_id])
    carried: dict[str, Carried] = {}
    for name, (one, value, _) in conditions.items():
        if members[name]:
            carried[one.name] = Carried(extension=one, value=value)
    return carried


def carries(one: Extension) -> Carries:
    """The condition that somebody carries it."""
    return Carries(name=one.name, per_holder=one.wins_on_merge, rule=one.rule)


def holding(
    core: Core,
    t: Instant,
    conditions: Mapping[str, Condition],
    profiles: Sequence[int] | None = None,
) -> dict[str, set[int]]:
    """Name -> the profiles that exist at t of which its condition holds; ``profiles``: of these only.

    A name has a space in it, as no name of a definition has.
    """
    if not conditions:
        return {}
    known, asked = core.definitions, tuple(conditions.items())
    engine = core.engine_for(widened(known, asked, None, lambda: _with(known, asked)))
    try:
        rows = engine.answers(list(conditions), t, profiles)
    finally:
        engine.drop_statistics()
    ids = rows.column("profile_id").to_pylist()
    return {
        name: {one for one, held in zip(ids, rows.column(name).to_pylist(), strict=True) if held}
        for name in conditions
    }


def _with(known: Definitions, conditions: Iterable[tuple[str, Condition]]) -> Definitions:
    """The definitions with these as segments."""
    made = {
        name: Segment(
            name=name, label=Text(en=name, nl=name), about=None, where=where, uses_statistics=True
        )
        for name, where in conditions
    }
    return replace(known, segments={**known.segments, **made})


def carriers(
    core: Core,
    t: Instant,
    extensions: Iterable[Extension],
    profiles: Sequence[int] | None = None,
    conditions: Mapping[str, Condition] | None = None,
) -> dict[str, set[int]]:
    """Name -> who carries the extension at t; ``conditions``: of whom another condition holds."""
    asked = {
        f"carries {one.name}": carries(one) if conditions is None else conditions[one.name]
        for one in extensions
    }
    found = holding(core, t, asked, profiles)
    return {name.removeprefix("carries "): members for name, members in found.items()}


def out_of_reports(core: Core, t: Instant) -> dict[int, str]:
    """Profile -> the first extension declared that it carries and that is excluded from reports."""
    wanted = [
        one
        for one in core.definitions.extensions.values()
        if "reports" in one.treatment.exclude_from
    ]
    names = {"names": [one.name for one in wanted if one.rule is None]}
    said = "SELECT DISTINCT name FROM extension WHERE list_contains($names::VARCHAR[], name)"
    given = {row[0] for row in core.reader.db.run(said, names)}
    found: dict[int, str] = {}
    asked = [one for one in wanted if one.rule is not None or one.name in given]
    for name, profiles in carriers(core, t, asked).items():
        for profile in profiles:
            found.setdefault(profile, name)
    return found
