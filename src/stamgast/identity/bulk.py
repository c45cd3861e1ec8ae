"""The fold of ``identity.fold`` for millions of links, on arrays.

Components are found by scipy. In one that breaks no limit and holds no verdict every join is
allowed, so who is who is the component itself. The few others are folded one link at a time by
``identity.fold``. The order of joins matters only for recording merges, and only where a component
holds more than one profile that was there before its link came: ``identity.forest`` finds those.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stamgast.identity.fold import (
    BrokenLimit,
    Identifier,
    Link,
    Persons,
    Verdict,
    fold,
)
from stamgast.identity.forest import elder_forest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Ints: TypeAlias = NDArray[np.int64]
    Flags: TypeAlias = NDArray[np.bool_]

PERSON = pa.schema([("identifier_id", pa.int64()), ("profile_id", pa.int64())])
MERGE = pa.schema([("seq", pa.int64()), ("kept_id", pa.int64()), ("joined_id", pa.int64())])
REJECTED = pa.schema(
    [
        ("seq", pa.int64()),
        ("identifier_id", pa.int64()),
        ("from_id", pa.int64()),
        ("reason", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Who is who, as tables."""

    person: pa.Table
    """``PERSON``: of the identifiers given, those whose profile has another id; by identifier."""
    merges: pa.Table
    """``MERGE``, in log order; seq null (by a verdict) first."""
    rejected: pa.Table
    """``REJECTED``, likewise."""
    broken: tuple[BrokenLimit, ...] = ()
    """Limits that *same* verdicts broke."""


def fold_bulk(
    links: pa.Table,
    identifiers: pa.Table,
    limits: Mapping[str, int],
    verdicts: Sequence[Verdict] = (),
) -> Folded:
    """The same as ``fold``.

    Args:
        links: ``first_seq`` BIGINT, each once, and ``identifier_ids`` BIGINT[] (two or more,
            strongest first), in any order.
        identifiers: ``identifier_id``, ``kind``, ``first_seq``, and, to go on from an earlier fold,
            ``profile_id`` (null: its own); rows and meaning as in ``fold``.
        limits: kind -> limit, strongest kind first.
        verdicts: those that stand, in the order given; ids that are not given are left aside.
    """
    nodes = _Nodes(identifiers)
    tuples = _Tuples(links, nodes)
    verdicts = [v for v in verdicts if nodes.has(v.a) and nodes.has(v.b)]
    root = _roots(len(nodes.ids), tuples, nodes, verdicts)
    by_hand = _by_hand(root, nodes, limits, verdicts)
    merges = _merges(root, tuples, nodes, by_hand)
    if not by_hand.any():
        person = _person(nodes.ids, nodes.ids[root[nodes.start]])
        return Folded(person=person, merges=merges, rejected=REJECTED.empty_table())
    slow = _fold_slowly(tuples, nodes, by_hand[root], (limits, verdicts))
    return _together(nodes, root, merges, slow)


def _columns(table: pa.Table, *names: str) -> list[Ints]:
    return [table[name].combine_chunks().to_numpy(zero_copy_only=False) for name in names]


class _Nodes:
    """The identifiers as numbers 0 .. n - 1, by ascending id."""

    def __init__(self, identifiers: pa.Table) -> None:
        ids = _columns(identifiers, "identifier_id")[0]
        if (np.diff(ids) <= 0).any():
            identifiers = identifiers.sort_by("identifier_id")
            ids = _columns(identifiers, "identifier_id")[0]
        self.ids = ids
        self.dense = not len(ids) or int(ids[-1]) - int(ids[0]) == len(ids) - 1
        self.first_seq = _columns(identifiers, "first_seq")[0]
        self.kind = identifiers["kind"]
        self.start: Ints = np.arange(len(ids))
        if "profile_id" in identifiers.column_names:
            known = pc.coalesce(identifiers["profile_id"], identifiers["identifier_id"])
            self.start = self.of(known.combine_chunks().to_numpy(zero_copy_only=False))

    def of(self, ids: Ints) -> Ints:
        """Ids -> nodes."""
        if self.dense:
            return ids - self.ids[0] if len(ids) else ids
        return np.searchsorted(self.ids, ids)

    def has(self, identifier_id: int) -> bool:
        place = int(np.searchsorted(self.ids, identifier_id))
        return place < len(self.ids) and int(self.ids[place]) == identifier_id

    def of_kind(self, kind: str) -> Ints:
        """The nodes of one kind."""
        return np.flatnonzero(pc.equal(self.kind, kind).combine_chunks().to_numpy(False))


