"""The shop as if nothing had been said after an instant: to ask what time alone will do."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.store.cut import cut_at
from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.app.core import Core
    from stamgast.model.log import Instant
    from stamgast.store.engine import DuckEngine
    from stamgast.store.reading import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was known. ``coming``: rows may be dated after the instant."""

    core: Core
    engine: DuckEngine
    coming: bool = False


@contextmanager
def known_by(core: Core, t: Instant) -> Iterator[Past]:
    """The shop by the log cut at ``t``: what was said by then, rows that are dated ahead included.

    Where nothing was said later that is the shop itself.
    """
    reader = core.reader
    if reader.last_instant is None or reader.last_instant <= t:
        yield Past(core=core, engine=core.engine)
    elif not said_after(reader, t):
        yield Past(core=core, engine=core.engine, coming=True)
    else:
        with core.reading_files(reader.files) as other:
            past = core.on(cut_at(other, t))
            yield Past(core=past, engine=past.engine, coming=other.cut_ahead)


def said_after(reader: Reader, t: Instant) -> bool:
    """Whether anything dated was said after ``t``."""
    return bool(reader.db.run(_SAID, {"t": t}))


_HELD_AS = {"customer_statement": "lake_customer_statement"}
"""Tables without a view of what counts of them."""
_EVERY = " UNION ALL ".join(
    f"SELECT 1 FROM {_HELD_AS.get(name, f'owned_{name}')} "  # noqa: S608 - our own names
    f'WHERE epoch_us("{table.instant}") > $t AND epoch_us(received_at) > $t'
    for name, table in LAKE.items()
    if table.role == "said" and table.instant is not None
)
_SAID = f"SELECT 1 FROM ({_EVERY}) LIMIT 1"  # noqa: S608 - as above
"""Whether a dated row of the log was said and dated after ``$t``."""
