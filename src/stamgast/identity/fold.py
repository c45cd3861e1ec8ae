"""Who is who: the fold of links under verdicts, one message at a time. This is the meaning.

``identity.bulk`` gives the same answer for millions of links.

* A *link* is what one message said belongs together: its person identifiers, strongest first.
  The strongest is taken as it is; each further one joins the strongest one's person, unless a
  limit or a *never* verdict forbids it: then it alone is left out, recorded, and stays with who
  had it.
* A limit forbids joining two persons when both hold an identifier of the kind and together they
  would hold more than the limit. What a verdict joined beyond a limit stays joined.
* *never(a, b)*: no person holds both a and b.
* *same(a, b)* verdicts are applied before the messages, in the order in which they were given;
  they may break a limit (warned), not a *never*.
* A person's profile id is the smallest of its identifiers, which is the first seen.

A link that comes again changes nothing: what was forbidden stays forbidden, for persons only grow.
So the distinct links with their first positions are enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An identifier as the fold sees it."""

    kind: str
    first_seq: int
    """Log position of the message that first held it, alone or with others."""
    profile_id: int | None = None
    """The person it is of before this fold; None: nobody's, so its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Person identifiers of one message, strongest first."""

    seq: int
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a person's hand decided about two identifiers; stands until withdrawn."""

    kind: Literal["same", "never"]
    a: int
    b: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Two profiles became one.

    Only profiles that were there before the message count: an identifier that the message itself
    brought was nobody's profile yet.
    """

    seq: int | None
    """Log position; None: by a verdict."""
    kept_id: int
    joined_id: int
    """The profile id that resolves to ``kept_id`` from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An identifier that was left out of a message's link (or, seq None, a verdict left out)."""

    seq: int | None
    identifier_id: int
    from_id: int
    """The message's strongest identifier, which it did not join."""
    reason: str
    """``never``, or ``limit:<kind>`` with the strongest kind that forbids it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLimit:
    """A *same* verdict made a person hold more of a kind than data may."""

    verdict: Verdict
    kind: str
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Persons:
    """Who is who after the fold."""

    profile_of: dict[int, int]
    """Identifier id -> profile id, of every identifier given."""
    merges: tuple[Merge, ...]
    rejected: tuple[Rejected, ...]
    broken: tuple[BrokenLimit, ...]


def fold(
    links: Iterable[Link],
    identifiers: Mapping[int, Identifier],
    limits: Mapping[str, int],
    verdicts: Sequence[Verdict] = (),
) -> Persons:
    """Fold links, in log order, into persons.

    Args:
        links: by ascending ``seq``; every id is a key of ``identifiers``.
        identifiers: all of them, or those of the components of the links and verdicts. To go on
            from an earlier fold, each with its ``profile_id`` and with every other identifier of
            that person; ``verdicts`` must then be the same as before.
        limits: kind -> limit, strongest kind first.
        verdicts: those that stand, in the order given.

    >>> c1, c2, mail = (Identifier(kind=k, first_seq=s) for k, s in
    ...                 (("customer_id", 1), ("customer_id", 2), ("email", 1)))
    >>> persons = fold([Link(seq=1, ids=(1, 3)), Link(seq=2, ids=(2, 3))],
    ...                {1: c1, 2: c2, 3: mail}, {"customer_id": 1})
    >>> persons.profile_of
    {1: 1, 2: 2, 3: 1}
    >>> persons.rejected
    (Rejected(seq=2, identifier_id=3, from_id=2, reason='limit:customer_id'),)
    """
    state = _State(identifiers, limits, verdicts)
    for verdict in verdicts:
        if verdict.kind == "same":
            state.apply(verdict)
    for link in links:
        strongest, *further = link.ids
        for identifier_id in further:
            state.link(link.seq, strongest, identifier_id)
    return Persons(
        profile_of={i: person.profile_id for i, person in state.of.items()},
        merges=tuple(state.merges),
        rejected=tuple(state.rejected),
        broken=tuple(state.broken),
    )


@dataclass(slots=True)
class _Person:
    profile_id: int
    members: list[int]
    held: dict[str, int]
    """Kind -> how many, of the kinds that have a limit."""
    apart: list[int]
    """The members that a *never* names."""

    def add(self, other: _Person) -> None:
        self.profile_id = min(self.profile_id, other.profile_id)
        self.members += other.members
        self.apart += other.apart
        for kind, many in other.held.items():
            self.held[kind] = self.held.get(kind, 0) + many


class _State:
    """The persons so far."""

    def __init__(
        self,
        identifiers: Mapping[int, Identifier],
        limits: Mapping[str, int],
        verdicts: Sequence[Verdict],
    ) -> None:
        self.identifiers = identifiers
        self.limits = limits
        self.never: dict[int, set[int]] = {}
        for verdict in verdicts:
            if verdict.kind == "never":
                self.never.setdefault(verdict.a, set()).add(verdict.b)
                self.never.setdefault(verdict.b, set()).add(verdict.a)
        self.of: dict[int, _Person] = {}
        persons: dict[int, _Person] = {}
        for identifier_id, identifier in identifiers.items():
            person = _Person(
                identifier.profile_id or identifier_id,
                [identifier_id],
                {identifier.kind: 1} if identifier.kind in limits else {},
                [identifier_id] if identifier_id in self.never else [],
            )
            known = persons.setdefault(person.profile_id, person)
            if known is not person:
                known.add(person)
            self.of[identifier_id] = known
        self.merges: list[Merge] = []
        self.rejected: list[Rejected] = []
        self.broken: list[BrokenLimit] = []

    def apply(self, verdict: Verdict) -> None:
        one, two = self.of[verdict.a], self.of[verdict.b]
        if one is two:
            return
        if self._kept_apart(one, two):
            self.rejected.append(
                Rejected(seq=None, identifier_id=verdict.b, from_id=verdict.a, reason="never")
            )
            return
        over = self._over(one, two)
        self._join(None, one, two)
        held = self.of[verdict.a].held
        self.broken += [BrokenLimit(verdict=verdict, kind=k, held=held[k]) for k in over]

    def link(self, seq: int, strongest: int, further: int) -> None:
        one, two = self.of[strongest], self.of[further]
        if one is two:
            return
        reason = self._forbidden(one, two)
        if reason is None:
            self._join(seq, one, two)
        else:
            self.rejected.append(
                Rejected(seq=seq, identifier_id=further, from_id=strongest, reason=reason)
            )

    def _forbidden(self, one: _Person, two: _Person) -> str | None:
        if self._kept_apart(one, two):
            return "never"
        over = self._over(one, two)
        return f"limit:{over[0]}" if over else None

    def _kept_apart(self, one: _Person, two: _Person) -> bool:
        return any(
            self.of.get(other) is two for member in one.apart for other in self.never[member]
        )

    def _over(self, one: _Person, two: _Person) -> list[str]:
        return [
            kind
            for kind, limit in self.limits.items()
            if kind in one.held and kind in two.held and one.held[kind] + two.held[kind] > limit
        ]

    def _join(self, seq: int | None, one: _Person, two: _Person) -> None:
        kept, joined = sorted((one.profile_id, two.profile_id))
        large, small = (one, two) if len(one.members) >= len(two.members) else (two, one)
        large.add(small)
        for member in small.members:
            self.of[member] = large
        if seq is None or self.identifiers[joined].first_seq < seq:
            self.merges.append(Merge(seq=seq, kept_id=kept, joined_id=joined))