class _Tuples:
    """The links in log order, flat."""

    def __init__(self, links: pa.Table, nodes: _Nodes) -> None:
        seq = _columns(links, "first_seq")[0]
        if (np.diff(seq) < 0).any():
            links = links.sort_by("first_seq")
            seq = _columns(links, "first_seq")[0]
        lists = links["identifier_ids"].combine_chunks()
        if isinstance(lists, pa.ChunkedArray):
            lists = pa.concat_arrays(lists.chunks)
        self.seq = seq
        self.ids: Ints = lists.flatten().to_numpy(zero_copy_only=False)
        offsets = lists.offsets.to_numpy(zero_copy_only=False)
        self.begin: Ints = (offsets - offsets[0])[:-1] if len(seq) else np.zeros(0, np.int64)
        self.size = np.diff(offsets) if len(seq) else self.begin
        self.node = nodes.start[nodes.of(self.ids)]
        """The profile each id was of before, as a node."""

    @cached_property
    def edges(self) -> tuple[Ints, Ints, Ints]:
        """Strongest node, further node, number of the link; in the order in which they join."""
        further = np.ones(len(self.node), dtype=bool)
        further[self.begin] = False
        link = np.repeat(np.arange(len(self.seq)), self.size - 1)
        return self.node[self.begin][link], self.node[further], link


def _roots(n: int, tuples: _Tuples, nodes: _Nodes, verdicts: Sequence[Verdict]) -> Ints:
    """The smallest node each node is connected with, by links and *same* verdicts."""
    from scipy.sparse import coo_matrix  # noqa: PLC0415 - 0.2 s, and only identity needs it
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    u, v, _ = tuples.edges
    same = [verdict for verdict in verdicts if verdict.kind == "same"]
    if same:
        ends = nodes.start[nodes.of(np.array([(s.a, s.b) for s in same], dtype=np.int64))]
        u, v = np.concatenate([u, ends[:, 0]]), np.concatenate([v, ends[:, 1]])
    graph = coo_matrix((np.ones(len(u), dtype=np.int8), (u, v)), shape=(n, n))
    count, label = connected_components(graph, directed=False)
    smallest = np.empty(count, dtype=np.int64)
    smallest[label[::-1]] = np.arange(n - 1, -1, -1)  # the last assignment stays: the smallest
    root: Ints = smallest[label]
    return root


def _by_hand(
    root: Ints, nodes: _Nodes, limits: Mapping[str, int], verdicts: Sequence[Verdict]
) -> Flags:
    """Per root: whether its component breaks a limit or holds a verdict."""
    flags = np.zeros(len(root), dtype=bool)
    component = root[nodes.start]
    for kind, limit in limits.items():
        flags |= np.bincount(component[nodes.of_kind(kind)], minlength=len(root)) > limit
    for verdict in verdicts:
        a, b = component[nodes.of(np.array([verdict.a, verdict.b], dtype=np.int64))]
        if a == b:
            flags[a] = True
    return flags


