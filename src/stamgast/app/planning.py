"""What saving a segment changes, before it is saved."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stamgast.app.advice import Advisor
from stamgast.app.customers import Customers
from stamgast.app.figures import YEAR_REVENUE
from stamgast.app.labels import out_of_reports
from stamgast.clock import format_instant
from stamgast.errors import UserError
from stamgast.language.naming import reached
from stamgast.language.reader import SourceFile, read_definitions
from stamgast.language.reader.issues import Issues
from stamgast.language.reader.source import load

if TYPE_CHECKING:
    from stamgast.app.core import Core
    from stamgast.decide.strategies import Strategy
    from stamgast.language.ast import Definitions, Text
    from stamgast.model.log import Instant

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
TAKEN = frozenset({"new", "build", "plan", "save"})
"""Names that mean something else in an address."""
MOST_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A segment before and after, at one instant, without who is excluded from reports."""

    segment: str
    label: Text
    before: int
    after: int
    enters: int
    leaves: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePlan:
    """What is written, and what it changes."""

    name: str
    as_of: Instant
    file: str
    before: str | None
    """The lines of the entry as they are; None: it is in no file of the shop's own."""
    after: str | None
    ready_made: str | None
    """The lines of what comes ready-made under that name, and holds where there is none of one's own."""
    file_before: str
    file_after: str
    effect: Effect
    entering: tuple[tuple[int, int], ...]
    """Profile and net revenue of 365 days of who enters, those worth most."""
    leaving: tuple[tuple[int, int], ...]
    dependents: tuple[Effect, ...]
    """Segments that name it, also by way of others."""
    strategies: tuple[Strategy, ...]
    """Advice for who is in it."""
    definitions: Definitions
    """All definitions together as they will be."""

    @property
    def mark(self) -> str:
        """Tells whether two plans write the same over the same."""
        text = f"{self.file}\0{self.file_before}\0{self.file_after}"
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def changes(self) -> bool:
        """Whether anything is written."""
        return self.file_before != self.file_after

    def as_json(self) -> dict[str, object]:
        """As an API writes it."""
        return {
            "segment": self.name,
            "as_of": format_instant(self.as_of),
            "mark": self.mark,
            "file": self.file,
            "changes": self.changes,
            "before": self.effect.before,
            "after": self.effect.after,
            "enters": self.effect.enters,
            "leaves": self.effect.leaves,
            "dependents": {
                one.segment: {"before": one.before, "after": one.after} for one in self.dependents
            },
            "strategies": [one.name for one in self.strategies],
        }


