"""Answers of definitions on DuckDB."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from sqlglot import exp

from stamgast.language.answer import Statistics
from stamgast.language.ast import Rows, Segment
from stamgast.language.sql.ahead import chained
from stamgast.language.sql.apart import out_of_step
from stamgast.language.sql.calendar import last_midnight, next_midnight
from stamgast.language.sql.dialect import DUCKDB
from stamgast.language.sql.parameters import Given, Parameters, ShopStatistics
from stamgast.language.sql.stage_counts import rule_of_none, stage_counts
from stamgast.language.sql.statement import STAGE, Request
from stamgast.language.sql.statistics import implied_rows, statistics_of
from stamgast.language.sql.terms import as_, col, tab
from stamgast.language.walk import parts
from stamgast.store.ahead import PREFIX, drop_ahead, find_ahead
from stamgast.store.beside import beside
from stamgast.store.database import Database
from stamgast.store.few import FEW, FewRows, Shortcuts
from stamgast.store.gathered import gathered
from stamgast.store.midnight import Midnight
from stamgast.store.parsed import execute, parsed
from stamgast.store.scripts import BEFORE, EVERYBODY, PART, script_of
from stamgast.store.standings import covers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    import duckdb
    import pyarrow as pa

    from stamgast.language.ast import Definitions
    from stamgast.language.sql.statistics import Needs
    from stamgast.model.log import Instant
    from stamgast.store.sample import Sample

Asked = ParamSpec("Asked")
Result = TypeVar("Result")

FEW_CHOSEN = 1_000
"""For so many profiles at most that are asked about by their numbers rows are fetched first."""
KEPT_MIDNIGHTS = 4
"""For how many local midnights the scores are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCounts:
    """How many existing profiles are in each stage at one instant."""

    at: Instant
    stages: Mapping[str, int]
    """Stage -> profiles; together all existing profiles. Stages nobody is in are there with 0."""
    anonymous: int
    """How many of those without a purchase are known by a device only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCount:
    """How many are members, and the first instant at which any profile's answer may change."""

    count: int
    valid_until: Instant | None


