"""Who is who by a person's hand: expected persons by hand, and merge and un-merge as inverses."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from few_segments import few_segments
from hypothesis import given, settings
from hypothesis import strategies as st

from stamgast.app.shop import Shop
from stamgast.cli.main import root
from stamgast.clock import parse_instant
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stamgast.store.writing import Verdict

MAPPING = """
version: 1
source: web
label: {en: Web, nl: Web}
about: orders and visits of a web shop
zone: UTC
currency: EUR
country: NL
rows:
  - kind: orders
    where: {column: event, empty: true}
    fields: {order: number, ordered_at: at, total: total}
    identifiers: {customer_id: customer, loyalty_card: card, email: email, phone: phone, device_id: device}
  - kind: events
    where: {not: {column: event, empty: true}}
    fields: {event: event, at: at, message_id: number}
    identifiers: {customer_id: customer, loyalty_card: card, email: email, phone: phone, device_id: device}
"""
IDENTIFIERS = """
version: 1
identifiers:
  device_id: {shared: [KIOSK]}
  loyalty_card: {limit: 2}
"""
AS_OF = "2026-06-01"
READ = ("order_version", "order_line", "loose_refund", "event", "presence", "attribute", "consent")
"""The tables that engines read, as profiles have them now."""
SEGMENTS = (
    "stage",
    "one_time_buyers",
    "vip",
    "best_buyers",
    "frequent_browsers",
    "returned_customers",
)
COLUMNS = ("number", "at", "total", "event", "customer", "card", "email", "phone", "device")


class Web:
    """A shop that is told orders and views: ``"10:00 customer=C1 device=A"``, ``"10:01 event=View"``.

    Each is named by its time of 1 May 2026.
    """

    def __init__(self, folder: Path, identifiers: str = IDENTIFIERS) -> None:
        self.folder = folder
        self.rules = folder / "shop" / "definitions" / "identifiers.yaml"
        if not folder.exists() or not any(folder.iterdir()):
            Shop.create(folder / "shop", zone="UTC", currency="EUR", country="NL").close()
            self.rules.write_text(identifiers)
            (folder / "web.yaml").write_text(MAPPING)
        self.shop = Shop.open(folder / "shop")

    def copied(self, folder: Path) -> Web:
        """Another shop that was told the same so far; this one is closed."""
        shutil.copytree(self.folder, folder)
        return Web(folder)

    def tell(self, *said: str) -> None:
        rows = []
        for one in said:
            at, *pairs = one.split()
            row = {"number": at, "at": f"2026-05-01T{at}:00Z", "total": "1.00"}
            rows.append(row | dict(pair.split("=", 1) for pair in pairs))
        path = self.folder / f"{len(list(self.folder.glob('*.parquet')))}.parquet"
        schema = pa.schema([(name, pa.string()) for name in COLUMNS])
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
        self.shop.ingest(path, mapping=str(self.folder / "web.yaml"))

    def persons(self) -> list[list[str]]:
        """The orders and views of each profile by their time, in order of the first."""
        query = """
            SELECT profile_id, order_id AS at FROM orders
            UNION ALL SELECT profile_id, split_part(message_id, ':', 2) || ':' ||
                split_part(message_id, ':', 3) FROM events
            """
        groups: dict[int | None, list[str]] = {}
        for row in self.shop.sql(query).arrow().to_pylist():
            groups.setdefault(row["profile_id"], []).append(row["at"])
        return sorted(sorted(group) for group in groups.values())

    def answers(self) -> dict[str, Any]:
        """Every answer about everybody: all that engines read of them, and some of what they say of it."""
        shop, run = self.shop, self.shop._core.reader.db.run
        stages = shop.lifecycle.counts(as_of=AS_OF)
        return {
            "persons": self.persons(),
            "stages": repr(stages),
            "segments": sorted(repr(row) for row in self._segments()),
            "profiles": shop.sql("SELECT * FROM profiles ORDER BY ALL").rows(),
            "merges": run("FROM lake_merge ORDER BY ALL"),
            "left_out": run("FROM lake_rejected_link ORDER BY ALL"),
            **{name: run(f"FROM {name} ORDER BY ALL") for name in READ},
        }

    def _segments(self) -> list[dict[str, Any]]:
        """Of each profile which of some segments it is in, asked at once."""
        rows = self.shop._core.answers(SEGMENTS, parse_instant(AS_OF + "T00:00:00Z"))
        return [dict(row) for row in rows.to_pylist()]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    made = Web(tmp_path)
    yield made
    made.shop.close()


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    said: Sequence[Sequence[str]]
    """Per import what is told."""
    persons: list[list[str]]
    then: tuple[str, str, str] | None = None
    """What a hand does after it, and to whom."""
    after: list[list[str]] | None = None


CASES = [
    Case(
        name="a device of a family: each one's visits go to whom it was last marked by",
        said=[
            [
                "10:00 event=View device=tablet",
                "10:10 device=tablet customer=C1",
                "10:20 event=View device=tablet",
                "10:30 device=tablet customer=C2",
                "10:40 event=View device=tablet",
            ]
        ],
        persons=[["10:00", "10:10", "10:20"], ["10:30", "10:40"]],
        then=("merge", "customer_id:C1", "customer_id:C2"),
        after=[["10:00", "10:10", "10:20", "10:30", "10:40"]],
    ),
    Case(
        name="a kiosk, declared shared, is nobody's",
        said=[["10:00 device=KIOSK customer=C1", "10:01 event=View device=KIOSK"]],
        persons=[["10:00"], ["10:01"]],
    ),
    Case(
        name="a user switch: somebody logs out, another logs in, on one device with one address",
        said=[
            [
                "10:00 device=A customer=C1 email=thuis@winkel.nl",
                "10:10 device=A customer=C2 email=thuis@winkel.nl",
                "10:20 event=View device=A",
                "10:30 email=thuis@winkel.nl",
            ]
        ],
        persons=[["10:00", "10:30"], ["10:10", "10:20"]],
        then=("never", "customer_id:C1", "email:thuis@winkel.nl"),
        after=[["10:00"], ["10:10", "10:20", "10:30"]],
    ),
    Case(
        name="two cards of one person, a third beyond the limit stays with itself",
        said=[
            ["10:00 customer=C1 card=KA1001", "10:10 customer=C1 card=KA1002"],
            ["10:20 customer=C1 card=KA1003", "10:30 card=KA1003", "10:40 card=KA1002"],
        ],
        persons=[["10:00", "10:10", "10:20", "10:40"], ["10:30"]],
        then=("merge", "customer_id:C1", "loyalty_card:KA1003"),
        after=[["10:00", "10:10", "10:20", "10:30", "10:40"]],
    ),
    Case(
        name="a blocked value links nobody",
        said=[
            [
                "10:00 customer=C1 email=noreply@winkel.nl",
                "10:10 customer=C2 email=noreply@winkel.nl",
                "10:20 email=noreply@winkel.nl",
            ]
        ],
        persons=[["10:00"], ["10:10"], ["10:20"]],
    ),
    Case(
        name="late anonymous visits belong to whom the device was of at their instant",
        said=[
            ["10:30 device=A customer=C1", "10:50 device=A customer=C2"],
            ["10:20 event=View device=A", "10:40 event=View device=A", "10:55 event=View device=A"],
        ],
        persons=[["10:20", "10:30", "10:40"], ["10:50", "10:55"]],
        then=("merge", "customer_id:C1", "customer_id:C2"),
        after=[["10:20", "10:30", "10:40", "10:50", "10:55"]],
    ),
    Case(
        name="what data joined is taken apart by hand",
        said=[
            ["10:00 email=a@winkel.nl", "10:10 phone=0612345678"],
            ["10:20 email=a@winkel.nl phone=0612345678"],
        ],
        persons=[["10:00", "10:10", "10:20"]],
        then=("unmerge", "email:a@winkel.nl", "phone:0612345678"),
        after=[["10:00", "10:20"], ["10:10"]],
    ),
]


def _own(place: int, text: str) -> str:
    """What a case says, with an hour, customers, cards, addresses and devices of its own."""
    text = re.sub(r"\b10:", f"{place + 10}:", text)
    text = re.sub(r"\bKA1", f"KA{place + 1}", text)
    return re.sub(r"\bC\d\b|\b(a|thuis)(?=@)|\btablet\b|(?<=device=)A\b", rf"\g<0>{place}", text)


def _told(place: int, persons: list[list[str]]) -> list[list[str]]:
    return [[_own(place, at) for at in one] for one in persons]


def test_persons(web: Web) -> None:
    """All cases in one shop, that of each is its own."""
    for batch in range(max(len(case.said) for case in CASES)):
        told = (case.said[batch] if batch < len(case.said) else () for case in CASES)
        web.tell(*(_own(place, one) for place, lines in enumerate(told) for one in lines))
    expected = [_told(place, case.persons) for place, case in enumerate(CASES)]
    assert web.persons() == sorted(chain.from_iterable(expected))
    before = web.answers()
    given: list[Verdict] = []
    for place, case in enumerate(CASES):
        if case.then is None or case.after is None:
            continue
        what, *who = case.then
        decision = getattr(web.shop.identity, what)(*(_own(place, one) for one in who), by="anna")
        given += decision.given
        expected[place] = _told(place, case.after)
        assert web.persons() == sorted(chain.from_iterable(expected)), case.name
    for verdict in given:
        web.shop.identity.withdraw(int(verdict.id or 0), by="anna")
    assert web.answers() == before


def test_two_customer_numbers_together_are_warned_of(web: Web) -> None:
    web.tell("10:00 customer=C1", "10:10 customer=C2 card=KA1001")
    done = web.shop.identity.merge("C1", "KA1001", by="anna")
    assert [(one.kind, one.held) for one in done.broken] == [("customer_id", 2)]
    assert [len(known) for _, known in done.profiles] == [3]
    assert web.shop.identity.merge("C2", "C1", by="anna").given == ()


def test_a_merge_keeps_all_that_both_had_and_is_taken_back_as_a_whole(web: Web) -> None:
    web.tell("10:00 customer=C1 card=KA1001", "10:10 customer=C1 card=KA1002", "10:20 card=KA1003")
    before = web.answers()
    done = web.shop.identity.merge("C1", "KA1003", by="anna")
    assert [[one.value for one in known] for _, known in done.profiles] == [
        ["C1", "KA1001", "KA1002", "KA1003"]
    ]
    assert [(one.kind, one.held) for one in done.broken] == [("loyalty_card", 3)]
    assert len(done.given) == 3
    assert len(web.shop.identity.unmerge("KA1003", "KA1001", by="anna").withdrawn) == 3
    assert web.answers() == before


def test_unmerge_withdraws_what_merged_whichever_identifiers_are_named(web: Web) -> None:
    web.tell("10:00 customer=C1 email=a@winkel.nl", "10:10 customer=C2 email=b@winkel.nl")
    before = web.answers()
    web.shop.identity.merge("C1", "C2", by="anna")
    done = web.shop.identity.unmerge("a@winkel.nl", "b@winkel.nl", by="piet")
    assert [one.kind for one in done.withdrawn] == ["same"]
    assert done.given == ()
    assert web.answers() == before


def test_never_holds_against_later_evidence(web: Web) -> None:
    web.tell("10:00 email=a@winkel.nl", "10:10 phone=0612345678")
    web.shop.identity.never("a@winkel.nl", "phone:0612345678", by="anna")
    web.tell("10:20 customer=C1 email=a@winkel.nl phone=0612345678")
    assert web.persons() == [["10:00", "10:20"], ["10:10"]]
    [left] = [one for one, _ in web.shop.identity.show("C1").left_out]
    assert (left.identifier.value, left.reason) == ("+31612345678", "never")


def test_old_ids_resolve_for_ever(web: Web) -> None:
    web.tell("10:00 customer=C1", "10:10 customer=C2")
    one, two = (web.shop.customers.find(name) for name in ("C1", "C2"))
    web.shop.identity.merge(f"profile:{one}", f"profile:{two}", by="anna")
    assert web.shop.customers.find(f"profile:{two}") == one
    assert web.shop.customers.show("C2", as_of=AS_OF).orders == 2
    web.shop.identity.unmerge(f"profile:{one}", f"profile:{two}", by="anna")
    assert web.shop.customers.find(f"profile:{two}") == two


def test_what_a_refresh_recorded_follows_the_persons(web: Web) -> None:
    few_segments(web.folder / "shop", "first_time_seasonal", *SEGMENTS[1:])
    web.tell("10:00 customer=C1", "10:10 customer=C2", "10:20 customer=C1")
    web.shop.refresh(as_of="2026-05-09")  # a season is over on the eleventh
    stays = "SELECT * FROM memberships ORDER BY ALL"
    web.shop.refresh(as_of="2026-05-12")
    before = web.shop.sql(stays).rows()
    assert any(one["entered_at"] for one in before)
    web.shop.identity.merge("C1", "C2", by="anna")
    web.shop.refresh(as_of="2026-05-12")
    assert web.shop.sql(stays).rows() != before
    web.shop.identity.unmerge("C1", "C2", by="anna")
    web.shop.refresh(as_of="2026-05-12")
    assert web.shop.sql(stays).rows() == before


def test_a_device_is_not_merged(web: Web) -> None:
    web.tell("10:00 customer=C1", "10:10 event=View device=A")
    with pytest.raises(UserError) as found:
        web.shop.identity.merge("C1", "device_id:A", by="anna")
    assert found.value.code == "identity.device"
    with pytest.raises(UserError) as found:
        web.shop.identity.withdraw(7, by="anna")
    assert found.value.code == "identity.no_verdict"


def test_other_limits_and_blocked_values_count_from_the_next_write(web: Web) -> None:
    web.tell("10:00 customer=C1 email=winkel@winkel.nl", "10:10 card=KA1001 email=winkel@winkel.nl")
    assert web.persons() == [["10:00", "10:10"]]
    assert [one.code for one in web.shop.doctor() if one.code == "identity.rules"] == []
    web.rules.write_text(IDENTIFIERS + "  email: {blocked: [winkel@winkel.nl]}\n", encoding="utf-8")
    [found] = [one for one in web.shop.doctor() if one.code == "identity.rules"]
    assert found.level == "warning"
    web.tell("10:20 customer=C3")
    assert web.persons() == [["10:00"], ["10:10"], ["10:20"]]
    assert [one.code for one in web.shop.doctor() if one.code == "identity.rules"] == []


def _who_is_who(web: Web) -> list[list[tuple[object, ...]]]:
    """Links, persons and what was left out, by the values of identifiers."""
    named = "(SELECT kind || ':' || value FROM lake_identifier AS i WHERE i.identifier_id = {})"
    one, left = (named.format(f"t.{name}") for name in ("identifier_id", "from_id"))
    links = (
        "SELECT l.first_seq, string_agg(i.value, ' ' ORDER BY place) FROM (SELECT first_seq, "
        "unnest(identifier_ids) AS id, generate_subscripts(identifier_ids, 1) AS place FROM lake_link) "
        "AS l JOIN lake_identifier AS i ON i.identifier_id = id GROUP BY l.first_seq"
    )
    groups = (
        "SELECT string_agg(value, ' ' ORDER BY value) FROM lake_identifier AS i LEFT JOIN lake_person "
        "AS p USING (identifier_id) GROUP BY coalesce(profile_id, identifier_id)"
    )
    queries = (
        links,
        groups,
        f"SELECT {one}, {left}, reason FROM lake_rejected_link AS t",
    )
    run = web.shop._core.reader.db.run
    return [sorted(run(query)) for query in queries]


def test_another_order_of_kinds_counts_from_the_next_write(web: Web, tmp_path: Path) -> None:
    """As if it had been the order always; which identifier is left out depends on the strongest."""
    limited = "version: 1\nidentifiers:\n  email: {limit: 1}\n"
    ordered = limited + "order: [email, loyalty_card]\n"
    said = [
        (
            "10:00 card=KA1001 email=b@winkel.nl",
            "10:10 card=KA1001 email=a@winkel.nl phone=0612345678",
        ),
        ("10:20 card=KA1002 email=c@winkel.nl",),
    ]
    (tmp_path / "first").mkdir()
    first = Web(tmp_path / "first", ordered)
    for told in said:
        first.tell(*told)
    web.rules.write_text(limited, encoding="utf-8")
    web.tell(*said[0])
    before = _who_is_who(web)
    web.rules.write_text(ordered, encoding="utf-8")
    assert [one.code for one in web.shop.doctor() if one.level != "ok"] == ["identity.rules"]
    web.tell(*said[1])
    assert _who_is_who(web) == _who_is_who(first) != before
    [left_out] = _who_is_who(web)[2]
    assert left_out[:2] == ("loyalty_card:KA1001", "email:a@winkel.nl")
    assert [one.code for one in web.shop.doctor() if one.level != "ok"] == []
    first.shop.close()


def test_a_device_shared_by_now_marks_nobody(web: Web) -> None:
    web.tell(
        "10:00 device=A customer=C1", "10:01 event=View device=A", "10:02 customer=C2 device=B"
    )
    assert web.persons() == [["10:00", "10:01"], ["10:02"]]
    web.rules.write_text(IDENTIFIERS.replace("KIOSK", "KIOSK, A"), encoding="utf-8")
    assert "identity.rules" in [one.code for one in web.shop.doctor()]
    web.tell("10:03 event=View device=A", "10:04 event=View device=B")
    assert web.persons() == [["10:00"], ["10:01", "10:03"], ["10:02", "10:04"]]


def test_another_way_of_writing_is_said(web: Web) -> None:
    web.tell("10:00 customer=C1 card=KA1001")
    web.rules.write_text(
        IDENTIFIERS.replace("{limit: 2}", "{limit: 2, normalise: id}"), encoding="utf-8"
    )
    assert "identity.rules" in [one.code for one in web.shop.doctor()]


def test_what_is_on_record_follows_other_rules(web: Web) -> None:
    few_segments(web.folder / "shop", "one_time_buyers")
    query = "SELECT count(*) AS n FROM memberships WHERE segment = 'one_time_buyers' AND left_at IS NULL"
    web.tell("10:00 customer=C1 email=winkel@winkel.nl", "10:10 card=KA1001 email=winkel@winkel.nl")
    web.shop.refresh(as_of="2026-06-01")
    assert web.shop.sql(query).rows() == [{"n": 0}]
    web.rules.write_text(IDENTIFIERS + "  email: {blocked: [winkel@winkel.nl]}\n", encoding="utf-8")
    web.tell("10:20 card=KA1001")  # the third purchase of one of them
    web.shop.refresh(as_of="2026-06-02")
    assert web.shop.sql(query).rows() == [{"n": 1}]


def test_show_says_what_joined_what(web: Web) -> None:
    web.tell("10:00 email=a@winkel.nl", "10:10 customer=C1 device=A")
    web.tell("10:20 customer=C1 email=a@winkel.nl", "10:30 customer=C2 email=a@winkel.nl")
    web.shop.identity.merge("C1", "C2", by="anna")
    run = CliRunner().invoke(
        root, ["--shop", str(web.folder / "shop"), "identity", "show", "C1", "--json"]
    )
    assert run.exit_code == 0, run.output
    said = json.loads(run.stdout)
    by_value = {one["value"]: one for one in said["identifiers"]}
    assert by_value["a@winkel.nl"]["joined_to"] is None
    assert by_value["C1"]["joined_by"]["message"] == {"kind": "order", "name": "10:20"}
    assert by_value["C1"]["joined_by"]["batch"] == 2
    assert by_value["C2"]["joined_by"]["verdict"]["by"] == "anna"
    assert [one["value"] for one in said["devices"]] == ["A"]
    assert [one["kind"] for one in said["verdicts"]] == ["same"]
    for language, words in (("en", "together with"), ("nl", "samen met")):
        shown = CliRunner().invoke(
            root, ["--shop", str(web.folder / "shop"), "--lang", language, "identity", "show", "C1"]
        )
        assert words in shown.stdout


def _command(web: Web, *words: str) -> str:
    run = CliRunner().invoke(root, ["--shop", str(web.folder / "shop"), *words])
    assert run.exit_code == 0, run.output
    return run.stdout


def test_a_word_is_shown_before_it_is_given(web: Web) -> None:
    """Each command without --yes changes nothing, and says what --yes then does."""
    web.tell("10:00 customer=C1 email=a@winkel.nl", "10:10 customer=C2", "10:20 customer=C2")
    for words, persons in (
        (("merge", "C1", "C2"), [["10:00", "10:10", "10:20"]]),
        (("unmerge", "a@winkel.nl", "C2"), [["10:00"], ["10:10", "10:20"]]),
        (("never", "C1", "C2"), [["10:00"], ["10:10", "10:20"]]),
    ):
        before, verdicts = web.persons(), web.shop.identity.verdicts()
        would = json.loads(_command(web, "identity", *words, "--json"))
        assert (web.persons(), web.shop.identity.verdicts()) == (before, verdicts)
        assert not would["done"]
        does = json.loads(_command(web, "identity", *words, "--yes", "--json"))
        assert does["done"]
        assert would["before"] == does["before"]
        assert would["after"] == does["after"]
        assert sum(one["orders"] for one in would["after"]) == 3
        assert len(would["given"]) == len(does["given"])
        assert web.persons() == persons
    [never] = [one for one in web.shop.identity.verdicts() if one.withdrawn_at is None]
    seen = _command(web, "identity", "withdraw", str(never.id))
    assert "Add --yes to do it" in seen
    assert len(_command(web, "identity", "list").splitlines()) == 2


def test_what_a_merge_would_do_is_told_in_words(web: Web) -> None:
    web.tell("10:00 customer=C1 email=a@winkel.nl", "10:10 customer=C2")
    told = _command(web, "--lang", "nl", "identity", "merge", "a@winkel.nl", "C2")
    assert "klantnummer C1 en klantnummer C2 dezelfde persoon zijn" in told
    assert "Twee bekende klanten worden één persoon: klantnummers C1, C2." in told
    [before, other, after] = [line.split() for line in told.splitlines() if "profile:" in line]
    assert (before[0], before[-2:]) == ("Voor", ["€", "1,00"])
    assert (other[0], after[0]) == ("profile:3", "Na")
    assert after[-3:] == ["2", "€", "2,00"]
    web.shop.identity.never("C1", "C2", by="anna")
    with pytest.raises(UserError) as error:
        web.shop.identity.merge("a@winkel.nl", "C2", by="anna")
    assert error.value.message.startswith("a@winkel.nl and C2 are kept apart")
    with pytest.raises(UserError, match=r"^a@winkel\.nl is one identifier"):
        web.shop.identity.merge("a@winkel.nl", "a@winkel.nl", by="anna")
    # by the number of an order too, as other commands find people
    assert web.shop.identity.show("10:10") == web.shop.identity.show("C2")


# --- any log --------------------------------------------------------------------------------------

_SAID = st.fixed_dictionaries(
    {},
    optional={
        "customer": st.sampled_from(["C1", "C2", "C3"]),
        "card": st.sampled_from(["KA1001", "KA1002", "KA1003"]),
        "email": st.sampled_from(["a@winkel.nl", "b@winkel.nl", "c@winkel.nl"]),
        "device": st.sampled_from(["A", "B", "KIOSK"]),
        "event": st.just("View"),
    },
).map(lambda pairs: " ".join(f"{key}={value}" for key, value in pairs.items()))
_NAMES = [
    "customer_id:C1",
    "customer_id:C2",
    "loyalty_card:KA1001",
    "email:a@winkel.nl",
    "email:b@winkel.nl",
]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Web:
    """A shop that knows those who are named, for copies."""
    made = Web(tmp_path_factory.mktemp("known") / "web")
    made.tell(
        "10:01 customer=C1 email=a@winkel.nl",
        "10:02 card=KA1001",
        "10:03 customer=C2 email=b@winkel.nl",
    )
    made.shop.close()
    return made


@given(
    said=st.lists(_SAID, min_size=2, max_size=10),
    cut=st.integers(0, 10),
    pair=st.lists(st.sampled_from(_NAMES), min_size=2, max_size=2, unique=True),
)
@settings(max_examples=6, deadline=None)
def test_merge_then_unmerge_gives_back_every_answer(
    known: Web, said: list[str], cut: int, pair: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        web = known.copied(Path(folder) / "web")
        rows = [f"10:{minute:02} {one}" for minute, one in enumerate(said, 10)]
        for some in (rows[:cut], rows[cut:]):
            if some:
                web.tell(*some)
        before = web.answers()
        desk = web.shop.identity
        merged = desk.merge(*pair, by="anna")
        together = {one for _, known in merged.profiles for one in known}
        assert {f"{one.kind}:{one.value}" for one in together} >= set(pair)
        if merged.given:
            assert desk.unmerge(*pair, by="anna").given == ()
        else:
            [never] = desk.unmerge(*pair, by="anna").given
            desk.withdraw(int(never.id or 0), by="anna")
        assert web.answers() == before
        web.shop.close()
