"""``shop.extensions``: labels on customers, given and taken by hand or by a list, and who lacks one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stamgast.app.finding import Finder, holder_of
from stamgast.app.instants import instant_of
from stamgast.app.label_figures import checked_who, figures, people_of, said_of
from stamgast.app.label_repair import ORIGIN, change_for, expected_of
from stamgast.app.labels import carried_by, carriers
from stamgast.app.listing import BY_LIST, Grants, Listed, change_of
from stamgast.app.snapshot import of_one_snapshot
from stamgast.clock import format_instant
from stamgast.errors import UserError, did_you_mean
from stamgast.language.ast import ExtensionRef
from stamgast.language.reference.labels import standing
from stamgast.language.reference.moments import moment
from stamgast.language.types import Type
from stamgast.profiles.lists import read_list
from stamgast.profiles.values import canonical_value
from stamgast.profiles.words import ExtensionWord, write_extensions
from stamgast.store.profile_log import parse_canonical
from stamgast.store.writing import ImportRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from stamgast.app.core import Core
    from stamgast.app.customers import Customer
    from stamgast.app.instants import Moment
    from stamgast.app.label_figures import LabelFigures, LabelWord, SaidTogether
    from stamgast.app.label_repair import Way
    from stamgast.app.listing import ListChange, Mode
    from stamgast.language.ast import Condition, Extension
    from stamgast.model.log import Instant, Scalar
    from stamgast.profiles.words import Action

COMMIT = "extension"
"""The kind of a commit that says something about extensions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionLine:
    """An extension in a list, with how many carry it."""

    extension: Extension
    carriers: int
    figures: LabelFigures

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        one = self.extension
        return {
            "extension": one.name,
            "label": {"en": one.label.en, "nl": one.label.nl},
            "type": "none" if one.type is None else one.type.value,
            "values": [*one.values],
            "carriers": self.carriers,
            "asked": self.figures.asked,
            "standing_no": self.figures.noes,
            "origins": [one.as_json() for one in self.figures.origins],
            "exclude_from": [*one.treatment.exclude_from],
            "include_in": [*one.treatment.include_in],
            "show": dict(one.treatment.show),
            "priority": one.treatment.priority,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One word of the history of an extension on a customer."""

    at: Instant
    name: str
    origin: str
    action: Action
    value: Scalar
    until: Instant | None
    reason: str
    identifier: str
    """``kind:value`` of the identifier it was said under."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        value = self.value
        return {
            "at": format_instant(self.at),
            "extension": self.name,
            "origin": self.origin,
            "action": self.action,
            "value": value if value is None or isinstance(value, int | float) else str(value),
            "until": format_instant(self.until),
            "reason": self.reason,
            "identifier": self.identifier,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCustomer:
    """What a customer carries of extensions at an instant, and all that was ever said of them."""

    profile_id: int
    as_of: Instant
    carried: tuple[tuple[Extension, Scalar], ...]
    """In declared order, with the value; missing: it has none."""
    history: tuple[Said, ...]
    """Newest first; only what had come by then."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "profile_id": self.profile_id,
            "as_of": format_instant(self.as_of),
            "carried": [carried_json(one, value) for one, value in self.carried],
            "history": [one.as_json() for one in self.history],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """Who should carry an extension by its ``expected`` condition and does not, and the reverse."""

    extension: Extension
    expected: int
    carried: int
    missing: tuple[tuple[int, str], ...]
    """Profile id and its strongest identifier as ``kind:value``, by profile id."""
    unexpected: tuple[tuple[int, str], ...]

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "extension": self.extension.name,
            "expected": self.expected,
            "carried": self.carried,
            "missing": [{"profile_id": p, "identifier": i} for p, i in self.missing],
            "unexpected": [{"profile_id": p, "identifier": i} for p, i in self.unexpected],
        }


def guidance_json(extension: Extension, value: Scalar) -> dict[str, str] | None:
    """What a colleague should know, in both languages: of the value, else of the extension."""
    known = extension.values.get(value) if isinstance(value, str) else None
    said = (known.guidance if known is not None else None) or extension.guidance
    return None if said is None else {"en": said.en, "nl": said.nl}


def carried_json(extension: Extension, value: Scalar) -> dict[str, object]:
    """An extension that is carried, as the command line writes it."""
    plain = value if value is None or isinstance(value, int | float) else str(value)
    guidance = guidance_json(extension, value)
    return {"extension": extension.name, "value": plain, "guidance": guidance}


@of_one_snapshot
class ExtensionDesk:
    """Labels on customers: ``list``, ``set``, ``unset``, ``lift``, ``import_list``, ``completeness``."""

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    # --- looking ----------------------------------------------------------------------------------

    def named(self, name: str) -> Extension:
        """The extension. Raises UserError ``extension.unknown`` with the nearest name."""
        declared = self._core.definitions.extensions
        if name not in declared:
            hint = did_you_mean(name, declared) or f"declared are {', '.join(declared)}"
            raise UserError("extension.unknown", f"there is no extension {name!r}", hint=hint)
        return declared[name]

    def list(self, *, as_of: Moment = None) -> tuple[ExtensionLine, ...]:
        """Every declared extension with how many carry it, in declared order."""
        core = self._core
        t = instant_of(as_of, core.clock, core.settings.zone)
        declared = core.definitions.extensions
        found = carriers(core, t, declared.values())
        told = figures(core, t, declared.values(), found)
        return tuple(
            ExtensionLine(extension=one, carriers=len(found[name]), figures=told[name])
            for name, one in declared.items()
        )

    def people(
        self, name: str, of: str = "carriers", *, as_of: Moment = None
    ) -> tuple[LabelWord, ...]:
        """Who carries it, has a standing *no* (``no``), or of whom anything was ever said (``asked``).

        With the word that counts, the latest first. Raises UserError ``extension.unknown`` and
        ``extension.who``.
        """
        t = instant_of(as_of, self._core.clock, self._core.settings.zone)
        return people_of(self._core, t, self.named(name), checked_who(of))

    def said(self, name: str, *, as_of: Moment = None, most: int = 50) -> tuple[SaidTogether, ...]:
        """What was said of it, words that came together as one, the latest first.

        Raises UserError ``extension.unknown``.
        """
        t = instant_of(as_of, self._core.clock, self._core.settings.zone)
        return said_of(self._core, t, self.named(name).name, most)

    def show(self, customer: str | int, *, as_of: Moment = None) -> OnCustomer:
        """What a customer carries, with values and history. Errors as ``customers.find``."""
        core = self._core
        profile = customer if isinstance(customer, int) else Finder(core).one(customer)
        t = instant_of(as_of, core.clock, core.settings.zone)
        declared = core.definitions.extensions
        found = carriers(core, t, declared.values(), [profile])
        carried = [one for name, one in declared.items() if profile in found[name]]
        return OnCustomer(
            profile_id=profile,
            as_of=t,
            carried=self._valued(carried, profile, t),
            history=self._history(profile, t),
        )

    def of(self, found: Customer) -> tuple[tuple[Extension, Scalar], ...]:
        """What a customer that was looked up carries, with values, in declared order."""
        carried = [one.extension for one in carried_by(self._core, found).values()]
        return self._valued(carried, found.profile_id, found.as_of)

    def on(self, found: Customer) -> OnCustomer:
        """The same with all that was ever said of them, as ``show`` tells it."""
        return OnCustomer(
            profile_id=found.profile_id,
            as_of=found.as_of,
            carried=self.of(found),
            history=self._history(found.profile_id, found.as_of),
        )

    def _valued(
        self, carried: Sequence[Extension], profile: int, t: Instant
    ) -> tuple[tuple[Extension, Scalar], ...]:
        """With the value of each; missing: it has none."""
        if not any(one.type for one in carried):
            return tuple((one, None) for one in carried)
        core = self._core
        known = moment(core.definitions, core.reader.profile_log(profile), None, t)
        found: list[tuple[Extension, Scalar]] = []
        for one in carried:
            kind = one.type or Type.TEXT
            ref = ExtensionRef(name=one.name, type=kind, per_holder=one.wins_on_merge)
            live = standing(ref, known).live
            found.append((one, live[-1].value if live and one.type else None))
        return tuple(found)

    def completeness(
        self, name: str | None = None, *, as_of: Moment = None
    ) -> tuple[Completeness, ...]:
        """For each extension with ``expected`` (or the named one): who lacks it, who should not have it.

        Raises UserError ``extension.unknown``, and ``extension.no_expected`` for one without.
        """
        core = self._core
        t = instant_of(as_of, core.clock, core.settings.zone)
        declared = core.definitions.extensions
        asked = [self.named(name)] if name else list(declared.values())
        if name:
            expected_of(asked[0])
        asked = [one for one in asked if one.expected is not None]
        wanted: dict[str, Condition] = {one.name: one.expected for one in asked if one.expected}
        should = carriers(core, t, asked, conditions=wanted)
        do = carriers(core, t, asked)
        return tuple(
            Completeness(
                extension=one,
                expected=len(should[one.name]),
                carried=len(do[one.name]),
                missing=self._named(should[one.name] - do[one.name]),
                unexpected=self._named(do[one.name] - should[one.name]),
            )
            for one in asked
        )

    # --- by hand ----------------------------------------------------------------------------------

    def set(  # noqa: PLR0913 - one word has these parts; all but two are named
        self,
        name: str,
        customer: str,
        value: str | None = None,
        *,
        by: str,
        reason: str | None = None,
        since: Moment = None,
        until: Moment = None,
    ) -> OnCustomer:
        """Give it by hand, which also ends a hand's *no*; returns what the customer then carries.

        Raises UserError ``extension.unknown``, ``extension.value``, ``extension.until``,
        ``instant.invalid``, ``instant.out_of_reach``, ``profile.unknown``, ``profile.ambiguous`` and
        ``store.locked``; then nothing was said.
        """
        canonical = canonical_value(
            self.named(name),
            value,
            zone=self._core.settings.zone,
            currency=self._core.settings.currency,
        )
        word = self._word(name, "give", by, (since, until), reason, canonical)
        return self._say(word, customer)

    def unset(
        self,
        name: str,
        customer: str,
        *,
        by: str,
        reason: str | None = None,
        since: Moment = None,
        until: Moment = None,
    ) -> OnCustomer:
        """A standing *no*: whoever else gives it, it is not carried until lifted, or ``until``.

        Errors as ``set``.
        """
        self.named(name)
        return self._say(self._word(name, "no", by, (since, until), reason), customer)

    def lift(self, name: str, customer: str, *, by: str, reason: str | None = None) -> OnCustomer:
        """End a standing *no*: the grants that there are count again. Errors as ``set``."""
        self.named(name)
        return self._say(self._word(name, "lift", by, (None, None), reason), customer)

    def _word(
        self,
        name: str,
        action: Action,
        by: str,
        span: tuple[Moment, Moment],
        reason: str | None,
        value: str | None = None,
    ) -> ExtensionWord:
        clock, zone = self._core.clock, self._core.settings.zone
        at = instant_of(span[0], clock, zone)
        until = None if span[1] is None else instant_of(span[1], clock, zone)
        if until is not None and until <= at:
            raise UserError(
                "extension.until",
                "it would end before it begins",
                hint="`until` is an instant after `since` (without it: now)",
            )
        return ExtensionWord(
            identity_id=0,
            name=name,
            origin=f"hand:{by}",
            action=action,
            value=value,
            at=at,
            until=until,
            reason=reason,
            source=by,
        )

    def _say(self, word: ExtensionWord, customer: str) -> OnCustomer:
        core = self._core
        with core.store.writing(COMMIT) as session:
            profile, holder = holder_of(core, customer)
            holders = [holder]
            if word.action != "give" and self.named(word.name).wins_on_merge:
                # a no silences its holder's grants only: it is said of each that has one
                of_name = {"profile": profile, "name": word.name}
                rows = core.reader.db.run(_HOLDERS, of_name)
                holders = sorted({holder, *(int(row[0]) for row in rows)})
            words = [replace(word, identity_id=one) for one in holders]
            write_extensions(session, words)
            session.commit(ImportRecord(source=word.source, counts={"said": len(words)}))
        return self.show(profile)

    # --- a list -----------------------------------------------------------------------------------

    def import_list(  # noqa: PLR0913 - one list has these parts; all but two are named
        self,
        name: str,
        file: Path,
        *,
        mode: Mode = "add",
        called: str | None = None,
        value: str | None = None,
        until: Instant | None = None,
        reason: str | None = None,
        confirmed: bool = False,
    ) -> ListChange:
        """What a list of customers changes, and (``confirmed``) do it.

        ``called``: under which name the list is known, else the file's: its grants have the origin
        ``import:<called>``. ``add``: who is on it gets the extension. ``replace``: and who got it by this
        list and is not on it any more loses that grant; other grants are not touched. ``remove``: who is
        on it loses what lists gave (``called``: what that list gave). Where no list of that name ever gave
        it, ``no_such_list`` says so. ``value``: for all, else the next
        cell of the line. Raises UserError ``extension.*`` and ``store.locked``; then nothing changed.
        """
        extension = self.named(name)
        core = self._core
        listed = Listed(core, extension, read_list(file), value)
        origin = f"{BY_LIST}{called or file.stem}"
        with core.store.writing(COMMIT) as session:
            grants = Grants(core, extension, session.now)
            of_origin = None if mode == "remove" and called is None else origin
            found = change_of(mode, listed, grants, of_origin)
            words = found.words(origin, session.now, until=until, reason=reason, source=file.name)
            if confirmed and words:
                write_extensions(session, words)
                session.commit(ImportRecord(source=origin, counts=found.counts))
        return found if not confirmed else found.as_done()

    def repair(
        self,
        name: str,
        way: Way = "give",
        *,
        by: str,
        value: str | None = None,
        confirmed: bool = False,
    ) -> ListChange:
        """What brings it in line with who is expected to carry it, and (``confirmed``) do it.

        ``give``: who lacks it gets it, by a list called ``expected``; ``take``: who should not carry it
        loses every grant. A standing *no* stays, and so does what a rule gives. ``value``: of who gets
        it. Raises UserError ``extension.unknown``, ``extension.no_expected``, ``extension.value`` and
        ``store.locked``; then nothing changed.
        """
        core, extension = self._core, self.named(name)
        with core.store.writing(COMMIT) as session:
            found = change_for(core, extension, way, session.now, value)
            said = found.words(ORIGIN, session.now, until=None, reason=None, source=by)
            if confirmed and said:
                write_extensions(session, said)
                session.commit(ImportRecord(source=ORIGIN, counts=found.counts))
        return found if not confirmed else found.as_done()

    # --- parts ------------------------------------------------------------------------------------

    def _named(self, profiles: Iterable[int]) -> tuple[tuple[int, str], ...]:
        rows = self._core.reader.db.run(
            "SELECT profile_id, kind || ':' || value FROM strongest_identifier "
            "WHERE list_contains($ids::BIGINT[], profile_id) ORDER BY profile_id",
            {"ids": sorted(profiles)},
        )
        return tuple((int(row[0]), str(row[1])) for row in rows)

    def _history(self, profile: int, t: Instant) -> tuple[Said, ...]:
        declared = self._core.definitions.extensions
        rows = self._core.reader.db.run(_HISTORY, {"profile": profile, "t": t})
        return tuple(_said(row, declared) for row in rows)


def _said(row: tuple[Any, ...], declared: Mapping[str, Extension]) -> Said:
    at, name, origin, action, value, until, reason, identifier = row
    extension = declared.get(name)
    kind = extension.type if extension is not None and extension.type is not None else Type.TEXT
    return Said(
        at=at,
        name=name,
        origin=origin,
        action=action,
        value=parse_canonical(value, kind),
        until=until,
        reason=reason or "",
        identifier=identifier,
    )


_HOLDERS = "SELECT DISTINCT holder FROM extension WHERE profile_id = $profile AND name = $name"
_HISTORY = """
    SELECT epoch_us(e."at"), e.name, e.origin, e.action, e.value, epoch_us(e.until), e.reason,
        coalesce(i.kind || ':' || i.value, '')
    FROM owned_extension AS e LEFT JOIN lake_identifier AS i ON i.identifier_id = e.identity_id
    WHERE e.profile_id = $profile AND epoch_us(least(e."at", e.received_at)) <= $t
    ORDER BY e."at" DESC, e.seq DESC
    """
