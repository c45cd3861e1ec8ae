"""Which source wins an attribute: a rule in the definitions, against a rule told here in plain Python."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import duckdb
import pytest
from click.testing import CliRunner
from few_segments import few_segments

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.errors import InvalidDefinitions

if TYPE_CHECKING:
    from collections.abc import Iterator

MAPPING = """
version: 1
source: {source}
zone: UTC
currency: EUR
country: NL
rows:
  - kind: customers
    identifiers: {{customer_id: number}}
    fields: {{at: since}}
    attributes: {{city: city, company: company}}
"""
RULE = """
version: 1
attributes:
  city: {type: text, sources: [crm, web]}
segments:
  in_utrecht: {label: {en: Utrecht, nl: Utrecht}, where: {attribute: city, is: Utrecht}}
  of_firms: {label: {en: Firms, nl: Bedrijven}, where: {attribute: company, present: true}}
"""
ORDER = ["crm", "web"]
DAYS = ("", "2025-01-01", "2025-03-01", "2025-06-01")
CITIES = ("Utrecht", "Zwolle")
ASKED = ("2024-12-31", "2025-02-01", "2025-04-01", "2025-07-01")


@dataclass(frozen=True)
class Row:
    who: str
    source: str
    day: str
    city: str
    turn: int
    """Which import it came with."""


def rows() -> list[Row]:
    """Every pair and some triples of statements: of each source, day and city."""
    found: list[Row] = []
    turns = {"till": 0, "web": 1, "crm": 2}
    single = [Row("", s, d, c, turns[s]) for s, d, c in product(turns, DAYS, CITIES)]
    pairs = [(a, b) for a in single for b in single if a.turn < b.turn]
    for number, pair in enumerate(pairs):
        found += [Row(f"P{number}", r.source, r.day, r.city, r.turn) for r in pair]
    triples = product(DAYS, DAYS, DAYS)
    for number, days in enumerate(triples):
        told = zip(("till", "web", "crm"), days, ("Utrecht", "Zwolle", "Breda"), strict=True)
        found += [Row(f"T{number}", s, d, c, turns[s]) for s, d, c in told]
    return found


def told(rows: list[Row], who: tuple[str, ...], as_of: str, order: list[str]) -> str | None:
    """The city that holds, by going through the sources in their order."""
    come = [r for r in rows if r.who in who and r.day <= as_of]
    for source in order:
        of_source = [r for r in come if r.source == source]
        if of_source:
            come = of_source
            break
    else:
        come = [r for r in come if r.source not in order]
    return max(come, key=lambda r: (r.day, r.turn, r.city)).city if come else None


@pytest.fixture(scope="module")
def log() -> list[Row]:
    return rows()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, log: list[Row]) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("sources")
    made = Shop.create(folder / "shop", zone="UTC", currency="EUR", country="NL")
    for source in ("till", "web", "crm"):
        lines = [f"{r.who},{r.day},{r.city}," for r in log if r.source == source]
        (folder / f"{source}.yaml").write_text(MAPPING.format(source=source))
        text = "\n".join(["number,since,city,company", *lines, ""])
        (folder / f"{source}.csv").write_text(text)
        made.ingest(folder / f"{source}.csv", mapping=str(folder / f"{source}.yaml"))
    (made._core.folder / "definitions" / "own.yaml").write_text(RULE)
    few_segments(folder / "shop")
    with made:
        yield made


def in_utrecht(shop: Shop, as_of: str) -> set[str]:
    members = shop.segment("in_utrecht", as_of=as_of).df()
    return set(members["identifier"])


def held(shop: Shop, who: str, as_of: str) -> list[str | None]:
    return [one.value for one in shop.customers.claims(who, as_of=as_of) if one.holds]


@pytest.mark.parametrize("as_of", ASKED)
def test_a_segment_follows_the_rule(shop: Shop, log: list[Row], as_of: str) -> None:
    # who has no dated row yet is not there
    known = {r.who for r in log if r.day and r.day <= as_of}
    expected = {who for who in known if told(log, (who,), as_of, ORDER) == "Utrecht"}
    assert in_utrecht(shop, as_of) == expected
    plain = {who for who in known if told(log, (who,), as_of, []) == "Utrecht"}
    assert expected != plain or not known


def test_a_segment_is_plain_sql_over_the_files(shop: Shop) -> None:
    folder = shop._core.folder.parent
    query = """
        WITH told AS (
            SELECT number, coalesce(since, DATE '0001-01-01') AS since, city, 1 AS rank FROM read_csv($crm)
            UNION ALL SELECT number, coalesce(since, DATE '0001-01-01'), city, 2 FROM read_csv($web)
            UNION ALL SELECT number, coalesce(since, DATE '0001-01-01'), city, 3 FROM read_csv($till)),
        first AS (
            SELECT number FROM told GROUP BY number HAVING max(since) > DATE '0001-01-01')
        SELECT number FROM (
            SELECT number, city FROM told SEMI JOIN first USING (number)
            QUALIFY row_number() OVER (PARTITION BY number ORDER BY rank, since DESC) = 1)
        WHERE city = 'Utrecht'
        """
    files = {name: str(folder / f"{name}.csv") for name in ("crm", "web", "till")}
    found = duckdb.execute(query, files).fetchall()
    assert in_utrecht(shop, "2026-01-01") == {row[0] for row in found}


@pytest.mark.parametrize("as_of", ASKED)
def test_the_claims_agree(shop: Shop, log: list[Row], as_of: str) -> None:
    for who in ("P0", "P40", "P77", "T5", "T20", "T60"):
        expected = told(log, (who,), as_of, ORDER)
        assert held(shop, who, as_of) == ([] if expected is None else [expected])
    assert shop.customers.show("T60", as_of=as_of).attributes.get("city") == told(
        log, ("T60",), as_of, ORDER
    )


def test_merge_and_unmerge_keep_the_rule(shop: Shop, log: list[Row]) -> None:
    pairs = [("P0", "T63"), ("P150", "T21"), ("P33", "P100")]
    before = {as_of: in_utrecht(shop, as_of) for as_of in ASKED}
    for a, b in pairs:
        shop.identity.merge(a, b, by="test")
    for as_of in ASKED:
        for pair in pairs:
            city = told(log, pair, as_of, ORDER)
            assert held(shop, pair[0], as_of) == ([] if city is None else [city])
    for a, b in pairs:
        shop.identity.unmerge(a, b, by="test")
    assert {as_of: in_utrecht(shop, as_of) for as_of in ASKED} == before


def test_provenance_says_which_source_goes_before_which(shop: Shop, log: list[Row]) -> None:
    # the till spoke last, the web before it, the customer file first
    who = next(
        r.who
        for r in log
        if r.who.startswith("T")
        and [x.day for x in log if x.who == r.who] == ["2025-06-01", "2025-03-01", "2025-01-01"]
    )

    def run(*options: str) -> str:
        asked = ["--shop", str(shop._core.folder), "customer", "show", who, "--provenance"]
        result = CliRunner().invoke(root, [*asked, "--as-of", "2026-01-01", *options])
        assert result.exit_code == 0, result.output
        return result.output

    told_of = json.loads(run("--json"))["provenance"]
    assert [(one["source"], one["why"], one["before"]) for one in told_of] == [
        ("crm", "source", "web"),
        ("web", "behind", "crm"),
        ("till", "behind", "crm"),
    ]
    page = run("--lang", "nl")
    assert "ja, crm gaat voor web" in page
    assert "nee, crm gaat voor till" in page


def test_a_changed_rule_is_noticed_by_refresh(shop: Shop, log: list[Row]) -> None:
    own = shop._core.folder / "definitions" / "own.yaml"
    shop.refresh(as_of="2025-07-01")
    try:
        own.write_text(RULE.replace("[crm, web]", "[till]"))
        with Shop.open(shop._core.folder) as again:
            entered = again.refresh(as_of="2025-07-01T00:00:01Z")
            members = again.segment("in_utrecht", as_of="2025-07-01T00:00:01Z").df()
            expected = {
                r.who for r in log if told(log, (r.who,), "2025-07-01", ["till"]) == "Utrecht"
            }
            known = {r.who for r in log if r.day}
            assert set(members["identifier"]) == expected & known
            stays = again._core.reader.db.run(
                "SELECT count(*) FROM membership WHERE segment = 'in_utrecht' AND left_at IS NULL"
            )
            assert stays[0][0] == len(expected & known)
            assert entered is not None
    finally:
        own.write_text(RULE)


def test_unheard_sources_and_bad_rules_are_told(shop: Shop) -> None:
    own = shop._core.folder / "definitions" / "own.yaml"
    try:
        own.write_text(RULE.replace("[crm, web]", "[crn, web]"))
        found = [one for one in shop.doctor() if one.code == "attribute.source"]
        assert len(found) == 1
        assert found[0].hint is not None
        assert found[0].hint.en == "did you mean `crm`?"
        own.write_text(RULE.replace("[crm, web]", "[web, CRM, web]"))
        with pytest.raises(InvalidDefinitions) as raised:
            shop.segment("in_utrecht").df()
        assert {issue.code for issue in raised.value.issues} == {
            "definitions.name",
            "definitions.duplicate",
        }
    finally:
        own.write_text(RULE)


def test_an_own_rule_keeps_the_label(shop: Shop) -> None:
    assert shop.definitions.attribute_labels["city"].nl == "Plaats"
    assert shop.definitions.attribute_sources == {"city": ("crm", "web")}
