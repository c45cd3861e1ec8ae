"""One person on the report page and on the screen: in words, and without what identifies them."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from stamgast.app.shop import Shop
from stamgast.cli.main import root

if TYPE_CHECKING:
    from collections.abc import Iterator

CUSTOMERS = """\
nr,mail,phone,first,infix,last,sex,born,street,postcode,city
7,hanna@example.org,+31612345678,Hanna,van der,Berg,f,1990-11-25,Dorpsstraat,3511 AB,Utrecht
"""
# every year around 25 November
ORDERS = """\
order,day,customer,article,amount
101,2023-11-24 10:00,7,Kom,40.00
102,2024-11-25 10:00,7,Mok,12.00
103,2025-11-26 10:00,7,Vaas,60.00
"""
EVENTS = "event,at,mail\n" + "".join(
    f"{event},2025-12-{day:02} 12:{minute:02},hanna@example.org\n"
    for day in range(1, 16)
    for minute, event in enumerate(("Product Viewed", "Product Added", "Wheel Spun"))
)
MAPPING = """\
version: 1
source: web
zone: UTC
currency: EUR
country: NL
rows:
  - kind: customers
    file: customers*
    identifiers: {customer_id: nr, email: mail, phone: phone}
    attributes:
      first_name: first
      infix: infix
      last_name: last
      gender: sex
      birthday: {of: born, type: day}
      street: street
      postcode: postcode
      city: city
  - kind: order_lines
    file: orders*
    fields: {order: order, ordered_at: day, name: article, amount: amount}
    identifiers: {customer_id: customer}
  - kind: events
    file: events*
    fields: {event: event, at: at}
    identifiers: {email: mail}
