"""Product feeds that come late: what is on record follows, and an undo leaves them as they were said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from few_segments import few_segments

from stamgast.app.shop import Shop
from stamgast.clock import parse_instant
from stamgast.store.lake import LAKE, tables_of
from stamgast.store.undo import RECEIVED, touched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = "version: 1\nlabel: {en: F, nl: F}\nabout: a feed\nzone: UTC\ncurrency: EUR\ncountry: NL\n"
LINES = HEAD + (
    "source: till\nrows:\n  - kind: order_lines\n    identifiers: {customer_id: who}\n"
    "    fields: {order: no, ordered_at: at, amount: total, product_id: product, sku: article}\n"
)
FEED = HEAD + (
    "source: feed\nrows:\n  - kind: products\n"
    "    fields: {product_id: id, sku: article, category: category, at: at}\n"
)
SITE = HEAD + (
    "source: site\nrows:\n  - kind: events\n    identifiers: {customer_id: who}\n"
    "    fields: {event: event, at: at}\n    properties: {product_id: product}\n"
)
OWN = (
    "version: 1\nsegments:\n  bags:\n    label: {en: Bags, nl: Tassen}\n"
    "    where: {did: line, at_least: 1, where: {category: {is: Bags}}}\n"
    "  lookers:\n    label: {en: Lookers, nl: Kijkers}\n"
    "    where: {did: Product Viewed, at_least: 1, where: {category: {is: Bags}}}\n"
)
BOUGHT = [
    "A,1,2024-03-01T10:00:00Z,10.00,P1,S1",
    "B,2,2024-03-02T10:00:00Z,10.00,P2,S2",
    "C,3,2024-03-05T10:00:00Z,10.00,P1,S1",
    "D,4,2024-03-06T10:00:00Z,10.00,,S9",
]


@dataclass(slots=True)
class Clock:
    at: int = parse_instant("2024-03-12")

    def now(self) -> int:
        """A millisecond later each time, as clocks do."""
        self.at += 1_000
        return self.at


class Fed:
    """A shop of lines that is told feeds."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        Shop.create(folder / "shop", zone="UTC", currency="EUR", country="NL").close()
        self.folder = folder
        self.clock = Clock()
        self.shop = Shop.open(folder / "shop", clock=self.clock)
        (folder / "shop" / "definitions" / "own.yaml").write_text(OWN)
        few_segments(folder / "shop")
        (folder / "lines.yaml").write_text(LINES)
        (folder / "feed.yaml").write_text(FEED)
        (folder / "site.yaml").write_text(SITE)

    def told(self, name: str, *lines: str) -> int:
        """Import lines of the till, events of the site or a feed, as the name begins."""
        mapping = name.split(maxsplit=1)[0]
        heads = {
            "lines": "who,no,at,total,product,article",
            "feed": "id,article,category,at",
            "site": "who,event,at,product",
        }
        path = self.folder / f"{name}.csv"
        path.write_text("\n".join([heads[mapping], *lines]) + "\n")
        return self.shop.ingest(path, mapping=str(self.folder / f"{mapping}.yaml")).batch

    def bags(self, segment: str = "bags") -> list[tuple[str, str | None, str | None]]:
        """The stays in the segment that are on record."""
        rows = self.shop.sql(
            "SELECT p.identifier, strftime(timezone('UTC', entered_at), '%m-%d %H') AS entered, "
            "strftime(timezone('UTC', left_at), '%m-%d %H') AS departed FROM memberships "
            f"JOIN profiles AS p USING (profile_id) WHERE segment = '{segment}' ORDER BY ALL"
        ).rows()
        return [(row["identifier"], row["entered"], row["departed"]) for row in rows]

    def products(self) -> list[tuple[object, ...]]:
        return self.shop._core.reader.db.run(
            "SELECT product_id, category, epoch_us(valid_from), epoch_us(received_at) "
            "FROM lake_product ORDER BY ALL"
        )


@pytest.fixture
def fed(tmp_path: Path) -> Iterator[Fed]:
    made = Fed(tmp_path / "fed")
    yield made
    made.shop.close()


def test_a_late_feed_is_on_record_as_if_it_had_been_there_always(fed: Fed) -> None:
    fed.told("lines", *BOUGHT)
    fed.shop.refresh(as_of="2024-03-04")
    assert fed.bags() == []
    # The first version of a product stands for what came before it.
    fed.told("feed", "P1,S1,Bags,2024-03-03T00:00:00Z", "P2,S2,Shoes,", "X9,S9,Bags,")
    again = fed.shop.refresh(as_of="2024-03-10")
    assert again.again == 2  # A and B: C and D bought since the last refresh
    # By hand; whoever was in at the first refresh has no known beginning.
    assert fed.bags() == [("A", None, None), ("C", "03-05 10", None), ("D", "03-06 10", None)]


