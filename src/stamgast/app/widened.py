"""Definitions with something more, made once: engines keep their statements by the definitions."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from stamgast.language.ast import Definitions

KEPT = 32
"""So many are kept, the last asked; with what they were made of, which no others can then be mistaken for."""

_kept: OrderedDict[Hashable, tuple[object, Definitions]] = OrderedDict()
_lock = Lock()


def widened(
    known: Definitions, key: Hashable, of: object, make: Callable[[], Definitions]
) -> Definitions:
    """What ``make`` makes of ``known``; of the same definitions and key the same.

    ``of``: what must stay in memory as long as the key tells it by where it is.
    """
    place = (id(known), key)
    with _lock:
        if place not in _kept:
            _kept[place] = ((known, of), make())
        _kept.move_to_end(place)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
        return _kept[place][1]
