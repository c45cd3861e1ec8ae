"""Who is who: in bulk as one by one, in batches as at once, with every verdict."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import pyarrow as pa
from effort import examples_of
from hypothesis import given, settings
from hypothesis import strategies as st

from stamgast.identity.bulk import fold_bulk
from stamgast.identity.fold import Identifier, Link, Persons, Verdict, fold

KINDS = ("customer_id", "card", "email", "phone")
LIMITS = {"customer_id": 1, "card": 2, "email": 3}


@dataclass(frozen=True)
class Shop:
    """A log of identifiers and links as a shop would have it: ids in order of first sight."""

    kinds: dict[int, str]
    first_seq: dict[int, int]
    links: tuple[Link, ...]

    def identifiers(self, until: int | None = None) -> dict[int, Identifier]:
        return {
            i: Identifier(kind=kind, first_seq=self.first_seq[i])
            for i, kind in self.kinds.items()
            if until is None or self.first_seq[i] < until
        }


@st.composite
def shops(draw: st.DrawFn, *, pool: int = 14, messages: int = 24, kinds: int = 4) -> Shop:
    """Messages of one to four identifiers from a small pool, so that they meet."""
    raw = draw(
        st.lists(
            st.lists(st.integers(0, pool - 1), min_size=1, max_size=4, unique=True),
            max_size=messages,
        )
    )
    ids: dict[int, int] = {}
    first_seq: dict[int, int] = {}
    seen: set[tuple[int, ...]] = set()
    links = []
    for seq, message in enumerate(raw, start=5):
        strongest_first = sorted(message, key=lambda x: (x % kinds, message.index(x)))
        for one in strongest_first:
            if one not in ids:
                ids[one] = len(ids) + 1
                first_seq[ids[one]] = seq
        link = tuple(ids[one] for one in strongest_first)
        if len(link) > 1 and link not in seen:
            seen.add(link)
            links.append(Link(seq=seq, ids=link))
    kind_of = {ids[one]: KINDS[one % kinds] for one in ids}
    return Shop(kinds=kind_of, first_seq=first_seq, links=tuple(links))


@st.composite
def shops_with_verdicts(draw: st.DrawFn) -> tuple[Shop, list[Verdict]]:
    shop = draw(shops())
    if len(shop.kinds) < 2:
        return shop, []
    one = st.integers(1, len(shop.kinds))
    verdict = st.builds(
        lambda kind, pair: Verdict(kind=kind, a=pair[0], b=pair[1]),
        st.sampled_from(["same", "never"]),
        st.lists(one, min_size=2, max_size=2, unique=True),
    )
    return shop, draw(st.lists(verdict, max_size=4))


def tables(
    links: tuple[Link, ...], identifiers: dict[int, Identifier]
) -> tuple[pa.Table, pa.Table]:
    ids = list(identifiers)
    return (
        pa.table(
            {
                "first_seq": pa.array([link.seq for link in links], pa.int64()),
                "identifier_ids": pa.array([list(k.ids) for k in links], pa.list_(pa.int64())),
            }
        ),
        pa.table(
            {
                "identifier_id": pa.array(ids, pa.int64()),
                "kind": pa.array([identifiers[i].kind for i in ids], pa.string()),
                "first_seq": pa.array([identifiers[i].first_seq for i in ids], pa.int64()),
                "profile_id": pa.array([identifiers[i].profile_id for i in ids], pa.int64()),
            }
        ),
    )


def assert_bulk_equals(
    links: tuple[Link, ...], identifiers: dict[int, Identifier], verdicts: list[Verdict]
) -> Persons:
    expected = fold(links, identifiers, LIMITS, verdicts)
    found = fold_bulk(*tables(links, identifiers), LIMITS, verdicts)
    assert found.person.to_pylist() == [
        {"identifier_id": i, "profile_id": p}
        for i, p in sorted(expected.profile_of.items())
        if i != p
    ]
    assert found.merges.to_pylist() == [
        {"seq": m.seq, "kept_id": m.kept_id, "joined_id": m.joined_id} for m in expected.merges
    ]
    assert found.rejected.to_pylist() == [
        {"seq": r.seq, "identifier_id": r.identifier_id, "from_id": r.from_id, "reason": r.reason}
        for r in expected.rejected
    ]
    assert found.broken == expected.broken
    return expected


@given(drawn=shops_with_verdicts())
@settings(max_examples=examples_of(500, short=250), deadline=None)
def test_bulk_equals_one_by_one(drawn: tuple[Shop, list[Verdict]]) -> None:
    shop, verdicts = drawn
    assert_bulk_equals(shop.links, shop.identifiers(), verdicts)


@given(shop=shops(pool=40, messages=40, kinds=1))
@settings(max_examples=examples_of(300, short=150), deadline=None)
def test_without_limits_persons_are_the_connected_components(shop: Shop) -> None:
    """The judge is networkx."""
    graph = nx.Graph()
    graph.add_nodes_from(shop.kinds)
    for link in shop.links:
        nx.add_star(graph, link.ids)
    expected = {i: min(part) for part in nx.connected_components(graph) for i in part}
    identifiers = {
        i: Identifier(kind="phone", first_seq=one.first_seq)
        for i, one in shop.identifiers().items()
    }
    persons = assert_bulk_equals(shop.links, identifiers, [])
    assert persons.profile_of == expected
    assert persons.rejected == ()


@given(drawn=shops_with_verdicts(), cut=st.integers(0, 30))
@settings(max_examples=examples_of(300, short=150), deadline=None)
def test_two_batches_give_what_one_gives(drawn: tuple[Shop, list[Verdict]], cut: int) -> None:
    """*same* verdicts name identifiers of the first batch, which is folded with them."""
    shop, verdicts = drawn
    before = shop.identifiers(until=cut)
    verdicts = [v for v in verdicts if v.kind == "never" or {v.a, v.b} <= set(before)]
    whole = fold(shop.links, shop.identifiers(), LIMITS, verdicts)
    early = tuple(link for link in shop.links if link.seq < cut)
    late = tuple(link for link in shop.links if link.seq >= cut)
    known = [v for v in verdicts if {v.a, v.b} <= set(before)]
    first = assert_bulk_equals(early, before, known)
    carried = {
        i: Identifier(kind=one.kind, first_seq=one.first_seq, profile_id=first.profile_of.get(i))
        for i, one in shop.identifiers().items()
    }
    second = assert_bulk_equals(late, carried, [v for v in verdicts if v.kind == "never"])
    assert second.profile_of == whole.profile_of
    assert first.merges + second.merges == whole.merges
    assert first.rejected + second.rejected == whole.rejected


@given(drawn=shops_with_verdicts())
@settings(max_examples=examples_of(300, short=150), deadline=None)
def test_two_known_customers_are_never_one_person_by_data(
    drawn: tuple[Shop, list[Verdict]],
) -> None:
    shop, verdicts = drawn
    by_data = [v for v in verdicts if v.kind == "never"]
    persons = fold(shop.links, shop.identifiers(), LIMITS, by_data)
    customers = [persons.profile_of[i] for i, kind in shop.kinds.items() if kind == "customer_id"]
    assert len(customers) == len(set(customers))


@given(drawn=shops_with_verdicts())
@settings(max_examples=examples_of(300, short=150), deadline=None)
def test_what_a_never_names_is_kept_apart(drawn: tuple[Shop, list[Verdict]]) -> None:
    shop, verdicts = drawn
    persons = fold(shop.links, shop.identifiers(), LIMITS, verdicts)
    for verdict in verdicts:
        if verdict.kind == "never":
            assert persons.profile_of[verdict.a] != persons.profile_of[verdict.b]


@given(drawn=shops_with_verdicts())
@settings(max_examples=examples_of(200, short=100), deadline=None)
def test_links_that_come_again_change_nothing(drawn: tuple[Shop, list[Verdict]]) -> None:
    shop, verdicts = drawn
    last = max((link.seq for link in shop.links), default=0)
    again = tuple(Link(seq=last + i, ids=k.ids) for i, k in enumerate(shop.links, start=1))
    once = fold(shop.links, shop.identifiers(), LIMITS, verdicts)
    twice = fold(shop.links + again, shop.identifiers(), LIMITS, verdicts)
    assert twice.profile_of == once.profile_of
    assert twice.merges == once.merges


@given(shop=shops(pool=30, messages=20), data=st.data())
@settings(max_examples=examples_of(200, short=100), deadline=None)
def test_without_conflicts_the_order_of_links_does_not_matter(
    shop: Shop, data: st.DataObject
) -> None:
    free = fold(shop.links, shop.identifiers(), {})
    shuffled = data.draw(st.permutations(shop.links))
    relinked = [Link(seq=i, ids=link.ids) for i, link in enumerate(shuffled)]
    assert fold(relinked, shop.identifiers(), {}).profile_of == free.profile_of


@given(shop=shops(pool=60, messages=60, kinds=1), data=st.data())
@settings(max_examples=100, deadline=None)
def test_identifiers_seen_alone_first_are_merged_in_log_order(
    shop: Shop, data: st.DataObject
) -> None:
    """All were profiles before, and meet in any order: the hardest case for recording merges."""
    identifiers = {i: Identifier(kind="phone", first_seq=i) for i in shop.kinds}
    order = data.draw(st.permutations(shop.links))
    links = tuple(Link(seq=1000 + i, ids=link.ids) for i, link in enumerate(order))
    persons = assert_bulk_equals(links, identifiers, [])
    assert len(persons.merges) == sum(i != p for i, p in persons.profile_of.items())


def test_a_chain_joined_back_to_front_is_merged_link_by_link() -> None:
    n = 300
    identifiers = {i: Identifier(kind="phone", first_seq=i) for i in range(1, n + 1)}
    links = tuple(Link(seq=1000 + n - i, ids=(i, i + 1)) for i in range(n - 1, 0, -1))
    persons = assert_bulk_equals(links, identifiers, [])
    assert [m.joined_id for m in persons.merges] == list(range(n, 1, -1))
