"""Law 1 through the importer: a shop that was fed only the rows up to t answers at t as the whole shop.

Each file is cut by its own columns of instants: a row goes when what it says begins after t; of an
order that is cancelled after t the cancellation is left out. Both shops have the same links and marks
(who is who is taken as known now), and corrections without an instant of their own stay in both.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from collect_kit import Shop as Fed
from collect_kit import csv, mapping
from effort import examples_of

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SPEC = mapping("""
zone: UTC
rows:
  - kind: customers
    file: "*links.csv"
    identifiers: {customer_id: who, email: mail}
  - kind: customers
    file: "*people.csv"
    fields: {at: at}
    identifiers: {customer_id: who}
    attributes: {city: city}
  - kind: order_lines
    file: "*sales.csv"
    fields:
      {order: nr, ordered_at: at, changed_at: changed, cancelled_at: gone, status: status, sku: sku, amount: paid}
    identifiers: {customer_id: who, email: mail}
    statuses: {never: [failed], cancelled: [cancelled]}
  - kind: orders
    file: "*orders.csv"
    fields: {order: nr, ordered_at: at, total: total}
    identifiers: {customer_id: who}
  - kind: order_lines
    file: "*items.csv"
    fields: {order: nr, sku: sku, amount: paid, line_coupon: code}
  - kind: refunds
    file: "*refunds.csv"
    fields: {refund: nr, order: of, at: at, amount: paid}
    identifiers: {customer_id: who}
  - kind: events
    file: "*events.csv"
    fields: {event: name, at: at}
    identifiers: {email: mail, anonymous_id: device}
""")
OWN = """
version: 1
segments:
  refunded: {where: [{did: refund, within: 300d}]}
  viewers: {where: [{did: Page Viewed, at_least: 2, within: 120d}]}
  gave_up: {where: [{did: Page Viewed, within: 60d, not_followed_by: {event: order, within: 7d}}]}
  spent: {where: [{did: order, at_least: 2, within: 120d, where: {net_total: {gt: 15}}}]}
  of_ede: {where: [{attribute: city, is: Ede}]}
  with_code: {where: [{did: order, where: {coupon_used: {is: true}}}]}
attributes:
  city: text
