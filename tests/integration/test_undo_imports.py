"""An import taken out: the shop is as one that never had it, whatever came before and after."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from effort import examples_of
from few_segments import few_segments
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.clock import parse_instant
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAPPING = """
version: 1
source: web
label: {en: Web, nl: Web}
about: all that a web shop tells
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    file: "orders*"
    fields: {order: number, ordered_at: at, changed_at: changed, status: status, total: total}
    statuses: {cancelled: [cancelled]}
    identifiers: {customer_id: customer, email: email, device_id: device}
  - kind: refunds
    file: "refunds*"
    fields: {refund: number, order: order, at: at, total: total}
    identifiers: {customer_id: customer, email: email}
  - kind: events
    file: "events*"
    fields: {event: event, at: at, message_id: number}
    identifiers: {customer_id: customer, email: email, device_id: device}
  - kind: customers
    file: "customers*"
    fields: {at: at}
    attributes: {city: city}
    identifiers: {customer_id: customer, email: email}
"""
HEADS = {
    "orders": "number,at,changed,status,total,customer,email,device",
    "refunds": "number,order,at,total,customer,email",
    "events": "number,event,at,customer,email,device",
    "customers": "at,city,customer,email",
}
AS_OF = "2026-07-01"


@dataclass(slots=True)
class Clock:
    at: int = parse_instant("2026-06-01T12:00:00Z")

    def now(self) -> int:
        return self.at


@dataclass
class Web:
    """A shop that is told files; each import is a day after the one before."""

    folder: Path
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        if not self.folder.exists():
            self.folder.mkdir()
            Shop.create(self.folder / "shop", zone="UTC", currency="EUR", country="NL").close()
            few_segments(self.folder / "shop", "one_time_buyers", "vip")
            (self.folder / "web.yaml").write_text(MAPPING)
        self.shop = Shop.open(self.folder / "shop", clock=self.clock)

    def copied(self, folder: Path) -> Web:
        """Another shop that was told the same so far."""
        self.shop.close()
        shutil.copytree(self.folder, folder)
        return Web(folder, Clock(self.clock.at))

    def tell(self, number: int, files: Mapping[str, Sequence[str]]) -> int:
        """Import ``number``: kind of file -> its lines. Returns its batch."""
        self.clock.at = parse_instant("2026-06-01T12:00:00Z") + number * 86_400_000_000
        paths = []
        for kind, lines in files.items():
            path = self.folder / f"{number}" / f"{kind}.csv"
            path.parent.mkdir(exist_ok=True)
            path.write_text("\n".join([HEADS[kind], *lines]) + "\n")
            paths.append(path)
        return self.shop.ingest(*paths, mapping=str(self.folder / "web.yaml")).batch

    def answers(self) -> dict[str, Any]:
        """Every answer, profiles by what they are known as: ids are given in order of sight."""
        db = self.shop._core.reader.db
        known = dict(
            db.run(
                "SELECT coalesce(m.profile_id, i.identifier_id), "
                "string_agg(i.kind || ':' || i.value, ' ' ORDER BY i.kind, i.value) "
                "FROM lake_identifier AS i LEFT JOIN first_profile_of AS m "
                "ON m.identity_id = i.identifier_id GROUP BY 1"
            )
        )

        def of(query: str) -> list[str]:
            rows = [[known.get(row[0], "nobody"), *row[1:]] for row in db.run(query)]
            return sorted(repr(row) for row in rows)

        return {
            "persons": sorted(known.values()),
            "orders": of("SELECT * EXCLUDE (day, lines_seq) FROM order_version"),
            "loose": of("SELECT * EXCLUDE (day) FROM loose_refund"),
            "events": of("SELECT * EXCLUDE (day) FROM event"),
            "attributes": of("SELECT * FROM attribute"),
            "presence": of("SELECT * FROM presence"),
            "left_out": db.run(
                "SELECT reason, count(*) FROM lake_rejected_link GROUP BY ALL ORDER BY ALL"
            ),
            "stages and segments": of(self._asked("stage", "one_time_buyers", "vip")),
            "stays": of(
                "SELECT profile_id, segment, epoch_us(entered_at), epoch_us(left_at) FROM membership"
            ),
        }

    def _asked(self, *names: str) -> str:
        """A query of what each profile is now, all asked at once."""
        core = self.shop._core
        core.engine.create("asked_now", names, parse_instant(AS_OF + "T00:00:00Z"))
        return f"""SELECT profile_id, {", ".join(names)} FROM asked_now WHERE "exists" """


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    made = Web(tmp_path / "web")
    yield made
    made.shop.close()


def with_and_without(
    web: Web, imports: Sequence[Mapping[str, Sequence[str]]], left: int
) -> tuple[list[int], dict[str, Any]]:
    """Tell the shop all imports; their batches, and the answers of a shop that never had one of them."""
    batches = []
    for number, files in enumerate(imports):
        if number == left:
            other = web.copied(web.folder.with_name("without"))
        elif number > left:
            other.tell(number, files)
        batches.append(web.tell(number, files))
    found = other.answers()
    other.shop.close()
    return batches, found


CASES: dict[str, list[dict[str, list[str]]]] = {
    "the last": [
        {"orders": ["1,2026-05-01,,,10,C1,a@x.nl,"]},
        {"orders": ["2,2026-05-02,,,20,C2,a@x.nl,", "1,2026-05-01,,,11,C1,a@x.nl,"]},
    ],
    "a later file repeats a row": [
        {"orders": ["1,2026-05-01,,,10,C1,a@x.nl,", "2,2026-05-02,,,20,C2,b@x.nl,"]},
        {"orders": ["1,2026-05-01,,,10,C1,a@x.nl,"], "customers": ["2026-05-03,Breda,C2,b@x.nl"]},
    ],
    "a later file corrects a row": [
        {"orders": ["1,2026-05-01,,,10,C1,a@x.nl,"]},
        {"orders": ["1,2026-05-01,2026-05-03,cancelled,10,C1,,"]},
    ],
    "a later refund says another amount": [
        {"orders": ["1,2026-05-01,,,10,C1,a@x.nl,"], "refunds": ["R1,1,2026-05-02,2,C1,"]},
        {"refunds": ["R1,1,2026-05-02,5,C1,"]},
    ],
    "a link that both files hold": [
        {"orders": ["1,2026-05-01,,,10,C1,a@x.nl,"]},
        {"orders": ["2,2026-05-02,,,10,C1,a@x.nl,", "3,2026-05-02,,,10,,a@x.nl,"]},
    ],
    "a device that the undone file marked": [
        {"orders": ["1,2026-05-01,,,10,C1,,D1"]},
        {"events": ["e1,Page Viewed,2026-05-02,,,D1", "e2,Page Viewed,2026-05-03,C2,,D1"]},
    ],
}


def all_cases() -> list[dict[str, list[str]]]:
    """The imports of all cases in one: each case's customers, orders and all else are its own."""
    told: list[dict[str, list[str]]] = [{}, {}]
    for place, imports in enumerate(CASES.values(), start=1):
        for files, mine in zip(told, imports, strict=True):
            for kind, lines in mine.items():
                own = (_NAME.sub(rf"\g<0>{place}", line) for line in lines)
                files.setdefault(kind, []).extend(own)
    return told


