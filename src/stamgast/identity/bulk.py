"""The fold of ``identity.fold`` for millions of links, on arrays.

In a component that breaks no limit and holds no verdict every join is allowed, so who is who is the
component itself (``identity.forest``). The few others are folded one link at a time by
``identity.fold``. The order of joins matters only for recording merges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

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
from stamgast.identity.forest import elder_forest, meet, numbered

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from stamgast.identity.forest import Meeting

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
    met = meet(tuples.edges, tuples.edge_seq, nodes.first_seq, _same(nodes, verdicts))
    root = met.root
    by_hand = _by_hand(root, nodes, limits, verdicts)
    merges = _merges(met, nodes, by_hand)
    if not by_hand.any():
        person = _person(nodes.ids, nodes.ids[nodes.component(root)])
        return Folded(person=person, merges=merges, rejected=REJECTED.empty_table())
    slow = _fold_slowly(tuples, nodes, by_hand[root], (limits, verdicts))
    return _together(nodes, root, merges, slow)


def within(
    links: pa.Table,
    identifiers: pa.Table,
    seeds: Collection[int],
    verdicts: Sequence[Verdict] = (),
) -> tuple[pa.Table, pa.Table]:
    """The links and identifiers of the components, by links and *same* verdicts, that hold seeds.

    Tables as for ``fold_bulk``, without ``profile_id``; seeds that are not there are left aside.
    """
    nodes = _Nodes(identifiers)
    tuples = _Tuples(links, nodes)
    present = [v for v in verdicts if nodes.has(v.a) and nodes.has(v.b)]
    met = meet(tuples.edges, tuples.edge_seq, nodes.first_seq, _same(nodes, present))
    chosen = np.zeros(len(nodes.ids), dtype=bool)
    known = np.array(sorted(seed for seed in seeds if nodes.has(seed)), dtype=np.int64)
    chosen[met.root[nodes.of(known)]] = True
    chosen = chosen[met.root]
    return (
        tuples.links.filter(pa.array(chosen[tuples.strongest])),
        nodes.identifiers.filter(pa.array(chosen)),
    )


def _column(table: pa.Table, name: str) -> Ints:
    values: Ints = table[name].combine_chunks().to_numpy(zero_copy_only=False)
    return values


class _Nodes:
    """The identifiers as numbers 0 .. n - 1, by ascending id."""

    def __init__(self, identifiers: pa.Table) -> None:
        ids = _column(identifiers, "identifier_id")
        if (ids[1:] <= ids[:-1]).any():
            identifiers = identifiers.sort_by("identifier_id")
            ids = _column(identifiers, "identifier_id")
        self.identifiers = identifiers
        self.ids = ids
        self._dense = not len(ids) or int(ids[-1]) - int(ids[0]) == len(ids) - 1
        self.first_seq = _column(identifiers, "first_seq")
        self.kind = identifiers["kind"]
        self._start: Ints | None = None
        if "profile_id" in identifiers.column_names:
            known = pc.coalesce(identifiers["profile_id"], identifiers["identifier_id"])
            self._start = self.of(known.combine_chunks().to_numpy(zero_copy_only=False))

    def of(self, ids: Ints) -> Ints:
        """Ids -> nodes."""
        if self._dense:
            return ids - self.ids[0] if len(ids) else ids
        return np.searchsorted(self.ids, ids)

    def profile(self, nodes: Ints) -> Ints:
        """The node of the person each was of before."""
        return nodes if self._start is None else self._start[nodes]

    def component(self, of_profile: NDArray[Any]) -> NDArray[Any]:
        """Per node what is said of its person's node."""
        return of_profile if self._start is None else of_profile[self._start]

    def has(self, identifier_id: int) -> bool:
        place = int(np.searchsorted(self.ids, identifier_id))
        return place < len(self.ids) and int(self.ids[place]) == identifier_id

    def is_kind(self, kind: str, among: Ints | None = None) -> Flags:
        """Which nodes, of all or of these, are of a kind."""
        kinds = self.kind if among is None else self.kind.take(pa.array(among))
        flags: Flags = pc.equal(kinds, kind).combine_chunks().to_numpy(zero_copy_only=False)
        return flags


class _Tuples:
    """The links in log order, flat."""

    def __init__(self, links: pa.Table, nodes: _Nodes) -> None:
        seq = _column(links, "first_seq")
        if (seq[1:] < seq[:-1]).any():
            links = links.sort_by("first_seq")
            seq = _column(links, "first_seq")
        lists = links["identifier_ids"].combine_chunks()
        if isinstance(lists, pa.ChunkedArray):
            lists = pa.concat_arrays(lists.chunks)
        offsets: Ints = lists.offsets.to_numpy(zero_copy_only=False)
        self.links = links
        self.seq = seq
        self.ids: Ints = lists.flatten().to_numpy(zero_copy_only=False)
        self.begin: Ints = offsets[:-1] - offsets[0]
        self.size: Ints = np.diff(offsets)
        node = nodes.profile(nodes.of(self.ids))
        self.strongest: Ints = node[self.begin]
        """The node of the person that the strongest of each link was of before."""
        further = np.ones(len(node), dtype=bool)
        further[self.begin] = False
        joins = self.size - 1
        self.edges = (np.repeat(self.strongest, joins), node[further])
        """The same of the strongest and of a further one, in the order in which they join."""
        self.edge_seq: Ints = np.repeat(self.seq, joins)
        """The log position of each edge."""


def _same(nodes: _Nodes, verdicts: Sequence[Verdict]) -> tuple[Ints, Ints]:
    pairs = [(verdict.a, verdict.b) for verdict in verdicts if verdict.kind == "same"]
    ids = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    ends = nodes.profile(nodes.of(ids))
    return ends[:, 0], ends[:, 1]


def _by_hand(
    root: Ints, nodes: _Nodes, limits: Mapping[str, int], verdicts: Sequence[Verdict]
) -> Flags:
    """Per root: whether its component breaks a limit or holds a verdict."""
    component = nodes.component(root)
    size = np.bincount(component, minlength=len(root))
    flags = np.zeros(len(root), dtype=bool)
    for kind, limit in limits.items():
        if limit == 1:
            held = component[nodes.is_kind(kind)]
        else:
            large = np.flatnonzero((size > limit)[component])
            held = component[large[nodes.is_kind(kind, large)]]
        flags |= np.bincount(held, minlength=len(root)) > limit
    for verdict in verdicts:
        a, b = component[nodes.of(np.array([verdict.a, verdict.b], dtype=np.int64))]
        if a == b:
            flags[a] = True
    return flags


def _merges(met: Meeting, nodes: _Nodes, by_hand: Flags) -> pa.Table:
    """The recorded merges of the components in which every join is allowed."""
    free = ~by_hand[met.root[met.u]]
    u, v, seq = met.u[free], met.v[free], met.seq[free]
    there, number = numbered(len(met.root), u, v)
    forest = elder_forest(len(there), number[u], number[v])
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
    mine = np.flatnonzero(nodes.component(chosen))
    identifiers = {
        identifier_id: Identifier(kind=kind, first_seq=first_seq, profile_id=profile_id)
        for identifier_id, kind, first_seq, profile_id in zip(
            nodes.ids[mine].tolist(),
            nodes.kind.take(pa.array(mine)).to_pylist(),
            nodes.first_seq[mine].tolist(),
            nodes.ids[nodes.profile(mine)].tolist(),
            strict=True,
        )
    }
    which = np.flatnonzero(chosen[tuples.strongest])
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
    profile = nodes.ids[nodes.component(root)]
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