"""
HEADS = {
    "links": "who,mail",
    "people": "who,at,city",
    "sales": "nr,at,changed,gone,status,sku,paid,who,mail",
    "orders": "nr,at,total,who",
    "items": "nr,sku,paid,code",
    "refunds": "nr,of,at,paid,who",
    "marks_events": "name,at,mail,device",
    "events": "name,at,mail,device",
}
START = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 300
ROUNDS = 3
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(slots=True)
class Making:
    """A small random shop as rounds of files: later ones change and correct what earlier ones said."""

    seed: int
    dice: random.Random = field(init=False)
    rounds: list[Rows] = field(init=False)
    people: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)  # noqa: S311 - drawn anew from the seed
        self.rounds = [{name: [] for name in HEADS} for _ in range(ROUNDS)]
        self.people = [(f"{n:03}", f"c{n % 9}@x.test" if n % 3 else "") for n in range(12)]
        self.rounds[0]["links"] = [pair for pair in self.people if all(pair)]
        for number in range(30):
            self._sale(f"S{number}")
        for number in range(12):
            self._apart(f"A{number}")
        for number in range(14):
            self._refund(f"R{number}")
        for _ in range(40):
            self._event()
        for who, _ in self.people:
            for _ in range(self.dice.randint(1, 3)):
                at = self.dice.choice([None, self.when(), self.when()])
                row = (who, at, self.dice.choice(["Ede", "Ede", "Oss", ""]))
                self.dice.choice(self.rounds)["people"].append(row)

    def when(self, after: datetime = START, days: int = DAYS) -> datetime:
        """Often the same instants, so that rows tie."""
        return after + timedelta(days=self.dice.randrange(days), hours=self.dice.choice([0, 0, 9]))

    def _rounds(self, most: int) -> list[Rows]:
        many = self.dice.randint(1, most)
        places = sorted(self.dice.sample(range(ROUNDS), many))
        return [self.rounds[place] for place in places]

    def _sale(self, nr: str) -> None:
        at = self.when()
        who, mail = self.dice.choice(self.people)
        for turn, files in enumerate(self._rounds(3)):
            changed = self.when(at, 90) if self.dice.random() < 0.5 else None
            status = self.dice.choice(["ok", "ok", "ok", "cancelled", "failed"])
            gone = self.when(at, 120) if status == "cancelled" and turn % 2 == 0 else None
            if self.dice.random() < 0.2:
                who, mail = self.dice.choice(self.people)
            told = (who, "") if self.dice.random() < 0.5 or not mail else (who, mail)
            for line in range(self.dice.randint(1, 2)):
                paid = self.dice.choice([5, 10, 20])
                files["sales"].append((nr, at, changed, gone, status, f"P{line}", paid, *told))

    def _apart(self, nr: str) -> None:
        """Orders and lines in files of their own; now and then one of the two never comes."""
        at = self.when()
        if self.dice.random() < 0.9:
            for files in self._rounds(2):
                total = self.dice.choice([None, 10, 30])
                files["orders"].append((nr, at, total, self.dice.choice(self.people)[0]))
        if self.dice.random() < 0.9:
            for files in self._rounds(2):
                paid, code = self.dice.choice([5, 25]), self.dice.choice(["", "SPRING"])
                files["items"].append((nr, "P0", paid, code))

    def _refund(self, nr: str) -> None:
        of = self.dice.choice(
            ["", "", "", "", "", "", *(f"S{n}" for n in range(30)), *(f"A{n}" for n in range(12))]
        )
        at, paid, who = (
            self.when(),
            self.dice.choice([3, 7, None]),
            self.dice.choice(self.people)[0],
        )
        paid = paid or (None if of else 4)
        first, *again = self._rounds(2)
        first["refunds"].append((nr, of, at, paid, who))
        for files in again:
            change = self.dice.randrange(3)
            if change == 0 or paid is None:
                who = self.dice.choice(self.people)[0]
            elif change == 1:
                paid += 2
            else:
                at, paid = self.when(at, 60), paid + 1
            files["refunds"].append((nr, of, at, paid, who))

    def _event(self) -> None:
        device, mail = f"dev-{self.dice.randrange(5)}-abcdef", f"c{self.dice.randrange(9)}@x.test"
        files = self.dice.choice(self.rounds)
        if self.dice.random() < 0.2:
            files["marks_events"].append(("Signed In", self.when(), mail, device))
        elif self.dice.random() < 0.3:
            files["events"].append(("Page Viewed", self.when(), mail, ""))
        else:
            files["events"].append(("Page Viewed", self.when(), "", device))

    def instant(self) -> datetime:
        """When to ask: at a sale, at a change, or any time in the second half."""
        sales = [
            row for row in self.rounds[0]["sales"] if row[1] > START + timedelta(days=DAYS // 2)
        ]
        changes = [row[2] for row in sales if row[2] is not None]
        chosen = (sales[0][1], changes[0], self.when(START + timedelta(days=DAYS // 2), DAYS // 2))
        return chosen[self.seed % len(chosen)]


def cut(rounds: list[Rows], t: datetime) -> list[Rows]:
    """The rows up to t."""
    known: set[str] = set()
    placed = {row[0]: row[1] for files in rounds for row in files["orders"]}
    found: list[Rows] = []
    for files in rounds:
        kept: Rows = {name: list(files[name]) for name in ("links", "marks_events")}
        kept["people"] = [row for row in files["people"] if row[1] is None or row[1] <= t]
        kept["sales"] = list(_sales(files["sales"], known, t))
        kept["orders"] = [row for row in files["orders"] if row[1] <= t]
        kept["items"] = [row for row in files["items"] if placed.get(row[0], t) <= t]
        kept["refunds"] = [row for row in files["refunds"] if row[2] <= t]
        kept["events"] = [row for row in files["events"] if row[1] <= t]
        found.append(kept)
    return found


def _sales(rows: list[tuple[Any, ...]], known: set[str], t: datetime) -> Iterable[tuple[Any, ...]]:
    """What is first said of an order says from when it was placed also what holds from its change on."""
    before = frozenset(known)
    for nr, at, changed, gone, status, *rest in rows:
        known.add(nr)
        later = changed is not None and changed > t
        if at > t or (later and nr in before):
            continue
        # without a date it is cancelled from its change on, else from the import on
        since = gone or changed
        undone = status == "cancelled" and (since is None or since > t)
        shown = "ok" if undone else status
        yield (nr, at, None if later else changed, None if undone else gone, shown, *rest)


def fed(folder: Path, rounds: list[Rows]) -> Shop:
    """A shop that was fed these rounds, each an import a day after the one before."""
    Shop.create(folder, zone="UTC", currency="EUR", country="NL").close()
    (folder / "definitions" / "own.yaml").write_text(OWN, encoding="utf-8")
    kit = Fed(folder, zone="UTC")
    for number, files in enumerate(rounds):
        kit.clock.at += 86_400_000_000
        paths = [
            csv(folder / f"{number}_{name}.csv", HEADS[name], *map(_line, rows))
            for name, rows in files.items()
            if rows
        ]
        if paths:
            report = kit.ingest(SPEC, *paths)
            assert not report.quarantined, report.quarantined
    return Shop.open(folder)


def _line(row: tuple[Any, ...]) -> str:
    return ",".join(
        "" if one is None else one.isoformat() if isinstance(one, datetime) else str(one)
        for one in row
    )


def answers(shop: Shop, t: datetime) -> dict[str, Any]:
    """Stages, all segments with how many and until when, their members, and money, at t."""
    stages = shop.lifecycle.counts(t)
    money = shop.trait("net_revenue", as_of=t).rows()
    lines = shop.segments(as_of=t)
    filled = [line.name for line in lines if line.count]
    known = {
        row["profile_id"]: f"{row['identifier_kind']}:{row['identifier']}"
        for row in shop.sql("SELECT * FROM profiles").rows()
    }
    rows = shop._core.answers(filled, stages.as_of).to_pylist()
    return {
        "stages": (stages.stages, stages.anonymous),
        "segments": {line.name: (line.count, line.valid_until) for line in lines},
        "members": {
            name: sorted(
                (known[row["profile_id"]], row[f"{name}__until"]) for row in rows if row[name]
            )
            for name in filled
        },
        "money": sorted(row["value"] for row in money),
    }


@pytest.mark.parametrize("seed", range(1, 1 + examples_of(6, short=1)))
def test_a_shop_fed_up_to_t_answers_as_the_whole_shop(tmp_path: Path, seed: int) -> None:
    making = Making(seed)
    t = making.instant()
    with fed(tmp_path / "cut", cut(making.rounds, t)) as part:
        found = answers(part, t)
    with fed(tmp_path / "whole", making.rounds) as whole:
        expected = answers(whole, t)
        assert found == expected
        held = [name for name, (count, _) in expected["segments"].items() if count]
        assert len({"refunded", "viewers", "of_ede", "with_code"}.intersection(held)) > 2
        assert sum(expected["stages"][0].values()) > 8
        assert not [one for one in whole.doctor() if one.level == "error"]