_NAME = re.compile(r"\b([CDRe]\d|[a-z](?=@))|^\d\b|(?<=^R\d,)\d\b")
"""Customers, devices, refunds, events, addresses and orders."""


@pytest.mark.parametrize("left", [0, 1])
def test_an_undone_import_was_never_there(web: Web, left: int) -> None:
    batches, without = with_and_without(web, all_cases(), left)
    before = web.answers()
    assert len(before["persons"]) >= len(CASES)
    figures = left == 0  # there is a later import that is told again
    shown = web.shop.imports.undo(batches[left], as_of=AS_OF, figures=figures)
    assert not shown.done
    assert web.answers() == before
    assert (shown.before is None, shown.after is None) == (not figures, not figures)
    done = web.shop.imports.undo(batches[left], confirmed=True, as_of=AS_OF, figures=figures)
    assert (done.before, done.after) == (shown.before, shown.after)
    assert web.answers() == without != before
    assert {one.level for one in web.shop.doctor()} <= {"ok", "warning"}


def test_import_undo_import_gives_back_every_answer_and_id(web: Web) -> None:
    first = {"orders": ["1,2026-05-01,,,10,C1,a@x.nl,"]}
    second = {"orders": ["2,2026-05-02,,,20,C2,b@x.nl,", "3,2026-05-02,,,20,C1,b@x.nl,"]}
    web.tell(0, first)
    alone = web.answers()
    batch = web.tell(1, second)
    copies = web.folder / "shop" / "data" / "imports"
    assert len(list(copies.iterdir())) == 2
    both, known = web.answers(), web.shop.customers.find("C2")
    web.shop.imports.undo(batch, confirmed=True, figures=False)
    assert len(list(copies.iterdir())) == 1
    assert web.answers() == alone
    with pytest.raises(UserError) as found:
        web.shop.customers.find("C2")
    assert found.value.code == "profile.unknown"
    web.tell(1, second)
    assert web.answers() == both
    assert web.shop.customers.find("C2") == known


