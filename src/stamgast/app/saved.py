"""What was saved of segments: each version, when and by whom, in ``data/saved`` of the shop."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, TypeVar, cast

from stamgast.app.folder import DATA
from stamgast.clock import format_instant
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from stamgast.model.log import Instant

FOLDER = "saved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Something that was saved."""

    at: Instant
    by: str
    number: int = 0
    """Counted from 1 within its folder; 0: not written yet."""


V = TypeVar("V", bound=Version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved(Version):
    """One saving of one segment; the number is counted over all segments."""

    name: str
    before: str | None
    """The lines of its entry as they were; None: it was in no file of the shop's own."""
    after: str | None
    """As they were written; None: it was taken out."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "version": self.number,
            "segment": self.name,
            "at": format_instant(self.at),
            "by": self.by,
            "before": self.before,
            "after": self.after,
        }


def saved_versions(shop: Path, name: str = "") -> tuple[Saved, ...]:
    """Every version of a segment, or of all, the latest first; what cannot be read is passed over."""
    found = sorted(_all(shop), key=lambda one: -one.number)
    return tuple(one for one in found if name in ("", one.name))


def write_version(shop: Path, version: Saved) -> Saved:
    """Keep a version under the next number. Raises UserError ``definitions.cannot_write``."""
    return keep(shop / DATA / FOLDER, version, _all(shop))


def keep(folder: Path, version: V, held: Iterable[V]) -> V:
    """Write a version to a file of its own, under the number after those that are held.

    Of two who write at once each gets a number. Raises UserError ``definitions.cannot_write``.
    """
    with refused(folder):
        folder.mkdir(parents=True, exist_ok=True)
        number = max((one.number for one in held), default=0) + 1
        while True:
            made = replace(version, number=number)
            try:
                with (folder / f"{number:06d}.json").open("x", encoding="utf-8") as out:
                    json.dump(asdict(made), out, ensure_ascii=False, indent=1)
            except FileExistsError:
                number += 1
                continue
            return made


def replace_file(path: Path, text: str) -> None:
    """Write a text file as a whole or not at all. Raises UserError ``definitions.cannot_write``."""
    part = path.with_name(f".{path.name}.part")
    with refused(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("w", encoding="utf-8", newline="\n") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _all(shop: Path) -> Iterator[Saved]:
    for file in (shop / DATA / FOLDER).glob("*.json"):
        with suppress(OSError, ValueError, TypeError):
            held = cast("dict[str, object]", json.loads(file.read_text(encoding="utf-8")))
            yield Saved(**held)  # type: ignore[arg-type] # what does not fit is passed over


class refused:  # noqa: N801 - used like a function
    """What the disk refuses is said so that a user can mend it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Tell it."""
        if isinstance(error, OSError):
            raise UserError(
                "definitions.cannot_write",
                f"cannot be written: {error.strerror or error}",
                where=str(error.filename or self._path),
                hint="check that the folder may be written to and the disk is not full",
            ) from error
