"""The shop as if nothing had been said after an instant: to ask what time alone will do."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.store.cut import cut_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.app.core import Core
    from stamgast.model.log import Instant
    from stamgast.store.engine import DuckEngine
    from stamgast.store.reading import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was known. ``coming``: rows may be dated after the instant.

    ``cut``: more was said afterwards, which is left out; so is what was dated ahead.
    """

    core: Core
    engine: DuckEngine
    coming: bool = False
    cut: bool = False


@contextmanager
def known_by(core: Core, t: Instant) -> Iterator[Past]:
    """The shop by what was said up to ``t``.

    Where nothing was said later that is the shop itself, rows that are dated ahead included.
    """
    reader = core.reader
    if reader.last_instant is None or reader.last_instant <= t:
        yield Past(core=core, engine=core.engine)
    elif not said_after(reader, t):
        yield Past(core=core, engine=core.engine, coming=True)
    else:
        with core.reading_files(reader.files) as other:
            past = copy.copy(core)
            past.look_at(cut_at(other, t))
            yield Past(core=past, engine=past.engine, cut=True)


def said_after(reader: Reader, t: Instant) -> bool:
    """Whether anything dated was said after ``t``."""
    return bool(reader.db.run(_SAID, {"t": t}))


_SAID = """
    SELECT 1 FROM (
        SELECT 1 FROM order_statement WHERE valid_from > $t AND received_at > $t
        UNION ALL SELECT 1 FROM refund_statement WHERE "at" > $t AND received_at > $t
        UNION ALL SELECT 1 FROM event WHERE occurred_at > $t AND received_at > $t
        UNION ALL SELECT 1 FROM attribute WHERE "at" > $t AND received_at > $t
        UNION ALL SELECT 1 FROM extension WHERE "at" > $t AND received_at > $t
        UNION ALL SELECT 1 FROM consent WHERE "at" > $t AND received_at > $t)
    LIMIT 1
    """
