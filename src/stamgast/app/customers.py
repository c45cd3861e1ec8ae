"""``shop.customers``: one customer at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stamgast.app.by_hand import set_attribute, unset_attribute
from stamgast.app.claims import claims_of
from stamgast.app.core import STAGE
from stamgast.app.figures import buyers_of_year, order_span
from stamgast.app.finding import Finder
from stamgast.app.happenings import event_rows
from stamgast.app.instants import instant_of
from stamgast.app.notes import NoteDesk
from stamgast.app.persons import in_short
from stamgast.app.snapshot import of_one_snapshot
from stamgast.app.values import plain
from stamgast.clock import format_instant
from stamgast.decide.naming import name_of
from stamgast.language.answer import Statistics
from stamgast.language.reference import answer, answer_at, lateness, moment
from stamgast.language.reference.moments import said
from stamgast.segments.stays import STAGE_STAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stamgast.app.claims import Claim
    from stamgast.app.core import Core
    from stamgast.app.finding import Match
    from stamgast.app.instants import Moment
    from stamgast.app.persons import InShort
    from stamgast.identity.kinds import IdentifierKind
    from stamgast.language.reference.answers import Definition
    from stamgast.language.types import Type
    from stamgast.model.log import AttributeStatement, Instant, Scalar
    from stamgast.report.words import Language
    from stamgast.store.people import Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One row of a timeline."""

    at: Instant
    kind: str
    """``order``, ``refund``, ``event``, or ``stage`` and ``segment`` (recorded by refreshes)."""
    name: str
    """The order's number, the event's name, the stage's or segment's."""
    amount: int | None = None
    """Minor units: of an order its total, of a refund what it takes away; None: not said."""
    details: Mapping[str, Scalar] | None = None
    """Of an event what it was about: ``product``, and declared properties such as ``reason``."""
    approximate: bool = False
    """Whether its source gives no date for it, so that it stands at the import (≈): of an order, for
    its not counting; of a refund, for the refund."""
    since: Instant | None = None
    """Of such an order: since when it does not count."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        known = {
            key: value.isoformat() if isinstance(value, date) else value
            for key, value in (self.details or {}).items()
            if value is not None
        }
        if self.approximate:
            known["approximate"] = True
        if self.since is not None:
            known["not_counting_since"] = str(format_instant(self.since))
        return {
            "at": format_instant(self.at),
            "kind": self.kind,
            "name": self.name,
            "amount_minor": self.amount,
            **known,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One profile at an instant."""

    profile_id: int
    as_of: Instant
    exists: bool
    """False: no record of it is dated up to then."""
    anonymous: bool
    identifiers: tuple[Identifier, ...]
    """Strongest kind first."""
    attributes: Mapping[str, Scalar]
    stage: str | None
    stage_until: Instant | None
    """When the stage changes by itself; None: it does not."""
    next_stage: str | None
    segments: Mapping[str, Instant | None]
    """The segments it is in -> valid until."""
    traits: Mapping[str, Scalar]
    """Every trait; an age is the instant it is counted from."""
    trait_types: Mapping[str, Type]
    first_order_at: Instant | None
    last_order_at: Instant | None
    orders: int
    net_revenue: int
    currency: str
    approximate: bool = False
    """Whether some order or refund of it stands at an import for want of a date in its source (≈)."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "profile_id": self.profile_id,
            "as_of": format_instant(self.as_of),
            "exists": self.exists,
            "anonymous": self.anonymous,
            "identifiers": [{"kind": one.kind, "value": one.value} for one in self.identifiers],
            "attributes": {
                name: value.isoformat() if isinstance(value, date) else value
                for name, value in self.attributes.items()
            },
            "stage": self.stage,
            "stage_valid_until": format_instant(self.stage_until),
            "next_stage": self.next_stage,
            "segments": [
                {"segment": name, "valid_until": format_instant(until)}
                for name, until in self.segments.items()
            ],
            "traits": {
                name: plain(value, self.trait_types[name], self.as_of, self.currency)
                for name, value in self.traits.items()
            },
            "orders": self.orders,
            "net_revenue_minor": self.net_revenue,
            "currency": self.currency,
            "approximate": self.approximate,
            "first_order_at": format_instant(self.first_order_at),
            "last_order_at": format_instant(self.last_order_at),
        }


MOST_ROWS = 1_000
"""With more rows than this a customer is asked of the shop as a whole is."""
_ORDERS = """
    SELECT o.order_key, coalesce(o.order_id, o.order_key), o.ordered_at, o.counts, o.total,
        o.coupon_used, o.coupon, o.channel, o.store, o.net_total
    FROM {order_version} AS o
    WHERE o.profile_id = $profile AND o.ordered_at <= $t AND o.valid_from <= $t
        AND (o.valid_to IS NULL OR o.valid_to > $t)
    ORDER BY o.ordered_at, o.order_key
    """
_ITEMS = """
    SELECT order_key, sum(quantity)::DOUBLE, count(*) FROM {lines}
    WHERE profile_id = $profile GROUP BY order_key
    """
_UNDATED = """
    SELECT order_key, since FROM (
        SELECT order_key, epoch_us(valid_from) AS since, counts, approximate
        FROM owned_order_statement
        WHERE list_contains($keys, order_key) AND valid_from <= make_timestamptz($t)
        QUALIFY row_number() OVER (PARTITION BY order_key
            ORDER BY source_rank, valid_from DESC, received_at DESC, seq DESC) = 1)
    WHERE approximate AND NOT counts
    """
"""Orders that do not count, since an instant that is approximate: by the statement in force."""
_REFUNDS = """
    SELECT epoch_us("at"), amount, order_key, approximate FROM (
        SELECT "at", amount, order_key, approximate, refund_key FROM {owned_refund_statement}
        WHERE profile_id = $profile
        UNION
        SELECT "at", amount, order_key, approximate, refund_key FROM {refund_of_order})
    WHERE "at" <= make_timestamptz($t)
    ORDER BY "at", refund_key
    """
_ENTERED = """
    SELECT segment, epoch_us(max(entered_at)) FROM {membership}
    WHERE profile_id = $profile AND entered_at <= make_timestamptz($t)
        AND (left_at IS NULL OR left_at > make_timestamptz($t))
    GROUP BY segment
    """
_STAYS = """
    SELECT epoch_us(entered_at), segment FROM {membership}
    WHERE profile_id = $profile AND entered_at <= make_timestamptz($t)
    ORDER BY entered_at, segment
    """


@of_one_snapshot
class Customers:
    """Customers of a shop, one at a time."""

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    def find(self, customer: str | int) -> int:
        """The profile id of ``kind:value``, a value, or a profile id, old or new.

        What is none of these is looked for as an order's number, a postcode with or without house
        number, or a name. Raises UserError ``profile.unknown``, ``profile.ambiguous`` with the kinds,
        and ``SeveralFoundError`` (``profile.several``) with who it may be.
        """
        return customer if isinstance(customer, int) else Finder(self._core).one(customer)

    def search(self, text: str) -> tuple[tuple[Match, ...], int]:
        """Who may be meant, the last buyers first and at most 20, and how many there are in all.

        Also by the beginning of a name or e-mail address, the last digits of a telephone number, and
        (when nobody is found so) by a name with one letter wrong, missing, too many or swapped.
        """
        finder = Finder(self._core)
        found = finder.like(text)
        return finder.described(found), len(found)

    def show(self, customer: str | int, *, as_of: Moment = None) -> Customer:
        """Who it is and where it stands. Errors as for ``find``."""
        core, profile = self._core, self.find(customer)
        t = instant_of(as_of, core.clock, core.settings.zone)
        definitions = core.definitions
        segments, traits = list(definitions.segments), list(definitions.traits)
        row = self._answer(t, profile)
        exists = bool(row.get("exists"))
        until = row.get(f"{STAGE}__until") if exists else None
        later = self._next_stage(profile, t, until) if until is not None else None
        known = self._orders(profile, t)
        orders = [one for one in known if one[3]]
        return Customer(
            profile_id=profile,
            as_of=t,
            exists=exists,
            anonymous=self._anonymous(profile),
            identifiers=core.reader.identifiers(profile),
            attributes=self._attributes(profile, t),
            stage=row.get(STAGE) if exists else None,
            stage_until=until,
            next_stage=later,
            segments={name: row[f"{name}__until"] for name in segments if row.get(name)},
            traits={name: row.get(name) for name in traits},
            trait_types={name: definitions.traits[name].type for name in traits},
            first_order_at=orders[0][2] if orders else None,
            last_order_at=orders[-1][2] if orders else None,
            orders=len(orders),
            net_revenue=sum(one[9] for one in orders) - self._loose(profile, t),
            currency=core.settings.currency,
            approximate=self._approximate(known, profile, t),
        )

    def in_short(self, profiles: Sequence[int], *, as_of: Moment = None) -> Mapping[int, InShort]:
        """Of each the name of now, and number of orders, net revenue and last order up to ``as_of``."""
        core = self._core
        return in_short(core, profiles, instant_of(as_of, core.clock, core.settings.zone))

    def labels(self, found: Customer, language: Language) -> tuple[tuple[str, str], ...]:
        """Its identifiers with their kinds as people call them, strongest first."""
        known = self._core.kinds.by_name
        return tuple(
            (kind_label(known.get(one.kind), one.kind, language), one.value)
            for one in found.identifiers
        )

    def name(self, found: Customer) -> str:
        """First and last name as people write them; empty when there is none."""
        said = {key: str(value) for key, value in found.attributes.items()}
        return name_of(said, country=said.get("country") or self._core.settings.country).full

    @property
    def devices(self) -> tuple[IdentifierKind, ...]:
        """The identifier kinds of devices: visitors, not people."""
        return tuple(self._core.kinds.device)

    def kind_label(self, kind: str, language: Language) -> str:
        """An identifier kind as people call it; its name when it has no label."""
        return kind_label(self._core.kinds.by_name.get(kind), kind, language)

    def timeline(self, customer: str | int, *, as_of: Moment = None) -> tuple[Happening, ...]:
        """All that happened up to ``as_of``, newest first. Errors as for ``find``."""
        core, profile = self._core, self.find(customer)
        t = instant_of(as_of, core.clock, core.settings.zone)
        rows = [*self._order_rows(profile, t)]
        for at, amount, order_key, approximate in core.reader.near(_REFUNDS, profile, t=t):
            taken = None if amount is None else -amount
            details = {"order": order_key} if order_key else None
            rows.append(
                Happening(
                    at=at,
                    kind="refund",
                    name="",
                    amount=taken,
                    details=details,
                    approximate=bool(approximate),
                )
            )
        rows += [
            Happening(at=at, kind="event", name=name, details=details)
            for at, name, details in event_rows(core, profile, t)
        ]
        for at, stay in core.reader.near(_STAYS, profile, t=t):
            kind = "stage" if stay.startswith(STAGE_STAY) else "segment"
            rows.append(Happening(at=at, kind=kind, name=stay.removeprefix(STAGE_STAY)))
        order = {"order": 0, "refund": 1, "event": 2, "segment": 3, "stage": 4}
        return tuple(sorted(rows, key=lambda row: (row.at, order[row.kind]), reverse=True))

    @cached_property
    def notes(self) -> NoteDesk:
        """What people of the shop wrote about a customer: ``list``, ``add``, ``remove``."""
        return NoteDesk(self._core)

    def claims(self, customer: str | int, *, as_of: Moment = None) -> tuple[Claim, ...]:
        """What each source said of each attribute, which holds and why. Errors as for ``find``."""
        return claims_of(self._core, self.find(customer), as_of)

    def set(  # noqa: PLR0913 - one word has these parts; all but three are named
        self,
        customer: str,
        name: str,
        value: str | None,
        *,
        by: str,
        source: str | None = None,
        at: Moment = None,
        always: bool = False,
    ) -> tuple[Claim, ...]:
        """Say an attribute by hand; returns all that is said of it, the word that holds first.

        ``value``: as a person writes it; None: it has none (any more). ``source``: where the hand has
        it from, else ``hand``; which source's word holds is the rule of ``docs/meaning.md``. It holds
        from now on, from ``at``, or from ``always``. Raises UserError ``attribute.unknown``,
        ``attribute.value``, ``attribute.of_nobody``, ``instant.*``, ``store.locked`` and as ``find``;
        then nothing was said.
        """
        profile = set_attribute(
            self._core, customer, name, value, by=by, source=source, at=at, always=always
        )
        return self._claims_on(profile, name)

    def unset(self, customer: str, name: str) -> tuple[Claim, ...]:
        """Take the latest word by hand on an attribute back: it never was, at any instant.

        Returns what is left. Raises UserError ``attribute.unknown``, ``attribute.not_by_hand``,
        ``attribute.of_nobody``, ``store.locked`` and as ``find``.
        """
        return self._claims_on(unset_attribute(self._core, customer, name), name)

    def _claims_on(self, profile: int, name: str) -> tuple[Claim, ...]:
        return tuple(one for one in claims_of(self._core, profile) if one.attribute == name)

    def entered(self, found: Customer) -> Mapping[str, Instant]:
        """Segment -> since when, of the stays that refreshes recorded."""
        rows = self._core.reader.near(_ENTERED, found.profile_id, t=found.as_of)
        return {str(name): int(at) for name, at in rows}

    def buyers_of_year(self, *, as_of: Moment = None) -> int:
        """How many bought in the 365 days up to ``as_of``: those that the shipped ranks rank."""
        core = self._core
        return buyers_of_year(core, instant_of(as_of, core.clock, core.settings.zone))

    def order_span(self) -> tuple[Instant, Instant] | None:
        """When the first and the last order were, of all that is known; None: there is none."""
        return order_span(self._core)

    # --- parts ------------------------------------------------------------------------------------

    def _answer(self, t: Instant, profile: int) -> dict[str, Any]:
        """Every answer and until when it is sure; empty of who is not there yet.

        Of one profile its own rows say it sooner than statements over the whole shop do, unless they
        are very many: a till that never gives its customers a number of their own.
        """
        core, known = self._core, self._core.definitions
        asked: dict[str, Definition] = {STAGE: known.lifecycle, **known.segments, **known.traits}
        log = core.reader.profile_log(profile)
        if len(log.orders) + len(log.refunds) + len(log.events) > MOST_ROWS:
            rows: list[dict[str, Any]] = core.answers(list(asked), t, [profile]).to_pylist()
            return rows[0] if rows else {}
        here = moment(known, log, core.engine.statistics(t), t)
        found = {name: answer_at(one, here) for name, one in asked.items()}
        if not any(one.exists for one in found.values()):
            return {}
        until = {f"{name}__until": one.valid_until for name, one in found.items()}
        return {"exists": True, **{name: one.value for name, one in found.items()}, **until}

    def _next_stage(self, profile: int, t: Instant, until: Instant) -> str:
        """The stage at ``until`` by what was said up to ``t``."""
        definitions = self._core.definitions
        log = said(self._core.reader.profile_log(profile), t)
        statistics = Statistics(midnight=t, next_midnight=until)
        return str(answer(definitions.lifecycle, log, statistics, until, definitions).value)

    def _orders(self, profile: int, t: Instant) -> list[tuple[Any, ...]]:
        return self._core.reader.near(_ORDERS, profile, t=t)

    def _order_rows(self, profile: int, t: Instant) -> list[Happening]:
        items = {
            key: (quantity, lines)
            for key, quantity, lines in self._core.reader.near(_ITEMS, profile)
        }
        rows = []
        orders = self._orders(profile, t)
        undated = self._undated(orders, t)
        for key, number, at, counts, total, coupon_used, coupon, channel, store, _ in orders:
            details = {
                "counts": counts,
                "coupon": coupon or bool(coupon_used) or None,
                "channel": channel,
                "store": store,
                "items": items.get(key, (None, None))[0],
                "lines": items.get(key, (None, None))[1],
            }
            rows.append(
                Happening(
                    at=at,
                    kind="order",
                    name=number,
                    amount=total,
                    details=details,
                    approximate=key in undated,
                    since=undated.get(key),
                )
            )
        return rows

    def _undated(self, orders: list[tuple[Any, ...]], t: Instant) -> dict[str, Instant]:
        """Of these orders those that do not count, since an approximate instant, and that instant."""
        keys = [one[0] for one in orders if not one[3]]
        if not keys:
            return {}
        return dict(self._core.reader.db.run(_UNDATED, {"keys": keys, "t": t}))

    def _approximate(self, orders: list[tuple[Any, ...]], profile: int, t: Instant) -> bool:
        if self._undated(orders, t):
            return True
        refunds = self._core.reader.near(_REFUNDS, profile, t=t)
        return any(one[3] for one in refunds)

    def _loose(self, profile: int, t: Instant) -> int:
        rows = self._core.reader.near(
            """
            SELECT coalesce(sum(amount), 0) FROM {loose_refund}
            WHERE profile_id = $profile AND "at" <= $t AND valid_from <= $t
                AND (valid_to IS NULL OR valid_to > $t)
            """,
            profile,
            t=t,
        )
        return int(rows[0][0])

    def _anonymous(self, profile: int) -> bool:
        rows = self._core.reader.near(
            "SELECT anonymous FROM {presence} WHERE profile_id = $profile", profile
        )
        return bool(rows and rows[0][0])

    def _attributes(self, profile: int, t: Instant) -> dict[str, Scalar]:
        """The value in force of each attribute, by the rule of ``docs/meaning.md``."""
        ranked = self._core.definitions.attribute_sources
        best: dict[str, AttributeStatement] = {}
        for one in self._core.reader.profile_log(profile).attributes:
            if one.at is not None and one.at > t:
                continue
            known, sources = best.get(one.name), ranked.get(one.name, ())
            if known is None or lateness(one, sources) > lateness(known, sources):
                best[one.name] = one
        return {name: one.value for name, one in sorted(best.items()) if one.value is not None}


def kind_label(kind: IdentifierKind | None, name: str, language: Language) -> str:
    """An identifier kind as people call it; its name when it has no label."""
    label = "" if kind is None else kind.label_nl if language == "nl" else kind.label_en
    return label or name
