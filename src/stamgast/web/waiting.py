"""Lists of customers that were pasted or uploaded and wait to be carried out, once what they change was seen.

Each is in a folder of its own beside the uploads, the shop's only, and gone once it is done or after a day.
"""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, cast

from stamgast.app.mappings import slug
from stamgast.errors import UserError
from stamgast.web.uploads import TOKEN, copy_in, shown_name

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from stamgast.app.listing import Mode
    from stamgast.web.desk import Desk

META = "list.json"
PASTED = "pasted"
"""What a list is called that came without a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A list that waits."""

    token: str
    extension: str
    mode: Mode
    called: str
    """The name under which the list is known; empty: every list's, when it takes."""
    value: str = ""
    until: str = ""
    """A day of the shop, ISO 8601; empty: it does not end by itself."""
    reason: str = ""


def keep(desk: Desk, asked: Waiting, text: str, file: tuple[str, BinaryIO] | None) -> Waiting:
    """Keep a list. ``file``: its name and content, instead of the text.

    Raises UserError ``upload.none`` and ``upload.too_large``.
    """
    desk.uploads.sweep()
    if file is None and not text.strip():
        raise UserError(
            "upload.none", "no customers are named", hint="paste the list, or choose a file"
        )
    token = secrets.token_hex(16)
    place = desk.uploads.folder / token
    place.mkdir(mode=0o700, parents=True)
    called = asked.called
    try:
        if file is None:
            _path(place).write_text(text, encoding="utf-8")
        else:
            copy_in(file[1], _path(place), desk.most_upload_bytes())
            called = called or slug(shown_name(file[0]))
        if asked.mode == "remove":  # from every list, unless one is named
            called = asked.called
        elif not called:
            called = PASTED
        made = replace(asked, token=token, called=called)
        (place / META).write_text(json.dumps(asdict(made)), encoding="utf-8")
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return made


def waiting(desk: Desk, token: str) -> tuple[Waiting, Path]:
    """A list that waits, and its file. Raises UserError ``web.not_found``."""
    place = desk.uploads.folder / token
    if not TOKEN.fullmatch(token) or not (place / META).is_file():
        raise UserError(
            "web.not_found", "this list is not here any more", hint="paste or upload it again"
        )
    held = cast("dict[str, str]", json.loads((place / META).read_text(encoding="utf-8")))
    return Waiting(**held), _path(place)  # type: ignore[arg-type] # as it was written


def gone(desk: Desk, token: str) -> None:
    """The list is not needed any more."""
    shutil.rmtree(desk.uploads.folder / token, ignore_errors=True)


def _path(place: Path) -> Path:
    return place / "list.txt"
