"""What ``shop.identity`` answers: why somebody is one person, and what came of a person's word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.clock import format_instant

if TYPE_CHECKING:
    from stamgast.app.persons import PersonNow
    from stamgast.identity.fold import BrokenLimit
    from stamgast.model.log import Instant
    from stamgast.store.evidence import Device, LeftOut, Merged
    from stamgast.store.people import Identifier
    from stamgast.store.writing import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What said something: a message of an import, or a person's verdict."""

    batch: int | None = None
    """The import; None: a verdict."""
    source: str = ""
    files: tuple[str, ...] = ()
    at: Instant | None = None
    """When it was imported, or the verdict given."""
    message: tuple[str, str] | None = None
    """``order`` and its number, ``event`` and its name, ``customer`` and the source; None: a refund."""
    verdict: Verdict | None = None

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        if self.verdict is not None:
            return {"by": "verdict", "verdict": verdict_json(self.verdict)}
        return {
            "by": "message",
            "batch": self.batch,
            "source": self.source,
            "files": [*self.files],
            "imported_at": format_instant(self.at),
            "message": None
            if self.message is None
            else {"kind": self.message[0], "name": self.message[1]},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An identifier of a person: where it was first seen, and what joined it to which other one."""

    identifier: Identifier
    first_seen: Source | None
    joined_to: Identifier | None
    """None: it is the first seen of this person."""
    joined_by: Source | None

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            **identifier_json(self.identifier),
            "first_seen": None if self.first_seen is None else self.first_seen.as_json(),
            "joined_to": None if self.joined_to is None else identifier_json(self.joined_to),
            "joined_by": None if self.joined_by is None else self.joined_by.as_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Why somebody is one person."""

    profile_id: int
    identifiers: tuple[Known, ...]
    """Person identifiers, strongest kind first."""
    devices: tuple[Device, ...]
    left_out: tuple[tuple[LeftOut, Source | None], ...]
    """Links that were not taken, on either side, with what said them."""
    merges: tuple[tuple[Merged, Source | None], ...]
    verdicts: tuple[Verdict, ...]
    """About any of its identifiers, withdrawn ones too."""
    names: dict[int, Identifier]
    """Every identifier that the verdicts name."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "profile_id": self.profile_id,
            "identifiers": [one.as_json() for one in self.identifiers],
            "devices": [
                {
                    **identifier_json(one.identifier),
                    "marks": one.marks,
                    "first_at": format_instant(one.first_at),
                    "last_at": format_instant(one.last_at),
                    "others": one.others,
                }
                for one in self.devices
            ],
            "left_out": [
                {
                    "identifier": identifier_json(one.identifier),
                    "profile_id": one.profile_id,
                    "from": identifier_json(one.from_),
                    "from_profile_id": one.from_profile_id,
                    "reason": one.reason,
                    "said": None if said is None else said.as_json(),
                }
                for one, said in self.left_out
            ],
            "merges": [
                {
                    "kept_id": one.kept_id,
                    "joined_id": one.joined_id,
                    "said": None if said is None else said.as_json(),
                }
                for one, said in self.merges
            ],
            "verdicts": [verdict_json(one, self.names) for one in self.verdicts],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What came of a word of a person, or (not ``done``) would come of it."""

    done: bool
    given: tuple[Verdict, ...]
    withdrawn: tuple[Verdict, ...]
    before: tuple[PersonNow, ...]
    """The persons it is about, as they were."""
    after: tuple[PersonNow, ...]
    """As they are, or would be, after it; also who is not with them any more."""
    broken: tuple[BrokenLimit, ...]
    """Limits that were broken by it: to warn of."""
    names: dict[int, Identifier]

    @property
    def profiles(self) -> tuple[tuple[int, tuple[Identifier, ...]], ...]:
        """Profile id and identifiers of each in ``after``."""
        return tuple((one.profile_id, one.identifiers) for one in self.after)

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "done": self.done,
            "given": [verdict_json(one, self.names) for one in self.given],
            "withdrawn": [verdict_json(one, self.names) for one in self.withdrawn],
            "profiles": [
                {"profile_id": profile, "identifiers": [identifier_json(one) for one in known]}
                for profile, known in self.profiles
            ],
            "before": [one.as_json() for one in self.before],
            "after": [one.as_json() for one in self.after],
            "warnings": [{"limit": one.kind, "held": one.held} for one in self.broken],
        }


def identifier_json(one: Identifier) -> dict[str, object]:
    """An identifier as the command line writes it."""
    return {"id": one.id, "kind": one.kind, "value": one.value}


def verdict_json(one: Verdict, names: dict[int, Identifier] | None = None) -> dict[str, object]:
    """A verdict as the command line writes it."""
    sides: dict[str, object] = {"a": one.a, "b": one.b}
    for side, known in (("a", one.a), ("b", one.b)):
        if names is not None and known in names:
            sides[side] = identifier_json(names[known])
    return {
        "id": one.id,
        "kind": one.kind,
        **sides,
        "by": one.by,
        "at": format_instant(one.at),
        "withdrawn_at": format_instant(one.withdrawn_at),
    }