class Planner:
    """Compares definitions as they are with what they will be."""

    def __init__(self, core: Core, t: Instant) -> None:
        """``t``: the instant at which members are compared."""
        self._core = core
        self._t = t

    def plan(
        self,
        name: str,
        file: str,
        entry: tuple[str | None, str | None],
        text: tuple[str, str],
        ready_made: str | None,
    ) -> SavePlan:
        """``entry``, ``text``: the lines of the entry, and the file, before and after.

        ``ready_made``: the lines of what comes ready-made; None: nothing does. Raises UserError
        ``definitions.name`` and ``InvalidDefinitions``.
        """
        old = self._core.definitions
        if not NAME.fullmatch(name) or name in TAKEN:
            raise UserError(
                "definitions.name",
                f"{name!r} cannot be the name of a segment",
                hint="use small letters, digits and _, beginning with a letter",
            )
        if entry[1] is not None:
            _one_entry(entry[1], name)
        new = self._read(file, text[1])
        strategies = Advisor(
            self._core.on(self._core.reader, new), Customers(self._core)
        ).strategies
        dependents = [one for one in _dependents(name, new) if one in old.segments]
        effects, entering, leaving = self._effects([name, *dependents], (old, new))
        return SavePlan(
            name=name,
            as_of=self._t,
            file=file,
            before=entry[0],
            after=entry[1],
            ready_made=ready_made,
            file_before=text[0],
            file_after=text[1],
            effect=effects[0],
            entering=entering,
            leaving=leaving,
            dependents=tuple(effects[1:]),
            strategies=tuple(
                one for one in strategies.by_name.values() if one.for_.segment == name
            ),
            definitions=new,
        )

    def _read(self, file: str, text: str) -> Definitions:
        """All files together, with this one as it will be. Raises ``InvalidDefinitions``."""
        core = self._core
        files = [one for one in core.files if one.shipped or one.name != file]
        changed = SourceFile(name=file, text=text, shipped=False)
        return read_definitions([*files, changed], settings=core.language_settings)

    def _effects(
        self, names: list[str], known: tuple[Definitions, Definitions]
    ) -> tuple[list[Effect], tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
        database, t = self._core.reader.db, self._t
        for definitions, table in zip(known, ("plan_before", "plan_after"), strict=True):
            asked = [name for name in names if name in definitions.segments]
            more = {**definitions.traits, YEAR_REVENUE.name: YEAR_REVENUE}
            engine = self._core.engine_for(replace(definitions, traits=more))
            try:
                engine.create(table, [*asked, YEAR_REVENUE.name], t)
            finally:
                engine.drop_statistics()
        out = {"out": list(out_of_reports(self._core, t))}
        before = _columns(names, known[0], "b")
        after = _columns(names, known[1], "a")
        joined = (
            "SELECT profile_id, "  # noqa: S608 - checked names
            f'coalesce(a."{YEAR_REVENUE.name}", b."{YEAR_REVENUE.name}", 0) AS worth, '
            f"{', '.join([*before, *after])} "
            "FROM plan_before AS b FULL JOIN plan_after AS a USING (profile_id) "
            "WHERE NOT list_contains($out::BIGINT[], profile_id)"
        )  # checked names and a constant of ours
        counts = ", ".join(
            f"count(*) FILTER (b{n}), count(*) FILTER (a{n}), "
            f"count(*) FILTER (a{n} AND NOT b{n}), count(*) FILTER (b{n} AND NOT a{n})"
            for n in range(len(names))
        )
        row = database.run(f"SELECT {counts} FROM ({joined})", out)[0]  # noqa: S608 - checked names
        effects = [
            Effect(
                segment=name,
                label=(known[1].segments.get(name) or known[0].segments[name]).label,
                before=int(row[4 * n]),
                after=int(row[4 * n + 1]),
                enters=int(row[4 * n + 2]),
                leaves=int(row[4 * n + 3]),
            )
            for n, name in enumerate(names)
        ]
        moved = [
            tuple(
                (int(one[0]), int(one[1]))
                for one in database.run(
                    f"SELECT profile_id, worth FROM ({joined}) WHERE {test} "  # noqa: S608 - as above
                    f"ORDER BY worth DESC, profile_id LIMIT {MOST_SHOWN}",
                    out,
                )
            )
            for test in ("a0 AND NOT b0", "b0 AND NOT a0")
        ]
        return effects, moved[0], moved[1]


def _columns(names: list[str], definitions: Definitions, side: str) -> list[str]:
    """Whether somebody is in each segment; nobody is in one that is not there."""
    return [
        f'coalesce({side}."{name}", FALSE) AS {side}{n}'
        if name in definitions.segments
        else f"FALSE AS {side}{n}"
        for n, name in enumerate(names)
    ]


def _one_entry(text: str, name: str) -> None:
    """The lines hold this one entry and nothing else."""
    issues = Issues()
    document = load(SourceFile(name="builder", text=text), issues)
    issues.raise_any()
    if document is None or list(document.data) != [name]:
        raise UserError(
            "definitions.name",
            f"the text does not define {name!r} and nothing else",
            hint="begin with its name and a colon",
        )


def _dependents(name: str, definitions: Definitions) -> list[str]:
    """Segments that name a segment, also by way of traits and other segments, in order."""
    return [
        one.name
        for one in definitions.segments.values()
        if one.name != name and ("segment", name) in reached(one.where, definitions)
    ]
