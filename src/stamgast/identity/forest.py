"""Which nodes are connected, and at which edge each stops being the eldest of its group.

``meet`` finds the components. Most links bring an identifier that was never seen before: it joins an
elder one there and then, which needs no search. What is left, where two met that were there already,
goes to scipy, and to ``elder_forest`` to see which of them ended when.

Edges come one after the other; a group of connected nodes is called by its smallest node, its
*name*. An edge that joins two groups ends the younger (greater) name. That is Kruskal's algorithm
with the edge's position as weight, done here on whole arrays: in each round every group looks at
its earliest edge to another group. When that one has the elder name, its own ends at this edge:
whatever it was joined with before lies within itself. Then the two are one group. A group whose
earliest edge leads to a younger one waits for a later round. Of two groups that look at each other
one is the younger, so every round makes progress in every connected part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints: TypeAlias = NDArray[np.int64]

PATIENCE = 40
"""Rounds before the rest is done edge by edge: only long chains joined back to front need more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """How nodes met. ``u``, ``v``, ``seq``: the edges by which nodes that were there already met."""

    root: Ints
    """Per node the smallest node it is connected with."""
    u: Ints
    v: Ints
    """Never the same as ``u``, each the elder that what was brought to it ended in."""
    seq: Ints
    """The log position of each such edge, ascending."""


def meet(
    edges: tuple[Ints, Ints], seq: Ints, first_seq: Ints, timeless: tuple[Ints, Ints]
) -> Meeting:
    """Find the components of the nodes ``0 .. len(first_seq) - 1``.

    Args:
        edges: both ends of each, in log order.
        seq: the log position of each edge.
        first_seq: per node the log position at which it was seen first; smaller for smaller nodes.
        timeless: further edges, which connect but are not part of the log.
    """
    n = len(first_seq)
    u, v = edges
    younger = np.maximum(u, v)
    brings = np.flatnonzero((first_seq[younger] == seq) & (u != v))
    bringing = np.empty(n, dtype=np.int64)
    bringing[younger[brings][::-1]] = brings[::-1]  # the last assignment stays: the first edge
    brings = brings[bringing[younger[brings]] == brings]
    root: Ints = np.arange(n, dtype=np.int64)
    root[younger[brings]] = np.minimum(u, v)[brings]
    root = _settled(root)
    left = np.ones(len(u), dtype=bool)
    left[brings] = False
    u, v, seq = root[u[left]], root[v[left]], seq[left]
    apart = u != v
    u, v, seq = u[apart], v[apart], seq[apart]
    ends = (
        np.concatenate([u, root[timeless[0]]]),
        np.concatenate([v, root[timeless[1]]]),
    )
    return Meeting(root=_connected(n, ends)[root], u=u, v=v, seq=seq)


def numbered(n: int, *ends: Ints) -> tuple[Ints, Ints]:
    """The nodes among ``0 .. n - 1`` that occur, ascending, and for each node its place in them."""
    occurs = np.zeros(n, dtype=bool)
    for nodes in ends:
        occurs[nodes] = True
    place: Ints = np.cumsum(occurs) - 1
    return np.flatnonzero(occurs), place


def _connected(n: int, ends: tuple[Ints, Ints]) -> Ints:
    """Per node the smallest it is connected with; nodes without edges are their own."""
    from scipy.sparse import coo_matrix  # noqa: PLC0415 - 0.2 s, and only identity needs it
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - slow to load

    there, number = numbered(n, *ends)
    u, v = (number[nodes] for nodes in ends)
    graph = coo_matrix((np.ones(len(u), dtype=np.int8), (u, v)), shape=(len(there), len(there)))
    count, label = connected_components(graph, directed=False)
    smallest: Ints = np.empty(count, dtype=np.int64)
    smallest[label[::-1]] = there[::-1]  # the last assignment stays: the smallest
    root: Ints = np.arange(n, dtype=np.int64)
    root[there] = smallest[label]
    return root


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """Per node of ``0 .. n - 1``."""

    root: Ints
    """The smallest node it is connected with."""
    died_at: Ints
    """Position of the edge at which its name ended; -1: it is a name still."""
    elder: Ints
    """A smaller node of the group it was joined to at that edge; itself if it is a name still."""

    def name_after(self, nodes: Ints) -> Ints:
        """What the group that ended each node's name was called at that moment."""
        at = self.died_at[nodes]
        name = self.elder[nodes]
        while True:
            ended = (self.died_at[name] >= 0) & (self.died_at[name] < at)
            if not ended.any():
                return name
            name = np.where(ended, self.elder[name], name)


def elder_forest(n: int, u: Ints, v: Ints) -> Forest:
    """The forest of ``n`` nodes under the edges ``(u[i], v[i])``, in that order.

    >>> forest = elder_forest(4, np.array([2, 1, 0]), np.array([3, 2, 1]))
    >>> forest.root.tolist(), forest.died_at.tolist()
    ([0, 0, 0, 0], [-1, 2, 1, 0])
    >>> forest.name_after(np.array([1, 2, 3])).tolist()
    [0, 1, 2]
    """
    elder: Ints = np.arange(n, dtype=np.int64)
    root = elder.copy()
    died_at: Ints = np.full(n, -1, dtype=np.int64)
    first: Ints = np.empty(n, dtype=np.int64)
    low, high = np.minimum(u, v), np.maximum(u, v)
    position: Ints = np.arange(len(u), dtype=np.int64)
    for _ in range(PATIENCE):
        between = low != high
        low, high, position = low[between], high[between], position[between]
        if not len(low):
            break
        ends = _is_earliest_of_high(low, high, first)
        young, old = high[ends], low[ends]
        died_at[young], elder[young] = position[ends], old
        _point_to_roots(root, young, old)
        low, high = root[low], root[high]
        low, high = np.minimum(low, high), np.maximum(low, high)
    else:
        _one_by_one(root, elder, died_at, (low, high, position))
    return Forest(root=_settled(root), died_at=died_at, elder=elder)


def _is_earliest_of_high(low: Ints, high: Ints, first: Ints) -> NDArray[np.bool_]:
    """Which edges are the earliest one, of all, of their greater end; ``first`` is room to work."""
    here: Ints = np.arange(len(low), dtype=np.int64)
    both: Ints = np.empty(2 * len(low), dtype=np.int64)
    both[0::2], both[1::2] = low, high
    # Where an index comes twice the last assignment stays: from the last edge to the first.
    first[both[::-1]] = np.repeat(here[::-1], 2)
    earliest: NDArray[np.bool_] = first[high] == here
    return earliest


def _point_to_roots(root: Ints, young: Ints, old: Ints) -> None:
    root[young] = old
    while True:
        further = root[root[young]]
        if np.array_equal(further, root[young]):
            return
        root[young] = further


def _settled(root: Ints) -> Ints:
    while True:
        further = root[root]
        if np.array_equal(further, root):
            return root
        root = further


def _one_by_one(root: Ints, elder: Ints, died_at: Ints, edges: tuple[Ints, Ints, Ints]) -> None:
    """The same for the edges that are left, with a plain union-find; changes the arrays in place."""
    parent: dict[int, int] = {}

    def find(node: int) -> int:
        while (up := parent.get(node, node)) != node:
            parent[node] = parent.get(up, up)
            node = up
        return node

    for low, high, at in zip(*(column.tolist() for column in edges), strict=True):
        a, b = find(low), find(high)
        if a == b:
            continue
        old, young = min(a, b), max(a, b)
        parent[young] = old
        root[young], elder[young], died_at[young] = old, old, at
