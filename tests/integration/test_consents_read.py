"""Consents and extensions out of files: opt-in columns, files of their own, said again, undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from collect_kit import FixedClock

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAPPING = """
version: 1
source: web
zone: UTC
currency: EUR
country: NL
rows:
  - kind: customers
    file: "customers*"
    identifiers: {customer_id: customer, email: email, phone: phone}
    attributes: {city: city}
    consents:
      - purpose: marketing
        channel: email
        state: {map: {of: news, values: {"yes": granted, "no": withdrawn}, otherwise: missing}}
        at: since
      - {purpose: marketing, channel: sms, state: {map: {of: texts, values: {"1": granted}, otherwise: missing}}}
  - kind: consents
    file: "consents*"
    fields: {purpose: purpose, channel: channel, state: state, address: address, at: at, obtained: source, text_version: version}
    identifiers: {customer_id: customer, email: email}
  - kind: extensions
    file: "labels*"
    fields: {extension: name, value: value, at: at, action: action, origin: origin}
    identifiers: {customer_id: customer}
"""
CUSTOMERS = """customer,email,phone,city,news,texts,since
C-1,Anna@Example.org,06-12345678,Ede,yes,1,2026-01-01
C-2,bas@example.org,,Ede,no,0,2026-01-02
C-3,cor@example.org,,Ede,,,
"""
CONSENTS = """customer,email,purpose,channel,state,address,at,source,version
C-1,,marketing,email,withdrawn,ANNA@example.org,2026-01-10,unsubscribe link,
C-2,,marketing,post,Granted,,2026-01-11,form,v1
C-2,,marketing,email,soft_opt_in,bas@work.example,2026-01-12,checkout,
,dora@example.org,marketing,email,granted,dora@example.org,2026-01-13,form,v1
C-3,,marketing,email,maybe,cor@example.org,2026-01-14,form,v1
C-3,,marketing,pigeon,granted,,2026-01-14,form,v1
"""
LABELS = """customer,name,value,at,action,origin
C-1,loyalty_status,GOLD,2026-01-05,,rule:tiers
C-1,loyalty_status,,2026-01-15,take,rule:tiers
C-2,employee,,2026-01-05,give,
C-3,employee,,2026-01-05,give,nobody
C-9,employee,,2026-01-05,,
"""
OWN = """
version: 1
segments:
  mail: {label: {en: Mail, nl: Mail}, where: [{consent: email_marketing}]}
  post: {label: {en: Post, nl: Post}, where: [{consent: post_marketing}]}
  text: {label: {en: Text, nl: Sms}, where: [{consent: sms_marketing}]}
  gold: {label: {en: Gold, nl: Goud}, where: [{extension: loyalty_status, is: GOLD}]}
  staff: {label: {en: Staff, nl: Personeel}, where: [{extension: employee}]}