def _guarded(
    method: Callable[Concatenate[DuckEngine, Asked], Result],
) -> Callable[Concatenate[DuckEngine, Asked], Result]:
    """What the disk does wrong meanwhile is said so that a user can mend it."""

    @wraps(method)
    def told(self: DuckEngine, /, *args: Asked.args, **kwargs: Asked.kwargs) -> Result:
        with self._faults():
            return method(self, *args, **kwargs)

    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A statement whose rows are the answers."""

    text: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    side_by_side: bool = False
    """It is nothing but tables laid side by side."""
    rows: pa.Table | None = None
    """The answers themselves, where they were wanted so."""

    def under(self, select: exp.Select) -> Ready:
        """A query over the answers, under the name ``answer``."""
        text = f'WITH "answer" AS ({self.text}) {select.sql("duckdb")}'
        return Ready(text=text, parameters=self.parameters)


class DuckEngine:
    """Definitions on the engine tables (``model.tables``) of a DuckDB connection.

    The log must not change while an engine lives: it keeps shop statistics. Not for several
    threads at once. Of a ``Database`` its answers raise UserError for a full disk, a missing or a
    damaged file, and too little memory, as ``Database.run`` does. Temporary tables are named in
    ``store.ahead`` and ``stamgast_...``.
    """

    def __init__(
        self,
        database: Database | duckdb.DuckDBPyConnection,
        definitions: Definitions,
        *,
        has_ahead: bool,
        shortcuts: Shortcuts | None = None,
        like: DuckEngine | None = None,
    ) -> None:
        """``has_ahead``: whether any row is dated after it was received.

        Then ``order_statement`` and ``refund_statement`` are read too. ``shortcuts``: what else is
        known of the tables. ``like``: an engine on the same connection that shares its shop
        statistics; both say the same of what those are of.
        """
        self._faults: Callable[[], AbstractContextManager[None]] = nullcontext
        if isinstance(database, Database):
            self._db, self._faults = database.connection, database.faults
        else:
            self._db = database
        self._definitions = definitions
        self._has_ahead = has_ahead
        self._shortcuts = shortcuts or Shortcuts()
        self._midnights: OrderedDict[int, Midnight] = (
            OrderedDict() if like is None else like._midnights  # noqa: SLF001 - of its own class
        )
        self._known: dict[int, ShopStatistics] = {} if like is None else like._known  # noqa: SLF001 - as above
        self._parts: set[str] = set()
        self._few = FewRows(self._db, self._shortcuts)
        self._fetching = {FEW: self._few}

    # --- answers ----------------------------------------------------------------------------------

    @_guarded
    def answers(
        self, names: Sequence[str], t: Instant, profiles: Sequence[int] | None = None
    ) -> pa.Table:
        """What traits, segments and ``stage`` say at t, one row per profile.

        Columns: ``profile_id``, ``exists``, and per name its value and ``<name>__until`` (BIGINT,
        null: never by itself). Rows: profiles that exist at t; with ``exists`` false those of which
        it was said by t that they come to exist later (values null). ``profiles``: only these. In
        no particular order. Raises UserError ``definition.unknown``.
        """
        with _Chosen(self._db, profiles) as chosen, self._tidied():
            if profiles is None or self._few.kept or len(profiles) > FEW_CHOSEN:
                return self._arrow(self._prepared(names, t, chosen=chosen, arrow=True))
            with self._few.of("SELECT profile_id FROM chosen"):
                ready = self._prepared(names, t, chosen=chosen, prefix=FEW, arrow=True)
                return self._arrow(ready)

    @_guarded
    def create(self, table: str, names: Sequence[str], t: Instant) -> None:
        """Make the temporary table ``table`` of ``answers`` of all profiles, within DuckDB.

        Of names that are asked apart it may be a view of their tables, which stay: the answers to
        everything at once would be the largest table there is.
        """
        with self._tidied():
            self._drop(table)
            ready = self._prepared(names, t, chosen=False)
            if ready.side_by_side:
                self._keep_as(table, ready)
            else:
                self._run(ready, into=table)

    @_guarded
    def members(self, segment: str, t: Instant) -> pa.Table:
        """The members of a segment at t: ``profile_id``, ``valid_until``; in no particular order."""
        columns = [col("profile_id"), as_(col(f"{segment}__until"), "valid_until")]
        members = exp.select(*columns).from_(tab("answer")).where(col(segment))
        with self._tidied():
            prepared = self._prepared([segment], t, chosen=False, only_with=self._implied(segment))
            return self._arrow(prepared.under(members))

    @_guarded
    def size(self, segment: str, t: Instant) -> int:
        """The number of members at t, as ``count`` without asking until when: so much less is read."""
        request = Request(
            names=(segment,),
            until=False,
            only_with=self._implied(segment),
            seen_often=self._shortcuts.seen_often,
            told=self._shortcuts.told,
        )
        counted = exp.select(as_(exp.CountIf(this=col(segment)), "members")).from_(tab("answer"))
        with self._tidied():
            given = self._given(t, self._in_force([segment], t))
            [(many,)] = self._run(self._answered(request, given).under(counted)).fetchall()
        return int(many)

    def _implied(self, segment: str) -> tuple[str, tuple[str, ...]] | None:
        """Rows that every member has."""
        found = self._definitions.segments.get(segment)
        return None if found is None else implied_rows(found.where)

    @_guarded
    def count(self, segment: str, t: Instant) -> SegmentCount:
        """The number of members at t, and the earliest ``valid_until`` of all profiles.

        Also of those that are no members, and of those that come to exist later.
        """
        many = exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=col(segment)))
        first = exp.Min(this=col(f"{segment}__until"))
        counted = exp.select(as_(many, "members"), as_(first, "until")).from_(tab("answer"))
        with self._tidied():
            rows = self._run(self._prepared([segment], t, chosen=False).under(counted)).fetchall()
        return SegmentCount(count=rows[0][0], valid_until=rows[0][1])

    @_guarded
    def ask(
        self, names: Sequence[str], asks: str, *, statistics_at: Instant | None = None
    ) -> pa.Table:
        """What was the case at instants of each profile's own, in one question.

        ``asks``: a query of ``profile_id``, ``t``: each pair once, of profiles that exist then. Rows:
        one per pair, with ``profile_id``, ``t``, and per name its value and ``<name>__until``. That is
        ``base`` of ``docs/meaning.md`` and its ``w``: rows that come after ``t`` are not looked at,
        whoever asks knows them. Shop statistics: those in force at ``statistics_at``; of a name that
        uses them it must be given.
        """
        execute(self._db, f"CREATE OR REPLACE TEMP TABLE ask AS {asks}")
        statistics = (
            ShopStatistics()
            if statistics_at is None
            else self._in_force(names, statistics_at, until=False)
        )
        with nullcontext() if self._few.kept else self._few.of("SELECT profile_id FROM ask"):
            prefix = FEW if self._few.kept or self._few.are_few("ask") else ""
            with self._tidied():
                request = Request(names=tuple(names))
                given = self._given(None, statistics)
                result = self._arrow(self._answered(request, given, prefix, arrow=True))
        execute(self._db, "DROP TABLE IF EXISTS temp.ask")
        return result

    @_guarded
    def sampled(self, table: str, names: Sequence[str], t: Instant, sample: Sample) -> None:
        """Make the temporary table ``table`` of ``profile_id`` and what names say at t, of a sample.

        Its rows are those that the sample keeps; shop statistics are of everybody.
        """
        self._fetching[sample.rows.prefix] = sample.rows
        statistics = self._in_force(names, t, until=False)
        with self._tidied():
            sample.ask(t)
            request, given = Request(names=tuple(names)), self._given(None, statistics)
            self._run(self._answered(request, given, sample.rows.prefix), into=table)

    def about(self, profiles: str) -> AbstractContextManager[None]:
        """Within, ``ask`` asks of some of these profiles only: their rows are looked up once.

        ``profiles``: a query of ``profile_id``. Within another one, of some of its profiles, nothing
        is looked up again.
        """
        return self._few.kept_of(profiles)

    @property
    def membership(self) -> str:
        """A table or query of the stays on record of those whom ``about`` is about, maybe of others too."""
        return self._few.membership

    @_guarded
    def stage_counts(self, instants: Sequence[Instant]) -> dict[Instant, StageCounts]:
        """Per instant the number of profiles in each stage; the orders are read once for all."""
        if not instants:
            return {}
        asked = list(dict.fromkeys(instants))
        statement = stage_counts(self._definitions, asked, DUCKDB)
        found = execute(self._db, statement.sql("duckdb", once=True), statement.parameters)
        (row,) = found.fetchall()
        values = dict(zip([column[0] for column in found.description], row, strict=True))
        return {t: self._counts(i, t, values) for i, t in enumerate(asked)}

    def _counts(self, i: int, t: Instant, values: Mapping[str, int]) -> StageCounts:
        rules = self._definitions.lifecycle.rules
        stages = dict.fromkeys((rule.stage for rule in rules), 0)
        for j, rule in enumerate(rules):
            stages[rule.stage] += values[f"s_{i}_{j}"]
        stages[rules[rule_of_none(rules)].stage] += values[f"known_{i}"] - values[f"bought_{i}"]
        anonymous = values[f"anonymous_{i}"] - values[f"visitors_{i}"]
        return StageCounts(at=t, stages=stages, anonymous=anonymous)

    # --- shop statistics ----------------------------------------------------------------------------

    @_guarded
    def statistics(self, t: Instant) -> Statistics:
        """The shop statistics in force at t, of every definition that uses any."""
        zone = self._definitions.zone
        names = [*self._definitions.segments, *self._definitions.traits]
        needs = statistics_of(names, self._definitions)
        midnight = self._midnight(needs, t)
        return Statistics(
            midnight=last_midnight(t, zone),
            next_midnight=next_midnight(t, zone),
            tops={top: midnight.rank_table(top) for top in needs.tops},
            numbers={one: midnight.numbers[one] for one in needs.percentiles},
            scores={one: midnight.ranks(one) for one in needs.scores},
            totals={one: midnight.totals[one] for one in needs.totals},
        )

    def know(self, midnight: Instant, statistics: ShopStatistics) -> None:
        """Take these for the shop statistics of a midnight, as they are of this log."""
        self._known[midnight] = statistics

    def forget_known(self) -> None:
        """Make shop statistics from the log alone."""
        self._known.clear()

    def known(self, t: Instant, needs: Needs) -> ShopStatistics | None:
        """The shop statistics in force at t, if they are there already."""
        at = last_midnight(t, self._definitions.zone)
        found = self._known.get(at)
        if found is not None and covers(found, needs):
            return found
        made = self._midnights.get(at)
        return None if made is None or not covers(made.found, needs) else made.found

    def drop_statistics(self, *, more_than: int = 0) -> None:
        """Drop the tables that are kept of midnights; they are made again when they are asked.

        ``more_than``: only if they are more.
        """
        if sum(len(kept) for kept in self._midnights.values()) < more_than:
            return
        for kept in self._midnights.values():
            kept.drop()
        self._midnights.clear()

    def _in_force(
        self, names: Iterable[str], t: Instant, *, until: bool = True, read: Request | None = None
    ) -> ShopStatistics:
        """``read``: the request whose tables are read, if any were gathered for it."""
        needs = statistics_of(names, self._definitions)
        if not needs.found:
            return ShopStatistics()
        found = self.known(t, needs) or self._midnight(needs, t, read).found
        midnight = next_midnight(t, self._definitions.zone) if until else None
        return replace(found, next_midnight=midnight)

    def _midnight(self, needs: Needs, t: Instant, read: Request | None = None) -> Midnight:
        at = last_midnight(t, self._definitions.zone)
        if at not in self._midnights:
            self._midnights[at] = Midnight(self._db, self._definitions, at)
            if len(self._midnights) > KEPT_MIDNIGHTS:
                self._midnights.popitem(last=False)[1].drop()
        self._midnights.move_to_end(at)
        if read is None:
            self._midnights[at].make(needs)
        else:
            self._midnights[at].make(needs, read.everybody, read.gathered)
        return self._midnights[at]

    # --- running ------------------------------------------------------------------------------------

    def _given(self, t: Instant | None, statistics: ShopStatistics) -> Given:
        return Given(zone=self._definitions.zone, t=t, statistics=statistics)

    def _prepared(
        self,
        names: Sequence[str],
        t: Instant,
        *,
        chosen: bool,
        only_with: tuple[str, tuple[str, ...]] | None = None,
        prefix: str = "",
        arrow: bool = False,
    ) -> Ready:
        """A statement whose rows are the answers, after making the tables that it reads.

        ``only_with``: rows without which nobody's answer matters. ``prefix``: of the tables that have
        the rows of those who are chosen.
        """
        subset = "chosen" if chosen else None
        request = Request(
            names=tuple(names),
            subset=subset,
            seen_often=self._shortcuts.seen_often,
            told=self._shortcuts.told,
        )
        if self._has_ahead:
            lines = any(self._reads_lines(name) for name in names)
            zone = self._definitions.zone
            ahead = find_ahead(self._db, t, zone, chosen=chosen, lines=lines)
            if ahead.asked or ahead.coming:
                return self._chained(request, t, asked=ahead.asked, prefix=prefix)
        request = replace(request, exists=True, only_with=only_with)
        if chosen or prefix:
            given = self._given(t, self._in_force(names, t))
            return self._answered(request, given, prefix, arrow=arrow)
        few = self._few.sources
        of_orders = None if few is None else few.lines
        with gathered(self._db, self._definitions, request, t, of_orders) as read:
            given = self._given(t, self._in_force(names, t, read=read))
            return self._answered(read, given, arrow=arrow)

    def _answered(
        self, request: Request, given: Given, prefix: str = "", *, arrow: bool = False
    ) -> Ready:
        """``answers`` of everybody; of names that read different things from tables made apart.

        ``arrow``: nobody asks further of them.
        """
        script = script_of(self._definitions, request, given, prefix)
        if prefix in self._fetching:
            self._fetching[prefix].fetch(script)
        parts: list[pa.Table] = []
        for table, step in script.steps:
            ready = Ready(text=step.text, parameters=step.parameters(given))
            if arrow and table in script.parts:
                parts.append(self._arrow(ready))
            else:
                self._parts.add(table)
                self._run(ready, into=table)
            if table in script.parts:
                self._drop_before()
        if script.last is not None:
            return Ready(text=script.last.text, parameters=script.last.parameters(given))
        if arrow:
            return Ready(text="", rows=beside(script, parts))
        in_step = self._put_in_step(script.parts, script.keys)
        return Ready(text=script.beside(in_step=in_step), side_by_side=in_step)

    def _drop_before(self) -> None:
        """Drop what a table of answers was made of."""
        for table in {table for table in self._parts if table.startswith(BEFORE)}:
            execute(self._db, f'DROP TABLE IF EXISTS temp."{table}"')
            self._parts.discard(table)

    def _put_in_step(self, made: Sequence[str], keys: Sequence[str]) -> bool:
        """Whether tables of the same rows have them in the same order, which is seen to if need be."""
        model = made[0] if "t" in keys else EVERYBODY
        for table in made:
            check = _out_of_step(model, table, tuple(keys))
            if execute(self._db, check).fetchall() == [(0,)]:
                continue
            if model is not EVERYBODY:
                return False
            ordered = ", ".join(f'"{key}"' for key in keys)
            execute(
                self._db,
                f'CREATE OR REPLACE TEMP TABLE "{table}" AS SELECT * FROM "{table}" ORDER BY {ordered}',  # noqa: S608 - our own names
            )
        return True

    def _keep_as(self, table: str, ready: Ready) -> None:
        """Make the tables that a statement lays side by side stay, and the statement a view."""
        text = ready.text
        for part in sorted(self._parts - {EVERYBODY}):
            kept = f"{table}_{part}"
            execute(self._db, f'ALTER TABLE temp."{part}" RENAME TO "{kept}"')
            text = text.replace(f'"{part}"', f'"{kept}"')
        execute(self._db, f'CREATE TEMP VIEW "{table}" AS {text}')

    def _drop(self, table: str) -> None:
        """Drop what ``create`` made under this name."""
        made = execute(
            self._db,
            "SELECT 'VIEW' AS kind, view_name AS name FROM duckdb_views() "
            "WHERE temporary AND view_name = $table UNION ALL "
            "SELECT 'TABLE', table_name FROM duckdb_tables() WHERE temporary "
            "AND (table_name = $table OR starts_with(table_name, $table || $part))",
            {"table": table, "part": f"_{PART}"},
        ).fetchall()
        for kind, name in sorted(made, reverse=True):
            execute(self._db, f'DROP {kind} temp."{name}"')

    def _chained(self, request: Request, t: Instant, *, asked: bool, prefix: str) -> Ready:
        statistics = self._in_force(request.names, t, until=False)
        self._run(self._answered(request, self._given(t, statistics), prefix), into="answer_now")
        if asked:
            later = Request(names=request.names)
            self._run(
                self._answered(later, self._given(None, statistics), prefix=PREFIX),
                into="answer_ahead",
            )
        else:
            execute(
                self._db,
                "CREATE OR REPLACE TEMP TABLE answer_ahead AS "
                "SELECT *, 0::BIGINT AS t FROM answer_now WHERE false",
            )
        by_midnight = tuple(name for name in request.names if self._uses_statistics(name))
        text, bound = _chain(request.names, by_midnight)
        midnight = next_midnight(t, self._definitions.zone)
        return Ready(text=text, parameters=dict.fromkeys(bound, midnight))

    def _uses_statistics(self, name: str) -> bool:
        if name == STAGE:
            return False
        if name in self._definitions.segments:
            return self._definitions.segments[name].uses_statistics
        return self._definitions.traits[name].uses_statistics

    def _reads_lines(self, name: str) -> bool:
        """Whether what is asked looks at the lines of orders."""
        asked = self._definitions.traits.get(name) or self._definitions.segments.get(name)
        if asked is None:
            return False
        roots = [asked.where] if isinstance(asked, Segment) else [asked.expr, asked.only_if]
        return any(
            isinstance(part, Rows) and part.source == "line"
            for root in roots
            if root is not None
            for part in parts(root, self._definitions)
        )

    def _run(self, ready: Ready, *, into: str | None = None) -> duckdb.DuckDBPyConnection:
        head = "" if into is None else f'CREATE OR REPLACE TEMP TABLE "{into}" AS '
        return execute(self._db, head + ready.text, ready.parameters)

    def _arrow(self, ready: Ready) -> pa.Table:
        if ready.rows is not None:
            return ready.rows
        query = self._db.sql(parsed(self._db, ready.text), params=dict(ready.parameters))
        return query.to_arrow_table()

    @contextmanager
    def _tidied(self) -> Iterator[None]:
        """Whatever happens, no temporary table of an answer stays behind."""
        try:
            yield
        finally:
            if self._has_ahead:
                drop_ahead(self._db)
            while self._parts:
                execute(self._db, f'DROP TABLE IF EXISTS temp."{self._parts.pop()}"')


@cache
def _out_of_step(model: str, table: str, keys: tuple[str, ...]) -> str:
    return out_of_step(model, table, keys).sql("duckdb")


@lru_cache(maxsize=64)
def _chain(names: tuple[str, ...], by_midnight: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The text of ``chained`` for any instant, and what its next midnight is bound as."""
    parameters = Parameters()
    query = chained(names, by_midnight, 0, parameters)
    return query.sql("duckdb", copy=False), tuple(parameters.used_in(query))


class _Chosen:
    """The table ``chosen`` of the profiles that are asked about, while it is needed."""

    def __init__(self, db: duckdb.DuckDBPyConnection, profiles: Sequence[int] | None) -> None:
        self._db = db
        self._profiles = profiles

    def __enter__(self) -> bool:
        if self._profiles is None:
            return False
        execute(
            self._db,
            "CREATE OR REPLACE TEMP TABLE chosen AS "
            "SELECT DISTINCT unnest($profiles::BIGINT[]) AS profile_id",
            {"profiles": list(self._profiles)},
        )
        return True

    def __exit__(self, *_: object) -> None:
        if self._profiles is not None:
            execute(self._db, "DROP TABLE IF EXISTS temp.chosen")