def test_what_refreshes_recorded_is_right_again(web: Web, tmp_path: Path) -> None:
    # without its second order C1 drifts on 31 May, between the refreshes
    imports = [
        {"orders": ["1,2026-05-01,,,10,C1,a@x.nl,"]},
        {"orders": ["2,2026-05-30,,,20,C1,a@x.nl,", "3,2026-05-30,,,20,C9,,"]},
    ]
    web.tell(0, imports[0])
    web.shop.refresh(as_of="2026-05-29T12:00:00Z")
    other = web.copied(tmp_path / "other")
    batch = web.tell(1, imports[1])
    for shop in (web, other):
        shop.clock.at = parse_instant("2026-06-20")
    web.shop.refresh(as_of="2026-06-02")
    recorded = web.answers()["stays"]
    web.shop.imports.undo(batch, confirmed=True, figures=False)
    for shop in (web, other):
        shop.shop.refresh(as_of="2026-06-04")
    found = web.answers()["stays"]
    assert found == other.answers()["stays"]
    assert any("drifting" in stay for stay in found)
    assert not any("drifting" in stay for stay in recorded)
    other.shop.close()


def test_files_that_are_gone_are_asked_for(web: Web) -> None:
    first = web.tell(0, {"orders": ["1,2026-05-01,,,10,C1,a@x.nl,"]})
    web.tell(1, {"orders": ["2,2026-05-01,,,10,C1,a@x.nl,"]})
    shutil.rmtree(web.folder / "shop" / "data" / "imports")
    web.shop.imports.undo(first, figures=False)
    (web.folder / "1").rename(web.folder / "elsewhere")
    with pytest.raises(UserError) as found:
        web.shop.imports.undo(first, figures=False)
    assert found.value.code == "imports.file_missing"
    web.shop.imports.undo(first, confirmed=True, figures=False, files=web.folder)
    with pytest.raises(UserError) as found:
        web.shop.imports.undo(first)
    assert found.value.code == "imports.undone"
    with pytest.raises(UserError) as found:
        web.shop.imports.undo(99)
    assert found.value.code == "imports.unknown"


def test_an_undone_verdict_waits_until_its_identifier_comes_again(web: Web) -> None:
    first = {"orders": ["1,2026-05-01,,,10,C1,,"]}
    batch = web.tell(0, first)
    web.tell(1, {"orders": ["2,2026-05-02,,,10,C2,,"]})
    [given] = web.shop.identity.merge("C1", "C2", by="anna").given
    together = web.answers()["persons"]
    done = web.shop.imports.undo(batch, confirmed=True, figures=False)
    assert [one.id for one in done.verdicts] == [given.id]
    assert web.answers()["persons"] == ["customer_id:C2"]
    web.tell(0, first)
    assert web.answers()["persons"] == together


