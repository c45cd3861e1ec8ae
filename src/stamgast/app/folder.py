"""The shop's folder: made by ``init``, opened by all else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast import settings
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFINITIONS = "definitions"
DATA = "data"
IDENTIFIERS = "identifiers.yaml"
"""In the folder of definitions: changes to the identifier kinds."""
_README = """\
# Your own definitions: traits, segments and the rest, one or more files ending in .yaml.
# A name that Stamgast ships with is overridden by the same name here. For example:
#
# version: 1
# segments:
#   big_spenders:
#     label: {en: Big spenders, nl: Grote uitgevers}
#     where: {trait: net_revenue, gte: 500}
#
# `stamgast schema` writes JSON Schemas, so that an editor helps while typing.
version: 1
"""


def make(folder: Path, values: Mapping[str, str | None]) -> None:
    """Make a shop in ``folder``; a folder that has other things in it keeps them.

    ``values``: settings to write. Raises UserError ``shop.exists``, ``shop.not_a_folder`` and
    ``settings.invalid``.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(
            "shop.not_a_folder", "this is a file", where=str(folder), hint="name another folder"
        )
    file = folder / settings.FILE_NAME
    if file.exists():
        raise UserError(
            "shop.exists",
            "there is a shop here already",
            where=str(folder),
            hint="use it with --shop, or name another folder",
        )
    checked = {
        name: settings.checked(name, value, where=f"--{name}")
        for name, value in values.items()
        if value is not None
    }
    try:
        _write(folder, checked)
    except OSError as error:
        raise UserError(
            "shop.cannot_write",
            f"cannot make the shop: {error.strerror or error}",
            where=str(error.filename or folder),
            hint="check that the folder may be written to and the disk is not full",
        ) from error


def _write(folder: Path, values: Mapping[str, settings.Value]) -> None:
    (folder / DEFINITIONS).mkdir(parents=True, exist_ok=True)
    own = folder / DEFINITIONS / "own.yaml"
    if not own.exists():
        own.write_text(_README, encoding="utf-8")
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text(f"/{DATA}/\n/report*.html\n", encoding="utf-8")
    (folder / settings.FILE_NAME).write_text(settings.template(values), encoding="utf-8")


def check(folder: Path) -> None:
    """See that there is a shop. Raises UserError ``store.missing``."""
    if not (folder / settings.FILE_NAME).is_file() and not (folder / DATA).is_dir():
        raise UserError(
            "store.missing",
            "there is no shop here",
            where=str(folder),
            hint="make one with `stamgast init DIR`, or name its folder with --shop",
        )
