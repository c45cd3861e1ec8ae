"""Bulk identity resolution against scipy's connected components on the same edges.

Ours: limits kept, merges and left-out identifiers recorded, persons named by their first identifier.
Theirs: the component number of each identifier, and nothing else. The two must agree wherever no
limit is broken; where one is, ours is judged by the fold of one message at a time.

    python -m bench.identity [--links 3000000]
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from bench.harness import compare, report
from stamgast.identity.bulk import Folded, fold_bulk
from stamgast.identity.fold import Identifier, Link, fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

LIMITS = {"customer_id": 1, "loyalty_card": 5, "email": 5, "phone": 5}
SHARED = 0.0023
"""Share of links whose weaker identifier is another customer's: as many broken limits as were
found among the customers of a trial, 275 of 60,000."""


SLOTS = np.array(["customer_id", "email", "email", "phone", "loyalty_card"])
MESSAGES = ((0, 1), (0, 2), (0, 3), (0, 1, 3), (0, 4, 1), (1, 3))
"""Which of a customer's five identifiers a message holds, strongest first."""
ALONE = 3
"""One in so many addresses is seen alone before it is linked (a newsletter)."""


def shop(links: int, seed: int = 1) -> tuple[pa.Table, pa.Table]:
    """The distinct links of a shop, two a customer, and its identifiers."""
    random = np.random.default_rng(seed)
    customers = links // 2 + 1
    which = random.permutation(customers * len(MESSAGES))[:links]
    owner, message = which // len(MESSAGES), which % len(MESSAGES)
    size = np.array([len(slots) for slots in MESSAGES])[message]
    begin = np.cumsum(size) - size
    raw = np.empty(size.sum(), dtype=np.int64)
    for number, slots in enumerate(MESSAGES):
        mine = message == number
        for place, slot in enumerate(slots):
            raw[begin[mine] + place] = owner[mine] * len(SLOTS) + slot
    shared = np.flatnonzero(random.random(links) < SHARED)
    last = begin[shared] + size[shared] - 1
    raw[last] = random.integers(0, customers, len(shared)) * len(SLOTS) + raw[last] % len(SLOTS)
    addresses = np.unique(raw[(raw % len(SLOTS) == 1) & (raw % ALONE == 0)])
    return _numbered(random.permutation(addresses), raw, size)


def _numbered(alone: Ints, raw: Ints, size: Ints) -> tuple[pa.Table, pa.Table]:
    """Ids in order of first sight: first what was seen alone, then a message for each link."""
    seq = np.concatenate([np.arange(len(alone)), len(alone) + np.arange(len(size)).repeat(size)])
    found, first = np.unique(np.concatenate([alone, raw]), return_index=True)
    in_order = np.argsort(first)
    number = np.empty(len(found), dtype=np.int64)
    number[in_order] = np.arange(1, len(found) + 1)
    identifiers = {
        "identifier_id": np.arange(1, len(found) + 1),
        "kind": pa.array(SLOTS[found[in_order] % len(SLOTS)]),
        "first_seq": seq[first[in_order]] + 1,
    }
    offsets = np.concatenate([[0], np.cumsum(size)]).astype(np.int32)
    lists = pa.ListArray.from_arrays(offsets, number[np.searchsorted(found, raw)])
    links = {"first_seq": np.arange(len(size)) + len(alone) + 1, "identifier_ids": lists}
    return pa.table(links), pa.table(identifiers)


def edges_of(links: pa.Table) -> tuple[Ints, Ints]:
    """(strongest, further) of every link."""
    lists = links["identifier_ids"].combine_chunks()
    size = lists.value_lengths().to_numpy()
    ids, begin = lists.flatten().to_numpy(), lists.offsets.to_numpy()[:-1]
    return np.repeat(ids[begin], size - 1), np.delete(ids, begin)


def theirs(edges: tuple[Ints, Ints], n: int) -> Any:  # noqa: ANN401 - scipy is untyped
    u, v = edges[0] - 1, edges[1] - 1
    graph = coo_matrix((np.ones(len(u), dtype=np.int8), (u, v)), shape=(n, n))
    return connected_components(graph, directed=False)[1]


def same(folded: Folded, labels: Ints, tables: tuple[pa.Table, pa.Table]) -> bool:
    identifiers = tables[1]
    n = identifiers.num_rows
    profile = np.arange(1, n + 1)
    profile[folded.person["identifier_id"].to_numpy() - 1] = folded.person["profile_id"].to_numpy()
    kinds = np.asarray(identifiers["kind"].to_pylist())
    broken = np.zeros(labels.max() + 1, dtype=bool)
    for kind, limit in LIMITS.items():
        broken |= np.bincount(labels[kinds == kind], minlength=len(broken)) > limit
    eldest = np.full(len(broken), n + 1)
    np.minimum.at(eldest, labels, np.arange(1, n + 1))
    if not np.array_equal(profile[~broken[labels]], eldest[labels][~broken[labels]]):
        return False
    judged = _one_by_one(tables, broken[labels])
    return all(profile[i - 1] == of for i, of in judged.items())


def _one_by_one(tables: tuple[pa.Table, pa.Table], chosen: Any) -> dict[int, int]:  # noqa: ANN401
    links, identifiers = tables
    rows = identifiers.filter(pa.array(chosen)).to_pylist()
    known = {r["identifier_id"]: Identifier(kind=r["kind"], first_seq=r["first_seq"]) for r in rows}
    first = pc.list_element(links["identifier_ids"], 0).to_numpy()
    some = links.filter(pa.array(chosen[first - 1])).to_pylist()
    messages = [Link(seq=r["first_seq"], ids=tuple(r["identifier_ids"])) for r in some]
    return fold(messages, known, LIMITS).profile_of


def main(links: int) -> None:
    tables = shop(links)
    edges, n = edges_of(tables[0]), tables[1].num_rows
    result = fold_bulk(*tables, LIMITS)
    report(
        compare(
            "identity",
            lambda: fold_bulk(*tables, LIMITS),
            lambda: theirs(edges, n),
            same=lambda ours, labels: same(ours, labels, tables),
            rows=tables[0].num_rows,
            edges=len(edges[0]),
            identifiers=n,
            merges=result.merges.num_rows,
            left_out=result.rejected.num_rows,
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=3_000_000)
    main(parser.parse_args().links)
