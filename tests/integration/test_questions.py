"""Questions at sign-up: what shipped and own files say, and who has answered, counted by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.errors import InvalidDefinitions

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """
version: 1
source: web
zone: UTC
currency: EUR
country: NL
rows:
  - kind: customers
    fields: {at: at}
    identifiers: {customer_id: nr}
    attributes: {language: lang, city: city}
"""
ROWS = """nr,at,lang,city
1,2026-01-01,nl,Ede
2,2026-01-01,nl,
3,2026-01-01,fr,Ede
4,2026-01-01,,
4,2026-03-01,en,
"""
OWN = """
version: 1
questions:
  town: {question: {en: Where do you live?, nl: Waar woon je?}, attribute: city, purpose: marketing}
"""


def test_who_has_answered(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    Shop.create(folder, zone="UTC", currency="EUR", country="NL").close()
    (tmp_path / "map.yaml").write_text(MAPPING)
    (tmp_path / "rows.csv").write_text(ROWS)
    (folder / "definitions" / "questions.yaml").write_text(OWN)
    with Shop.open(folder) as shop:
        shop.ingest(tmp_path / "rows.csv", mapping=str(tmp_path / "map.yaml"))
        found = {one.question.name: one for one in shop.questions.completeness(as_of="2026-02-01")}
        later = {one.question.name: one for one in shop.questions.completeness(as_of="2026-03-01")}
        assert (found["language"].customers, found["language"].answered) == (4, 3)
        assert found["language"].answers == {"nl": 2, "en": 0, "other": 1}
        assert later["language"].answers == {"nl": 2, "en": 1, "other": 1}
        assert (found["town"].answered, found["birthday"].answered) == (2, 0)
        bad = OWN.replace("attribute: city", "attribute: citty").replace("marketing", "marketting")
        (folder / "definitions" / "questions.yaml").write_text(bad)
        with pytest.raises(InvalidDefinitions) as error:
            shop.questions.declared()
        assert [issue.hint for issue in error.value.issues] == [
            "did you mean `city`?",
            "did you mean `marketing`?",
        ]
    (folder / "definitions" / "questions.yaml").write_text(OWN)
    command = ["--shop", str(folder), "question", "list", "--as-of", "2026-02-01"]
    told = CliRunner().invoke(root, [*command, "--lang", "nl"], catch_exceptions=False).stdout
    assert "Waar woon je?" in told
    assert "2 (50" in told
    plain = json.loads(CliRunner().invoke(root, [*command, "--json"]).stdout)["questions"]
    assert {one["question"]: one["answered"] for one in plain}["town"] == 2
