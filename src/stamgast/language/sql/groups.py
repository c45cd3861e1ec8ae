"""Groups: one step per (source, event names) that makes every aggregate wanted of those rows.

What all aggregates of a group have in common (filter, widest window) goes to its WHERE; the rest
to their FILTERs. A group is written once everything that is wanted of it is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.language.ast import Between, Dates, During, Within
from stamgast.language.sql.spans import during
from stamgast.language.sql.terms import Sql, all_of, any_of, as_, col, eq, form, gte, lt, tab

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from stamgast.language.ast import Window
    from stamgast.language.sql.moment import Moment
    from stamgast.language.sql.sources import RowSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which rows an aggregate is over."""

    where: Sql | None = None
    window: Window | None = None
    exact: bool = True
    """False: rows older than the window may come along (the caller compares instants itself)."""


@dataclass(slots=True, kw_only=True)
class Want:
    """An aggregate that is wanted: its column, and the rows it is over."""

    column: str
    aggregate: Sql | Callable[[], Sql]
    """The aggregate, or what makes it once the group is written."""
    wish: Wish
    default: int | None
    when: tuple[Group, Want] | None
    """Only of rows for which this want of an inner group counted something."""
    filter: Sql | None = None
    """What of the wish was left for a FILTER, once the group is written."""
    of_first: bool = False
    """Whether it takes values of the first row."""


