"""Attributes that were imported as text and are declared as something else since: what fits counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from stamgast.app.shop import Shop
from stamgast.cli.main import root

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
    attributes: {shoe: shoe, seen: seen, member: member, weight: weight}
"""
PEOPLE = """nr,at,shoe,seen,member,weight
1,2026-01-01,42,2025-12-01,true,1.5
2,2026-01-01,forty,soon,perhaps,heavy
3,2026-01-01,41,2025-02-30,false,nan
3,2026-01-02,large,,,
"""
DECLARED = """
version: 1
attributes:
  shoe: {type: integer, label: {en: Shoe, nl: Schoen}}
  seen: {type: day, label: {en: Seen, nl: Gezien}}
  member: {type: boolean, label: {en: Member, nl: Lid}}
  weight: {type: number, label: {en: Weight, nl: Gewicht}}
segments:
  big: {label: {en: Big, nl: Groot}, where: {attribute: shoe, gte: 1}}
  seen: {label: {en: Seen, nl: Gezien}, where: {attribute: seen, present: true}}
  members: {label: {en: Members, nl: Leden}, where: {attribute: member, is: true}}
  no_members: {label: {en: No, nl: Geen}, where: {attribute: member, is: false}}
  weighed: {label: {en: Weighed, nl: Gewogen}, where: {attribute: weight, gt: 0}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("types")
    (path / "map.yaml").write_text(MAPPING)
    (path / "people.csv").write_text(PEOPLE)
    Shop.create(path / "shop", zone="UTC", currency="EUR", country="NL").close()
    with Shop.open(path / "shop") as shop:
        shop.ingest(path / "people.csv", mapping=str(path / "map.yaml"))
    (path / "shop" / "definitions" / "own.yaml").write_text(DECLARED)
    return path / "shop"


# by hand: of 3 the latest word on the shoe is `large`, which is none
MEMBERS = {"big": {"1"}, "seen": {"1"}, "members": {"1"}, "no_members": {"3"}, "weighed": {"1"}}


@pytest.mark.parametrize("name", MEMBERS)
def test_what_does_not_fit_is_missing(folder: Path, name: str) -> None:
    with Shop.open(folder) as shop:
        rows = shop.segment(name, as_of="2026-02-01").arrow().to_pylist()
        assert {row["identifier"] for row in rows} == MEMBERS[name]
        for nr in "123":
            assert shop.explain(name, nr, as_of="2026-02-01").holds == (nr in MEMBERS[name])


def test_every_command_answers(folder: Path) -> None:
    for words in (["segment", "list"], ["customer", "show", "2"], ["lifecycle"], ["doctor"]):
        command = ["--shop", str(folder), *words, "--json"]
        result = CliRunner().invoke(root, command, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)
