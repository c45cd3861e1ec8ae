"""Files with what is known about persons: for the eyes of who writes them, whatever the umask."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MODE = 0o600


def opener(path: str, flags: int) -> int:
    """For ``open``: a new file is its owner's only."""
    return os.open(path, flags, MODE)


def write_private(file: Path, text: str) -> None:
    """Write a text that is its owner's only, also where the file stood already. Raises OSError."""
    if file.is_file():
        with suppress(PermissionError):  # somebody else's: theirs to decide
            file.chmod(MODE)
    with open(file, "w", encoding="utf-8", opener=opener) as out:
        out.write(text)