def test_of_a_feed_that_changes_nothing_nobody_is_asked_again(fed: Fed) -> None:
    fed.told("lines", *BOUGHT)
    fed.told("feed", "P1,S1,Bags,2024-01-01T00:00:00Z")
    fed.shop.refresh(as_of="2024-03-07")
    fed.told("feed 2", "P1,S1,Bags,2024-02-01T00:00:00Z", "P7,S7,Bags,")
    fed.told("feed 3", "P1,S1,Shoes,2024-03-08T00:00:00Z")  # after every line
    assert fed.shop.refresh(as_of="2024-03-09").again == 0
    fed.told("feed 4", "P1,S1,Shoes,2024-03-04T00:00:00Z")  # between A's line and C's
    assert fed.shop.refresh(as_of="2024-03-10").again == 1
    assert [stay for stay in fed.bags() if stay[2] is None] == [("A", None, None)]


def test_a_record_after_feeds_is_that_of_a_shop_that_had_them_first(
    fed: Fed, tmp_path: Path
) -> None:
    feeds = [
        ("feed", "P2,S2,Bags,2024-03-02T10:00:00Z"),
        ("feed 2", "P2,,Shoes,2024-03-02T09:00:00Z", "X9,S9,Shoes,2024-03-01T00:00:00Z"),
        ("feed 3", "S9,,Bags,2024-03-03T00:00:00Z", "P1,,Bags,2024-03-04T00:00:00Z"),
    ]
    fed.told("lines", *BOUGHT)
    fed.shop.refresh(as_of="2024-02-29")
    for number, (name, *lines) in enumerate(feeds):
        fed.told(name, *lines)
        fed.shop.refresh(as_of=f"2024-03-0{number + 7}")
    first = Fed(tmp_path / "first")
    for name, *lines in feeds:
        first.told(name, *lines)
    first.told("lines", *BOUGHT)
    first.shop.refresh(as_of="2024-02-29")
    first.shop.refresh(as_of="2024-03-09")
    assert fed.bags() == first.bags() != []
    first.shop.close()


def test_events_of_a_product_follow_its_feed(fed: Fed) -> None:
    fed.told("site", "A,Product Viewed,2024-03-01T10:00:00Z,P1", "B,Product Viewed,2024-03-02,P2")
    fed.shop.refresh(as_of="2024-02-29")
    fed.shop.refresh(as_of="2024-03-04")
    batch = fed.told("feed", "P1,S1,Bags,")
    assert fed.shop.refresh(as_of="2024-03-05").again == 1
    assert fed.bags("lookers") == [("A", "03-01 10", None)]
    fed.shop.imports.undo(batch, confirmed=True, figures=False)
    fed.shop.refresh(as_of="2024-03-06")
    assert fed.bags("lookers") == []


def test_an_undone_feed_leaves_no_stay(fed: Fed) -> None:
    fed.told("lines", *BOUGHT)
    fed.shop.refresh(as_of="2024-02-29")
    batch = fed.told("feed", "P1,S1,Bags,", "X9,S9,Bags,")
    fed.shop.refresh(as_of="2024-03-07")
    assert [one[0] for one in fed.bags()] == ["A", "C", "D"]
    fed.shop.imports.undo(batch, confirmed=True, figures=False)
    fed.shop.refresh(as_of="2024-03-08")
    assert fed.bags() == []


@pytest.mark.parametrize("repeated", [False, True])
def test_feeds_told_again_are_as_they_were_told(fed: Fed, *, repeated: bool) -> None:
    """Also a feed that only repeated what the undone one said: it says it now, at its own instant."""
    undone = fed.told("feed" if repeated else "lines", *(["P1,S1,Bags,"] if repeated else BOUGHT))
    fed.clock.at = parse_instant("2024-05-01")
    fed.told("feed 2", "P1,S1,Bags,", *([] if repeated else ["P2,S2,Shoes,"]))
    before = fed.products()
    fed.clock.at = parse_instant("2024-06-01")
    fed.shop.imports.undo(undone, confirmed=True, figures=False)
    if not repeated:
        assert fed.products() == before
    received = {row[2:] for row in fed.products()}
    assert len(received) == 1
    (at, again) = received.pop()
    assert at == again
    by_import = fed.shop.imports.list()[-1].started_at
    assert by_import == at
    assert parse_instant("2024-05-01") < by_import < parse_instant("2024-05-01") + 1_000_000


def test_what_is_said_is_in_every_list_of_what_is_said(fed: Fed) -> None:
    """A table that says when it was received tells an undo; a row of an identity is asked again."""
    assert {name for name in LAKE if name in RECEIVED} == {
        name for name in tables_of("said") if "received_at" in LAKE[name].types
    }
    assert "product" in RECEIVED
    fed.told("lines", *BOUGHT)
    batch = fed.told("feed", "P1,S1,Bags,")
    with fed.shop._core.store.writing("undo") as session:
        named = session.db.run(
            "SELECT identifier_id FROM lake_identifier WHERE value IN ('A', 'C')"
        )
        assert touched(session, [batch]) == sorted(row[0] for row in named)
