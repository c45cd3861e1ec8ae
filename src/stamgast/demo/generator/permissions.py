"""What customers allowed, and the labels the shop gave them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stamgast.demo.generator import columns
from stamgast.demo.generator.people import ACCOUNT, CARD, NONE
from stamgast.demo.generator.seasons import DAY_S, midnight

if TYPE_CHECKING:
    from stamgast.demo.generator.draws import Flags, Ints
    from stamgast.demo.generator.frame import Frame
    from stamgast.demo.generator.mailing import Subscribed
    from stamgast.demo.generator.people import People

GRANTED, SOFT, WITHDRAWN = range(3)
STATES = ("granted", "soft_opt_in", "withdrawn")
EMAIL, PHONE, POST = range(3)
CHANNELS = ("email", "phone", "post")
SOURCES = ("sign-up form", "checkout", "till", "unsubscribe link")
TIERS = ("BRONZE", "SILVER", "GOLD", "PLATINUM")
LABELS = ("employee", "loyalty_status", "influencer", "vulnerable", "do_not_contact", "no_reward")
ORIGINS = (
    "import:staff",
    "rule:tiers",
    "hand:marketing",
    "hand:service",
    "hand:service",
    "hand:fraud",
)
_NEW_TEXT = midnight(date(2025, 1, 1))
_RARE = ((2, 500), (3, 1_000), (4, 3_000), (5, 1_000))


def consents_table(frame: Frame, people: People, takes: Subscribed) -> pa.Table:
    """``consents.parquet``: every yes and no, with when and how, in order of time."""
    draws, number = frame.draws, people.number
    since = frame.utc(people.since)
    soft = people.buys & (people.kind != CARD) & ~people.mailing
    soft &= draws.chance("soft", number, 450_000)
    phoned = np.asarray(people.phone.is_valid()) & draws.chance("phone consent", number, 50_000)
    post = (people.kind == ACCOUNT) & draws.chance("post consent", number, 100_000)
    parts = (
        _said(people.mailing, EMAIL, GRANTED, since, draws.below("said where", number, 2)),
        _said(soft, EMAIL, SOFT, since, np.ones_like(since)),
        _said(takes.until > 0, EMAIL, WITHDRAWN, takes.until, np.full_like(since, 3)),
        _said(phoned, PHONE, GRANTED, since, np.full_like(since, 2)),
        _said(post, POST, GRANTED, since, np.zeros_like(since)),
    )
    owner, channel, state, at, source = (np.concatenate(one) for one in zip(*parts, strict=True))
    sort = np.lexsort((channel, number[owner], at))
    owner, channel, state, at = owner[sort], channel[sort], state[sort], at[sort]
    address = pc.coalesce(
        columns.taken(people.email, np.where(channel == EMAIL, owner, NONE)),
        columns.taken(people.phone, np.where(channel == PHONE, owner, NONE)),
    )
    return pa.table(
        {
            "customer_id": columns.taken(people.customer_id, owner),
            "email": columns.taken(people.email, owner),
            "purpose": columns.chosen(("marketing",), np.zeros_like(owner)),
            "channel": columns.chosen(CHANNELS, channel),
            "address": address,
            "state": columns.chosen(STATES, state),
            "at": columns.seconds(at),
            "source": columns.chosen(SOURCES, source[sort]),
            "text_version": columns.chosen(
                ("2023-1", "2025-1"), (at >= _NEW_TEXT).astype(np.int64)
            ),
        }
    )


def _said(
    who: Flags, channel: int, state: int, at: Ints, source: Ints
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    owner = np.flatnonzero(who)
    return owner, np.full_like(owner, channel), np.full_like(owner, state), at[owner], source[owner]


def extensions_table(frame: Frame, people: People) -> pa.Table:
    """``extensions.parquet``: the labels of customers with an account, in order of time."""
    draws, number = frame.draws, people.number
    account = people.kind == ACCOUNT
    tier = draws.weighted("tier", number, (60, 25, 12, 3))
    tiered = account & np.asarray(people.card.is_valid())
    chosen = [(0, people.employee), (1, tiered)]
    chosen += [
        (label, account & draws.chance(LABELS[label], number, often)) for label, often in _RARE
    ]
    owner = np.concatenate([np.flatnonzero(who) for _, who in chosen])
    label = np.concatenate([np.full(int(who.sum()), label) for label, who in chosen])
    at = frame.utc(people.since[owner]) + draws.below("labelled", number[owner], 90 * DAY_S, label)
    seen = np.flatnonzero(at < frame.end)
    seen = seen[np.lexsort((label[seen], number[owner[seen]], at[seen]))]
    owner, label, at = owner[seen], label[seen], at[seen]
    return pa.table(
        {
            "customer_id": columns.taken(people.customer_id, owner),
            "name": columns.chosen(LABELS, label),
            "value": columns.chosen(TIERS, np.where(label == 1, tier[owner], NONE)),
            "origin": columns.chosen(ORIGINS, label),
            "at": columns.seconds(at),
        }
    )
