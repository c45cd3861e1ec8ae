"""Segments and traits as tables: who is in, since when, until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.app.labels import out_of_reports
from stamgast.app.lacking import not_known
from stamgast.app.refreshing import no_stays, stays_at
from stamgast.app.relation import Relation
from stamgast.clock import format_instant
from stamgast.language.ast import Text
from stamgast.language.sentences import sentence
from stamgast.language.types import SCALE, Type
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

    from stamgast.app.asked import Asked
    from stamgast.app.core import Core
    from stamgast.language.ast import Definitions, Segment, Trait
    from stamgast.model.log import Instant
    from stamgast.report.words import Language
    from stamgast.store.engine import DuckEngine

_MEMBERS = """
    SELECT a.profile_id, s.kind AS identifier_kind, s.value AS identifier,
        make_timestamptz(m.entered_at) AS entered_at, make_timestamptz(a.valid_until) AS valid_until
    FROM asked_member AS a
    LEFT JOIN strongest_identifier AS s USING (profile_id)
    LEFT JOIN stay_at AS m USING (profile_id)
    ORDER BY CAST(a.profile_id AS VARCHAR)
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCount:
    """How many are in a segment, and until when that holds if nothing happens."""

    segment: str
    as_of: Instant
    count: int
    valid_until: Instant | None
    """The earliest of all profiles, members or not; None: never changes by itself."""

    def __repr__(self) -> str:
        """``<vip: 28 as of 2011-09-30T23:00:00Z, until 2011-10-01T23:00:00Z>``."""
        until = format_instant(self.valid_until)
        end = f"until {until}" if until else "for good"
        return f"<{self.segment}: {self.count} as of {format_instant(self.as_of)}, {end}>"

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "segment": self.segment,
            "as_of": format_instant(self.as_of),
            "count": self.count,
            "valid_until": format_instant(self.valid_until),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLine:
    """A segment in a list."""

    segment: Segment
    count: int
    valid_until: Instant | None
    about: Text
    """What it is: its own text, else its condition in words."""
    not_known: Text | None = None
    """Why a count of 0 says nothing; None: it says what it says."""
    apart: int = 0
    """Of ``count`` those that reports leave out, such as employees; not in the JSON."""

    @property
    def name(self) -> str:
        """Its name in definitions."""
        return self.segment.name

    def words(self, language: Language) -> str:
        """What it is, in words."""
        return self.about[language]

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        label, missing = self.segment.label, self.not_known
        return {
            "segment": self.name,
            "label": {"en": label.en, "nl": label.nl},
            "about": {"en": self.about.en, "nl": self.about.nl},
            "count": self.count,
            "not_known": None if missing is None else {"en": missing.en, "nl": missing.nl},
            "valid_until": format_instant(self.valid_until),
        }


def segment_lines(core: Core, t: Instant, *, apart: bool = False) -> list[SegmentLine]:
    """Every segment with how many are in it; asked in one go. ``apart``: and how many reports leave out."""
    definitions = core.definitions
    names = list(definitions.segments)
    database = core.reader.db
    out = {"out": list(out_of_reports(core, t)) if apart else []}
    core.engine.create("asked_segments", names, t)
    columns = ", ".join(f'count(*) FILTER ("{name}"), min("{name}__until")' for name in names)
    row = database.run(f"SELECT {columns} FROM asked_segments")[0]  # noqa: S608 - checked names
    columns = ", ".join(f'count(*) FILTER ("{name}")' for name in names)
    left = database.run(
        f"SELECT {columns} FROM asked_segments WHERE list_contains($out::BIGINT[], profile_id)",  # noqa: S608 - as above
        out,
    )[0]
    empty = not_known(core, [name for n, name in enumerate(names) if not row[2 * n]])
    return [
        SegmentLine(
            segment=segment,
            count=int(row[2 * n]),
            valid_until=row[2 * n + 1],
            about=about(segment, definitions),
            not_known=empty.get(segment.name),
            apart=int(left[n]),
        )
        for n, segment in enumerate(definitions.segments.values())
    ]


def segment_counts(core: Core, t: Instant) -> dict[str, int]:
    """How many are in every segment; asked in one go, and nothing else."""
    names = list(core.definitions.segments)
    core.engine.create("asked_segments", names, t)
    columns = ", ".join(f'count(*) FILTER ("{name}")' for name in names)
    row = core.reader.db.run(f"SELECT {columns} FROM asked_segments")[0]  # noqa: S608 - checked names
    return {name: int(count) for name, count in zip(names, row, strict=True)}


def about(segment: Segment, definitions: Definitions) -> Text:
    """What a segment is: its own text, else its condition in words."""
    return segment.about or Text(
        en=sentence(segment, "en", definitions), nl=sentence(segment, "nl", definitions)
    )


class SegmentRelation(Relation):
    """The members of a segment: ``profile_id, identifier_kind, identifier, entered_at, valid_until``.

    One row per member, sorted by profile id as text; asked of several instants, with ``as_of`` in
    front. ``identifier``: of the strongest kind, then the first seen. ``entered_at``: the start of
    the unbroken membership; missing where no refresh recorded it.
    """

    def __init__(
        self,
        title: str,
        ask: Callable[[], pa.Table],
        counts: Callable[[], list[SegmentCount]],
        size: Callable[[], int],
        apart: Callable[[], list[Mapping[str, int]]],
    ) -> None:
        """Made by ``Shop.segment``."""
        super().__init__(title, ask)
        self._counts = counts
        self._size = size
        self._apart = apart

    def count(self) -> int:
        """The number of rows; those that were not read yet are only counted."""
        return super().count() if self._was_read else self._size()

    def counts(self) -> list[SegmentCount]:
        """Count and validity at each instant asked, without the members."""
        return self._counts()

    def apart(self) -> list[Mapping[str, int]]:
        """At each instant asked: label -> how many members reports leave out for it."""
        return self._apart()


