"""Newsletters: to whom they were sent, who opened and clicked, and coupons that were offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from stamgast.demo.generator import columns, seasons
from stamgast.demo.generator.draws import ONE, exponential
from stamgast.demo.generator.orders import COUPONS, FOR_YOU, SECOND
from stamgast.demo.generator.people import NONE
from stamgast.demo.generator.seasons import DAY_S, nth

if TYPE_CHECKING:
    from stamgast.demo.generator.draws import Ints
    from stamgast.demo.generator.frame import Frame
    from stamgast.demo.generator.orders import Orders
    from stamgast.demo.generator.people import People

SENT, OPENED, CLICKED, LEFT, OFFERED = range(5)
WORDS = ("sent", "opened", "clicked", "unsubscribed", "coupon offered")
_STAYS_WEEKS = 150
"""How long somebody stays subscribed, on average, in weeks of the shop's pace."""
_OPENED, _CLICKED = 340_000, 130_000
_OFFERED = 300_000
_FIRST_MONTH = 2000 * 12
_COUPON_EVERY = 4
"""Every so many newsletters carry a coupon."""
_WELCOME = 9_999
"""The number of the campaign that offers a coupon after the first order."""
WELCOME_NAME = "tweede-aankoop"


class Campaigns:
    """The newsletters of some years: one a month, on the first Thursday at ten."""

    def __init__(self, first: date, until: date) -> None:
        """Those sent from ``first`` to, not including, ``until``."""
        months = range(first.year * 12 + first.month - 1, until.year * 12 + until.month)
        dated = [(month, nth(month // 12, month % 12 + 1, 3, 1)) for month in months]
        found = [(month, day) for month, day in dated if first <= day < until]
        self.number = np.asarray([month - _FIRST_MONTH for month, _ in found], dtype=np.int64)
        ten = timedelta(hours=10) // timedelta(seconds=1)
        self.at = np.asarray([seasons.midnight(day) + ten for _, day in found], dtype=np.int64)
        self._first = int(self.number[0])

    @cached_property
    def names(self) -> list[str]:
        """What each is called, and last the one that offers the second coupon."""
        months = [number + _FIRST_MONTH for number in self.number.tolist()]
        return [f"nieuwsbrief-{m // 12}-{m % 12 + 1:02d}" for m in months] + [WELCOME_NAME]

    def place(self, number: Ints) -> Ints:
        """The place among ``names`` of a campaign's number; below 0 is missing."""
        found = np.where(number == _WELCOME, len(self.number), number - self._first)
        return np.where(number < 0, NONE, found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mails:
    """Mails, one place each; ``owner``: a place of ``People``; 0: never."""

    owner: Ints
    campaign: Ints
    at: Ints
    opened_at: Ints
    clicked_at: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """Per customer, UTC seconds: since when they take the newsletter, and until when; 0: never."""

    since: Ints
    until: Ints


def subscribed(frame: Frame, people: People) -> Subscribed:
    """Since they came, until they had enough."""
    draws, number = frame.draws, people.number
    stays = draws.quantile("stays", number, exponential()) * (frame.pace.week * _STAYS_WEEKS) // ONE
    ends = people.since + stays
    left = (ends < frame.end_pace) & people.mailing
    since = frame.utc(people.since)
    until = frame.utc(np.minimum(ends, frame.end_pace - 1))
    return Subscribed(since=np.where(people.mailing, since, 0), until=np.where(left, until, 0))


def make_mails(frame: Frame, people: People, takes: Subscribed) -> Mails:
    """Every newsletter sent, and what became of it before the day asked."""
    draws, campaigns = frame.draws, frame.campaigns
    ends = np.where(takes.until > 0, takes.until, frame.end)
    reached = (campaigns.at[None, :] > takes.since[:, None]) & (
        campaigns.at[None, :] < ends[:, None]
    )
    owner, place = (
        found.astype(np.int64) for found in np.nonzero(reached & people.mailing[:, None])
    )
    number, campaign = people.number[owner], campaigns.number[place]
    at = campaigns.at[place] + draws.below("sent", number, 600, campaign)
    opened = at + 60 + draws.below("opens at", number, 2 * DAY_S, campaign)
    clicked = opened + 5 + draws.below("clicks at", number, 300, campaign)
    opens = draws.chance("opens", number, _OPENED, campaign) & (opened < frame.end)
    clicks = opens & draws.chance("clicks", number, _CLICKED, campaign) & (clicked < frame.end)
    return Mails(
        owner=owner,
        campaign=campaign,
        at=at,
        opened_at=np.where(opens, opened, 0),
        clicked_at=np.where(clicks, clicked, 0),
    )


def mail_table(
    frame: Frame, people: People, takes: Subscribed, mails: Mails, orders: Orders
) -> pa.Table:
    """``mail.parquet``: what the tool for newsletters knows, in order of time."""
    opened, clicked = np.flatnonzero(mails.opened_at), np.flatnonzero(mails.clicked_at)
    left = np.flatnonzero(takes.until)
    offered = _offered(frame, people, orders)
    none = np.full_like(left, NONE)
    parts = (
        (SENT, mails.owner, mails.campaign, mails.at),
        (OPENED, mails.owner[opened], mails.campaign[opened], mails.opened_at[opened]),
        (CLICKED, mails.owner[clicked], mails.campaign[clicked], mails.clicked_at[clicked]),
        (LEFT, left, none, takes.until[left]),
        (OFFERED, offered[0], np.full_like(offered[0], _WELCOME), offered[1]),
    )
    what = np.concatenate([np.full_like(owner, word) for word, owner, _, _ in parts])
    owner = np.concatenate([owner for _, owner, _, _ in parts])
    campaign = np.concatenate([campaign for _, _, campaign, _ in parts])
    at = np.concatenate([at for *_, at in parts])
    order = np.lexsort((what, people.number[owner], at))
    what, owner, campaign, at = what[order], owner[order], campaign[order], at[order]
    coupon = np.where((campaign >= 0) & (campaign % _COUPON_EVERY == 0), FOR_YOU, NONE)
    coupon = np.where(what == OFFERED, SECOND, np.where(what == LEFT, NONE, coupon))
    return pa.table(
        {
            "message_id": columns.numbered(
                "m", people.number[owner], 10, ("-", campaign % 10_000, 4), ("-", what, 1)
            ),
            "what": columns.chosen(WORDS, what),
            "at": columns.seconds(at),
            "email": columns.taken(people.email, owner),
            "campaign": columns.chosen(frame.campaigns.names, frame.campaigns.place(campaign)),
            "coupon": columns.chosen(COUPONS, coupon),
        }
    )


def _offered(frame: Frame, people: People, orders: Orders) -> tuple[Ints, Ints]:
    """A second coupon, two to six weeks after the first order: whom, and when."""
    first = (orders.which == 0) & people.mailing[orders.owner]
    place = np.flatnonzero(first & frame.draws.chance("offered", orders.key, _OFFERED))
    at = (
        orders.at[place]
        + 14 * DAY_S
        + frame.draws.below("offered at", orders.key[place], 28 * DAY_S)
    )
    seen = at < frame.end
    return orders.owner[place][seen], at[seen]
