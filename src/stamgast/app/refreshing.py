"""Wires a refresh: definitions then and now, one snapshot of the data, one write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from stamgast.app.core import SETTINGS
from stamgast.errors import UserError
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.retail import shipped_files
from stamgast.segments.changed import changed
from stamgast.segments.refresh import Question, Refresh
from stamgast.store.books import last_refresh

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from stamgast.app.core import Core
    from stamgast.language.ast import Definitions
    from stamgast.model.log import Instant
    from stamgast.segments.refresh import Refreshed


def refresh(
    core: Core,
    t: Instant,
    progress: Callable[[int, int], None] | None = None,
    *,
    anew: bool = False,
) -> Refreshed:
    """Record who is in which stage and segment at ``t``, and every change since the last refresh.

    ``anew``: what refreshes recorded is forgotten; this one is the first. Raises UserError
    ``refresh.ahead``, ``refresh.backwards`` and ``store.locked``; then nothing was recorded.
    """
    if t > core.clock.now():
        raise UserError(
            "refresh.ahead",
            "a refresh records what has been, and this instant is yet to come",
            hint="questions about later need no refresh: use --as-of on the question",
        )
    now, files = core.definitions, core.to_apply()
    with core.store.writing("refresh") as session:
        core.close()
        question = Question(
            reader=core.reader,
            engine=core.engine,
            definitions=now,
            changed=frozenset() if anew else changed(_applied(core, files), now),
            last=None if anew else last_refresh(core.store),
            meaning=core.meaning(),
            t=t,
        )
        return Refresh(question, progress).write(session, files)


def stays_at(core: Core, name: str, t: Instant) -> pa.Table:
    """``profile_id, entered_at``: since when members of a segment at ``t`` are in it, as recorded.

    Missing where no refresh recorded the start: also of who came in after the last refresh.
    """
    database = core.reader.db
    last = last_refresh(core.store, core.reader.data_version)
    files = core.to_apply()
    if last is None or t <= last.at:
        return database.arrow(_AT, {"name": name, "t": t})
    question = Question(
        reader=core.reader,
        engine=core.engine,
        definitions=core.definitions,
        changed=changed(_applied(core, files), core.definitions),
        last=last,
        meaning=core.meaning(),
        t=t,
    )
    query = Refresh(question).unbroken(name)
    return database.arrow(
        f"SELECT profile_id, entered AS entered_at FROM ({query}) WHERE name = $name",  # noqa: S608 - constant text
        {"name": name},
    )


def no_stays(core: Core) -> pa.Table:
    """``stays_at`` of what no refresh ever looked at."""
    return core.reader.db.arrow(
        "SELECT NULL::BIGINT AS profile_id, NULL::BIGINT AS entered_at WHERE false"
    )


_AT = """
    SELECT profile_id, epoch_us(max(entered_at)) AS entered_at FROM membership
    WHERE segment = $name AND entered_at <= make_timestamptz($t)
        AND (left_at IS NULL OR left_at > make_timestamptz($t))
    GROUP BY profile_id
    """


def _applied(core: Core, now: dict[str, str]) -> Definitions | None:
    """The definitions of the last refresh; None: there was none, or they cannot be read any more."""
    files = core.store.applied()
    if not files:
        return None
    if files == now:
        return core.definitions
    shipped = {file.name for file in shipped_files()}
    try:
        settings = LanguageSettings(**json.loads(files.pop(SETTINGS)))
        return read_definitions(
            [
                SourceFile(name=name, text=text, shipped=name in shipped)
                for name, text in files.items()
            ],
            settings=settings,
        )
    except (UserError, KeyError, TypeError, ValueError):
        return None
