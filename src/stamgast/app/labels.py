"""The extensions that one customer carries, as their definitions say them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stamgast.language.ast import Carries, Compare, ExtensionRef, InSegment, Literal_, Segment, Text
from stamgast.language.types import Type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.core import Core
    from stamgast.app.customers import Customer
    from stamgast.language.ast import Condition, Extension

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
        carries = Carries(name=one.name, per_holder=one.wins_on_merge, rule=one.rule)
        conditions[f"carries_{one.name}"] = (one, "", carries)
        ref = ExtensionRef(name=one.name, type=one.type or Type.TEXT, per_holder=one.wins_on_merge)
        for n, value in enumerate(one.values):
            literal = Literal_(value=value, type=Type.TEXT)
            compared = Compare(operand=ref, op="is", values=(literal,))
            conditions[f"carries_{one.name}_{n}"] = (one, value, compared)
    segments = {
        name: Segment(name=name, label=one.label, about=None, where=where, uses_statistics=True)
        for name, (one, _, where) in conditions.items()
    }
    known = core.definitions
    engine = core.engine_for(replace(known, segments={**known.segments, **segments}))
    try:
        rows = engine.answers(list(segments), found.as_of, [found.profile_id]).to_pylist()
    finally:
        engine.drop_statistics()
    holds = {name for name in segments if rows and rows[0].get(name)}
    carried: dict[str, Carried] = {}
    for name, (one, value, _) in conditions.items():
        if name in holds:
            carried[one.name] = Carried(extension=one, value=value)
    return carried
