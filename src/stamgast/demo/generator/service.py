"""After the order: questions, complaints and how they ended, reviews, the question of the NPS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from stamgast.demo.generator import columns
from stamgast.demo.generator.draws import ONE, exponential, spread
from stamgast.demo.generator.orders import COMPLETED, STORE
from stamgast.demo.generator.people import ACCOUNT, NONE, NUMBER_DIGITS
from stamgast.demo.generator.seasons import DAY_S

if TYPE_CHECKING:
    from stamgast.demo.generator.draws import Flags, Ints
    from stamgast.demo.generator.frame import Frame
    from stamgast.demo.generator.orders import Lines, Orders
    from stamgast.demo.generator.people import People

COMPLAINT, TICKET, REVIEW, NPS, RESOLVED = range(5)
WORDS = ("complaint", "ticket", "review", "nps", "resolved")
TAGS = ("complaint", "delivery", "product", "payment", "other")
COMPLAINTS = (
    "defect", "te laat", "verkeerd artikel", "niet zoals beschreven", "personeel", "iets anders"
)  # fmt: skip
STARTED, RENEWED, ENDED = range(3)
PHASES = ("started", "renewed", "ended")
PLANS = ("koffie per maand", "bloemen per maand", "huidverzorging")
_OFTEN = ((COMPLAINT, 18_000), (TICKET, 30_000), (REVIEW, 80_000), (NPS, 50_000))
_LATE_COMPLAINTS = 300_000
_SOLVED = 800_000
_STARS = (4, 5, 12, 34, 45)
_KINDER = (6, 6, 13, 35, 40)
_NPS = (2, 1, 2, 2, 3, 6, 8, 14, 26, 18, 18)
_MONTH_S = 30 * DAY_S
_MONTHS = 9
_MOST_MONTHS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said about orders; ``order``: a place of ``Orders``; a mark below 0 is missing."""

    order: Ints
    what: Ints
    at: Ints
    tag: Ints
    reason: Ints
    mark: Ints


def make_service(frame: Frame, orders: Orders) -> Said:
    """What customers said before the day asked, and how problems ended."""
    draws, parts = frame.draws, []
    done = (orders.status == COMPLETED) & ~orders.nobody
    late = _late(frame, orders)
    for what, often in _OFTEN:
        chance = np.where(late & (what == COMPLAINT), _LATE_COMPLAINTS, often)
        place = np.flatnonzero(done & draws.chance(WORDS[what], orders.key, chance))
        key = orders.key[place]
        at = orders.at[place] + DAY_S // 4 + draws.below(f"{WORDS[what]} at", key, 14 * DAY_S)
        none = np.full_like(place, NONE)
        mark = none
        if what == REVIEW:
            mark = 1 + draws.weighted("stars", key, _STARS)
        if what == NPS:
            mark = draws.weighted("nps score", key, _NPS)
        tag = draws.weighted("tag", key, (15, 40, 25, 10, 10)) if what == TICKET else none
        reason = draws.weighted("complaint about", key, (25, 25, 15, 15, 8, 12))
        reason = reason if what == COMPLAINT else none
        said = np.full_like(place, what)
        parts.append(Said(order=place, what=said, at=at, tag=tag, reason=reason, mark=mark))
    parts.append(_resolved(frame, orders, parts[:2]))
    whole = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Said.__dataclass_fields__
    }
    seen = np.flatnonzero(whole["at"] < frame.end)
    return Said(**{name: values[seen] for name, values in whole.items()})


def _late(frame: Frame, orders: Orders) -> Flags:
    """Whether the order came after the day that was promised."""
    found: Flags = (orders.promised >= 0) & frame.draws.chance("late", orders.key, 40_000)
    return found


