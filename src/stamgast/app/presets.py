"""Presets: numbers that fit a kind of shop, written to a definition file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.app.folder import DEFINITIONS
from stamgast.errors import UserError, did_you_mean
from stamgast.language.reader import SourceFile
from stamgast.language.reader.issues import Issues
from stamgast.language.reader.source import load
from stamgast.retail.presets import PRESETS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stamgast.retail.presets import Preset


def named_preset(name: str) -> Preset:
    """The preset of that name. Raises UserError ``preset.unknown`` with the nearest name."""
    if name in PRESETS:
        return PRESETS[name]
    hint = did_you_mean(name, PRESETS) or f"known are {', '.join(PRESETS)}"
    raise UserError("preset.unknown", f"there is no preset {name!r}", hint=hint)


def preset_for(folder: Path, name: str) -> Preset:
    """The preset, for a folder that has no file of that name yet.

    Raises UserError ``preset.unknown`` and ``preset.exists``.
    """
    found, file = named_preset(name), _file(folder, name)
    if file.exists():
        raise UserError(
            "preset.exists",
            "there is a file of that name already",
            where=str(file),
            hint="rename it, or take over what you need from `stamgast preset show`",
        )
    return found


def write_preset(folder: Path, preset: Preset, language: str = "en") -> None:
    """Write it to the shop's definitions, where it is the shop's to change."""
    _file(folder, preset.name).write_text(preset.text_in(language), encoding="utf-8")


def _file(folder: Path, name: str) -> Path:
    return folder / DEFINITIONS / f"{name}.yaml"


def parameters_of(preset: Preset, language: str = "en") -> Mapping[str, object]:
    """The parameters it sets, as they are written."""
    issues = Issues()
    found = load(
        SourceFile(name=f"{preset.name}.yaml", text=preset.text_in(language), shipped=True), issues
    )
    issues.raise_any()
    assert found is not None  # noqa: S101 - without issues it was read
    written: Mapping[str, object] = found.data["parameters"]
    return written
