"""What was saved of the times and numbers of the stages: each version, in ``data/saved/times`` of the shop."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from stamgast.app.folder import DATA
from stamgast.app.saved import FOLDER, Version, keep
from stamgast.clock import format_instant
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


TIMES = "times"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedTimes(Version):
    """One saving of times and numbers."""

    changed: Mapping[str, tuple[int, int]]
    """Parameter -> days, or purchases, before and after."""
    entries: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Parameter -> its lines before and after; None: no file of the shop's own said it."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "version": self.number,
            "at": format_instant(self.at),
            "by": self.by,
            "changed": {name: {"before": a, "after": b} for name, (a, b) in self.changed.items()},
        }


def times_versions(shop: Path) -> tuple[SavedTimes, ...]:
    """Every version, the latest first; what cannot be read is passed over."""
    return tuple(sorted(_all(shop), key=lambda one: -one.number))


def times_version(shop: Path, number: int) -> SavedTimes:
    """One version. Raises UserError ``definitions.version``."""
    found = next((one for one in _all(shop) if one.number == number), None)
    if found is None:
        raise UserError(
            "definitions.version",
            f"the times of the stages have no version {number}",
            hint="look at the list of its versions",
        )
    return found


def keep_times(shop: Path, version: SavedTimes) -> SavedTimes:
    """Keep a version under the next number. Raises UserError ``definitions.cannot_write``."""
    return keep(shop / DATA / FOLDER / TIMES, version, _all(shop))


def _all(shop: Path) -> Iterator[SavedTimes]:
    for file in (shop / DATA / FOLDER / TIMES).glob("*.json"):
        with suppress(OSError, ValueError, TypeError, KeyError):
            held = cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))
            yield SavedTimes(
                at=int(held["at"]),
                by=str(held["by"]),
                changed={name: (int(a), int(b)) for name, (a, b) in held["changed"].items()},
                entries={name: (a, b) for name, (a, b) in held["entries"].items()},
                number=int(held["number"]),
            )
