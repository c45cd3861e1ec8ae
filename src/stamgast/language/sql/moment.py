"""The instant that is asked: one for all profiles, or one per row of the table ``ask``."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sqlglot import exp

from stamgast.language.sql.calendar import clock, clock_days, local_day
from stamgast.language.sql.dialect import DUCKDB
from stamgast.language.sql.parameters import Given, Parameters, ShopStatistics
from stamgast.language.sql.terms import add, case, col, gte, mul, num, sub
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import TypeAlias

    from stamgast.language.sql.dialect import Face
    from stamgast.language.sql.parameters import Bound, Source
    from stamgast.language.sql.terms import Sql

    Changes: TypeAlias = Callable[[int, str], tuple[tuple[Bound, int], ...]]

T = TypeVar("T")

UNITS = (
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("us", 1),
)


def span_text(us: int) -> str:
    """A duration as part of a name: ``365d``, ``90m``.

    >>> span_text(31_536_000_000_000), span_text(1), span_text(-3_600_000_000)
    ('365d', '1us', 'minus_1h')
    """
    if us < 0:
        return "minus_" + span_text(-us)
    unit, size = next((unit, size) for unit, size in UNITS if us % size == 0)
    return f"{us // size}{unit}"


def epoch_day() -> Sql:
    """1 January 1970."""
    return exp.cast(exp.Literal.string("1970-01-01"), "DATE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """``u``: bound as ``$t`` (and ``$t_365d_ago``), or the column ``t`` of each row asked."""

    zone: str
    t: int | None
    """None: an instant per row."""
    face: Face = DUCKDB
    parameters: Parameters = field(default_factory=Parameters)
    prefix: str = ""
    """Before the names of the engine tables: another log than the whole one (``cut_event``)."""
    statistics: ShopStatistics = field(default_factory=ShopStatistics)
    """Shop statistics in force; without them nothing may use any."""

    taken: set[str] = field(default_factory=lambda: {"profile_id", "t", "exists"})
    """The names of steps and columns of the statement."""

    @property
    def given(self) -> Given:
        """What the statement is put together for."""
        return Given(zone=self.zone, t=self.t, statistics=self.statistics)

    def follow(self, source: Source[Bound], called: str, key: Hashable = None) -> Sql:
        """A placeholder for what follows from the instant or the statistics."""
        return self.parameters.follow(self.given, source, called, (self.t, key))

    def decide(self, source: Source[T], key: Hashable) -> T:
        """What follows from the instant or the statistics and shapes the statement."""
        return self.parameters.decide(self.given, source, key)

    def name(self, wanted: str) -> str:
        """A name for a step or column that is not taken, as near to the wanted one as can be."""
        found, n = wanted, 2
        while found in self.taken:
            found, n = f"{wanted}_{n}", n + 1
        self.taken.add(found)
        return found

    def now(self) -> Sql:
        """``u``."""
        return col("t") if self.t is None else self._at(0, "t")

    def ago(self, us: int) -> Sql:
        """``u - us``."""
        if us == 0:
            return self.now()
        if self.t is None:
            return sub(col("t"), self.span(us))
        return self._at(-us, f"t_{span_text(us)}_ago")

    def ahead(self, us: int) -> Sql:
        """``u + us``."""
        if us == 0:
            return self.now()
        if self.t is None:
            return add(col("t"), self.span(us))
        return self._at(us, f"t_in_{span_text(us)}")

    def span(self, us: int) -> Sql:
        """A duration in microseconds."""
        return self.parameters.bind(us, f"us_{span_text(us)}")

    def later(self, at: Sql, us: int) -> Sql:
        """``at + us``, for an instant of a row."""
        return add(at, self.span(us))

    def today(self) -> Sql:
        """The local day of ``u``."""
        if self.t is None:
            return self.face.local_day(col("t"), self.zone_name())
        return self.follow(lambda given: local_day(given.at, given.zone), "today")

    def day_in(self, us: int) -> Sql:
        """The local day of ``u + us``."""
        if self.t is None:
            return self.face.local_day(self.ahead(us), self.zone_name())
        called = f"day_in_{span_text(us)}"
        return self.follow(lambda given: local_day(given.at + us, given.zone), called, us)

    def day_number(self, at: Sql) -> Sql:
        """The local day of an instant of a row, as a number of days since 1 January 1970.

        By the changes of the clock in the years before ``u``, ten times as fast as a conversion of
        each row: ``CASE WHEN at >= $clock_11 THEN (at + CASE WHEN at >= $clock THEN $shift WHEN ...
        END) // 86400000000 ELSE ... END``.
        """
        slow = self.face.days_between(epoch_day(), self.face.local_day(at, self.zone_name()))
        changes = self._clock(clock) if self.t is not None else ()
        if not changes or self.decide(_before_the_first_day, "before the first day"):
            return slow
        bind = self.parameters.bind
        shifts = [
            (gte(at, self.follow(partial(_since, clock, n), "clock", n)), bind(us, "shift"))
            for n, us in enumerate(changes)
        ]
        local = exp.Paren(this=add(at, case(*shifts[:-1], otherwise=shifts[-1][1])))
        number = exp.IntDiv(this=local, expression=num(DAY_US))
        return case((shifts[-1][0], number), otherwise=slow)

    def midnight(self, day: Sql, possible: Sql | None = None) -> Sql:
        """The instant at which the local day of a row, not long before ``u``, starts.

        As ``day_number`` does it: ``CASE WHEN day >= $clock_day_10 THEN (day - 1970-01-01) *
        86400000000 - CASE WHEN day >= $clock_day THEN $shift ... END ELSE ... END``. ``possible``: the
        same day, missing when no calendar of an engine reaches so far.
        """
        slow = self.face.midnight(day if possible is None else possible, self.zone_name())
        changes = self._clock(clock_days) if self.t is not None else ()
        if not changes:
            return slow
        bind, first = self.parameters.bind, partial(_since, clock_days)
        shifts = [
            (gte(day.copy(), self.follow(partial(first, n), "clock_day", n)), bind(us, "shift"))
            for n, us in enumerate(changes)
        ]
        start = mul(self.face.days_between(epoch_day(), day.copy()), num(DAY_US))
        fast = exp.Sub(this=start, expression=case(*shifts[:-1], otherwise=shifts[-1][1]))
        return case((shifts[-1][0].copy(), fast), otherwise=slow)

    def zone_name(self) -> Sql:
        """The name of the shop's zone."""
        return self.parameters.bind(self.zone, "zone")

    def _at(self, later: int, called: str) -> Sql:
        return self.follow(lambda given: given.at + later, called)

    def _clock(self, read: Changes) -> tuple[int, ...]:
        """The shifts of the local clock before ``u``, the latest first."""
        return self.decide(partial(_shifts, read), read.__name__)


def _shifts(read: Changes, given: Given) -> tuple[int, ...]:
    return tuple(us for _, us in read(given.at, given.zone))


def _since(read: Changes, n: int, given: Given) -> Bound:
    return read(given.at, given.zone)[n][0]


def _before_the_first_day(given: Given) -> bool:
    """Whether the clock is asked of before 2 January 1970, where day numbers are none."""
    return clock(given.at, given.zone)[-1][0] < DAY_US
