"""Imports whose files were read with another version of a mapping than the one that is used now."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from stamgast.language.ast import Text
from stamgast.store.books import batches, imports_of
from stamgast.store.doctor import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stamgast.app.core import Core
    from stamgast.store.books import BatchOnRecord

SAYS_NOTHING = ("version", "label", "about")
"""Keys of a mapping that do not change how rows are read."""


def read_otherwise(core: Core, batch: int) -> tuple[int, ...]:
    """Earlier imports that read rows of the same kinds of the same source in another way than this one.

    Those with a file of this import, if it then said nothing new; and, when the import before it read
    otherwise too, all of them: the mapping was changed since. Imports are not named of which nothing was
    taken, or all of whose files this one read anew: nothing of them stands.
    """
    standing = _standing(core)
    now = next(one for one in standing if one.batch == batch)
    earlier = [one for one in standing if one.batch < batch and one.source == now.source]
    read = _read(core, [now, *earlier])
    mine, files = read[batch]
    if mine is None:
        return ()
    found, shared, last = [], [], False
    for one in earlier:
        text, others = read[one.batch]
        if text is None or not _kinds(text) & _kinds(mine):
            continue
        last = text != mine
        if last and _taken(one) and not (_taken(now) and others <= files):
            found.append(one.batch)
            shared += [one.batch] if files & others and not _taken(now) else []
    return tuple(found if last else shared)


def mapping_findings(core: Core) -> Iterator[Finding]:
    """For ``doctor``: files that were read again with a changed mapping, in vain."""
    first: dict[str, tuple[int, object]] = {}
    stale: set[int] = set()
    standing = _standing(core)
    read = _read(core, standing)
    for one in standing:
        text, files = read[one.batch]
        for file in files if text is not None else ():
            before = first.setdefault(file, (one.batch, text))
            if before[1] != text and not _taken(one):
                stale.add(before[0])
            elif _taken(one):
                first[file] = (one.batch, text)
    if stale:
        named = ", ".join(map(str, sorted(stale)))
        yield Finding(
            level="warning",
            code="mapping.changed",
            message=Text(
                en=f"the files of import {named} were read again with a changed mapping: what they said "
                "stands as it was read first",
                nl=f"de bestanden van import {named} zijn opnieuw gelezen met een gewijzigde mapping: wat "
                "erin staat, geldt zoals het de eerste keer is gelezen",
            ),
            hint=Text(
                en=f"`stamgast ingest undo {min(stale)}` shows what it does to take it out; the later "
                "reading counts then",
                nl=f"`stamgast ingest undo {min(stale)}` laat zien wat het doet om die import eruit te "
                "halen; dan telt de latere lezing",
            ),
        )


def _taken(one: BatchOnRecord) -> bool:
    """Whether it said anything new: what it read then counts, whatever was read before."""
    return one.counts.get("accepted", 0) > 0


def _standing(core: Core) -> list[BatchOnRecord]:
    return [one for one in batches(core.store, "import") if one.undone_at is None]


def _read(
    core: Core, imports: Sequence[BatchOnRecord]
) -> dict[int, tuple[Mapping[str, object] | None, set[str]]]:
    """How each import read its files (None: not kept), and their fingerprints."""
    held = imports_of(core.store, [one.batch for one in imports])
    return {
        batch: (None, set()) if text is None else (_says(text), {sha256 for _, sha256 in files})
        for batch, (text, files) in held.items()
    }


@lru_cache(maxsize=64)
def _says(text: str) -> Mapping[str, object]:
    return {name: value for name, value in json.loads(text).items() if name not in SAYS_NOTHING}


def _kinds(mapping: Mapping[str, object]) -> set[tuple[object, object]]:
    rows = mapping.get("rows")
    sections = rows if isinstance(rows, list) else []
    return {(one.get("kind"), one.get("file")) for one in sections}