"""
AS_OF = "2026-01-10"
PRIVATE = (
    "hanna@example.org", "612345678", "Berg", "Dorpsstraat", "3511", "Utrecht", "1990", "25 november 1990",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    path = tmp_path_factory.mktemp("person")
    files = {"customers": CUSTOMERS, "orders": ORDERS, "events": EVENTS}
    for name, text in files.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    (path / "web.yaml").write_text(MAPPING, encoding="utf-8")
    with Shop.create(path / "shop", name="Klaver", language="nl") as opened:
        opened.ingest(*(path / f"{name}.csv" for name in files), mapping=str(path / "web.yaml"))
        yield opened


def page(shop: Shop, *, contact: bool = False) -> str:
    folder = shop._core.folder.parent / "out"
    folder.mkdir(exist_ok=True)
    (folder / "report.html").write_text("of an older version, for all to read", encoding="utf-8")
    (file,) = shop.report(folder, as_of=AS_OF, customer="7", contact=contact)
    assert file.stat().st_mode & 0o777 == 0o600
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def passed_on(shop: Shop) -> str:
    """The page as it is passed on, without contact details."""
    return page(shop)


def words(text: str) -> list[str]:
    part = text[text.index('<section id="customer"') :]
    part = part[: part.index("</section>")]
    return [one.strip() for one in re.split(r"<[^>]+>", unescape(part)) if one.strip()]


def test_a_page_that_is_passed_on_says_who_by_first_name_only(passed_on: str) -> None:
    for private in PRIVATE:
        assert private not in passed_on, private
    assert "Hanna B." in words(passed_on)
    assert "klantnummer 7" in words(passed_on)


def test_contact_details_are_there_if_asked_and_in_words(shop: Shop) -> None:
    found = words(page(shop, contact=True))
    assert "Hanna van der Berg" in found
    labels = ["Voornaam", "Tussenvoegsel", "Achternaam", "Geslacht", "Geboortedatum", "Straat"]
    shown = [found[found.index(label) + 1] for label in labels]
    assert shown == ["Hanna", "van der", "Berg", "vrouw", "25 november 1990", "Dorpsstraat"]
    assert [found.index(label) for label in labels] == sorted(found.index(one) for one in labels)


def test_what_was_bought_is_not_pushed_out_by_what_was_clicked(passed_on: str) -> None:
    found = words(passed_on)
    for title in ("Bestelling 101", "Bestelling 102", "Bestelling 103"):
        assert title in found
    assert "Product bekeken" in found
    assert "Product Viewed" not in found
    assert "Wheel Spun" in found  # a name of the source's own
    assert "en nog 34" in found  # 48 rows, 14 shown


def test_usual_days_and_gender_on_the_screen(shop: Shop) -> None:
    folder = str(shop._core.folder)
    asked = ["--shop", folder, "customer", "show", "7", "--as-of", AS_OF]
    told = CliRunner().invoke(root, [*asked, "--all"])
    assert told.exit_code == 0, told.output
    rows = dict(
        re.split(r" {2,}", line, maxsplit=1) for line in told.stdout.splitlines() if "  " in line
    )
    assert rows["Vaste dagen van het jaar"] == "25 november"
    assert rows["Geslacht"] == "vrouw  [web]"
    assert rows["Geboortedatum"] == "25 november 1990  [web]"
    names = [name for name in rows if name]  # a segment on a line of its own has none
    assert names.index("Voornaam") < names.index("Achternaam") < names.index("Aankopen")
    assert names.index("Segmenten") + 1 == names.index("Aankopen")
    assert "Aandeel korting van een koopjesjager" not in rows  # of the shop, not of a customer
    assert " 0" not in {value[-2:] for value in rows.values()}
    assert f"--shop {folder} advice show" in told.stdout
    assert f"--as-of {AS_OF})" in told.stdout
    screen = CliRunner().invoke(root, asked).stdout
    assert re.search(r"^Geboortedatum +25 november 1990$", screen, re.MULTILINE)
    assert "Vaste dagen van het jaar" not in screen
    assert screen.endswith(f"customer show profile:1 --all --as-of {AS_OF}\n")


def test_the_timeline_on_the_screen_has_every_row_in_words(shop: Shop) -> None:
    folder = str(shop._core.folder)
    arguments = ["--shop", folder, "customer", "timeline", "7", "--as-of", AS_OF]
    told = CliRunner().invoke(root, arguments)
    assert told.stdout.count("In winkelwagen gelegd") == 15
    english = CliRunner().invoke(root, [*arguments, "--lang", "en"])
    assert english.stdout.count("Put in the cart") == 15


def test_zero_for_want_of_data_is_a_dash(shop: Shop, passed_on: str) -> None:
    folder = str(shop._core.folder)
    found = {one.name: one for one in shop.segments(as_of=AS_OF)}
    unknown = {name for name, one in found.items() if one.not_known}
    assert {"coupon_shoppers", "sale_shoppers", "high_returners", "lapsed_with_consent"} <= unknown
    assert not unknown & {"vip", "one_time_buyers", "cart_abandoners", "lost_customers"}
    assert all(found[name].count == 0 for name in unknown)
    told = CliRunner().invoke(root, ["--shop", folder, "segment", "list", "--as-of", AS_OF]).stdout
    assert re.search(r"^Couponkopers +– +coupon_shoppers", told, re.MULTILINE)  # noqa: RUF001 - the dash
    assert "Niet bekend: in de gegevens zitten geen kortingscodes." in told
    assert f"--shop {folder} blueprint check" in told
    assert "Niet bekend: in de gegevens zitten geen kortingscodes." in passed_on
    assert "Niet bekend: in de gegevens zitten geen acties van de winkel." in passed_on


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2023-11-01", "De eerste bekende bestelling is van 24 november 2023"),
        ("2023-11-25", ""),
        ("2025-12-20", ""),
        ("2026-03-01", "De laatste bekende bestelling is van 26 november 2025"),
    ],
)
def test_an_instant_outside_the_data_is_called_so(shop: Shop, day: str, said: str) -> None:
    folder = str(shop._core.folder)
    told = CliRunner().invoke(root, ["--shop", folder, "lifecycle", "--as-of", day]).stdout
    assert said in told
    assert ("bekende bestelling is van" in told) == bool(said)
    assert ("--as-of 2025-11-27" in told) == bool(said)


def test_the_page_says_so_too(shop: Shop) -> None:
    day = "2026-03-01"
    (file,) = shop.report(shop._core.folder.parent / "old", as_of=day)
    assert "De laatste bekende bestelling is van 26 november 2025" in file.read_text("utf-8")
