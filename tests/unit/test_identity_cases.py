"""Who is who, by hand: small logs whose persons anyone can work out."""

from __future__ import annotations

import pyarrow as pa
import pytest

from stamgast.identity.bulk import fold_bulk
from stamgast.identity.fold import Identifier, Link, Merge, Persons, Rejected, Verdict, fold

LIMITS = {"customer_id": 1, "card": 2, "email": 2}
KIND = {"c": "customer_id", "k": "card", "e": "email", "p": "phone"}


class Told:
    """Messages as texts, ``"c1 e1"``: kind letter and number; ids in order of first sight."""

    def __init__(self, *messages: str, verdicts: tuple[str, ...] = ()) -> None:
        self.ids: dict[str, int] = {}
        self.identifiers: dict[int, Identifier] = {}
        self.links: list[Link] = []
        for seq, message in enumerate(messages, start=1):
            names = message.split()
            for name in names:
                if name not in self.ids:
                    self.ids[name] = len(self.ids) + 1
                    self.identifiers[self.ids[name]] = Identifier(kind=KIND[name[0]], first_seq=seq)
            if len(names) > 1:
                self.links.append(Link(seq=seq, ids=tuple(self.ids[name] for name in names)))
        self.verdicts = [self._verdict(text) for text in verdicts]

    def _verdict(self, text: str) -> Verdict:
        kind, a, b = text.split()
        return Verdict(kind="same" if kind == "same" else "never", a=self.ids[a], b=self.ids[b])

    def fold(self) -> Persons:
        return fold(self.links, self.identifiers, LIMITS, self.verdicts)

    def persons(self) -> list[str]:
        """Each person as its names in order of first sight."""
        groups: dict[int, list[str]] = {}
        for name, identifier_id in self.ids.items():
            groups.setdefault(self.fold().profile_of[identifier_id], []).append(name)
        return [" ".join(group) for group in groups.values()]


@pytest.mark.parametrize(
    ("messages", "verdicts", "persons"),
    [
        (("c1 e1", "c1 p1"), (), ["c1 e1 p1"]),
        (("e1", "e1 p1", "c1 p1"), (), ["e1 p1 c1"]),
        # first come keeps: the address stays with the first customer
        (("c1 e1", "c2 e1"), (), ["c1 e1", "c2"]),
        # it alone is left out: the telephone number of the same message joins
        (("c1 e1", "c2 e1 p1"), (), ["c1 e1", "c2 p1"]),
        # also through something in between
        (("c1 e1", "c2 p1", "e1 p1"), (), ["c1 e1", "c2 p1"]),
        # a limit of two: the third card is left out, the address of the message is not
        (("c1 k1", "c1 k2", "c1 k3 e1"), (), ["c1 k1 k2 e1", "k3"]),
        # a person without any of the kind joins whoever is at the limit
        (("c1 k1", "c1 k2", "p1 e1", "c1 p1"), (), ["c1 k1 k2 p1 e1"]),
        (("c1 e1", "c2 e2"), ("same c1 c2",), ["c1 e1 c2 e2"]),
        # what a hand joined beyond the limit goes on growing in other kinds, not in this one
        (("c1", "c2", "c2 e1", "c3 e1"), ("same c1 c2",), ["c1 c2 e1", "c3"]),
        (("c1", "c2", "k1 p1", "c2 p1"), ("same c1 c2",), ["c1 c2 k1 p1"]),
        (("c1 e1", "e1 p1"), ("never c1 p1",), ["c1 e1", "p1"]),
        (("e1 p1", "e1 e2"), ("never e1 p1",), ["e1 e2", "p1"]),
        # kept apart through others as well
        (("c1 e1", "p1 e2", "e1 e2"), ("never c1 p1",), ["c1 e1", "p1 e2"]),
        # a never holds against a same, whichever was given first
        (("e1", "p1"), ("never e1 p1", "same e1 p1"), ["e1", "p1"]),
        (("e1", "p1"), ("same e1 p1", "never e1 p1"), ["e1", "p1"]),
    ],
)
def test_persons(messages: tuple[str, ...], verdicts: tuple[str, ...], persons: list[str]) -> None:
    assert Told(*messages, verdicts=verdicts).persons() == persons


def test_what_is_left_out_is_recorded_with_its_reason() -> None:
    told = Told("c1 e1", "c2 e1", "c1 p1", "c1 k1 e9", verdicts=("never c1 p1",))
    assert told.fold().rejected == (
        Rejected(seq=2, identifier_id=2, from_id=3, reason="limit:customer_id"),
        Rejected(seq=3, identifier_id=4, from_id=1, reason="never"),
    )


def test_a_merge_is_of_two_profiles_that_were_there() -> None:
    """The first link brings both; the second brings one; only the third joins two profiles."""
    told = Told("c1 e1", "c1 p1", "e2", "c1 e2")
    assert told.fold().merges == (Merge(seq=4, kept_id=1, joined_id=4),)


def test_a_message_can_join_several_profiles() -> None:
    told = Told("p1", "e1", "k1", "c1 k1 e1 p1")
    assert told.fold().merges == (
        Merge(seq=4, kept_id=2, joined_id=3),
        Merge(seq=4, kept_id=1, joined_id=2),
    )


def test_a_verdict_that_breaks_a_limit_warns() -> None:
    told = Told("c1 e1", "c2 e2", verdicts=("same c1 c2",))
    persons = told.fold()
    assert [(one.kind, one.held) for one in persons.broken] == [("customer_id", 2)]
    assert persons.merges == (Merge(seq=None, kept_id=1, joined_id=3),)


def test_a_verdict_that_a_never_forbids_is_left_out_and_recorded() -> None:
    told = Told("e1", "p1", verdicts=("same e1 p1", "never e1 p1"))
    assert told.fold().rejected == (Rejected(seq=None, identifier_id=2, from_id=1, reason="never"),)


def test_bulk_takes_links_and_identifiers_in_any_order() -> None:
    told = Told("p1", "e1", "c1 e1", "c2 e1 p1", "c1 p1")
    links = pa.table(
        {
            "first_seq": [link.seq for link in reversed(told.links)],
            "identifier_ids": pa.array([list(link.ids) for link in reversed(told.links)]),
        }
    )
    ids = list(reversed(told.identifiers))
    identifiers = pa.table(
        {
            "identifier_id": ids,
            "kind": [told.identifiers[i].kind for i in ids],
            "first_seq": [told.identifiers[i].first_seq for i in ids],
        }
    )
    found = fold_bulk(links, identifiers, LIMITS)
    expected = told.fold()
    assert found.person.to_pydict() == {"identifier_id": [3, 4], "profile_id": [2, 1]}
    assert found.merges.to_pylist() == [
        {"seq": m.seq, "kept_id": m.kept_id, "joined_id": m.joined_id} for m in expected.merges
    ]
    assert found.rejected["identifier_id"].to_pylist() == [2, 1]


def test_bulk_of_nothing() -> None:
    links = pa.table(
        {
            "first_seq": pa.array([], pa.int64()),
            "identifier_ids": pa.array([], pa.list_(pa.int64())),
        }
    )
    identifiers = pa.table(
        {
            "identifier_id": pa.array([], pa.int64()),
            "kind": pa.array([], pa.string()),
            "first_seq": pa.array([], pa.int64()),
        }
    )
    found = fold_bulk(links, identifiers, LIMITS)
    assert (found.person.num_rows, found.merges.num_rows, found.rejected.num_rows) == (0, 0, 0)
