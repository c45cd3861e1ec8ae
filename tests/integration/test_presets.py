"""Presets: `init --preset` writes numbers that the shipped definitions take, and nothing else."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.errors import UserError
from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.retail import shipped_files

if TYPE_CHECKING:
    from pathlib import Path

# As the rules of the trade have them.
KNOWN: dict[str, dict[str, object]] = {
    "fashion": {"browser_visits": 2, "browser_window": "30d", "high_returner_share": "60%"},
    "pets": {"browser_visits": 5, "browser_window": "28d"},
    "groceries": {"lifecycle_new": "7d", "lifecycle_lost": "49d"},
    "gifts": {"lifecycle_new": "30d", "lifecycle_lost": "365d"},
}
TIMES = ("lifecycle_new", "lifecycle_promising", "lifecycle_active", "lifecycle_lost")


def call(*words: str) -> str:
    result = CliRunner().invoke(root, list(words))
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("name", KNOWN)
def test_a_shop_begins_with_its_numbers(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "shop"
    assert f"{name}.yaml" in call("init", str(folder), "--preset", name)
    text = (folder / "definitions" / f"{name}.yaml").read_text(encoding="utf-8")
    assert text == call("preset", "show", name)
    written = YAML(typ="safe").load(text)
    assert set(written) == {"version", "parameters"}
    shipped = read_definitions(shipped_files(), settings=LanguageSettings()).parameters
    assert set(written["parameters"]) <= set(shipped)
    assert KNOWN[name].items() <= written["parameters"].items()
    days = [int(written["parameters"][time].removesuffix("d")) for time in TIMES]
    assert days == sorted(set(days))
    with Shop.open(folder) as shop:
        used = shop.definitions.parameters
        assert {key: str(used[key]) for key in written["parameters"]} == {
            key: str(value) for key, value in written["parameters"].items()
        }
        assert sum(shop.lifecycle.counts("2026-01-01").stages.values()) == 0
    assert json.loads(call("preset", "show", name, "--json"))["parameters"] == written["parameters"]


@pytest.mark.parametrize("name", KNOWN)
def test_every_number_says_why(name: str) -> None:
    """A comment stands above each, or above those just before it."""
    shown = call("preset", "show", name)
    _, _, numbers = shown.partition("parameters:\n")
    for block in numbers.strip("\n").split("\n\n"):
        assert re.match(r"\s*# [A-Z]", block), block


def test_list_and_what_is_not_there(tmp_path: Path) -> None:
    listed = json.loads(call("preset", "list", "--json"))["presets"]
    assert [one["preset"] for one in listed] == list(KNOWN)
    assert "Boodschappen" in call("preset", "list", "--lang", "nl")
    with pytest.raises(UserError) as error:
        Shop.create(tmp_path / "shop", preset="grocery")
    assert error.value.code == "preset.unknown"
    assert not (tmp_path / "shop").exists()
    (tmp_path / "kept" / "definitions").mkdir(parents=True)
    (tmp_path / "kept" / "definitions" / "gifts.yaml").write_text("version: 1\n")
    with pytest.raises(UserError) as error:
        Shop.create(tmp_path / "kept", preset="gifts")
    assert error.value.code == "preset.exists"
    assert not (tmp_path / "kept" / "stamgast.toml").exists()
