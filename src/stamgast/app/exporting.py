"""A segment to a file for a channel: nobody goes out who may not be reached, and all are accounted for."""

from __future__ import annotations

import csv
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stamgast.app.instants import instant_of
from stamgast.app.labels import carriers
from stamgast.app.private import opener
from stamgast.app.snapshot import of_one_snapshot
from stamgast.clock import format_instant
from stamgast.errors import UserError, did_you_mean
from stamgast.model.log import ConsentStatement
from stamgast.profiles.gate import DO_NOT_CONTACT, Facts, Question, may
from stamgast.profiles.targets import COLUMNS, row, safe
from stamgast.store.attributes import HOLDS
from stamgast.store.decisions import ExportOnRecord, exports, record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stamgast.app.core import Core
    from stamgast.app.instants import Moment
    from stamgast.language.ast import Treatment
    from stamgast.model.log import Instant
    from stamgast.profiles.gate import Decision
    from stamgast.profiles.targets import Channel, Platform

WITHOUT = "without"
"""The reason of who is in a segment that is to be left out: ``without:<segment>``."""

KINDS_OF = {"email": ("email",), "phone": ("phone",), "ads": ("email", "phone"), "post": ()}
"""Identifier kinds that are addresses on a channel."""

REACHED_BY: tuple[Channel, ...] = ("email", "phone", "post")
"""Channels by which one person is reached, the cheapest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAsked:
    """What goes where. ``without``: segments whose members stay out.

    ``profiles``: these people, and nobody that a label takes in; ``segment`` is then only what the
    export is called on record.
    """

    segment: str
    channel: Channel
    purpose: str = "marketing"
    platform: Platform = "google"
    without: Sequence[str] = ()
    own_products: bool = True
    profiles: Sequence[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What came of an export: ``members`` + ``taken_in`` = ``sent`` + all that were left out."""

    asked: ExportAsked
    as_of: Instant
    file: str
    members: int
    taken_in: Mapping[str, int]
    """Extension -> those that it takes in although they are not in the segment."""
    sent: int
    sent_by: Mapping[str, int]
    """Why they may be reached -> how many."""
    left_out: Mapping[str, int]
    """Reason -> how many, most first."""
    export: int
    """Its number: under it the decision on each profile is kept."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "export": self.export,
            "segment": self.asked.segment,
            "for": self.asked.channel,
            "purpose": self.asked.purpose,
            "as_of": format_instant(self.as_of),
            "file": self.file,
            "members": self.members,
            "taken_in": dict(self.taken_in),
            "sent": self.sent,
            "sent_by": dict(self.sent_by),
            "left_out": dict(self.left_out),
        }


def export_segment(core: Core, asked: ExportAsked, file: Path, *, as_of: Moment = None) -> Exported:
    """Write who may be reached to a CSV file with the columns that its receiver expects.

    Members are those at ``as_of``; whether they may be reached is judged now, whatever ``as_of``. Each
    decision is recorded with its reason before the file stands there. Raises UserError
    ``segment.unknown``, ``purpose.unknown`` and ``export.cannot_write``.
    """
    for name in (*(() if asked.profiles is not None else (asked.segment,)), *asked.without):
        core.named_segment(name)
    purposes = core.definitions.consents
    if asked.purpose not in purposes:
        hint = did_you_mean(asked.purpose, purposes) or f"declared are {', '.join(purposes)}"
        raise UserError("purpose.unknown", f"there is no purpose {asked.purpose!r}", hint=hint)
    t = instant_of(as_of, core.clock, core.settings.zone)
    now = max(t, core.clock.now())
    members, taken_in = _chosen(core, asked, t, now)
    everybody = sorted({*members, *taken_in})
    left = _left_out(core, asked, t)
    facts = _Known(core, asked, everybody, now)
    sent: list[tuple[int, Sequence[str]]] = []
    decided: list[tuple[int, bool, str]] = []
    for profile in everybody:
        if profile in left:
            decided.append((profile, False, f"{WITHOUT}:{left[profile]}"))
            continue
        found, addresses = facts.decide(profile)
        decided.append((profile, found.yes, found.reason))
        if found.yes:
            sent.append((profile, addresses))
    with _written(file, asked, (facts.cells(profile, to) for profile, to in sent)):
        made = ExportOnRecord(
            at=core.clock.now(),
            as_of=t,
            segment=asked.segment,
            channel=asked.channel,
            purpose=asked.purpose,
            file=str(file),
            members=len(everybody),
            sent=len(sent),
        )
        number = record(core.store.catalogue, made, decided)
    return Exported(
        asked=asked,
        as_of=t,
        file=str(file),
        members=len(members),
        taken_in=dict(Counter(taken_in.values())),
        sent=len(sent),
        sent_by=dict(Counter(why for _, yes, why in decided if yes).most_common()),
        left_out=dict(Counter(why for _, yes, why in decided if not yes).most_common()),
        export=number,
    )


@of_one_snapshot
class Exports:
    """What goes out of a shop through the gate, and what went."""

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    def segment(self, asked: ExportAsked, file: str | Path, *, as_of: Moment = None) -> Exported:
        """Write the members who may be reached over a channel to a CSV file; all are accounted for.

        Raises UserError ``segment.unknown``, ``purpose.unknown`` and ``export.cannot_write``.
        """
        return export_segment(self._core, asked, Path(file), as_of=as_of)

    def made(self) -> list[ExportOnRecord]:
        """Every export there was, the latest first: what went where, and how many."""
        return exports(self._core.store.catalogue)


def reach(
    core: Core,
    profile: int,
    t: Instant,
    purpose: str = "marketing",
    carried: Mapping[str, Treatment] | None = None,
) -> dict[str, Decision]:
    """Channel -> whether the gate lets one reach a profile over it at ``t``, and why. It records nothing.

    ``carried``: extension -> its treatment, of those it carries at ``t``, where that is known already.
    """
    found: dict[str, Decision] = {}
    held = _carried(core, [profile], t) if carried is None else {profile: carried}
    for channel in REACHED_BY:
        asked = ExportAsked(segment="", channel=channel, purpose=purpose)
        found[channel] = _Known(core, asked, [profile], t, held).decide(profile)[0]
    return found


def _chosen(
    core: Core, asked: ExportAsked, t: Instant, now: Instant
) -> tuple[set[int], dict[int, str]]:
    """The members, and who is taken in by a label, with its name."""
    if asked.profiles is not None:
        return set(asked.profiles), {}
    members = set(core.engine.members(asked.segment, t).column("profile_id").to_pylist())
    including = [
        one
        for one in core.definitions.extensions.values()
        if asked.segment in one.treatment.include_in
    ]
    taken: dict[int, str] = {}
    for name, profiles in carriers(core, now, including).items():
        for one in profiles - members:
            taken.setdefault(one, name)
    return members, taken


def _left_out(core: Core, asked: ExportAsked, t: Instant) -> dict[int, str]:
    """Profile -> the first segment for which it stays out."""
    found: dict[int, str] = {}
    for name in asked.without:
        for one in core.engine.members(name, t).column("profile_id").to_pylist():
            found.setdefault(one, name)
    return found


@contextmanager
def _written(file: Path, asked: ExportAsked, rows: Iterable[list[str]]) -> Iterator[None]:
    """The file, for its owner's eyes only; it stands there once the body came to its end."""
    kind = asked.platform if asked.channel == "ads" else asked.channel
    part = file.with_name(f".{file.name}.part")
    try:
        with open(part, "w", encoding="utf-8", newline="", opener=opener) as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(COLUMNS[kind])
            writer.writerows([safe(cell) for cell in cells] for cells in rows)
        yield
        part.replace(file)
    except OSError as error:
        raise UserError(
            "export.cannot_write",
            f"cannot write the file: {error.strerror or error}",
            where=str(file),
            hint="name a file in a folder that exists and may be written to",
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


class _Known:
    """What the gate and the file must know of the people of an export."""

    def __init__(
        self,
        core: Core,
        asked: ExportAsked,
        profiles: Sequence[int],
        now: Instant,
        carried: Mapping[int, Mapping[str, Treatment]] | None = None,
    ) -> None:
        """``carried``: where it is known already."""
        self._asked = asked
        self._now = now
        self._question = Question(
            channel=asked.channel,
            purpose=asked.purpose,
            own_products=asked.own_products,
            campaign=core.definitions.consents[asked.purpose].campaign,
        )
        self._db = core.reader.db
        self._db.run("CREATE OR REPLACE TEMP TABLE exported (profile_id BIGINT)")
        self._db.run("INSERT INTO exported SELECT unnest($ids::BIGINT[])", {"ids": list(profiles)})
        self._names = _grouped(self._db.run(_IDENTIFIERS))
        self._attributes = _grouped(self._db.run(_ATTRIBUTES, {"t": now}))
        words = {"purpose": asked.purpose, "channel": asked.channel, "t": now}
        self._consents = self._words(words)
        self._buyers = {row[0] for row in self._db.run(_BUYERS, {"t": now})}
        self._suppressed = self._no_use(words)
        self._carried = _carried(core, profiles, now) if carried is None else carried

    def _no_use(self, words: dict[str, object]) -> dict[int, set[str | None]]:
        """Profile -> the addresses that are not to be used; None: all of them."""
        found: dict[int, set[str | None]] = {}
        asked = {**words, "campaign": self._question.campaign}
        for profile, address in self._db.run(_SUPPRESSED, asked):
            found.setdefault(profile, set()).add(address)
        return found

    def _words(self, words: dict[str, object]) -> dict[int, list[ConsentStatement]]:
        found: dict[int, list[ConsentStatement]] = {}
        for profile, address, state, at, received_at, seq in self._db.run(_CONSENTS, words):
            found.setdefault(profile, []).append(
                ConsentStatement(
                    purpose=self._asked.purpose,
                    channel=self._asked.channel,
                    address=address,
                    state=state,
                    at=at,
                    received_at=received_at,
                    seq=seq,
                )
            )
        return found

    def decide(self, profile: int) -> tuple[Decision, Sequence[str]]:
        """Whether a profile may be reached, and its addresses that may be used."""
        addresses = self._addresses(profile)
        of_no_use = self._suppressed.get(profile, set())
        suppressed = frozenset(one for one in addresses if one in of_no_use or None in of_no_use)
        facts = Facts(
            consents=self._consents.get(profile, ()),
            carried=self._carried.get(profile, {}),
            addresses=addresses,
            customer=profile in self._buyers,
            suppressed=suppressed,
        )
        found = may(facts, self._question, self._now)
        if not found.yes or self._asked.channel != "ads":
            return found, [found.address] if found.yes and found.address else []
        each = (Facts(**{**_parts(facts), "addresses": [one]}) for one in addresses)
        agreed = [may(one, self._question, self._now) for one in each]
        return found, [one.address for one in agreed if one.yes and one.address]

    def cells(self, profile: int, addresses: Sequence[str]) -> list[str]:
        """The cells of the file."""
        known = {name: values[0] for name, values in self._attributes.get(profile, {}).items()}
        names = self._names.get(profile, {})
        known["profile_id"] = str(profile)
        known["customer_id"] = names.get("customer_id", [""])[0]
        if self._asked.channel != "post":
            known["email"] = next((one for one in addresses if "@" in one), "")
            known["phone"] = next((one for one in addresses if "@" not in one), "")
        kind = self._asked.platform if self._asked.channel == "ads" else self._asked.channel
        return row(kind, known)

    def _addresses(self, profile: int) -> list[str]:
        """Those it is known by, first seen first, then those that only a consent names."""
        if self._asked.channel == "post":
            known = self._attributes.get(profile, {})
            whole = all(one in known for one in ("street", "city")) or (
                "postcode" in known and "house_number" in known
            )
            return (
                [" ".join(known[one][0] for one in ("postcode", "street", "city") if one in known)]
                if whole
                else []
            )
        names = self._names.get(profile, {})
        found = [one for kind in KINDS_OF[self._asked.channel] for one in names.get(kind, ())]
        found += [one.address for one in self._consents.get(profile, ()) if one.address]
        return list(dict.fromkeys(found))


def _parts(facts: Facts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in type(facts).__slots__}


def _carried(core: Core, profiles: Sequence[int], now: Instant) -> dict[int, dict[str, Treatment]]:
    """Per profile the labels that it carries, with their treatment."""
    declared = core.definitions.extensions
    wanted = [
        one
        for one in declared.values()
        # do_not_contact is a no whatever treatment a shop gives it
        if one.treatment.exclude_from or one.name == DO_NOT_CONTACT
    ]
    found: dict[int, dict[str, Treatment]] = {}
    inside = set(profiles)
    for name, members in carriers(core, now, wanted).items():
        for one in members & inside:
            found.setdefault(one, {})[name] = declared[name].treatment
    return found


def _grouped(rows: Iterable[Sequence[Any]]) -> dict[int, dict[str, list[str]]]:
    """Profile -> name -> values, of rows of these three."""
    found: dict[int, dict[str, list[str]]] = {}
    for profile, name, value in rows:
        found.setdefault(profile, {}).setdefault(name, []).append(str(value))
    return found


_IDENTIFIERS = """
    SELECT profile_id, kind, value FROM (
        SELECT coalesce(m.profile_id, i.identifier_id) AS profile_id, i.kind, i.value, i.identifier_id
        FROM lake_identifier AS i LEFT JOIN first_profile_of AS m ON m.identity_id = i.identifier_id)
    SEMI JOIN exported USING (profile_id)
    WHERE kind IN ('customer_id', 'email', 'phone') ORDER BY identifier_id
    """
_ATTRIBUTES = f"""
    SELECT profile_id, name, value FROM (
        SELECT profile_id, name, {HOLDS} AS value
        FROM attribute SEMI JOIN exported USING (profile_id)
        WHERE ("at" IS NULL OR "at" <= $t) AND name IN ('first_name', 'infix', 'last_name', 'gender',
            'language', 'company', 'street', 'house_number', 'postcode', 'city', 'region', 'country')
        GROUP BY profile_id, name)
    WHERE value IS NOT NULL
    """  # noqa: S608 - our own names
_CONSENTS = """
    SELECT profile_id, address, state, "at", received_at, seq
    FROM consent SEMI JOIN exported USING (profile_id)
    WHERE purpose = $purpose AND channel = $channel AND ("at" IS NULL OR "at" <= $t)
    """
_BUYERS = """
    SELECT DISTINCT profile_id FROM order_version SEMI JOIN exported USING (profile_id)
    WHERE counts AND ordered_at <= $t AND valid_from <= $t AND (valid_to IS NULL OR valid_to > $t)
    """
_SUPPRESSED = """
    SELECT DISTINCT e.profile_id, i.value
    FROM owned_event AS e SEMI JOIN exported USING (profile_id)
    LEFT JOIN lake_identifier AS i ON i.identifier_id = e.identity_id AND i.kind = 'email'
    WHERE $channel = 'email' AND epoch_us(e.occurred_at) <= $t AND (
        e.event IN ('Email Bounced', 'Email Marked as Spam')
        OR e.event = 'Unsubscribed' AND $campaign AND NOT EXISTS (
            SELECT 1 FROM consent AS c WHERE c.profile_id = e.profile_id
            AND c.purpose = $purpose AND c.channel = $channel
            AND c."at" > epoch_us(e.occurred_at) AND c."at" <= $t))
    """
"""Profile and the address that the event was about, missing where it was told under another identifier.

A word on consent that came after an unsubscription counts instead of it."""


def record_json(one: ExportOnRecord) -> dict[str, object]:
    """An export on record, as the command line writes it."""
    return {
        "export": one.id,
        "at": format_instant(one.at),
        "as_of": format_instant(one.as_of),
        "segment": one.segment,
        "for": one.channel,
        "purpose": one.purpose,
        "file": one.file,
        "members": one.members,
        "sent": one.sent,
    }
