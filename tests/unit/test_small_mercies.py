"""What people type, where a program could say no: labels, Dutch spans, the country UK, a full folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stamgast.app.core import named_by_label
from stamgast.app.demonstration import demonstrate
from stamgast.app.instants import before
from stamgast.app.shop import Shop
from stamgast.cli.screen import console
from stamgast.clock import parse_instant
from stamgast.errors import UserError
from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.retail import shipped_files

if TYPE_CHECKING:
    from pathlib import Path

SEGMENTS = read_definitions(shipped_files(), settings=LanguageSettings()).segments


@pytest.mark.parametrize(
    ("dutch", "english"),
    [("12 maanden", "12 months"), ("1 maand", "1 month"), ("90 dagen", "90 days"), ("1 dag", "1d"),
     ("8 weken", "8 weeks"), ("1 week", "1w"), ("1 jaar", "1 year"), ("2 jaren", "2y"), ("1j", "1y")],
)  # fmt: skip
def test_spans_in_dutch(dutch: str, english: str) -> None:
    t = parse_instant("2026-03-31")
    assert before(t, dutch) == before(t, english)


@pytest.mark.parametrize("span", ["1 minuut", "1 jan", "dagen", "1 m"])
def test_what_is_no_span(span: str) -> None:
    with pytest.raises(UserError, match="is not a stretch of time"):
        before(0, span)


def test_a_label_is_answered_with_the_name() -> None:
    assert named_by_label("beste klanten", SEGMENTS) == "its name is `best_buyers`"
    assert named_by_label("Best buyers", SEGMENTS) == "its name is `best_buyers`"
    assert named_by_label("best", SEGMENTS) == ""


def test_a_segment_asked_by_its_label(tmp_path: Path) -> None:
    with Shop.create(tmp_path / "shop") as shop:
        for ask in (shop.segment, lambda label: shop.explain(label, "1")):
            with pytest.raises(UserError) as caught:
                ask("Beste klanten")
            assert caught.value.hint == "its name is `best_buyers`"


def test_no_country_is_called_uk(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="write GB for UK"):
        Shop.create(tmp_path / "shop", country="UK")
    assert not (tmp_path / "shop" / "stamgast.toml").exists()
    with Shop.create(tmp_path / "shop", country="gb") as shop:
        assert shop.settings.country == "GB"


def test_the_demonstration_writes_into_no_full_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        demonstrate(tmp_path, "gifts", "en")
    assert caught.value.code == "demo.not_empty"
    assert [one.name for one in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(("columns", "width"), [("80", 80), ("", 120), ("wide", 120), ("0", 120)])
def test_tables_fit_the_width_that_is_asked(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert console().width == width
