"""``shop.quality``: what data lacks or contradicts itself in, so that figures can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from stamgast.app.instants import instant_of
from stamgast.app.snapshot import of_one_snapshot
from stamgast.model.log import DAY_US
from stamgast.store.quarantine import count as quarantined

if TYPE_CHECKING:
    from stamgast.app.core import Core
    from stamgast.app.instants import Moment
    from stamgast.model.log import Instant

Code: TypeAlias = Literal[
    "quarantine",
    "nobody",
    "email",
    "consent",
    "lines",
    "free",
    "negative",
    "ahead",
    "long_ago",
    "doubles",
]
CODES: tuple[Code, ...] = get_args(Code)
MUCH: dict[str, float] = {"nobody": 0.2, "email": 0.3, "consent": 0.5, "lines": 0.2, "free": 0.05}
"""From this share on it asks for attention; of others any is too many."""
WEEK_US = 7 * DAY_US
WEEKS = 8
LEAST_ORDERS = 10
"""A source with fewer orders in a usual week has no weeks that can be told from each other."""
DROP = 0.5
MOST = 50
SHOWN_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was counted."""

    code: Code
    count: int
    whole: int
    """Of so many; 0: it is counted by itself."""

    @property
    def asks(self) -> bool:
        """Whether somebody should look."""
        if not self.count:
            return False
        return self.count >= MUCH.get(self.code, 0) * self.whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """A source of orders that suddenly says less than it used to."""

    source: str
    week: int
    """Orders in the last seven days."""
    usual: int
    """The median of the eight weeks before."""
    last_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """Events of one name."""

    event: str
    count: int
    profiles: int
    first_at: Instant
    last_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two profiles that may be one person: a message named both, or they share name and address."""

    reason: str
    """``limit``: they were kept apart by a rule though a message named both; ``address``."""
    profiles: tuple[int, int]
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What was found, up to an instant."""

    as_of: Instant
    checks: tuple[Check, ...]
    drops: tuple[Drop, ...]
    events: tuple[EventKind, ...]
    conflicts: int
    """How many pairs of profiles may be one person."""

    def as_json(self) -> dict[str, object]:
        """As plain values."""
        return {
            "checks": {
                one.code: {"count": one.count, "of": one.whole, "asks": one.asks}
                for one in self.checks
            },
            "drops": [
                {"source": one.source, "last_7_days": one.week, "usual_week": one.usual}
                for one in self.drops
            ],
            "events": [
                {"event": one.event, "count": one.count, "profiles": one.profiles}
                for one in self.events
            ],
            "conflicts": self.conflicts,
        }


_ORDERS = """
    SELECT count(*) FILTER (counts), count(*) FILTER (counts AND profile_id IS NULL),
        count(*) FILTER (counts AND total_minor = 0), count(*) FILTER (counts AND total_minor < 0),
        count(*) FILTER (epoch_us(ordered_at) > $now), count(*) FILTER (year(ordered_at) < 2000)
    FROM orders
    """
_LINES = """
    SELECT count(*) FROM orders WHERE counts AND order_key NOT IN (SELECT order_key FROM lines)
    """
_PEOPLE = """
    WITH buyer AS (SELECT DISTINCT profile_id FROM orders WHERE counts AND profile_id IS NOT NULL),
    mailed AS (
        SELECT DISTINCT coalesce(m.profile_id, i.identifier_id) AS profile_id
        FROM lake_identifier AS i
        LEFT JOIN first_profile_of AS m ON m.identity_id = i.identifier_id WHERE i.kind = 'email'),
    spoken AS (SELECT DISTINCT profile_id FROM consent)
    SELECT count(*), count(*) FILTER (profile_id NOT IN (SELECT profile_id FROM mailed)),
        count(*) FILTER (profile_id NOT IN (SELECT profile_id FROM spoken WHERE profile_id IS NOT NULL))
    FROM buyer
    """
_WEEKS = """
    WITH told AS (
        SELECT split_part(order_key, ':', 1) AS source, epoch_us(ordered_at) AS told_at
        FROM orders WHERE epoch_us(ordered_at) <= $t),
    counted AS (
        SELECT source, ($t - told_at) // $week AS back, count(*) AS orders
        FROM told WHERE told_at > $t - ($weeks + 1) * $week GROUP BY ALL),
    whole AS (
        SELECT s.source, w.back, coalesce(c.orders, 0) AS orders
        FROM (SELECT DISTINCT source FROM told) AS s
        CROSS JOIN (SELECT unnest(range(0, $weeks + 1)) AS back) AS w
        LEFT JOIN counted AS c ON c.source = s.source AND c.back = w.back)
    SELECT source, max(orders) FILTER (back = 0), CAST(median(orders) FILTER (back > 0) AS BIGINT),
        (SELECT max(told_at) FROM told WHERE told.source = whole.source)
    FROM whole GROUP BY source ORDER BY source
    """