def _merges(root: Ints, tuples: _Tuples, nodes: _Nodes, by_hand: Flags) -> pa.Table:
    """The recorded merges of the components in which every join is allowed."""
    known = np.ones(len(root), dtype=bool)  # was a profile before some link joined it
    eldest = np.repeat(np.minimum.reduceat(tuples.node, tuples.begin), tuples.size)
    born = nodes.first_seq[tuples.node] == np.repeat(tuples.seq, tuples.size)
    known[tuples.node[born & (tuples.node != eldest)]] = False
    profiles = np.bincount(root[known], minlength=len(root))
    several = ((profiles > 1) & ~by_hand)[root]
    u, v, link = tuples.edges
    taken = np.flatnonzero(several[u])
    u, v, seq = u[taken], v[taken], tuples.seq[link[taken]]
    there = np.flatnonzero(several)
    forest = elder_forest(len(there), np.searchsorted(there, u), np.searchsorted(there, v))
    joined = np.flatnonzero(forest.died_at >= 0)
    at = forest.died_at[joined]
    recorded = nodes.first_seq[there[joined]] < seq[at]
    joined = joined[recorded][np.argsort(at[recorded])]
    kept = forest.name_after(joined)
    return pa.table(
        [seq[forest.died_at[joined]], nodes.ids[there[kept]], nodes.ids[there[joined]]],
        schema=MERGE,
    )


def _fold_slowly(
    tuples: _Tuples,
    nodes: _Nodes,
    chosen: Flags,
    rules: tuple[Mapping[str, int], Sequence[Verdict]],
) -> Persons:
    """The components of the chosen nodes, one link at a time."""
    mine = np.flatnonzero(chosen[nodes.start])
    identifiers = {
        identifier_id: Identifier(kind=kind, first_seq=first_seq, profile_id=profile_id)
        for identifier_id, kind, first_seq, profile_id in zip(
            nodes.ids[mine].tolist(),
            nodes.kind.take(pa.array(mine)).to_pylist(),
            nodes.first_seq[mine].tolist(),
            nodes.ids[nodes.start[mine]].tolist(),
            strict=True,
        )
    }
    which = np.flatnonzero(chosen[tuples.node[tuples.begin]])
    links = [
        Link(seq=seq, ids=tuple(tuples.ids[begin : begin + size].tolist()))
        for seq, begin, size in zip(
            tuples.seq[which].tolist(),
            tuples.begin[which].tolist(),
            tuples.size[which].tolist(),
            strict=True,
        )
    ]
    limits, verdicts = rules
    present = [v for v in verdicts if v.a in identifiers and v.b in identifiers]
    return fold(links, identifiers, limits, present)


def _together(nodes: _Nodes, root: Ints, merges: pa.Table, slow: Persons) -> Folded:
    profile = nodes.ids[root[nodes.start]].copy()
    ids = np.fromiter(slow.profile_of, dtype=np.int64, count=len(slow.profile_of))
    profile[nodes.of(ids)] = np.fromiter(slow.profile_of.values(), np.int64, len(ids))
    by_hand = pa.Table.from_pylist(
        [{"seq": m.seq, "kept_id": m.kept_id, "joined_id": m.joined_id} for m in slow.merges],
        schema=MERGE,
    )
    rejected = pa.Table.from_pylist(
        [
            {
                "seq": r.seq,
                "identifier_id": r.identifier_id,
                "from_id": r.from_id,
                "reason": r.reason,
            }
            for r in slow.rejected
        ],
        schema=REJECTED,
    )
    return Folded(
        person=_person(nodes.ids, profile),
        merges=_in_log_order(pa.concat_tables([merges, by_hand])),
        rejected=rejected,
        broken=slow.broken,
    )


def _in_log_order(table: pa.Table) -> pa.Table:
    """By seq, null first; rows of one message (all from one component) stay in their order."""
    seq = pc.fill_null(table["seq"], np.iinfo(np.int64).min).to_numpy()
    return table.take(pa.array(np.argsort(seq, kind="stable")))


def _person(ids: Ints, profile: Ints) -> pa.Table:
    differs = ids != profile
    return pa.table([ids[differs], profile[differs]], schema=PERSON)