"""


def at(text: str) -> int:
    return parse_instant(text)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    Shop.create(tmp_path / "shop", zone="UTC", currency="EUR", country="NL").close()
    (tmp_path / "map.yaml").write_text(MAPPING)
    (tmp_path / "shop" / "definitions" / "own.yaml").write_text(OWN)
    for name, text in (("customers", CUSTOMERS), ("consents", CONSENTS), ("labels", LABELS)):
        (tmp_path / f"{name}.csv").write_text(text)
    with Shop.open(tmp_path / "shop", clock=FixedClock(at("2026-02-01"))) as opened:
        yield opened


def read(shop: Shop, folder: Path, name: str) -> dict[str, int]:
    report = shop.ingest(folder / f"{name}.csv", mapping=str(folder / "map.yaml")).files[0]
    return {
        "accepted": report.accepted,
        "repeated": report.repeated,
        "quarantined": sum(report.quarantined.values()),
    }


def members(shop: Shop, segment: str, day: str) -> list[str]:
    found = shop.segment(segment, as_of=day).arrow().to_pylist()
    return sorted(row["identifier"] for row in found)


def words(shop: Shop) -> list[tuple[str, ...]]:
    rows = shop.sql(
        "SELECT channel, address, state, strftime(timezone('UTC', \"at\"), '%Y-%m-%d') AS day, obtained "
        'FROM lake_consent ORDER BY "at", channel'
    ).rows()
    return [tuple(str(value) for value in row.values()) for row in rows]


def test_an_opt_in_column_is_a_consent_with_date_and_source(shop: Shop, tmp_path: Path) -> None:
    assert read(shop, tmp_path, "customers") == {"accepted": 3, "repeated": 0, "quarantined": 0}
    assert words(shop) == [
        ("email", "anna@example.org", "granted", "2026-01-01", "web"),
        ("email", "bas@example.org", "withdrawn", "2026-01-02", "web"),
        ("sms", "+31612345678", "granted", "2026-02-01", "web"),
    ]
    assert members(shop, "mail", "2026-01-01") == ["C-1"]
    assert members(shop, "text", "2026-02-01") == ["C-1"]
    assert read(shop, tmp_path, "customers") == {"accepted": 0, "repeated": 3, "quarantined": 0}
    (tmp_path / "customers.csv").write_text(
        CUSTOMERS.replace("Ede,yes,1,2026-01-01", "Ede,no,1,2026-01-20")
    )
    assert read(shop, tmp_path, "customers") == {"accepted": 1, "repeated": 2, "quarantined": 0}
    assert members(shop, "mail", "2026-01-19") == ["C-1"]
    assert members(shop, "mail", "2026-01-20") == []


def test_a_file_of_consents(shop: Shop, tmp_path: Path) -> None:
    read(shop, tmp_path, "customers")
    assert read(shop, tmp_path, "consents") == {"accepted": 4, "repeated": 0, "quarantined": 2}
    assert read(shop, tmp_path, "consents") == {"accepted": 0, "repeated": 4, "quarantined": 2}
    assert members(shop, "mail", "2026-01-09") == ["C-1"]
    # C-2 said no for one address, and is a customer under another one
    assert members(shop, "mail", "2026-01-13") == ["C-2", "dora@example.org"]
    assert members(shop, "post", "2026-01-13") == ["C-2"]
    seen = shop.sql(
        "SELECT first_seen_at FROM profiles WHERE identifier = 'dora@example.org'"
    ).rows()
    assert [str(row["first_seen_at"])[:10] for row in seen] == ["2026-01-13"]


def test_a_file_of_extensions(shop: Shop, tmp_path: Path) -> None:
    read(shop, tmp_path, "customers")
    assert read(shop, tmp_path, "labels") == {"accepted": 4, "repeated": 0, "quarantined": 1}
    assert read(shop, tmp_path, "labels") == {"accepted": 0, "repeated": 4, "quarantined": 1}
    # C-1 exists since the word on mail; what is said of a label makes nobody exist
    assert members(shop, "gold", "2026-01-14") == ["C-1"]
    assert members(shop, "gold", "2026-01-15") == []
    assert members(shop, "staff", "2026-02-01") == ["C-2"]


def test_a_value_of_another_type_is_missing(shop: Shop, tmp_path: Path) -> None:
    """A file may hold anything, and a declaration may get another type later."""
    own = tmp_path / "shop" / "definitions" / "own.yaml"
    own.write_text(
        OWN.replace("segments:", "extensions: {score: {type: integer}}\nsegments:")
        + "  high: {label: {en: High, nl: Hoog}, where: [{extension: score, gt: 5}]}\n"
    )
    labels = "customer,name,value,at,action,origin\n"
    labels += "C-1,score,7.5,2026-01-05,,\nC-2,score,7,2026-01-05,,\n"
    (tmp_path / "labels.csv").write_text(labels)
    read(shop, tmp_path, "customers")
    read(shop, tmp_path, "labels")
    assert members(shop, "high", "2026-02-01") == ["C-2"]
    shown = {one: shop.extensions.show(one).carried for one in ("C-1", "C-2")}
    assert [[value for _, value in found] for found in shown.values()] == [[None], [7]]


def test_undone_as_if_never_read(shop: Shop, tmp_path: Path) -> None:
    read(shop, tmp_path, "customers")
    before = {one: members(shop, one, "2026-02-01") for one in ("mail", "post", "gold", "staff")}
    held = words(shop)
    read(shop, tmp_path, "consents")
    read(shop, tmp_path, "labels")
    shop.imports.undo(3, confirmed=True, figures=False)
    shop.imports.undo(2, confirmed=True, figures=False)
    assert {one: members(shop, one, "2026-02-01") for one in before} == before
    assert words(shop) == held
    assert {one.level for one in shop.doctor()} <= {"ok", "warning"}


def test_an_erased_person_is_not_brought_back(shop: Shop, tmp_path: Path) -> None:
    read(shop, tmp_path, "customers")
    read(shop, tmp_path, "consents")
    read(shop, tmp_path, "labels")
    shop.privacy.erase("C-2", by="els", confirmed=True)
    for name in ("customers", "consents", "labels"):
        read(shop, tmp_path, name)
    assert members(shop, "post", "2026-02-02") == []
    assert members(shop, "staff", "2026-02-02") == []
    assert not [one for one in words(shop) if "bas@" in one[1]]
