"""Files that were uploaded and wait to be read: each in a folder of its own, under a name of ours.

They are the shop's only, and gone once they are read or after a day. Nothing of the name that a browser
gave is ever a path but its letters and digits.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import threading
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from stamgast.app.mappings import slug
from stamgast.collect.recognise import recognise
from stamgast.collect.sniff import TEXT
from stamgast.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.app.mappings import Checked
    from stamgast.collect.recognise import Limits, Recognised

FOLDER = "uploads"
META = "upload.json"
KEPT_S = 24 * 3600
CHUNK = 1 << 20
NAME_CHARACTERS = 120
TAKEN = frozenset({*TEXT, ".xlsx"}) - {".jsonl", ".ndjson"}
"""Endings of files that are taken."""
TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that waits."""

    token: str
    name: str
    """As the browser called it, to be shown only."""
    file: str
    """Its name in its folder."""
    source: str = ""
    roles: tuple[str, ...] | None = None
    """What a person said its columns are; None: as they were recognised."""
    mapping: str = ""
    """A mapping that is known to read it, instead of one of its own; empty: none."""


@dataclass(slots=True)
class Uploads:
    """The files that wait, and what is known of each."""

    folder: Path
    _seen: dict[str, Recognised] = field(default_factory=dict)
    _checked: dict[str, tuple[Upload, Checked]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, name: str, content: BinaryIO, most: int) -> Upload:
        """Keep a file. Raises UserError ``upload.kind`` and ``upload.too_large``."""
        self.sweep()
        shown = shown_name(name)
        suffix = PurePosixPath(shown).suffix.lower()
        if suffix not in TAKEN:
            raise UserError(
                "upload.kind",
                "only CSV, text and Excel files are taken",
                hint="save the sheet as CSV, or as .xlsx",
            )
        token = secrets.token_hex(16)
        place = self.folder / token
        place.mkdir(mode=0o700, parents=True)
        made = Upload(token=token, name=shown, file=f"{slug(shown)}{suffix}", source=slug(shown))
        try:
            copy_in(content, place / made.file, most)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        self.keep(made)
        return made

    def keep(self, upload: Upload) -> None:
        """Write what is known of it."""
        text = json.dumps(asdict(upload))
        (self.folder / upload.token / META).write_text(text, encoding="utf-8")

    def of(self, token: str) -> Upload:
        """The file of a token. Raises UserError ``web.not_found``."""
        meta = self.folder / token / META
        if not TOKEN.fullmatch(token) or not meta.is_file():
            raise UserError(
                "web.not_found", "this file is not here any more", hint="upload it again"
            )
        found = json.loads(meta.read_text(encoding="utf-8"))
        roles = found.pop("roles")
        return Upload(**found, roles=None if roles is None else tuple(roles))

    def path(self, upload: Upload) -> Path:
        """Where it lies."""
        return self.folder / upload.token / upload.file

    def recognised(self, upload: Upload, limits: Limits) -> Recognised:
        """How it is written; remembered. Raises UserError as ``recognise``."""
        with self._lock:
            found = self._seen.get(upload.token)
        if found is None:
            found = recognise(self.path(upload), limits)
            with self._lock:
                self._seen[upload.token] = found
        return found

    def checked(self, upload: Upload) -> Checked | None:
        """What reading it would do, once that is known."""
        with self._lock:
            of, found = self._checked.get(upload.token, (None, None))
        return found if of == upload else None

    def put_checked(self, upload: Upload, checked: Checked) -> None:
        """Remember it."""
        with self._lock:
            self._checked[upload.token] = (upload, checked)

    def remove(self, token: str) -> None:
        """The file is not needed any more."""
        with self._lock:
            self._seen.pop(token, None)
            self._checked.pop(token, None)
        shutil.rmtree(self.folder / token, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what nobody came back for."""
        if not self.folder.is_dir():
            return
        for place in self.folder.iterdir():
            if time.time() - place.stat().st_mtime > KEPT_S:
                self.remove(place.name)


def shown_name(name: str) -> str:
    """The last part of a name that a browser gave, without what cannot be shown."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(one for one in last if one.isprintable())[-NAME_CHARACTERS:].strip() or "orders"


def with_roles(upload: Upload, roles: tuple[str, ...], source: str) -> Upload:
    """What a person says of it."""
    return replace(upload, roles=roles, source=slug(source or upload.name), mapping="")


def copy_in(content: BinaryIO, target: Path, most: int) -> None:
    """Write what was sent to a new file, for the shop's user only. Raises UserError ``upload.too_large``."""
    from stamgast.collect.recognise import too_large  # noqa: PLC0415 - beside its only use

    done = 0
    with target.open("xb") as file:
        target.chmod(0o600)
        while chunk := content.read(CHUNK):
            done += len(chunk)
            if done > most:
                raise too_large(most)
            file.write(chunk)