def segment_relation(
    core: Core, asked: Asked[Segment], instants: Sequence[Instant], *, several: bool
) -> SegmentRelation:
    """The members of a segment at one or several instants."""

    def ask() -> pa.Table:
        with asked.engine(core) as engine:
            tables = [_members(core, asked, engine, t) for t in instants]
        return _stack(tables, instants, several=several)

    def counts() -> list[SegmentCount]:
        with asked.engine(core) as engine:
            return [_count(asked.node.name, engine, t) for t in instants]

    def size() -> int:
        with asked.engine(core) as engine:
            return sum(engine.size(asked.node.name, t) for t in instants)

    def apart() -> list[Mapping[str, int]]:
        out = [out_of_reports(core, t) for t in instants]
        with asked.engine(core) as engine:
            return [_apart(core, asked, engine, t, of) for t, of in zip(instants, out, strict=True)]

    return SegmentRelation(f"{_title(asked)} at {_named(instants)}", ask, counts, size, apart)


def _title(asked: Asked[Segment] | Asked[Trait]) -> str:
    return asked.node.label.en if asked.built else asked.node.name


def _count(name: str, engine: DuckEngine, t: Instant) -> SegmentCount:
    """How many are in a segment; the answers of all profiles decide until when."""
    found = engine.count(name, t)
    return SegmentCount(segment=name, as_of=t, count=found.count, valid_until=found.valid_until)


def _apart(
    core: Core, asked: Asked[Segment], engine: DuckEngine, t: Instant, out: Mapping[int, str]
) -> dict[str, int]:
    """Label -> how many members reports leave out for it, in declared order."""
    if not out:
        return {}
    core.reader.db.register("asked_member", engine.members(asked.node.name, t))
    rows = core.reader.db.run(
        "SELECT profile_id FROM asked_member WHERE list_contains($out::BIGINT[], profile_id)",
        {"out": list(out)},
    )
    found = [out[int(row[0])] for row in rows]
    return {name: found.count(name) for name in core.definitions.extensions if name in found}


def _members(core: Core, asked: Asked[Segment], engine: DuckEngine, t: Instant) -> pa.Table:
    database, name = core.reader.db, asked.node.name
    database.register("asked_member", engine.members(name, t))
    database.register("stay_at", no_stays(core) if asked.built else stays_at(core, name, t))
    return database.arrow(_MEMBERS)


def trait_relation(
    core: Core, asked: Asked[Trait], instants: Sequence[Instant], *, several: bool
) -> Relation:
    """``profile_id``, ``value`` and ``valid_until`` of every existing profile.

    Money is in minor units (cents), exact; spans of time are in days.
    """

    def ask() -> pa.Table:
        with asked.engine(core) as engine:
            tables = [_values(core, asked.node, engine, t) for t in instants]
        return _stack(tables, instants, several=several)

    unit = _unit(asked.node.type, core.settings.currency)
    return Relation(f"{_title(asked)} at {_named(instants)}{unit}", ask)


def _unit(kind: Type, currency: str) -> str:
    """What the numbers of a trait's column are, for its title; empty: as they are."""
    if kind is Type.MONEY:
        return f", value in minor units of {currency}"
    return ", value in days" if kind in (Type.DURATION, Type.AGE) else ""


def _values(core: Core, trait: Trait, engine: DuckEngine, t: Instant) -> pa.Table:
    database = core.reader.db
    database.register("asked", engine.answers([trait.name], t))
    return database.arrow(
        f"""
        SELECT profile_id, {shown(trait)} AS value,
            make_timestamptz("{trait.name}__until") AS valid_until
        FROM asked WHERE "exists" ORDER BY CAST(profile_id AS VARCHAR)
        """,  # noqa: S608 - a trait's name is letters, digits and underscores
        {"t": t} if trait.type is Type.AGE else None,
    )


def shown(trait: Trait) -> str:
    """A trait's column as people read it: instants as timestamps, spans of time as days, decimals whole."""
    column = f'"{trait.name}"'
    match trait.type:
        case Type.INSTANT:
            return f"make_timestamptz({column})"
        case Type.DURATION:
            return f"{column} / {DAY_US}.0"
        case Type.AGE:
            return f"($t - {column}) / {DAY_US}.0"
        case Type.DECIMAL:
            return f"{column} / {SCALE[Type.DECIMAL]}.0"
        case _:
            return column


def _stack(tables: list[pa.Table], instants: Sequence[Instant], *, several: bool) -> pa.Table:
    if not several:
        return tables[0]
    import pyarrow as pa  # noqa: PLC0415 - slow, and only for several instants

    kind = pa.timestamp("us", tz="UTC")
    return pa.concat_tables(
        table.add_column(0, "as_of", pa.array([t] * table.num_rows, kind))
        for table, t in zip(tables, instants, strict=True)
    )


def _named(instants: Sequence[Instant]) -> str:
    return ", ".join(str(format_instant(t)) for t in instants)
