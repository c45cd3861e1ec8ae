"""Answers of definitions on DuckDB."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from sqlglot import exp

from stamgast.language.answer import Statistics
from stamgast.language.ast import Rows, Segment
from stamgast.language.sql.ahead import chained
from stamgast.language.sql.apart import apart, joined, out_of_step
from stamgast.language.sql.calendar import last_midnight, next_midnight
from stamgast.language.sql.dialect import DUCKDB
from stamgast.language.sql.moment import Moment
from stamgast.language.sql.parameters import Parameters, Shop
from stamgast.language.sql.stage_counts import rule_of_none, stage_counts
from stamgast.language.sql.statement import STAGE, Request, Statement, answers, everybody
from stamgast.language.sql.statistics import statistics_of
from stamgast.language.sql.terms import as_, col, every, tab
from stamgast.language.walk import parts
from stamgast.model import tables
from stamgast.store.ahead import PREFIX, drop_ahead, find_ahead
from stamgast.store.database import Database
from stamgast.store.midnight import Midnight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    import duckdb
    import pyarrow as pa

    from stamgast.language.ast import Definitions
    from stamgast.language.sql.statistics import Needs
    from stamgast.model.log import Instant

Given = ParamSpec("Given")
Result = TypeVar("Result")

EVERYBODY = "stamgast_everybody"
"""The table of the profiles that tables of answers given apart are about."""
PART = "stamgast_part_"
"""What the tables of answers that are given apart are called, then a number."""
FEW_ASKED = 200_000
"""For so many profiles and instants at most the rows are looked up once and kept."""
OF_PROFILES = (
    tables.EVENT,
    tables.ORDER_VERSION,
    tables.ORDER_LINE,
    tables.LOOSE_REFUND,
    tables.ATTRIBUTE,
    tables.EXTENSION,
    tables.CONSENT,
)
"""What engines read of a profile."""
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
    method: Callable[Concatenate[DuckEngine, Given], Result],
) -> Callable[Concatenate[DuckEngine, Given], Result]:
    """What the disk does wrong meanwhile is said so that a user can mend it."""

    @wraps(method)
    def told(self: DuckEngine, /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        with self._faults():
            return method(self, *args, **kwargs)

    return told


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
        seen_often: bool = False,
        told: tuple[str, ...] = (),
    ) -> None:
        """``has_ahead``: whether any row is dated after it was received.

        Then ``order_statement`` and ``refund_statement`` are read too. ``seen_often``: whether there
        is a table ``seen`` (``profile_id``, ``first_at``), of which ``presence`` has the least
        instant of each profile; it is read instead where that is faster. ``told``: the columns of
        ``event`` that are filled otherwise in a table ``bare_event``; it is read instead of it where
        nobody asks for them.
        """
        self._faults: Callable[[], AbstractContextManager[None]] = nullcontext
        if isinstance(database, Database):
            self._db, self._faults = database.connection, database.faults
        else:
            self._db = database
        self._definitions = definitions
        self._has_ahead = has_ahead
        self._seen_often = seen_often
        self._told = told
        self._shops: OrderedDict[int, Midnight] = OrderedDict()
        self._parts: set[str] = set()

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
            return self._arrow(self._prepared(names, t, chosen=chosen))

    @_guarded
    def create(self, table: str, names: Sequence[str], t: Instant) -> None:
        """Make the temporary table ``table`` of ``answers`` of all profiles, within DuckDB.

        Of names that are asked apart it may be a view of their tables, which stay: the answers to
        everything at once would be the largest table there is.
        """
        with self._tidied():
            self._drop(table)
            statement = self._prepared(names, t, chosen=False)
            if _is_side_by_side(statement.query):
                self._keep_as(table, statement)
            else:
                self._run(statement, into=table)

    @_guarded
    def members(self, segment: str, t: Instant) -> pa.Table:
        """The members of a segment at t: ``profile_id``, ``valid_until``; in no particular order."""
        columns = [col("profile_id"), as_(col(f"{segment}__until"), "valid_until")]
        members = exp.select(*columns).from_(tab("answer")).where(col(segment))
        with self._tidied():
            return self._arrow(_over(self._prepared([segment], t, chosen=False), members))

    @_guarded
    def count(self, segment: str, t: Instant) -> SegmentCount:
        """The number of members at t, and the earliest ``valid_until`` of all profiles.

        Also of those that are no members, and of those that come to exist later.
        """
        many = exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=col(segment)))
        first = exp.Min(this=col(f"{segment}__until"))
        counted = exp.select(as_(many, "members"), as_(first, "until")).from_(tab("answer"))
        with self._tidied():
            prepared = self._prepared([segment], t, chosen=False)
            rows = self._run(_over(prepared, counted)).fetchall()
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
        self._db.execute(f"CREATE OR REPLACE TEMP TABLE ask AS {asks}")
        shop = Shop() if statistics_at is None else self._shop(names, statistics_at, until=False)
        with self._tidied():
            result = self._arrow(self._answered(Request(names=tuple(names)), None, shop))
        self._db.execute("DROP TABLE IF EXISTS temp.ask")
        return result

    @_guarded
    def stage_counts(self, instants: Sequence[Instant]) -> dict[Instant, StageCounts]:
        """Per instant the number of profiles in each stage; the orders are read once for all."""
        if not instants:
            return {}
        asked = list(dict.fromkeys(instants))
        found = self._run(stage_counts(self._definitions, asked, DUCKDB))
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

    def drop_statistics(self) -> None:
        """Drop the tables that are kept of midnights; they are made again when they are asked."""
        for kept in self._shops.values():
            kept.drop()
        self._shops.clear()

    def _shop(self, names: Iterable[str], t: Instant, *, until: bool = True) -> Shop:
        needs = statistics_of(names, self._definitions)
        if not needs.found:
            return Shop()
        found = self._midnight(needs, t)
        return Shop(
            next_midnight=next_midnight(t, self._definitions.zone) if until else None,
            scores=found.scores,
            thresholds=found.thresholds,
            numbers=found.numbers,
            sizes=found.sizes,
            totals=found.totals,
        )

    def _midnight(self, needs: Needs, t: Instant) -> Midnight:
        at = last_midnight(t, self._definitions.zone)
        if at not in self._shops:
            self._shops[at] = Midnight(self._db, self._definitions, at)
            if len(self._shops) > KEPT_MIDNIGHTS:
                self._shops.popitem(last=False)[1].drop()
        self._shops.move_to_end(at)
        self._shops[at].make(needs)
        return self._shops[at]

    # --- running ------------------------------------------------------------------------------------

    def _moment(self, t: Instant | None, shop: Shop, prefix: str = "") -> Moment:
        return Moment(zone=self._definitions.zone, t=t, face=DUCKDB, prefix=prefix, shop=shop)

    def _prepared(self, names: Sequence[str], t: Instant, *, chosen: bool) -> Statement:
        """A statement whose rows are the answers, after making the tables that it reads."""
        subset = "chosen" if chosen else None
        request = Request(
            names=tuple(names), subset=subset, seen_often=self._seen_often, told=self._told
        )
        if self._has_ahead:
            lines = any(self._reads_lines(name) for name in names)
            zone = self._definitions.zone
            ahead = find_ahead(self._db, t, zone, chosen=chosen, lines=lines)
            if ahead.asked or ahead.coming:
                return self._chained(request, t, asked=ahead.asked)
        request = replace(request, exists=True)
        return self._answered(request, t, self._shop(names, t))

    def _answered(
        self, request: Request, t: Instant | None, shop: Shop, *, prefix: str = ""
    ) -> Statement:
        """``answers`` of everybody; of names that read different things from tables made apart."""
        groups = apart(request.names, self._definitions) or [()]
        several = len(groups) > 1
        if t is not None and several:
            self._run(everybody(self._moment(t, shop), request), into=EVERYBODY)
            self._parts.add(EVERYBODY)
            request = replace(request, everybody=EVERYBODY)
        made = [
            answers(self._definitions, self._moment(t, shop, prefix), replace(request, names=names))
            for names in groups
        ]
        if t is None and not prefix:
            self._fetch_once(made)
        if not several:
            return made[0]
        split = {f"{PART}{n}": names for n, names in enumerate(groups, start=1)}
        self._parts |= split.keys()
        for table, statement in zip(split, made, strict=True):
            self._run(statement, into=table)
        more = [*(["t"] if t is None else []), *(["exists"] if request.exists else [])]
        in_step = self._put_in_step([*split], ["profile_id", *(["t"] if t is None else [])])
        query = joined(request.names, split.items(), more, in_step=in_step)
        return Statement(query=query, parameters={})

    def _fetch_once(self, made: Iterable[Statement]) -> None:
        """Let statements about the rows of ``ask`` read the rows of those profiles, looked up once.

        With an instant per row each step reads the log itself, all of it, for maybe a few profiles.
        """
        [(many,)] = self._db.execute("SELECT count(*) FROM ask").fetchall()
        if many > FEW_ASKED:
            return
        queries = [statement.query for statement in made]
        named = {column.name for query in queries for column in every(query, exp.Column)}
        read = [table for query in queries for table in every(query, exp.Table)]
        for contract in OF_PROFILES:
            found = [table for table in read if table.name == contract.name]
            if len(found) < 2:  # noqa: PLR2004 - it is read once as it is
                continue
            into = f"{PART}of_{contract.name}"
            held = self._db.execute(f'DESCRIBE "{contract.name}"').fetchall()
            columns = [col(name, "r") for name, *_ in held if name in named]
            asked = exp.select(col("profile_id")).from_(tab("ask"))
            theirs = exp.In(this=col("profile_id", "r"), query=exp.Subquery(this=asked))
            rows = exp.select(*columns).from_(tab(contract.name, "r")).where(theirs)
            self._parts.add(into)
            self._run(Statement(query=rows, parameters={}), into=into)
            for table in found:
                alias = table.alias or contract.name
                table.replace(tab(into, alias))

    def _put_in_step(self, made: Sequence[str], keys: Sequence[str]) -> bool:
        """Whether tables of the same rows have them in the same order, which is seen to if need be."""
        model = made[0] if "t" in keys else EVERYBODY
        for table in made:
            check = out_of_step(model, table, keys).sql("duckdb")
            if self._db.execute(check).fetchall() == [(0,)]:
                continue
            if model is not EVERYBODY:
                return False
            ordered = exp.select("*").from_(tab(table)).order_by(*map(col, keys))
            self._run(Statement(query=ordered, parameters={}), into=table)
        return True

    def _keep_as(self, table: str, statement: Statement) -> None:
        """Make the tables that a statement lays side by side stay, and the statement a view."""
        text = statement.sql("duckdb")
        for part in sorted(self._parts - {EVERYBODY}):
            kept = f"{table}_{part}"
            self._db.execute(f'ALTER TABLE temp."{part}" RENAME TO "{kept}"')
            text = text.replace(f'"{part}"', f'"{kept}"')
        self._db.execute(f'CREATE TEMP VIEW "{table}" AS {text}')

    def _drop(self, table: str) -> None:
        """Drop what ``create`` made under this name."""
        made = self._db.execute(
            "SELECT 'VIEW' AS kind, view_name AS name FROM duckdb_views() "
            "WHERE temporary AND view_name = $table UNION ALL "
            "SELECT 'TABLE', table_name FROM duckdb_tables() WHERE temporary "
            "AND (table_name = $table OR starts_with(table_name, $table || $part))",
            {"table": table, "part": f"_{PART}"},
        ).fetchall()
        for kind, name in sorted(made, reverse=True):
            self._db.execute(f'DROP {kind} temp."{name}"')

    def _chained(self, request: Request, t: Instant, *, asked: bool) -> Statement:
        definitions = self._definitions
        shop = self._shop(request.names, t, until=False)
        self._run(self._answered(request, t, shop), into="answer_now")
        if asked:
            later = self._answered(Request(names=request.names), None, shop, prefix=PREFIX)
            self._run(later, into="answer_ahead")
        else:
            self._db.execute(
                "CREATE OR REPLACE TEMP TABLE answer_ahead AS "
                "SELECT *, 0::BIGINT AS t FROM answer_now WHERE false"
            )
        parameters = Parameters()
        query = chained(
            request.names,
            [name for name in request.names if self._uses_statistics(name)],
            next_midnight(t, definitions.zone),
            parameters,
        )
        return Statement(query=query, parameters=parameters.used_in(query))

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

    def _run(self, statement: Statement, *, into: str | None = None) -> duckdb.DuckDBPyConnection:
        text = statement.sql("duckdb", once=True)
        if into is not None:
            text = f'CREATE OR REPLACE TEMP TABLE "{into}" AS {text}'
        return self._db.execute(text, dict(statement.parameters))

    def _arrow(self, statement: Statement) -> pa.Table:
        query = self._db.sql(statement.sql("duckdb", once=True), params=dict(statement.parameters))
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
                self._db.execute(f'DROP TABLE IF EXISTS temp."{self._parts.pop()}"')


def _is_side_by_side(query: exp.Query) -> bool:
    """Whether it is nothing but tables laid side by side."""
    return any(join.method == "POSITIONAL" for join in query.args.get("joins") or ())


def _over(statement: Statement, select: exp.Select) -> Statement:
    """A query over the answers, under the name ``answer``."""
    query = select.with_("answer", as_=statement.query)
    return Statement(query=query, parameters=statement.parameters)


class _Chosen:
    """The table ``chosen`` of the profiles that are asked about, while it is needed."""

    def __init__(self, db: duckdb.DuckDBPyConnection, profiles: Sequence[int] | None) -> None:
        self._db = db
        self._profiles = profiles

    def __enter__(self) -> bool:
        if self._profiles is None:
            return False
        self._db.execute(
            "CREATE OR REPLACE TEMP TABLE chosen AS "
            "SELECT DISTINCT unnest($profiles::BIGINT[]) AS profile_id",
            {"profiles": list(self._profiles)},
        )
        return True

    def __exit__(self, *_: object) -> None:
        if self._profiles is not None:
            self._db.execute("DROP TABLE IF EXISTS temp.chosen")
