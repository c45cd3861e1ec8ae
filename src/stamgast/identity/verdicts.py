"""What a person's hand decides about two identifiers, as operations on the list of verdicts.

Who is who is a function of the log and this list (``identity.fold``), so taking a verdict out of
the list is the exact inverse of putting it in, whatever came in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stamgast.errors import UserError
from stamgast.identity.fold import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Verdicts: TypeAlias = tuple[Verdict, ...]
"""Those that stand, in the order given."""

Together: TypeAlias = "Callable[[Verdicts], bool]"
"""Whether the two identifiers would be one person under these verdicts (ask ``identity.fold``)."""

Named: TypeAlias = "Callable[[int], str]"
"""How an error names an identifier."""

Profiles: TypeAlias = "Callable[[Verdicts], Mapping[int, int]]"
"""Identifier -> profile under these verdicts, of those whose profile has another id."""


def merge(
    verdicts: Verdicts, a: int, b: int, *, together: Together, named: Named = str
) -> Verdicts:
    """Say that a and b are the same person; nothing changes when they are already.

    Raises UserError ``identity.kept_apart`` when a *never* stands between them or their persons.
    """
    check_two(a, b, named)
    if together(verdicts):
        return verdicts
    merged = (*verdicts, Verdict(kind="same", a=min(a, b), b=max(a, b)))
    if not together(merged):
        raise UserError(
            "identity.kept_apart",
            f"{named(a)} and {named(b)} are kept apart by a verdict, on them or on who they are with",
            hint="withdraw that verdict first",
        )
    return merged


def merge_persons(
    verdicts: Verdicts,
    one: Sequence[int],
    two: Sequence[int],
    *,
    profiles: Profiles,
    named: Named = str,
) -> Verdicts:
    """Say that two persons, each by all its identifiers, strongest first, are one with all of these.

    *same* comes before what the messages say, so a limit may now leave out what it let in before;
    such an identifier is joined by a verdict of its own. What a *never* keeps apart stays apart.
    Nothing changes when they are one already. Raises UserError as ``merge``.
    """
    a, b = one[0], two[0]

    def joined(found: Verdicts, other: int) -> bool:
        profile_of = profiles(found)
        return profile_of.get(a, a) == profile_of.get(other, other)

    merged = merge(verdicts, a, b, together=lambda found: joined(found, b), named=named)
    if merged == verdicts:
        return verdicts
    apart: set[int] = set()
    while True:
        lost = [m for m in (*one, *two) if m not in apart and not joined(merged, m)]
        if not lost:
            return merged
        further = (*merged, Verdict(kind="same", a=min(a, lost[0]), b=max(a, lost[0])))
        if joined(further, lost[0]):
            merged = further
        else:
            apart.add(lost[0])


def unmerge(
    verdicts: Verdicts,
    a: int,
    b: int,
    *,
    together: Together,
    acts: Sequence[Verdicts] = (),
    named: Named = str,
) -> Verdicts:
    """Take a and b apart: withdraw what a hand joined them by, else set *never(a, b)*.

    That is *same(a, b)*, or else the latest act without which they are apart (it may name other
    identifiers of the two persons). ``acts``: verdicts that were given together, latest first;
    without them each *same* is an act.

    Raises UserError ``identity.not_merged`` when they are two persons already.
    """
    check_two(a, b, named)
    if not together(verdicts):
        raise UserError(
            "identity.not_merged",
            f"{named(a)} and {named(b)} are not the same person",
            hint="to keep them apart for good, set never",
        )
    without = tuple(v for v in verdicts if not (v.kind == "same" and {v.a, v.b} == {a, b}))
    if not acts and not together(without):
        return without
    for act in acts or [(v,) for v in reversed(without) if v.kind == "same"]:
        fewer = tuple(v for v in verdicts if v not in act)
        if not together(fewer):
            return fewer
    return never(without, a, b, named)


def never(verdicts: Verdicts, a: int, b: int, named: Named = str) -> Verdicts:
    """Say that a and b are two persons, whatever the data says; nothing changes when it stands.

    Raises UserError ``identity.merged_by_hand`` when *same(a, b)* stands.
    """
    check_two(a, b, named)
    standing = {v.kind for v in verdicts if {v.a, v.b} == {a, b}}
    if "never" in standing:
        return verdicts
    if "same" in standing:
        raise UserError(
            "identity.merged_by_hand",
            f"a verdict says that {named(a)} and {named(b)} are the same person",
            hint="unmerge them first",
        )
    return (*verdicts, Verdict(kind="never", a=min(a, b), b=max(a, b)))


def withdraw(verdicts: Verdicts, verdict: Verdict) -> Verdicts:
    """Take a verdict back. Raises UserError ``identity.no_verdict`` when it does not stand."""
    if verdict not in verdicts:
        raise UserError(
            "identity.no_verdict", f"there is no verdict {verdict.kind}({verdict.a}, {verdict.b})"
        )
    return tuple(v for v in verdicts if v != verdict)


def check_two(a: int, b: int, named: Named = str) -> None:
    """Raises UserError ``identity.one_identifier`` when they are one identifier."""
    if a == b:
        raise UserError(
            "identity.one_identifier",
            f"{named(a)} is one identifier, not two",
            hint="name two different identifiers",
        )