def test_on_the_command_line(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = web.tell(0, {"orders": ["1,2026-05-01,,,10,C1,,"]})
    web.tell(1, {"orders": ["1,2026-05-01,,,10,C1,,", "2,2026-05-02,,,x,C2,,"]})
    shop = ["--shop", str(web.folder / "shop")]

    def call(*arguments: str) -> str:
        run = CliRunner().invoke(root, [*shop, *arguments])
        assert run.exit_code == 0, run.output
        return run.stdout

    listed = json.loads(call("ingest", "list", "--json"))["imports"]
    assert [(one["counts"]["accepted"], one["counts"]["repeated"]) for one in listed] == [
        (1, 0),
        (0, 1),
    ]
    assert "1 line of it came again in import 2" in call("ingest", "undo", str(batch))
    assert "Er is niets veranderd" in call("ingest", "undo", str(batch), "--lang", "nl")
    done = json.loads(call("ingest", "undo", str(batch), "--yes", "--json"))
    assert done["done"]
    assert done["after"]["orders"] == 1
    listed = json.loads(call("ingest", "list", "--json"))["imports"]
    assert [one["undone_at"] is None for one in listed] == [False, True]
    assert listed[1]["counts"]["accepted"] == 1
    assert "undone" in call("ingest", "list")
    name = "orders_export_2024-01-01_2024-12-31_final_version_of_eva.csv"
    again = shutil.copy(web.folder / "0" / "orders.csv", web.folder / name)
    read = json.loads(
        call("ingest", "--mapping", str(web.folder / "web.yaml"), str(again), "--json")
    )
    assert read["files"][0]["repeated"] == 1
    # a name stands whole, whatever the width of the screen
    monkeypatch.setenv("COLUMNS", "80")
    for lang in ("en", "nl"):
        lines = call("ingest", "list", "--lang", lang).splitlines()
        assert any(name in line for line in lines)
        assert max(map(len, lines)) <= 80


# --- any imports ----------------------------------------------------------------------------------

_WHO = st.sampled_from(["C1,a@x.nl", "C1,", "C2,a@x.nl", "C2,b@x.nl", ",a@x.nl", ",b@x.nl", ","])
_DEVICE = st.sampled_from(["", "D1", "D2"])
_DAY = st.sampled_from([f"2026-05-{day:02}" for day in range(1, 6)])
_ORDER = st.builds(
    "{},{},{},{},{},{},{}".format,
    st.sampled_from("123"),
    st.just("2026-05-01"),
    st.sampled_from(["", "2026-05-03", "2026-05-04"]),
    st.sampled_from(["", "paid", "cancelled"]),
    st.sampled_from(["10", "20"]),
    _WHO,
    _DEVICE,
)
_REFUND = st.builds(
    "{},{},{},{},{}".format,
    st.sampled_from(["R1", "R2"]),
    st.sampled_from(["1", "2", ""]),
    _DAY,
    st.sampled_from(["2", "5"]),
    _WHO,
)
_VISIT = st.builds(lambda day, device, who: (day, device, who), _DAY, _DEVICE, _WHO)
_CUSTOMER = st.builds("{},{},{}".format, _DAY, st.sampled_from(["Breda", "Assen"]), _WHO)


@st.composite
def _imports(draw: st.DrawFn) -> list[dict[str, Sequence[str]]]:
    visits = draw(st.lists(_VISIT, min_size=1, max_size=4))
    told = [f"e{n},Page Viewed,{day},{who},{device}" for n, (day, device, who) in enumerate(visits)]
    return draw(
        st.lists(
            st.fixed_dictionaries(
                {"orders": st.lists(_ORDER, min_size=1, max_size=4, unique_by=lambda row: row[0])},
                optional={
                    "refunds": st.lists(
                        _REFUND, min_size=1, max_size=2, unique_by=lambda row: row[:2]
                    ),
                    "events": st.lists(st.sampled_from(told), min_size=1, max_size=4, unique=True),
                    "customers": st.lists(_CUSTOMER, min_size=1, max_size=2),
                },
            ),
            min_size=2,
            max_size=4,
        )
    )


@settings(
    max_examples=examples_of(4, short=3),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(imports=_imports(), data=st.data())
def test_any_import_among_any_others(
    imports: list[dict[str, Sequence[str]]], data: st.DataObject
) -> None:
    left = data.draw(st.integers(0, len(imports) - 1))
    with tempfile.TemporaryDirectory() as folder:
        web = Web(Path(folder) / "web")
        batches, without = with_and_without(web, imports, left)
        web.shop.imports.undo(batches[left], confirmed=True, figures=False, as_of=AS_OF)
        assert web.answers() == without
        web.shop.close()
