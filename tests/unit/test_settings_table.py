"""Settings: where each came from, and what is said when one is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stamgast import settings
from stamgast.settings import InvalidSettings

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, text: str) -> Path:
    (folder / settings.FILE_NAME).write_text(text, encoding="utf-8")
    return folder


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    write(tmp_path, 'zone = "Europe/London"\ncurrency = "GBP"\n')
    found = settings.load(tmp_path, {"STAMGAST_CURRENCY": "usd"})
    assert (found.zone, found.currency, found.country) == ("Europe/London", "USD", "NL")
    assert found.given["currency"] == "environment STAMGAST_CURRENCY"
    assert found.given["zone"].endswith("stamgast.toml")
    assert "country" not in found.given


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('zoen = "Europe/Paris"\n', ["zoen", "did you mean `zone`?", ":1"]),
        ('zone = "Europe/Amsterdan"\n', ["zone", "did you mean `Europe/Amsterdam`?"]),
        ('currency = "EURO"\n', ["currency", "3 letters"]),
        ('lifecycle_model = "gird"\n', ["lifecycle_model", "did you mean `grid`?"]),
        ('history_from = "soon"\n', ["history_from", "instant"]),
        ("threads = -1\n", ["threads", "whole number"]),
        ('memory_limit = "much"\n', ["memory_limit", "2GB"]),
        ("name = 'a\n", ["not TOML"]),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, text: str, named: list[str]) -> None:
    with pytest.raises(InvalidSettings) as error:
        settings.load(write(tmp_path, text), {})
    for part in [*named, "stamgast.toml"]:
        assert part in str(error.value)


def test_every_issue_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, 'colour = "red"\ncurrency = 5\n')
    with pytest.raises(InvalidSettings) as error:
        settings.load(tmp_path, {"STAMGAST_LANGUAGE": "fr"})
    assert [issue.code for issue in error.value.issues] == [
        "settings.unknown",
        "settings.wrong_value",
        "settings.wrong_value",
    ]
    assert "environment STAMGAST_LANGUAGE" in str(error.value)


def test_writing_keeps_every_other_line(tmp_path: Path) -> None:
    path = tmp_path / settings.FILE_NAME
    path.write_text(settings.template({"name": 'Bloem "de" Roos'}), encoding="utf-8")
    before = path.read_text(encoding="utf-8").splitlines()
    settings.write(tmp_path, {"zone": "Europe/London"}, note="from the first mapping")
    after = path.read_text(encoding="utf-8").splitlines()
    changed = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert changed == [
        ('# zone = "Europe/Amsterdam"', 'zone = "Europe/London"  # from the first mapping')
    ]
    found = settings.load(tmp_path, {})
    assert (found.name, found.zone) == ('Bloem "de" Roos', "Europe/London")
    assert settings.noted(tmp_path, "from the first mapping") == {"zone"}


def test_a_template_without_values_is_all_defaults(tmp_path: Path) -> None:
    write(tmp_path, settings.template({}))
    assert settings.load(tmp_path, {}).given == {}


def test_an_instant_may_be_written_as_toml_has_it(tmp_path: Path) -> None:
    for text in ("2017-01-01T00:00:00Z", "2017-01-01T01:00:00+01:00", '"2017-01-01T00:00:00Z"'):
        found = settings.load(write(tmp_path, f"history_from = {text}\n"), {})
        assert found.history_from == 1_483_228_800_000_000


@pytest.mark.parametrize("text", ["2017-07-01", '"2017-07-01"', "2017-07-01T00:00:00"])
def test_an_instant_without_an_offset_is_of_the_shops_zone(tmp_path: Path, text: str) -> None:
    """Also where the environment gives the zone: New York is 4 hours behind in July."""
    folder = write(tmp_path, f'history_from = {text}\nzone = "Europe/London"\n')
    midnight = 1_498_867_200_000_000
    hour = 3_600_000_000
    assert settings.load(folder, {}).history_from == midnight - hour
    found = settings.load(folder, {"STAMGAST_ZONE": "America/New_York"})
    assert found.history_from == midnight + 4 * hour
    given = {"STAMGAST_HISTORY_FROM": "2017-07-01", "STAMGAST_ZONE": "UTC"}
    assert settings.load(folder, given).history_from == midnight
