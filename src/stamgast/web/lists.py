"""Lists that leave the shop: made through the gate, and fetched once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from stamgast.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.app.exporting import ExportAsked, Exported
    from stamgast.web.desk import Desk
    from stamgast.web.visit import Visit

KEPT_S = 3600
"""A file that nobody fetched is gone after so long."""


def make_list(visit: Visit, asked: ExportAsked) -> Exported:
    """Write who may be reached to a file that waits to be fetched. Errors as ``shop.exports.segment``."""
    file = _folder(visit.desk) / f"{time.time_ns()}.part"
    found = visit.desk.do(lambda shop: shop.exports.segment(asked, file), "figures")
    file.rename(_file(visit.desk, found.export))
    visit.note("export", f"{asked.segment} {asked.channel} {found.sent}")
    return found


def take_list(visit: Visit, number: int) -> Path:
    """The file of a list, which is nobody's from now on. Raises UserError ``export.fetched``."""
    file = _file(visit.desk, number)
    if not file.is_file():
        raise UserError(
            "export.fetched",
            "this file was fetched already, or is too old",
            hint="export the segment again",
        )
    taken = file.with_suffix(".taken")
    file.rename(taken)
    visit.note("export_fetched", str(number))
    return taken


def _folder(desk: Desk) -> Path:
    """Where files wait to be fetched; old ones are swept."""
    folder = desk.folder / "data" / "exports"
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in folder.iterdir():
        if time.time() - file.stat().st_mtime > KEPT_S:
            file.unlink(missing_ok=True)
    return folder


def _file(desk: Desk, export: int) -> Path:
    return desk.folder / "data" / "exports" / f"{export}.csv"
