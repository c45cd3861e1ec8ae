"""How the identifiers of one person came together: each with the message or verdict that joined it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from stamgast.identity.fold import Link
    from stamgast.store.writing import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """By what an identifier hangs on another of the same person."""

    identifier_id: int
    to_id: int
    seq: int | None
    """Log position of the message; None: by a verdict."""
    verdict_id: int | None = None


def joined_by(
    members: Collection[int],
    links: Iterable[Link],
    verdicts: Sequence[Verdict],
    left_out: Collection[tuple[int | None, int]],
) -> dict[int, Joined]:
    """Of each member but the first seen: what joined it, all leading back to the first seen.

    Args:
        members: the person identifiers of one person, by ``identity.fold``.
        links: those that hold a member.
        verdicts: those that stand, in the order given.
        left_out: (seq, identifier) of what the fold left out; seq None: of a verdict.

    >>> from stamgast.identity.fold import Link
    >>> joined_by([1, 2, 3], [Link(seq=5, ids=(1, 2)), Link(seq=9, ids=(3, 2))], (), ())[3]
    Joined(identifier_id=3, to_id=2, seq=9, verdict_id=None)
    """
    edges = _edges(set(members), links, verdicts, left_out)
    found: dict[int, Joined] = {}
    known, waiting = {min(members)}, [min(members)]
    while waiting:
        here = waiting.pop(0)
        for there, seq, verdict_id in edges.get(here, ()):
            if there not in known:
                known.add(there)
                waiting.append(there)
                found[there] = Joined(
                    identifier_id=there, to_id=here, seq=seq, verdict_id=verdict_id
                )
    return found


def _edges(
    members: set[int],
    links: Iterable[Link],
    verdicts: Sequence[Verdict],
    left_out: Collection[tuple[int | None, int]],
) -> dict[int, list[tuple[int, int | None, int | None]]]:
    """Per member its neighbours in the tree by which they joined, with the message or verdict."""
    group = {member: member for member in members}
    edges: dict[int, list[tuple[int, int | None, int | None]]] = {}

    def root(one: int) -> int:
        while group[one] != one:
            group[one] = group[group[one]]
            one = group[one]
        return one

    def join(one: int, two: int, seq: int | None, verdict_id: int | None) -> None:
        if not {one, two} <= members or (seq, two) in left_out or root(one) == root(two):
            return
        group[root(two)] = root(one)
        edges.setdefault(one, []).append((two, seq, verdict_id))
        edges.setdefault(two, []).append((one, seq, verdict_id))

    for verdict in verdicts:
        if verdict.kind == "same" and verdict.withdrawn_at is None:
            join(verdict.a, verdict.b, None, verdict.id)
    for link in sorted(links, key=lambda link: link.seq):
        for further in link.ids[1:]:
            join(link.ids[0], further, link.seq, None)
    return edges
