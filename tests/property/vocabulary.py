"""What random definitions and logs are made of: few values, few instants, all near an edge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from hypothesis import strategies as st

from stamgast.language.ast import Text
from stamgast.language.calendars import Calendar, Occurrence, Season, joined_spans
from stamgast.language.lines import LINE_PROPERTIES
from stamgast.language.reference.days import local_day, midnight
from stamgast.language.types import Type
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from stamgast.language.ast import Span
    from stamgast.model.log import Scalar

T = TypeVar("T")
Choose: TypeAlias = "Callable[[int], int]"
"""A number of 0 .. n - 1."""
HOUR_US = DAY_US // 24

ORDER_PROPERTIES = {
    "gross": Type.MONEY,
    "discount": Type.MONEY,
    "order_id": Type.TEXT,
    "coupon": Type.TEXT,
    "coupon_used": Type.BOOLEAN,
    "channel": Type.TEXT,
    "store": Type.TEXT,
    "status": Type.TEXT,
}
"""Those a statement carries; the rest of ``ROW_PROPERTIES['order']`` is worked out."""
EVENT_PROPERTIES = {
    "pieces": Type.INTEGER,
    "price": Type.MONEY,
    "weight": Type.DECIMAL,
    "score": Type.NUMBER,
    "word": Type.TEXT,
    "category": Type.TEXT,
    "flag": Type.BOOLEAN,
    "starts_at": Type.INSTANT,
    "on_day": Type.DAY,
}
ATTRIBUTES = {
    "children": Type.INTEGER,
    "credit": Type.MONEY,
    "rate": Type.DECIMAL,
    "index": Type.NUMBER,
    "country": Type.TEXT,
    "member": Type.BOOLEAN,
    "due": Type.INSTANT,
    "birthday": Type.DAY,
}
ROW_PROPERTIES = {
    "order": {
        **ORDER_PROPERTIES,
        "total": Type.MONEY,
        "refunded": Type.MONEY,
        "net_total": Type.MONEY,
        "occurred_at": Type.INSTANT,
    },
    "line": {
        name: LINE_PROPERTIES[name]
        for name in (
            "category",
            "amount",
            "product_age",
            "launched",
            "line_kind",
            "quantity",
            "occurred_at",
            "sku",
            "order_id",
        )
    },
    "revenue": {"amount": Type.MONEY, "occurred_at": Type.INSTANT},
    "refund": {"amount": Type.MONEY, "occurred_at": Type.INSTANT},
    "event": {**EVENT_PROPERTIES, "occurred_at": Type.INSTANT},
    "named": {**EVENT_PROPERTIES, "occurred_at": Type.INSTANT},
}
EVENTS = ("Added", "Rated", "Viewed")
SOURCES = ("crm", "till", "web", "")
RANKED_SOURCES = ((), ("web",), ("web", "crm"), ("till", "web", "crm"), ("nobody", "crm"))
"""Rules of attributes: sources that go before others; none, and one of which nothing comes."""
EXTENSIONS: dict[str, Type | None] = {
    "staff": None,
    "tier": Type.TEXT,
    "points": Type.INTEGER,
    "leave_alone": None,
}
PER_HOLDER = frozenset({"leave_alone", "points"})
"""Of which a no silences only the identity it was said under."""
PURPOSES = ("marketing", "service")
CHANNELS = ("email", "post")

ZONES = (
    "Europe/Amsterdam",
    "Europe/Amsterdam",
    "America/New_York",
    "Pacific/Auckland",
    "America/Havana",
    "Atlantic/Azores",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "UTC",
)
"""Europe's clocks, and those that change at midnight, by half an hour, never."""
ANCHOR_DAYS = (
    date(2024, 6, 1),
    date(2024, 3, 31),  # the clocks of Europe and Beirut go ahead
    date(2024, 10, 27),  # those of Europe go back
    date(2024, 3, 10),  # New York and Havana
    date(2024, 11, 3),
    date(2024, 4, 7),  # Auckland and Lord Howe
    date(2024, 2, 28),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date(2023, 3, 1),
    date(2023, 12, 31),
    date(2025, 1, 1),
)
ANCHOR_TIMES = (0, 0, 1, -1, 12 * HOUR_US, 23 * HOUR_US)
SPANS = (1, 2, HOUR_US // 2, HOUR_US, DAY_US, 2 * DAY_US, 7 * DAY_US, 30 * DAY_US, 365 * DAY_US)
NUDGES = (0, 0, 0, 1, -1)

# the last two sort differently as UTF-16
TEXTS = (
    "", "a", "A", "ab", "b'a", "%", "_", "é", "É", "\u0130", "\u212a", "\U0001f48e", "\uff5e",
    "HTTPS://WWW.É.Example:80/a?b=http://c#d", "http://", "www.", "a/b://c", "www.www.x?",
)  # fmt: skip
WHOLE = (0, 0, 1, 2, 3, 5, -1, 9_007_199_254_740_993, 2**62, -(2**62))
MINOR = (0, 1, 50, 100, 101, 1000, 1001, 333, -100, 99_999_999_999_999, 2**62)
TEN_THOUSANDTHS = (0, 1, 5_000, 10_000, 15_000, 3_333, -10_000)
DOUBLES = (0.0, 0.1, 0.2, 0.30000000000000004, 1.0, 1.5, -2.5, 1e300, 1e-300)


@lru_cache
def places(many: int) -> st.SearchStrategy[int]:
    """0 .. many - 1; kept, for making a strategy costs more than drawing from it."""
    return st.sampled_from(range(many))


def chooser(draw: st.DrawFn) -> Choose:
    """Choose as Hypothesis draws: what is found is made smaller."""
    return lambda many: draw(places(many))


def pick(choose: Choose, options: Collection[T]) -> T:
    """One of the options; the first is the simplest."""
    chosen = tuple(options)
    return chosen[choose(len(chosen))]


def some(choose: Choose, options: Collection[T], *, least: int, most: int) -> list[T]:
    """Different options, in their order."""
    left = list(range(len(options)))
    many = pick(choose, range(least, most + 1))
    taken = sorted(left.pop(choose(len(left))) for _ in range(many))
    return [option for place, option in enumerate(options) if place in taken]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The pools that one example draws from."""

    zone: str
    anchor: int
    spans: tuple[int, ...]
    """Windows, gaps and limits; instants lie these spans apart. Ascending."""
    instants: tuple[int, ...]
    busy: tuple[int, ...]
    """A few of the instants, so that rows share them."""
    days: tuple[date, ...]
    attributes: dict[str, Type]
    """The few attributes and properties that definitions ask for and logs are full of."""
    properties: dict[str, dict[str, Type]]
    """By source of rows."""
    calendar: Calendar
    first_days: tuple[Span, ...]

    def values(self, type_: Type) -> tuple[Scalar, ...]:
        """Values of a type."""
        pools: dict[Type, tuple[Scalar, ...]] = {
            Type.INTEGER: WHOLE,
            Type.MONEY: MINOR,
            Type.DECIMAL: TEN_THOUSANDTHS,
            Type.NUMBER: DOUBLES,
            Type.TEXT: TEXTS,
            Type.BOOLEAN: (True, False),
            Type.INSTANT: self.instants,
            Type.DAY: self.days,
            Type.DURATION: (*self.spans, 0, -3, -DAY_US, self.spans[-1] + 1),
        }
        return pools[type_]


TINY_SPANS = (1, 2, 3, 5, 8)
TINY_REACH = 12


@st.composite
def scenes(draw: st.DrawFn, *, tiny: bool = False) -> Scene:
    """A zone, an instant to be near to, and spans that instants and windows share.

    ``tiny``: all spans are a few microseconds, so that every instant can be looked at in turn.
    """
    choose = chooser(draw)
    zone = pick(choose, ZONES)
    day = pick(choose, ANCHOR_DAYS)
    anchor = midnight(day, zone) + pick(choose, ANCHOR_TIMES)
    spans = tuple(some(choose, TINY_SPANS if tiny else SPANS, least=2, most=3))
    order, event = (
        dict(some(choose, tuple(declared.items()), least=2, most=4))
        for declared in (ORDER_PROPERTIES, EVENT_PROPERTIES)
    )
    always = ROW_PROPERTIES["order"].items() - ORDER_PROPERTIES.items()
    whole = scene_of(zone, anchor, spans, tiny=tiny)
    return replace(
        whole,
        busy=(*some(choose, whole.busy, least=2, most=4), pick(choose, whole.instants)),
        attributes=dict(some(choose, tuple(ATTRIBUTES.items()), least=2, most=4)),
        properties={
            **ROW_PROPERTIES,
            "order": {**order, **dict(sorted(always, key=itemgetter(0)))},
            "event": {**event, "occurred_at": Type.INSTANT},
        },
    )


def scene_of(zone: str, anchor: int, spans: tuple[int, ...], *, tiny: bool = False) -> Scene:
    """The whole scene of an instant: all places, attributes and properties."""
    behind = {0, *spans, spans[0] + spans[1], 2 * spans[0], spans[-1] - spans[0]}
    ahead = {HOUR_US, DAY_US, *(span for span in spans if span <= DAY_US)}
    plain = {anchor - span for span in behind} | {anchor + DAY_US - span for span in ahead}
    near = {anchor - span + nudge for span in behind for nudge in (0, 1, -1)}
    near |= {anchor + span + nudge for span in ahead for nudge in (0, 1, -1) if span < DAY_US}
    if tiny:
        near = set(range(anchor - TINY_REACH, anchor + TINY_REACH))
        plain = {anchor - span for span in behind}
    today = local_day(anchor, zone)
    edges = sorted(near)
    days = [today + timedelta(days=n) for n in (0, 1, -1, -7, 8, -365, -366, 30)]
    days += [date(2000, 2, 29), date(1990, 12, 31), date(1996, 3, 1)]
    return Scene(
        zone=zone,
        anchor=anchor,
        spans=spans,
        instants=tuple(sorted(near | {anchor + (0 if tiny else DAY_US)})),
        busy=tuple(sorted(plain)),
        days=tuple(days),
        attributes=ATTRIBUTES,
        properties=ROW_PROPERTIES,
        calendar=calendar_of(edges),
        first_days=first_days_of(edges),
    )


SEASONS = {"all_year": (0, -1, 40), "feast": (1, 3, 2), "fair": (2, 4, 2), "week": (3, 9, 7)}
"""Place of the first and the last instant, and a number of days."""


def calendar_of(edges: Sequence[int]) -> Calendar:
    """Seasons whose occurrences begin and end on the instants that rows are at."""
    most = len(edges) - 1
    seasons = {}
    for i, (name, (first, last, days)) in enumerate(SEASONS.items()):
        places = [first % most, last % most or most]
        spans = [(edges[min(places)], edges[max(places)])]
        spans += [
            (edges[-2 - i], edges[-2 - i] + 3),
            (edges[-1] + 400 * DAY_US, edges[-1] + 401 * DAY_US),
        ]
        apart = joined_spans([span for span in spans if span[0] < span[1]])
        seasons[name] = Season(
            name=name,
            label=Text(en=name, nl=name),
            occurrences=tuple(
                Occurrence(
                    name=name,
                    year=2023 + i,
                    from_at=since,
                    until_at=until,
                    days=days,
                    starts_at=since,
                )
                for i, (since, until) in enumerate(apart)
            ),
        )
    return Calendar(seasons=seasons)


def first_days_of(edges: Sequence[int]) -> tuple[Span, ...]:
    """First days of sales that begin and end on the instants that rows are at; some overlap."""
    found = {edges[(i * 3 + 2) % len(edges)]: edges[i * 3 % len(edges)] for i in range(8)}
    return tuple((since, ends) for ends, since in sorted(found.items()) if since < ends)
