"""``shop.consents``: what people agreed to, per purpose, channel and address, with its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.app.finding import Finder, holder_of
from stamgast.app.instants import instant_of
from stamgast.app.snapshot import of_one_snapshot
from stamgast.clock import format_instant
from stamgast.errors import UserError, did_you_mean
from stamgast.identity.normalise import normalise
from stamgast.language.operators_labels import CHANNELS
from stamgast.profiles.words import ConsentWord, write_consents
from stamgast.store.writing import ImportRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.core import Core
    from stamgast.app.instants import Moment
    from stamgast.model.log import Instant
    from stamgast.profiles.words import State

COMMIT = "consent"
"""The kind of a commit that says something about consents."""

ADDRESS_KINDS = {"email": "email", "phone": "phone", "sms": "phone"}
"""Channel -> the identifier kind of its addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentSaid:
    """One word on a purpose over a channel for an address (empty: whatever the address)."""

    purpose: str
    channel: str
    address: str
    state: State
    at: Instant | None
    """None: from always."""
    obtained: str
    text_version: str
    source: str
    """The import's source, or who said it by hand."""
    stands: bool
    """Whether it is the latest for its address."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "purpose": self.purpose,
            "channel": self.channel,
            "address": self.address or None,
            "state": self.state,
            "at": format_instant(self.at),
            "obtained": self.obtained,
            "text_version": self.text_version,
            "source": self.source,
            "stands": self.stands,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentCount:
    """How many addresses (of profiles) stand how, of one purpose over one channel."""

    purpose: str
    channel: str
    granted: int
    soft_opt_in: int
    withdrawn: int
    profiles: int
    """Of how many profiles some address is granted or soft opt-in."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {name: getattr(self, name) for name in type(self).__slots__}


@of_one_snapshot
class ConsentDesk:
    """Consents: ``list``, ``show``, ``set``."""

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    def list(self, *, as_of: Moment = None) -> tuple[ConsentCount, ...]:
        """Per purpose and channel how the addresses stand, in alphabetical order."""
        core = self._core
        t = instant_of(as_of, core.clock, core.settings.zone)
        rows = core.reader.db.run(_COUNTS, {"t": t})
        return tuple(
            ConsentCount(
                purpose=row[0],
                channel=row[1],
                granted=row[2],
                soft_opt_in=row[3],
                withdrawn=row[4],
                profiles=row[5],
            )
            for row in rows
        )

    def show(self, customer: str | int, *, as_of: Moment = None) -> tuple[ConsentSaid, ...]:
        """Every word up to ``as_of``, newest first. Errors as ``customers.find``."""
        core = self._core
        profile = customer if isinstance(customer, int) else Finder(core).one(customer)
        t = instant_of(as_of, core.clock, core.settings.zone)
        rows = core.reader.db.run(_SAID, {"profile": profile, "t": t})
        return tuple(
            ConsentSaid(
                purpose=row[0],
                channel=row[1],
                address=row[2] or "",
                state=row[3],
                at=row[4],
                obtained=row[5] or "",
                text_version=row[6] or "",
                source=row[7] or "",
                stands=row[8],
            )
            for row in rows
        )

    def set(  # noqa: PLR0913 - one word has these parts; all but four are named
        self,
        customer: str,
        purpose: str,
        channel: str,
        state: State,
        *,
        by: str,
        address: str | None = None,
        at: Instant | None = None,
        obtained: str | None = None,
        text_version: str | None = None,
    ) -> tuple[ConsentSaid, ...]:
        """Record a word, from now on or ``at``; returns all words.

        ``address``: without it, by e-mail and phone each address that the customer is known by, else
        whatever the address. Raises UserError ``purpose.unknown``, ``consent.channel``,
        ``consent.address``, ``profile.unknown``, ``profile.ambiguous`` and ``store.locked``.
        """
        core = self._core
        _check(purpose, core.definitions.consents, "purpose.unknown", "purpose")
        _check(channel, CHANNELS, "consent.channel", "channel")
        with core.store.writing(COMMIT) as session:
            profile, holder = holder_of(core, customer)
            addresses = self._addresses(profile, channel, address)
            words = [
                ConsentWord(
                    identity_id=holder,
                    purpose=purpose,
                    channel=channel,
                    address=one,
                    state=state,
                    at=session.now if at is None else at,
                    obtained=obtained,
                    text_version=text_version,
                    source=f"hand:{by}",
                )
                for one in addresses
            ]
            write_consents(session, words)
            session.commit(ImportRecord(source=f"hand:{by}", counts={"said": len(words)}))
        return self.show(profile)

    def _addresses(self, profile: int, channel: str, address: str | None) -> tuple[str | None, ...]:
        kind = ADDRESS_KINDS.get(channel)
        if address is None:
            known = self._core.reader.identifiers(profile)
            found = tuple(one.value for one in known if one.kind == kind)
            return found or (None,)
        kinds = self._core.kinds.by_name
        if kind is None or kind not in kinds:
            return (address.strip(),)
        written = normalise(kinds[kind], address)
        if written is None:
            raise UserError(
                "consent.address",
                f"{address!r} is no address for {channel}",
                hint="give an e-mail address, or a telephone number with its country code",
            )
        return (written,)


def _check(name: str, known: Mapping[str, object], code: str, what: str) -> None:
    if name not in known:
        hint = did_you_mean(name, known) or f"known are {', '.join(known)}"
        raise UserError(code, f"there is no {what} {name!r}", hint=hint)


_RANKED = """
    SELECT profile_id, purpose, channel, address, state, epoch_us("at") AS "at", obtained,
        text_version, source, seq, received_at, row_number() OVER (
            PARTITION BY profile_id, purpose, channel, address
            ORDER BY "at" DESC NULLS LAST, received_at DESC, seq DESC) = 1 AS stands
    FROM owned_consent WHERE "at" IS NULL OR epoch_us("at") <= $t
    """
_SAID = f"""
    SELECT purpose, channel, address, state, "at", obtained, text_version, source, stands
    FROM ({_RANKED}) WHERE profile_id = $profile
    ORDER BY "at" DESC NULLS LAST, received_at DESC, seq DESC
    """  # noqa: S608 - a constant of ours
_COUNTS = f"""
    SELECT purpose, channel, count(*) FILTER (state = 'granted'),
        count(*) FILTER (state = 'soft_opt_in'), count(*) FILTER (state = 'withdrawn'),
        count(DISTINCT profile_id) FILTER (state IN ('granted', 'soft_opt_in'))
    FROM ({_RANKED}) WHERE stands GROUP BY purpose, channel ORDER BY purpose, channel
    """  # noqa: S608 - as above