@dataclass(slots=True, kw_only=True)
class Group:
    """Aggregates over one set of rows, one row per profile (and ``t``, and ``keys``)."""

    step: str
    rows: RowSet
    moment: Moment
    events: tuple[str, ...] = ()
    """The names of the events, if it is a group of all events of some names."""
    keys: tuple[tuple[str, Sql], ...] = ()
    """More to group by: name, expression."""
    wants: dict[Hashable, Want] = field(default_factory=dict)
    mixed: bool = False
    """Whether most rows are of no wish: then the WHERE asks for those of any."""
    shared: str | None = None
    """A step that holds the rows that have come, for several groups."""
    ends: dict[Hashable, tuple[Want, dict[str, Sql]]] = field(default_factory=dict)
    """Per wish the values that are taken of the first, or last, row."""

    def want(
        self,
        hint: str,
        aggregate: Sql,
        wish: Wish | None = None,
        *,
        default: int | None = None,
        when: tuple[Group, Want] | None = None,
    ) -> Want:
        """The column that holds the aggregate; the same one for the same wish."""
        wish = wish or Wish()
        window = wish.window if wish.exact else None
        told = when[1].column if when else ""
        key = (form(aggregate), form(wish.where), window, told)
        if key in self.wants:
            known = self.wants[key]
            known.wish = _wider(known.wish, wish)
            return known
        column = self.moment.name(f"{self.step}_{hint}")
        self.wants[key] = Want(
            column=column, aggregate=aggregate, wish=wish, default=default, when=when
        )
        return self.wants[key]

    def want_end(self, rows: RowSet, value: Sql, wish: Wish, *, first: bool) -> tuple[str, str]:
        """The column of the first or last row by (at, id), and the field of the value in it.

        All values that are taken of one row share its aggregate: ``ARG_MIN_NULL({'v1': coupon,
        'v2': channel}, {'at': ordered_at, 'id': order_key})``.
        """
        name = "first" if first else "last"
        key = (name, form(wish.where), wish.window)
        face = self.moment.face
        if key not in self.ends:
            fields: dict[str, Sql] = {}
            order = face.row(at=rows.at, id=rows.id)
            make = face.value_of_least if first else face.value_of_greatest
            want = Want(
                column=self.moment.name(f"{self.step}_{name}"),
                aggregate=lambda: make(face.row(**fields), order),
                wish=wish,
                default=None,
                when=None,
                of_first=first,
            )
            self.wants[key] = want
            self.ends[key] = (want, fields)
        want, fields = self.ends[key]
        known = next((field for field, taken in fields.items() if taken == value), None)
        field = known or f"v{len(fields) + 1}"
        fields[field] = value
        return want.column, field

    def take(self, other: Group, where: Sql) -> None:
        """Make the aggregates of another group here too: it is over those rows that pass."""
        for key, want in other.wants.items():
            old = want.wish
            both = where if old.where is None else all_of([where, old.where])
            want.wish = Wish(where=both, window=old.window, exact=old.exact)
            self.wants[f"{other.step} | {key}"] = want
        other.wants = {}

    def write(self, narrow: Sql | None = None) -> exp.Select:
        """The step: ``SELECT "r"."profile_id", COUNT(*) FILTER(WHERE ...) AS ... GROUP BY ...``."""
        wishes = [want.wish for want in self.wants.values()]
        common = _common_where(wishes)
        floor = Floor.of(wishes)
        columns = [
            self._column(want, common=common is not None, floor=floor)
            for want in self.wants.values()
        ]
        where = [*(() if self.shared else self.rows.come), *self.rows.also]
        if common is not None:
            where.append(common)
        elif self.mixed:
            where.append(any_of([wish.where or exp.true() for wish in wishes]))
        if floor is not None:
            where.append(gte(self.rows.at, floor.sql(self.moment)))
        if narrow is not None and self.shared is None:
            where.append(narrow)
        keys = [col("profile_id", "r")]
        if self.moment.t is None:
            keys.append(col("t", "r" if self.rows.asked else "a"))
        named = [as_(expression, name) for name, expression in self.keys]
        grouped = [*keys, *(col(name) for name, _ in self.keys)]
        select = exp.select(*keys, *named, *columns).from_(
            tab(self.shared or self.rows.table, "r"), copy=False
        )
        select = join_ask(select, self.rows, self.moment)
        if where:
            select = select.where(all_of(where), copy=False)
        return select.group_by(*grouped, copy=False)

    def _column(self, want: Want, *, common: bool, floor: Floor | None) -> Sql:
        wish = want.wish
        parts = [] if common or wish.where is None else [wish.where]
        if wish.exact:
            parts += window_filter(wish.window, self.rows.at, self.moment, floor)
        if want.when is not None and want.when[1].filter is not None:
            parts.append(exp.GT(this=col(want.when[1].column), expression=exp.Literal.number(0)))
        want.filter = all_of(parts) if parts else None
        aggregate = want.aggregate() if callable(want.aggregate) else want.aggregate
        if want.filter is not None:
            aggregate = exp.Filter(this=aggregate, expression=exp.Where(this=want.filter))
        return as_(aggregate, want.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The earliest instant that any aggregate of a group looks at."""

    age: int | None = None
    at: int | None = None

    @staticmethod
    def of(wishes: Sequence[Wish]) -> Floor | None:
        """The floor of some wishes; None when one looks at all rows, or ages and dates are mixed."""
        floors = [floor_of(wish.window) for wish in wishes]
        ages = [floor.age for floor in floors if floor is not None and floor.age is not None]
        dates = [floor.at for floor in floors if floor is not None and floor.at is not None]
        if len(ages) == len(floors) and ages:
            return Floor(age=max(ages))
        if len(dates) == len(floors) and dates:
            return Floor(at=min(dates))
        return None

    def older(self, us: int) -> Floor:
        """A floor that lies earlier, for rows that are looked back upon."""
        if self.age is not None:
            return Floor(age=self.age + us)
        return Floor(at=(self.at or 0) - us)

    def sql(self, moment: Moment) -> Sql:
        """The instant."""
        if self.age is not None:
            return moment.ago(self.age)
        return moment.parameters.bind(self.at, "from_at")


def floor_of(window: Window | None) -> Floor | None:
    """The earliest instant a window looks at."""
    match window:
        case Within(us=us):
            return Floor(age=us)
        case Between(to_us=us):
            return Floor(age=us)
        case Dates(from_at=int(at)):
            return Floor(at=at)
        case During(spans=spans):
            return Floor(at=spans[0][0])
        case _:
            return None


def window_filter(
    window: Window | None, at: Sql, moment: Moment, floor: Floor | None = None
) -> list[Sql]:
    """The conditions of lying in a window, without its lower end where the group's WHERE has it."""
    found: list[Sql] = []
    lower = floor_of(window)
    if lower is not None and lower != floor:
        found.append(gte(at, lower.sql(moment)))
    match window:
        case Between(from_us=us):
            found.append(lt(at, moment.ago(us)))
        case Dates(until_at=int(until)):
            found.append(lt(at, moment.parameters.bind(until, "until_at")))
        case During(names=names, spans=spans):
            found.append(during(spans, at, moment, "_or_".join(names[:2])))
        case _:
            pass
    return found


def join_ask(select: exp.Select, rows: RowSet, moment: Moment) -> exp.Select:
    """With an instant per row: ``JOIN "ask" AS "a" ON "r"."profile_id" = "a"."profile_id"``."""
    if moment.t is not None or rows.asked:
        return select
    return select.join(
        tab("ask", "a"), on=eq(col("profile_id", "r"), col("profile_id", "a")), copy=False
    )


def _wider(a: Wish, b: Wish) -> Wish:
    """For inexact wishes: one that reaches as far back as both."""
    if a.exact:
        return a
    floor = Floor.of([a, b])
    if floor is None or floor.age is None:
        return Wish(where=a.where, window=None, exact=False)
    return Wish(where=a.where, window=Within(us=floor.age), exact=False)


def _common_where(wishes: Sequence[Wish]) -> Sql | None:
    forms = {form(wish.where) for wish in wishes}
    return wishes[0].where if len(forms) == 1 else None
