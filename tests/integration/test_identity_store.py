"""Who is who, kept in a shop's store: batch by batch, under verdicts that come and go."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from effort import examples_of
from hypothesis import given, settings
from hypothesis import strategies as st

from stamgast.errors import UserError
from stamgast.identity import verdicts as verdict_rules
from stamgast.identity.devices import Mark, owner
from stamgast.identity.fold import Identifier, Link, Persons, Verdict, fold
from stamgast.identity.kinds import read_kinds
from stamgast.identity.resolve import Identity, Settled
from stamgast.store.shop import ShopStore
from stamgast.store.writing import Verdict as StoredVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from stamgast.store.writing import WriteSession

KINDS = read_kinds("version: 1\nidentifiers:\n  email: {limit: 2}\n")
LIMITS = KINDS.limits


class Shop:
    """A store that is told messages, and the log it should hold, kept beside it."""

    def __init__(self, folder: Path) -> None:
        self.store = ShopStore(folder, "Europe/Amsterdam")
        self.ids: dict[str, int] = {}
        self.identifiers: dict[int, Identifier] = {}
        self.links: list[Link] = []
        self.seq = 0

    def tell(self, *messages: str, verdicts: Sequence[Verdict] = ()) -> Settled:
        """One import of messages such as ``"customer_id:1 email:a@b.nl"``, strongest first."""
        fresh: list[tuple[int, str, str, int]] = []
        links: list[Link] = []
        for message in messages:
            self.seq += 1
            names = message.split()
            for name in names:
                if name not in self.ids:
                    kind, _, value = name.partition(":")
                    identifier_id = self.ids[name] = len(self.ids) + 1
                    self.identifiers[identifier_id] = Identifier(kind=kind, first_seq=self.seq)
                    fresh.append((identifier_id, kind, value, self.seq))
            link = Link(seq=self.seq, ids=tuple(self.ids[name] for name in names))
            if len(names) > 1 and all(link.ids != old.ids for old in (*self.links, *links)):
                links.append(link)
        self.links += links
        with self.store.writing("import") as session:
            self._write(session, fresh, links)
            settled = Identity(KINDS, stored(verdicts)).settle(session)
            session.commit()
        return settled

    def _write(
        self, session: WriteSession, fresh: list[tuple[int, str, str, int]], links: list[Link]
    ) -> None:
        columns = (
            ("identifier_id", pa.int64()),
            ("kind", pa.string()),
            ("value", pa.string()),
            ("first_seq", pa.int64()),
        )
        arrays = [pa.array([row[i] for row in fresh], t) for i, (_, t) in enumerate(columns)]
        session.db.register("fresh", pa.table(arrays, names=[name for name, _ in columns]))
        session.write("identifier", "SELECT * FROM fresh")
        linked = {
            "first_seq": pa.array([link.seq for link in links], pa.int64()),
            "identifier_ids": pa.array([list(link.ids) for link in links], pa.list_(pa.int64())),
        }
        session.db.register("fresh_link", pa.table(linked))
        session.write("link", "SELECT * FROM fresh_link")

    def decide(self, verdicts: Sequence[Verdict], changed: set[int] | None) -> Settled:
        with self.store.writing("verdict") as session:
            settled = Identity(KINDS, stored(verdicts)).reconsider(session, changed)
            session.commit()
        return settled

    def expected(self, verdicts: Sequence[Verdict] = ()) -> Persons:
        return fold(self.links, self.identifiers, LIMITS, verdicts)

    def look(self, *queries: str) -> list[list[tuple[Any, ...]]]:
        with self.store.writing("look") as session:
            return [session.db.run(query) for query in queries]

    def assert_holds(self, verdicts: Sequence[Verdict] = ()) -> None:
        """The store has what folding the whole log gives."""
        whole = self.expected(verdicts)
        person, merges, rejected = self.look(
            "SELECT identifier_id, profile_id FROM lake_person",
            "SELECT coalesce(seq, 0), kept_id, joined_id FROM lake_merge",
            "SELECT coalesce(seq, 0), identifier_id, from_id, reason FROM lake_rejected_link",
        )
        assert sorted(person) == sorted((i, p) for i, p in whole.profile_of.items() if i != p)
        assert sorted(merges) == sorted((m.seq or 0, m.kept_id, m.joined_id) for m in whole.merges)
        assert sorted(rejected) == sorted(
            (r.seq or 0, r.identifier_id, r.from_id, r.reason) for r in whole.rejected
        )


def stored(verdicts: Sequence[Verdict]) -> list[StoredVerdict]:
    return [StoredVerdict(kind=v.kind, a=v.a, b=v.b, by="hand:anna", at=1) for v in verdicts]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_persons_grow_batch_by_batch(shop: Shop) -> None:
    assert shop.tell("email:a", "phone:1", "customer_id:1 email:b") == Settled(folded=1)
    shop.assert_holds()
    assert shop.tell("customer_id:1 email:a phone:1").merges == 2
    shop.assert_holds()
    (found,) = shop.look("SELECT batch, seq, kept_id, joined_id FROM lake_merge ORDER BY ALL")
    assert found == [(2, 4, 1, 2), (2, 4, 1, 3)]


def test_a_batch_without_new_links_writes_nothing(shop: Shop) -> None:
    shop.tell("customer_id:1 email:a")
    assert shop.tell("customer_id:1 email:a", "customer_id:2") == Settled()


def test_nothing_is_rewritten_when_a_link_changes_no_person(shop: Shop) -> None:
    shop.tell("customer_id:1 email:a phone:1")
    assert shop.tell("customer_id:1 phone:1", "email:a phone:1").folded == 2
    with shop.store.writing("look") as session:
        assert [file.batch for file in session.files if file.table == "person"] == [1]
    shop.assert_holds()


def test_two_known_customers_are_never_one_person_by_data(shop: Shop) -> None:
    shop.tell("customer_id:1 email:a", "customer_id:2 phone:1")
    assert shop.tell("customer_id:2 email:a phone:1", "email:a phone:1").rejected == 2
    shop.assert_holds()


def test_a_person_s_hand_may_break_a_limit_and_is_warned(shop: Shop) -> None:
    shop.tell("customer_id:1 email:a", "customer_id:2 phone:1")
    one, two = shop.ids["customer_id:1"], shop.ids["customer_id:2"]
    same = Verdict(kind="same", a=one, b=two)
    settled = shop.decide([same], {one, two})
    assert [(b.kind, b.held) for b in settled.broken] == [("customer_id", 2)]
    shop.assert_holds([same])
    assert len({shop.expected([same]).profile_of[i] for i in shop.ids.values()}) == 1


def test_unmerge_is_the_exact_inverse_of_merge(shop: Shop) -> None:
    shop.tell("customer_id:1 email:a", "customer_id:2 email:b", "email:a phone:1")
    a, b = shop.ids["email:a"], shop.ids["email:b"]
    shop.decide((), {a, b})
    before = _everything(shop)
    merged = verdict_rules.merge((), a, b, together=_together(shop, a, b))
    shop.decide(merged, {a, b})
    assert _everything(shop) != before
    apart = verdict_rules.unmerge(merged, a, b, together=_together(shop, a, b))
    assert apart == ()
    shop.decide(apart, {a, b})
    assert _everything(shop) == before


def test_what_data_joined_is_unmerged_by_a_never_and_joined_again_without_it(shop: Shop) -> None:
    shop.tell("email:a", "phone:1", "email:b phone:1", "email:a phone:1")
    before = _everything(shop)
    a, b = shop.ids["email:a"], shop.ids["email:b"]
    apart = verdict_rules.unmerge((), a, b, together=_together(shop, a, b))
    assert apart == (Verdict(kind="never", a=a, b=b),)
    shop.decide(apart, {a, b})
    shop.assert_holds(apart)
    assert shop.expected(apart).profile_of[a] != shop.expected(apart).profile_of[b]
    shop.decide(verdict_rules.withdraw(apart, apart[0]), {a, b})
    assert _everything(shop) == before


def test_a_changed_limit_folds_everything_again(shop: Shop) -> None:
    shop.tell("customer_id:1 email:a", "customer_id:1 email:b", "customer_id:1 email:c")
    shop.assert_holds()
    free = read_kinds("version: 1\nidentifiers:\n  email: {limit: null}\n")
    with shop.store.writing("verdict") as session:
        Identity(free).reconsider(session)
        session.commit()
    assert shop.look(
        "SELECT profile_id FROM lake_person", "SELECT seq FROM lake_rejected_link"
    ) == [
        [(1,), (1,), (1,)],
        [],
    ]


def test_verdicts_that_contradict_are_refused(shop: Shop) -> None:
    shop.tell("email:a", "email:b phone:1", "customer_id:1")
    a, b, p, c = (shop.ids[n] for n in ("email:a", "email:b", "phone:1", "customer_id:1"))
    merged = verdict_rules.merge((), a, c, together=_together(shop, a, c))
    apart = verdict_rules.never((), a, p)
    with pytest.raises(UserError, match="kept apart"):
        verdict_rules.merge((*merged, *apart), p, c, together=_together(shop, p, c))
    with pytest.raises(UserError, match="same person"):
        verdict_rules.never(merged, c, a)
    with pytest.raises(UserError, match="not the same person"):
        verdict_rules.unmerge((), a, b, together=_together(shop, a, b))
    with pytest.raises(UserError, match="one identifier"):
        verdict_rules.never((), a, a)
    with pytest.raises(UserError, match="no verdict"):
        verdict_rules.withdraw((), apart[0])
    assert verdict_rules.merge((), b, p, together=_together(shop, b, p)) == ()
    assert verdict_rules.never(apart, p, a) == apart


def _together(shop: Shop, a: int, b: int) -> verdict_rules.Together:
    def together(verdicts: verdict_rules.Verdicts) -> bool:
        profile_of = shop.expected(verdicts).profile_of
        return profile_of[a] == profile_of[b]

    return together


def _everything(shop: Shop) -> list[list[tuple[Any, ...]]]:
    return shop.look(
        "SELECT identifier_id, profile_id FROM lake_person ORDER BY ALL",
        "FROM lake_merge ORDER BY ALL",
        "FROM lake_rejected_link ORDER BY ALL",
    )


# --- any log, any batches, any verdicts ----------------------------------------------------------

_NAMES = [
    *(f"customer_id:{i}" for i in range(1, 4)),
    *(f"email:{i}" for i in range(1, 6)),
    *(f"phone:{i}" for i in range(1, 5)),
]
_MESSAGES = st.lists(st.sampled_from(_NAMES), min_size=1, max_size=3, unique=True).map(
    lambda names: " ".join(sorted(names, key=lambda n: KINDS[n.partition(":")[0]].rank))
)


@given(
    batches=st.lists(st.lists(_MESSAGES, max_size=6), min_size=1, max_size=3),
    data=st.data(),
)
@settings(max_examples=examples_of(15, short=8), deadline=None)
def test_imports_and_verdicts_in_any_order_give_what_the_whole_log_gives(
    batches: list[list[str]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder))
        verdicts: list[Verdict] = []
        for batch in batches:
            shop.tell(*batch, verdicts=verdicts)
            shop.assert_holds(verdicts)
            changed = _change(shop, verdicts, data)
            if changed:
                shop.decide(verdicts, changed)
                shop.assert_holds(verdicts)


def _change(shop: Shop, verdicts: list[Verdict], data: st.DataObject) -> set[int]:
    """Give or withdraw a verdict, or do nothing; the identifiers that it names."""
    ids = sorted(shop.ids.values())
    what = data.draw(st.sampled_from(["nothing", "same", "never", "withdraw"]))
    if what == "withdraw" and verdicts:
        gone = verdicts.pop(data.draw(st.integers(0, len(verdicts) - 1)))
        return {gone.a, gone.b}
    if what in {"same", "never"} and len(ids) > 1:
        pair = st.lists(st.sampled_from(ids), min_size=2, max_size=2, unique=True)
        a, b = data.draw(pair)
        verdicts.append(Verdict(kind="same" if what == "same" else "never", a=a, b=b))
        return {a, b}
    return set()


# --- devices -------------------------------------------------------------------------------------

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


DEVICES = range(101, 161)


@given(
    marks=st.lists(
        st.lists(st.tuples(st.integers(1, 8), st.integers(1, 4)), max_size=5),
        min_size=len(DEVICES),
        max_size=len(DEVICES),
    ),
    profile_of=st.fixed_dictionaries({}, optional={2: st.just(1), 4: st.just(3)}),
    random=st.randoms(use_true_random=False),
)
@settings(max_examples=5, deadline=None)
def test_devices_belong_to_whom_the_reference_says(
    marks: list[list[tuple[int, int]]], profile_of: dict[int, int], random: Random
) -> None:
    """The store's view of events against the plain rule, at every instant; sixty devices at once."""
    loose = [(device, *m) for device, own in zip(DEVICES, marks, strict=True) for m in own]
    random.shuffle(loose)
    said = [
        Mark(device_id=device, at=at, seq=seq, person_id=person)
        for seq, (device, at, person) in enumerate(loose, start=1)
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = ShopStore(Path(folder), "UTC")
        with store.writing("import") as session:
            _write_marks(session, said, profile_of)
            session.commit()
        reader = store.reading()
        found = reader.db.run("SELECT message_id, profile_id FROM event")
        reader.close()
    assert dict(found) == {
        f"{device}@{at}": owner(device, at, said, profile_of)
        for device in DEVICES
        for at in range(10)
    }


def _write_marks(session: WriteSession, marks: list[Mark], profile_of: dict[int, int]) -> None:
    def instant(at: int) -> datetime:
        return _EPOCH + timedelta(microseconds=at)

    stamp = pa.timestamp("us", tz="UTC")
    tables = {
        "identifier": {
            "identifier_id": pa.array([1, 2, 3, 4, *DEVICES], pa.int64()),
            "kind": ["email"] * 4 + ["device_id"] * len(DEVICES),
            "value": [str(i) for i in range(4 + len(DEVICES))],
            "first_seq": pa.array([1] * (4 + len(DEVICES)), pa.int64()),
        },
        "person": {
            "identifier_id": pa.array(list(profile_of), pa.int64()),
            "profile_id": pa.array(list(profile_of.values()), pa.int64()),
        },
        "mark": {
            "device_id": pa.array([m.device_id for m in marks], pa.int64()),
            "at": pa.array([instant(m.at) for m in marks], stamp),
            "seq": pa.array([m.seq for m in marks], pa.int64()),
            "person_id": pa.array([m.person_id for m in marks], pa.int64()),
        },
        "event": _events([(device, at) for device in DEVICES for at in range(10)], instant),
    }
    for name, columns in tables.items():
        session.db.register("rows_of", pa.table(columns))
        session.write(name, "SELECT * FROM rows_of")
        session.db.unregister("rows_of")


def _events(rows: list[tuple[int, int]], instant: Callable[[int], datetime]) -> dict[str, Any]:
    stamp = pa.timestamp("us", tz="UTC")
    return {
        "identity_id": pa.array([device for device, _ in rows], pa.int64()),
        "event": ["Page Viewed"] * len(rows),
        "occurred_at": pa.array([instant(at) for _, at in rows], stamp),
        "received_at": pa.array([instant(100)] * len(rows), stamp),
        "message_id": [f"{device}@{at}" for device, at in rows],
        "source": ["web"] * len(rows),
        "seq": pa.array(range(len(rows)), pa.int64()),
        "extra": pa.array([None] * len(rows), pa.string()),
    }
