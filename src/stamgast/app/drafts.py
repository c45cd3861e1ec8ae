"""``shop.drafts``: segments that are being built: checked, counted, compared, and saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stamgast.app.builder.plain import same
from stamgast.app.core import STAGE
from stamgast.app.definition_text import entry_text, merged, with_entry
from stamgast.app.estimating import estimate, warm
from stamgast.app.figures import YEAR_REVENUE
from stamgast.app.folder import DEFINITIONS
from stamgast.app.insight import Insights
from stamgast.app.instants import instant_of
from stamgast.app.labels import out_of_reports
from stamgast.app.planning import Planner
from stamgast.app.saved import Saved, replace_file, saved_versions, write_version
from stamgast.app.snapshot import of_one_snapshot
from stamgast.clock import format_instant
from stamgast.errors import UserError
from stamgast.language.reader import Document
from stamgast.language.reader.issues import Issues, Place
from stamgast.language.reader.one import read_one
from stamgast.language.reader.read import read_documents
from stamgast.language.reader.source import load
from stamgast.language.sentences import sentence
from stamgast.language.sql.moment import Moment as AskedMoment
from stamgast.language.sql.parameters import ShopStatistics
from stamgast.language.sql.statement import Request, answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.core import Core
    from stamgast.app.estimating import Estimate
    from stamgast.app.insight_answer import InsightAnswer
    from stamgast.app.instants import Moment
    from stamgast.app.planning import SavePlan
    from stamgast.language.ast import Definitions, Segment
    from stamgast.model.log import Instant

SEGMENTS = "segments"
PLACE = "builder"
"""The file name in issues of what is being built."""
BUILT = "built"
NEW_FILE = "version: 1\n"
MOST_SHOWN = 8
"""So many people are shown as a sample."""
MOST_RANKED = 12
"""So many rankings of everybody are kept while drafts are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A segment that is being built, checked, among those it may name."""

    segment: Segment
    definitions: Definitions

    @property
    def name(self) -> str:
        """Its name, or one for now."""
        return self.segment.name

    def as_json(self) -> dict[str, object]:
        """What it says in words, as the command line writes it."""
        known = self.definitions
        return {
            "segment": self.name,
            "sentence": {
                "en": sentence(self.segment, "en", known),
                "nl": sentence(self.segment, "nl", known),
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Who a draft holds at an instant, without who carries an extension that is excluded from reports."""

    as_of: Instant
    count: int
    apart: int
    """Members that are left out."""
    revenue: int
    """Net, of 365 days, in minor units."""
    valid_until: Instant | None
    """The earliest of all profiles; None: it never changes by itself."""
    people: tuple[tuple[int, str, int], ...]
    """Profile, stage and net revenue of 365 days of those who brought most."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it; who they are by profile number only."""
        return {
            "as_of": format_instant(self.as_of),
            "count": self.count,
            "apart": self.apart,
            "revenue_minor": self.revenue,
            "valid_until": format_instant(self.valid_until),
            "best": [
                {"profile_id": profile, "stage": stage, "revenue_minor": revenue}
                for profile, stage, revenue in self.people
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How many members of a draft are in another segment too."""

    segment: str
    both: int
    other: int
    """How many the other segment holds."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {"segment": self.segment, "both": self.both, "other": self.other}


@of_one_snapshot
class Drafts:
    """Segments before they are saved, and the saving."""

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    # --- what there is ----------------------------------------------------------------------------

    def own(self) -> Mapping[str, str]:
        """Segments of the shop's own files, with the file; also those that override shipped ones."""
        found: dict[str, str] = {}
        for file in self._core.files:
            document = None if file.shipped else load(file, Issues())
            section = None if document is None else document.data.get(SEGMENTS)
            found |= dict.fromkeys(section if isinstance(section, dict) else (), file.name)
        return found

    def ready_made(self, name: str) -> dict[str, Any] | None:
        """A segment as it comes ready-made, whatever the shop made of it; None: none does."""
        return self._entry(name, shipped=True)

    def entry(self, name: str) -> dict[str, Any]:
        """A segment as its file has it: label, about and where, parameters by their names.

        Raises UserError ``segment.unknown`` with the nearest name.
        """
        self._core.named_segment(name)
        own = self._entry(name, shipped=False)
        return self._entry(name, shipped=True) or {} if own is None else own

    def _entry(self, name: str, *, shipped: bool) -> dict[str, Any] | None:
        for file in self._core.files:
            document = load(file, Issues()) if file.shipped == shipped else None
            section = None if document is None else document.data.get(SEGMENTS)
            if isinstance(section, dict) and isinstance(section.get(name), dict):
                return dict(section[name])
        return None

    def text(self, name: str) -> str | None:
        """The lines of a segment in the shop's own files, with their comments; None: it is in none."""
        file = self.own().get(name)
        return (
            None if file is None else entry_text(self._core.definition_files[file], SEGMENTS, name)
        )

    def events(self) -> tuple[str, ...]:
        """The names of events that were seen, by how often."""
        rows = self._core.reader.db.run(
            "SELECT event FROM lake_event GROUP BY event ORDER BY count(*) DESC, event LIMIT 200"
        )
        return tuple(str(row[0]) for row in rows)

    # --- trying out -------------------------------------------------------------------------------

    def check(self, where: object, name: str = "", label: Mapping[str, str] | None = None) -> Draft:
        """A condition as a file has it, checked. ``name``: of the segment it takes the place of.

        ``label``: what it is called, by language; else as its name is.

        Raises ``InvalidDefinitions`` with every issue; its places begin with ``builder: segments.``.
        """
        core, named = self._core, name or self._free_name()
        entry = {**({"label": dict(label)} if label else {}), "where": where}
        place = Place(file=PLACE, lines={}).at(SEGMENTS, named)
        known = read_one(core.files, named, entry, place, settings=core.language_settings)
        known = known or self._read_all(named, entry)
        return Draft(segment=known.segments[named], definitions=known)

    def _read_all(self, name: str, entry: object) -> Definitions:
        """All files with this segment in the place of the one of its name."""
        core, issues = self._core, Issues()
        documents = []
        for file in core.files:
            document = load(file, issues)
            if document is not None:
                documents.append(document if file.shipped else _without(document, name))
        data = {"version": 1, SEGMENTS: {name: entry}}
        documents.append(Document(data=data, place=Place(file=PLACE, lines={})))
        return read_documents(documents, settings=core.language_settings, issues=issues)

    def measure(self, draft: Draft, *, as_of: Moment = None) -> Measured:
        """How many, worth what, until when, and who brought most."""
        core, t, name = self._core, self._instant(as_of), draft.name
        traits = {**draft.definitions.traits, YEAR_REVENUE.name: YEAR_REVENUE}
        known = replace(draft.definitions, traits=traits)
        engine = core.engine_for(known, like=core.engine)
        out = {"out": list(out_of_reports(core, t))}
        try:
            engine.create("draft_answers", [name, STAGE, YEAR_REVENUE.name], t)
            members = f'"{name}" AND NOT list_contains($out::BIGINT[], profile_id)'
            worth = f'coalesce("{YEAR_REVENUE.name}", 0)'
            database = core.reader.db
            counted = database.run(
                f'SELECT count(*) FILTER ({members}), count(*) FILTER ("{name}"), '  # noqa: S608 - checked names
                f'coalesce(sum({worth}) FILTER ({members}), 0), min("{name}__until") FROM draft_answers',
                out,
            )[0]
            people = database.run(
                f"SELECT profile_id, stage, {worth} AS worth FROM draft_answers WHERE {members} "  # noqa: S608 - as above
                f"ORDER BY worth DESC, profile_id LIMIT {MOST_SHOWN}",
                out,
            )
        finally:
            engine.drop_statistics(more_than=MOST_RANKED)
        return Measured(
            as_of=t,
            count=int(counted[0]),
            apart=int(counted[1]) - int(counted[0]),
            revenue=int(counted[2]),
            valid_until=counted[3],
            people=tuple((int(row[0]), str(row[1]), int(row[2])) for row in people),
        )

    def estimate(self, draft: Draft, *, as_of: Moment = None) -> Estimate | None:
        """Roughly how many, from a sample of the profiles; None: the shop is too small for one.

        Percentiles and ranks are those of everybody. The sample stays while the data stays as it is.
        """
        core, t = self._core, self._instant(as_of)
        if not core.sample.size:
            return None
        try:
            return estimate(core, draft.name, draft.definitions, t, core.sample)
        finally:
            core.engine.drop_statistics(more_than=MOST_RANKED)

    def prepare(self, step: int = 0, *, as_of: Moment = None) -> bool:
        """Make the sample beforehand, and what the shop's own segments read of it: some in each step.

        False: there is no next step.
        """
        core = self._core
        return bool(core.sample.size) and warm(core, self._instant(as_of), core.sample, step)

    def overlap(self, draft: Draft, *, as_of: Moment = None) -> tuple[Overlap, ...]:
        """With every segment that shares somebody, the largest share first."""
        core, t, name = self._core, self._instant(as_of), draft.name
        others = [one for one in draft.definitions.segments if one != name]
        engine = core.engine_for(draft.definitions)
        out = {"out": list(out_of_reports(core, t))}
        columns = ", ".join(
            f'count(*) FILTER ("{name}" AND "{one}"), count(*) FILTER ("{one}")' for one in others
        )
        try:
            engine.create("draft_overlap", [name, *others], t)
            row = core.reader.db.run(
                f"SELECT {columns} FROM draft_overlap "  # noqa: S608 - checked names
                "WHERE NOT list_contains($out::BIGINT[], profile_id)",
                out,
            )[0]
        finally:
            engine.drop_statistics()
        found = [
            Overlap(segment=one, both=int(row[2 * n]), other=int(row[2 * n + 1]))
            for n, one in enumerate(others)
        ]
        return tuple(sorted((one for one in found if one.both), key=lambda one: -one.both))

    def sizes(self, draft: Draft, *, as_of: Moment = None) -> InsightAnswer:
        """How many it held at the ends of the last twelve months, and at ``as_of``."""
        known = self._core.on(self._core.reader, draft.definitions)
        return Insights(known).sizes(draft.name, as_of=self._instant(as_of))

    def sql(self, draft: Draft, *, as_of: Moment = None) -> str:
        """The statement that answers it, in DuckDB's SQL; ranks are read from a table ``ranks``."""
        t = self._instant(as_of)
        moment = AskedMoment(zone=draft.definitions.zone, t=t, statistics=_stand_ins(t))
        request = Request(names=(draft.name,), exists=True)
        return answers(draft.definitions, moment, request).sql("duckdb", pretty=True)

    # --- saving -----------------------------------------------------------------------------------

    def plan(
        self, name: str, entry: Mapping[str, Any] | str | None, *, as_of: Moment = None
    ) -> SavePlan:
        """What saving changes: who enters, who leaves, and what depends on it. Nothing is written.

        ``entry``: label, about and where as a file has them; or the lines of the entry; None: it is
        taken out, and a shipped one of that name holds again. Raises ``InvalidDefinitions`` with
        every issue of all files together, UserError ``definitions.name`` and ``definitions.layout``.
        """
        own = self.own()
        file = own.get(name) or self._file()
        before = self._core.definition_files.get(file, "")
        held = entry_text(before, SEGMENTS, name) if name in own else None
        if entry is None or isinstance(entry, str):
            text = entry
        elif name in self._core.definitions.segments and same(dict(entry), self.entry(name)):
            text = held
        else:
            text = merged(held, name, dict(entry))
        after = with_entry(before or NEW_FILE, SEGMENTS, name, text)
        shipped = self.ready_made(name)
        ready_made = None if shipped is None else merged(None, name, shipped)
        return Planner(self._core, self._instant(as_of)).plan(
            name, file, (held, text), (before, after), ready_made
        )

    def save(self, plan: SavePlan, by: str, *, mark: str | None = None) -> Saved:
        """Write it to its file, as it was planned, and keep the version that it replaces.

        ``mark``: of the plan that was shown, when this one was made again since. Raises UserError
        ``definitions.changed`` when the file is another one by now, or the plan.
        """
        path = self._core.folder / plan.file
        now = path.read_text(encoding="utf-8") if path.is_file() else ""
        if now != plan.file_before or mark not in (None, plan.mark):
            raise UserError(
                "definitions.changed",
                "the definitions were changed meanwhile",
                where=plan.file,
                hint="look at what would change once more, and save again",
            )
        replace_file(path, plan.file_after)
        made = Saved(
            name=plan.name,
            at=self._core.clock.now(),
            by=by,
            before=plan.before,
            after=plan.after,
        )
        return write_version(self._core.folder, made)

    def versions(self, name: str) -> tuple[Saved, ...]:
        """What was saved of a segment, the latest first."""
        return saved_versions(self._core.folder, name)

    def undo(self, name: str, number: int, *, as_of: Moment = None) -> SavePlan:
        """What it changes to put back what version ``number`` replaced; to be saved like any other.

        Raises UserError ``definitions.version`` when there is no such version.
        """
        found = next((one for one in self.versions(name) if one.number == number), None)
        if found is None:
            raise UserError(
                "definitions.version",
                f"{name!r} has no version {number}",
                hint="look at the list of its versions",
            )
        return self.plan(name, found.before, as_of=as_of)

    # --- parts ------------------------------------------------------------------------------------

    def _instant(self, as_of: Moment) -> Instant:
        return instant_of(as_of, self._core.clock, self._core.settings.zone)

    def _free_name(self) -> str:
        name = BUILT
        while name in self._core.definitions.segments or name in self._core.definitions.traits:
            name += "_"
        return name

    def _file(self) -> str:
        """Where a new segment goes: the file that every shop begins with."""
        return f"{DEFINITIONS}/own.yaml"


def _without(document: Document, name: str) -> Document:
    """A file without its segment of that name."""
    section = document.data.get(SEGMENTS)
    if not isinstance(section, dict) or name not in section:
        return document
    rest = {key: value for key, value in section.items() if key != name}
    return replace(document, data={**document.data, SEGMENTS: rest})


class _StandIn(dict[Any, Any]):
    """Something for every key: what is only there once a statement runs."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self._value = value

    def __missing__(self, key: object) -> object:
        return self._value

    def __contains__(self, key: object) -> bool:
        return True

    def get(self, key: object, default: object = None) -> object:  # noqa: ARG002 - of a dict
        return self._value


def _stand_ins(t: Instant) -> ShopStatistics:
    """Shop statistics of which only the place in a statement matters."""
    return ShopStatistics(
        next_midnight=t,
        scores=_StandIn("ranks"),
        thresholds=_StandIn(0),
        numbers=_StandIn(0),
        sizes=_StandIn(1),
        totals=_StandIn(0),
    )
