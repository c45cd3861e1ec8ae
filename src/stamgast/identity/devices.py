"""Whose a device is at an instant: the meaning that the store's views are tested against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stamgast.model.log import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A message held a device and a person identifier."""

    device_id: int
    at: Instant
    seq: int
    """Log position: of marks at one instant the last in the log counts."""
    person_id: int


def owner(device_id: int, at: Instant, marks: Iterable[Mark], profile_of: Mapping[int, int]) -> int:
    """The profile a device's rows at an instant belong to.

    The person of the latest mark at or before the instant; before the first mark the person of the
    first one; without marks the device's own profile. ``profile_of``: of the person identifiers.

    >>> marks = [Mark(device_id=9, at=10, seq=1, person_id=1),
    ...          Mark(device_id=9, at=20, seq=2, person_id=2)]
    >>> [owner(9, at, marks, {1: 1, 2: 2}) for at in (5, 10, 19, 20)]
    [1, 1, 1, 2]
    >>> owner(8, 10, marks, {})
    8
    """
    own = sorted((m for m in marks if m.device_id == device_id), key=lambda m: (m.at, m.seq))
    if not own:
        return device_id
    first = [mark for mark in own if mark.at == own[0].at][-1]
    said = [mark for mark in own if mark.at <= at]
    person_id = (said[-1] if said else first).person_id
    return profile_of.get(person_id, person_id)
