"""Extensions and consents of a profile as they stand at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.language.reference.rows import NEVER

if TYPE_CHECKING:
    from stamgast.language.ast import Carries, Consented, ExtensionRef
    from stamgast.language.reference.rows import Moment, Value
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
    """The grants and the no's that stand at ``m.u``."""
    come = [s for s in m.log.extensions if s.name == asked.name and s.at <= m.u]
    grants: dict[object, ExtensionStatement] = {}
    words: dict[object, ExtensionStatement] = {}
    for s in sorted(come, key=_order):
        if s.action in ("give", "take"):
            grants[s.holder, s.origin] = s
        if s.action in ("no", "lift") or (s.action == "give" and _kind(s) == "hand"):
            words[s.holder if asked.per_holder else None] = s
    noes = {of: s for of, s in words.items() if s.action == "no" and _runs(s, m.u)}
    given = [s for s in grants.values() if s.action == "give" and _runs(s, m.u)]
    live = [s for s in given if (s.holder if asked.per_holder else None) not in noes]
    ends = [s.until for s in (*given, *noes.values()) if s.until is not None]
    return Standing(
        live=tuple(sorted(live, key=lambda s: (STRENGTH.get(_kind(s), 0), *_order(s)))),
        denied=bool(noes) and not asked.per_holder,
        until=min(ends, default=NEVER),
    )


def extension_value(asked: ExtensionRef, m: Moment) -> tuple[Value, int]:
    """The value of the strongest live grant, of equals the latest; missing without one."""
    found = standing(asked, m)
    return (found.live[-1].value if found.live else None), found.until


def consents(asked: Consented, m: Moment) -> list[ConsentStatement]:
    """Per address the latest word on a purpose and a channel."""
    latest: dict[str | None, ConsentStatement] = {}
    for c in sorted(m.log.consents, key=lambda c: (c.at or -NEVER, c.received_at, c.seq)):
        same = (c.purpose, c.channel) == (asked.purpose, asked.channel)
        if same and (c.at is None or c.at <= m.u):
            latest[c.address] = c
    return list(latest.values())


def consented(asked: Consented, m: Moment) -> bool:
    """Whether it is agreed to for some address."""
    return any(c.state in AGREED for c in consents(asked, m))


def _order(s: ExtensionStatement) -> tuple[int, int, int]:
    return (s.at, s.received_at, s.seq)


def _kind(s: ExtensionStatement) -> str:
    return s.origin.partition(":")[0]


def _runs(s: ExtensionStatement, u: int) -> bool:
    return s.until is None or u < s.until