_EVENTS = f"""
    SELECT event, count(*), count(DISTINCT profile_id), epoch_us(min(occurred_at)), epoch_us(max(occurred_at))
    FROM events GROUP BY event ORDER BY count(*) DESC, event LIMIT {SHOWN_ROWS}
    """  # noqa: S608 - a number of ours
_CONFLICTS = """
    WITH kept_apart AS (
        SELECT coalesce(p.profile_id, r.identifier_id) AS a, coalesce(q.profile_id, r.from_id) AS b
        FROM lake_rejected_link AS r
        LEFT JOIN lake_person AS p ON p.identifier_id = r.identifier_id
        LEFT JOIN lake_person AS q ON q.identifier_id = r.from_id),
    lives AS (
        SELECT profile_id,
            lower(coalesce(max(value) FILTER (name = 'last_name'),
                max(value) FILTER (name = 'name'))) AS called,
            replace(upper(max(value) FILTER (name = 'postcode')), ' ', '') AS postcode,
            lower(coalesce(max(value) FILTER (name = 'house_number'),
                max(value) FILTER (name = 'street'))) AS house
        FROM attribute WHERE name IN ('name', 'last_name', 'postcode', 'house_number', 'street')
        GROUP BY profile_id),
    together AS (
        SELECT list_sort(list(profile_id)) AS ids FROM lives
        WHERE called IS NOT NULL AND postcode IS NOT NULL AND house IS NOT NULL
        GROUP BY called, postcode, house HAVING count(*) > 1),
    pair AS (
        SELECT 'limit' AS reason, least(a, b) AS a, greatest(a, b) AS b FROM kept_apart WHERE a <> b
        UNION ALL
        SELECT 'address', ids[1], unnest(ids[2:]) FROM together)
    SELECT reason, a, b, count(*) FROM pair GROUP BY ALL ORDER BY reason DESC, count(*) DESC, a, b
    """


@of_one_snapshot
class QualityDesk:
    """How good the data is: ``report``, ``conflicts``."""

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    def report(self, *, as_of: Moment = None) -> Quality:
        """Everything counted up to an instant; all that is known is looked at."""
        core = self._core
        t = instant_of(as_of, core.clock, core.settings.zone)
        db = core.reader.db
        now = {"now": core.clock.now()}
        orders, nobody, free, negative, ahead, long_ago = db.run(_ORDERS, now)[0]
        buyers, no_email, no_word = db.run(_PEOPLE)[0]
        counts: dict[Code, tuple[int, int]] = {
            "quarantine": (quarantined(core.store).waiting, 0),
            "nobody": (nobody, orders),
            "email": (no_email, buyers),
            "consent": (no_word, buyers),
            "lines": (db.run(_LINES)[0][0], orders),
            "free": (free, orders),
            "negative": (negative, 0),
            "ahead": (ahead, 0),
            "long_ago": (long_ago, 0),
            "doubles": (len(pairs := db.run(_CONFLICTS)), 0),
        }
        checks = tuple(
            Check(code=code, count=int(many), whole=int(whole))
            for code, (many, whole) in counts.items()
        )
        return Quality(
            as_of=t,
            checks=checks,
            drops=self._drops(t),
            events=tuple(
                EventKind(event=r[0], count=r[1], profiles=r[2], first_at=r[3], last_at=r[4])
                for r in db.run(_EVENTS)
            ),
            conflicts=len(pairs),
        )

    def conflicts(self, *, most: int = MOST) -> tuple[Conflict, ...]:
        """Pairs of profiles that may be one person, those that a message named most often first."""
        rows = self._core.reader.db.run(_CONFLICTS)
        return tuple(
            Conflict(reason=row[0], profiles=(int(row[1]), int(row[2])), times=int(row[3]))
            for row in rows[:most]
        )

    def _drops(self, t: Instant) -> tuple[Drop, ...]:
        """Sources that said less than half of the usual in the seven days before the data's end."""
        found = self._core.reader.db.run("SELECT epoch_us(max(ordered_at)) FROM orders")
        if found[0][0] is None:
            return ()
        end = min(t, int(found[0][0]))
        rows = self._core.reader.db.run(_WEEKS, {"t": end, "week": WEEK_US, "weeks": WEEKS})
        return tuple(
            Drop(source=source, week=int(week or 0), usual=int(usual or 0), last_at=int(last))
            for source, week, usual, last in rows
            if (usual or 0) >= LEAST_ORDERS and (week or 0) < DROP * usual
        )