def _resolved(frame: Frame, orders: Orders, problems: list[Said]) -> Said:
    """Four in five are solved within a week, and the customer says how well."""
    draws = frame.draws
    order = np.concatenate([part.order for part in problems])
    what = np.concatenate([part.what for part in problems])
    at = np.concatenate([part.at for part in problems])
    key = orders.key[order]
    solved = draws.chance("solved", key, _SOLVED, what)
    mark = 1 + draws.weighted("solved well", key, _KINDER, what)
    after = at + 3600 + draws.below("solved at", key, 7 * DAY_S, what)
    none = np.full(int(solved.sum()), NONE, dtype=np.int64)
    return Said(
        order=order[solved],
        what=RESOLVED + what[solved] * len(WORDS),
        at=after[solved],
        tag=none,
        reason=none,
        mark=mark[solved],
    )


def service_table(
    frame: Frame, people: People, orders: Orders, lines: Lines, said: Said
) -> pa.Table:
    """``service.parquet``: a row per thing said, in order of time."""
    sort = np.lexsort((said.what, orders.key[said.order], said.at))
    place, coded, mark = said.order[sort], said.what[sort], said.mark[sort]
    what, about = coded % len(WORDS), coded // len(WORDS)
    owner = orders.owner[place]
    till, goods = orders.channel[place] == STORE, frame.catalogue
    card = columns.where(till, columns.taken(people.card, owner))
    number, which = people.number[owner], orders.which[place]
    first = np.cumsum(orders.lines) - orders.lines
    of_ticket = (what == TICKET) | ((what == RESOLVED) & (about == TICKET))
    return pa.table(
        {
            "message_id": columns.numbered(
                "s", number, NUMBER_DIGITS, ("-", which, 3), ("-", coded, 2)
            ),
            "what": columns.chosen(WORDS, what),
            "at": columns.seconds(said.at[sort]),
            "customer_id": columns.where(~till, columns.taken(people.customer_id, owner)),
            "loyalty_card": card,
            "email": columns.where(
                ~np.asarray(card.is_valid()), columns.taken(people.email, owner)
            ),
            "order_no": columns.taken(orders.number, place),
            "ticket_no": columns.where(
                of_ticket, columns.numbered("T", number, NUMBER_DIGITS, ("-", which, 3))
            ),
            "tag": columns.chosen(TAGS, said.tag[sort]),
            "reason": columns.chosen(COMPLAINTS, said.reason[sort]),
            "rating": pa.array(mark.astype(np.int32), mask=(mark < 0) | (what == NPS)),
            "score": pa.array(mark.astype(np.int32), mask=what != NPS),
            "product_id": goods.column(
                goods.ids, np.where(what == REVIEW, lines.product[first[place]], NONE)
            ),
        }
    )


def subscriptions_table(frame: Frame, people: People) -> pa.Table:
    """``subscriptions.parquet``: started, renewed each thirty days, ended; of one customer in fifty."""
    draws = frame.draws
    owner = np.flatnonzero((people.kind == ACCOUNT) & draws.chance("plan", people.number, 30_000))
    number = people.number[owner]
    start = frame.utc(people.since[owner]) + draws.below("plan at", number, 200 * DAY_S)
    months = draws.quantile("months", number, exponential()) * _MONTHS // ONE
    months = 1 + np.minimum(months, _MOST_MONTHS)
    of, which = spread(months + 1)
    at = start[of] + which * _MONTH_S
    what = np.where(which == 0, STARTED, np.where(which == months[of], ENDED, RENEWED))
    seen = np.flatnonzero(at < frame.end)
    seen = seen[np.lexsort((which[seen], number[of[seen]], at[seen]))]
    who, of = owner[of[seen]], of[seen]
    return pa.table(
        {
            "message_id": columns.numbered(
                "p", people.number[who], NUMBER_DIGITS, ("-", which[seen], 3)
            ),
            "what": columns.chosen(PHASES, what[seen]),
            "at": columns.seconds(at[seen]),
            "customer_id": columns.taken(people.customer_id, who),
            "plan": columns.chosen(
                PLANS, draws.below("which plan", people.number[who], len(PLANS))
            ),
        }
    )
