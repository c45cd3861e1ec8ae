"""Extensions and consents of a profile as they stand at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.language.reference.moments import NEVER, in_time

if TYPE_CHECKING:
    from stamgast.language.ast import Carries, Consented, ExtensionRef
    from stamgast.language.reference.moments import Moment
    from stamgast.model.log import ConsentStatement, ExtensionStatement

STRENGTH = {"rule": 0, "import": 1, "api": 2, "hand": 3}
"""Of the live grants of different kinds of origins the strongest gives the value."""
AGREED = ("granted", "soft_opt_in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands of one extension."""

    live: tuple[ExtensionStatement, ...]
    """The grants that live and are not silenced, weakest first."""
    denied: bool
    """Whether a standing no silences the whole profile."""
    until: int
    """The first instant at which a live grant or a standing no ends."""


def standing(asked: Carries | ExtensionRef, m: Moment) -> Standing:
    """The grants and the no's that stand at ``m.u``: of the latest of each those that run."""
    come = sorted((s for s in m.log.extensions if s.name == asked.name), key=in_time)
    last = {(s.holder, s.origin): s for s in come if s.action in ("give", "take")}
    words = {
        s.holder if asked.per_holder else None: s
        for s in come
        if s.action in ("no", "lift") or (s.action == "give" and _origin(s) == "hand")
    }
    given = [s for s in last.values() if s.action == "give" and _runs(s, m.u)]
    noes = {whose: s for whose, s in words.items() if s.action == "no" and _runs(s, m.u)}
    live = [s for s in given if (s.holder if asked.per_holder else None) not in noes]
    return Standing(
        live=tuple(sorted(live, key=lambda s: (STRENGTH.get(_origin(s), 0), *in_time(s)))),
        denied=bool(noes) and not asked.per_holder,
        until=min(
            (s.until for s in (*given, *noes.values()) if s.until is not None), default=NEVER
        ),
    )


def consents(asked: Consented, m: Moment) -> list[ConsentStatement]:
    """Per address the latest word on a purpose and a channel."""
    of = (asked.purpose, asked.channel)
    said = [c for c in m.log.consents if (c.purpose, c.channel) == of]
    return list({c.address: c for c in sorted(said, key=in_time)}.values())


def _origin(s: ExtensionStatement) -> str:
    return s.origin.partition(":")[0]


def _runs(s: ExtensionStatement, u: int) -> bool:
    return s.until is None or u < s.until
