"""What there is of an extension: who has it and from whom, of whom it was ever said, and what was said lately."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from stamgast.app.labels import carriers
from stamgast.clock import format_instant
from stamgast.errors import UserError
from stamgast.store.profile_log import parse_canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stamgast.app.core import Core
    from stamgast.language.ast import Condition, Extension
    from stamgast.model.log import Instant, Scalar

OriginKind: TypeAlias = Literal["hand", "import", "api", "rule"]
KINDS: tuple[OriginKind, ...] = get_args(OriginKind)
"""Kinds of origins, as people ask for them: a hand, a list, a program, a rule."""
Of: TypeAlias = Literal["carriers", "no", "asked"]
WHO: tuple[Of, ...] = get_args(Of)
"""Who can be asked for: those who carry it, who have a standing *no*, of whom anything was ever said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginFigure:
    """What one origin says of an extension."""

    kind: str
    name: str
    """The list or the rule; empty: of a hand or a program whoever it was, or the definition's own rule."""
    carriers: int
    """How many carry it because this says so, too: one customer may have it from several."""
    asked: int
    """Of how many it ever said anything."""
    noes: int
    """How many have a standing *no* from it."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "origin": f"{self.kind}:{self.name}" if self.name else self.kind,
            "carriers": self.carriers,
            "asked": self.asked,
            "standing_no": self.noes,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFigures:
    """What there is of one extension at an instant."""

    asked: int
    """Of how many customers anything was ever said."""
    noes: int
    origins: tuple[OriginFigure, ...]
    """Those that say anything, hands first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelWord:
    """Somebody who is asked for, with the word that counts; ``at`` None: only a rule says so."""

    profile: int
    origin: str
    action: str
    value: Scalar = None
    at: Instant | None = None
    until: Instant | None = None
    reason: str = ""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        value = self.value
        return {
            "profile_id": self.profile,
            "origin": self.origin,
            "action": self.action,
            "value": value if value is None or isinstance(value, int | float) else str(value),
            "at": format_instant(self.at),
            "until": format_instant(self.until),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidTogether:
    """Words of one origin that came together: a list, a file, or one word of a hand."""

    batch: int
    origin: str
    action: str
    first_at: Instant
    last_at: Instant
    customers: int
    profile: int
    """One of them."""
    reason: str

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "batch": self.batch,
            "origin": self.origin,
            "action": self.action,
            "first_at": format_instant(self.first_at),
            "last_at": format_instant(self.last_at),
            "customers": self.customers,
            "reason": self.reason,
        }


def figures(
    core: Core, t: Instant, asked: Iterable[Extension], carried: Mapping[str, set[int]]
) -> dict[str, LabelFigures]:
    """Name -> what there is of it. ``carried``: who carries each at ``t``."""
    wanted = {one.name: one for one in asked}
    told = {"t": t, "per_holder": [one.name for one in wanted.values() if one.wins_on_merge]}
    core.reader.db.run(_STANDING, told)
    have: defaultdict[tuple[str, str, str], set[int]] = defaultdict(set)
    for name, origin, profile in core.reader.db.run(_LIVE):
        if profile in carried.get(name, ()):
            have[name, *_named(origin)].add(profile)
    for name, members in _by_rule(core, t, wanted, carried).items():
        have[name, "rule", ""] |= members
    ever, all_asked = _counted(core.reader.db.run(_ASKED, {"t": t}))
    noes, all_noes = _counted(core.reader.db.run(_NOES))
    found: defaultdict[str, list[OriginFigure]] = defaultdict(list)
    for key in sorted({*have, *ever, *noes}, key=_in_order):
        name, kind, called = key
        made = OriginFigure(
            kind=kind,
            name=called,
            carriers=len(have.get(key, ())),
            asked=ever.get(key, 0),
            noes=noes.get(key, 0),
        )
        found[name].append(made)
    return {
        name: LabelFigures(
            asked=all_asked.get(name, 0), noes=all_noes.get(name, 0), origins=tuple(found[name])
        )
        for name in wanted
    }


def people_of(core: Core, t: Instant, one: Extension, of: Of) -> tuple[LabelWord, ...]:
    """Who is asked for, the word that counts with each, the latest first; who has it by rule alone last."""
    database = core.reader.db
    if of == "asked":
        return _words(database.run(_EVER, {"t": t, "name": one.name}), one)
    put_standing(core, one, t)
    if of == "no":
        return _words(database.run(_NO_WORDS, {"name": one.name}), one)
    carried = carriers(core, t, [one])[one.name]
    rows = database.run(_LIVE_WORDS, {"name": one.name})
    said = tuple(x for x in _words(rows, one) if x.profile in carried)
    rest = sorted(carried - {x.profile for x in said})
    rule = f"rule:{one.name}"
    return (*said, *(LabelWord(profile=x, origin=rule, action="give") for x in rest))


def put_standing(core: Core, one: Extension, t: Instant) -> None:
    """The table ``label_standing``: the grants of it that live at ``t``, and the *no*s that stand."""
    told = {"t": t, "per_holder": [one.name] if one.wins_on_merge else []}
    core.reader.db.run(_STANDING, told)


def said_of(core: Core, t: Instant, name: str, most: int) -> tuple[SaidTogether, ...]:
    """What was said of an extension up to ``t``, words that came together as one, the latest first."""
    rows = core.reader.db.run(_HISTORY, {"t": t, "name": name, "most": most})
    return tuple(
        SaidTogether(
            batch=int(row[0]),
            origin=str(row[1]),
            action=str(row[2]),
            first_at=int(row[3]),
            last_at=int(row[4]),
            customers=int(row[5]),
            profile=int(row[6]),
            reason=row[7] or "",
        )
        for row in rows
    )


def checked_who(of: str) -> Of:
    """Who is asked for. Raises UserError ``extension.who``."""
    for known in WHO:
        if of == known:
            return known
    raise UserError(
        "extension.who", f"nobody can be asked for by {of!r}", hint=f"one of: {', '.join(WHO)}"
    )


# --- parts ----------------------------------------------------------------------------------------


def _by_rule(
    core: Core, t: Instant, wanted: Mapping[str, Extension], carried: Mapping[str, set[int]]
) -> dict[str, set[int]]:
    """Of those with a rule of their own: who carries it because the rule holds."""
    rules: dict[str, Condition] = {one.name: one.rule for one in wanted.values() if one.rule}
    found = carriers(core, t, [wanted[name] for name in rules], conditions=rules)
    return {name: members & carried[name] for name, members in found.items()}


def _named(origin: str) -> tuple[str, str]:
    """Kind and name; hands and programs are counted together."""
    kind, _, name = origin.partition(":")
    return kind, name if kind in ("import", "rule") else ""


def _counted(
    rows: Sequence[tuple[str, str, int]],
) -> tuple[dict[tuple[str, str, str], int], dict[str, int]]:
    """Of rows of name, origin and profile: how many profiles of each origin, and of all."""
    each: defaultdict[tuple[str, str, str], set[int]] = defaultdict(set)
    every: defaultdict[str, set[int]] = defaultdict(set)
    for name, origin, profile in rows:
        each[name, *_named(origin)].add(profile)
        every[name].add(profile)
    return {key: len(of) for key, of in each.items()}, {key: len(of) for key, of in every.items()}


def _in_order(key: tuple[str, str, str]) -> tuple[str, int, str]:
    name, kind, called = key
    known = [*KINDS]
    return name, known.index(kind) if kind in known else len(known), called


def _words(rows: Sequence[tuple[object, ...]], one: Extension) -> tuple[LabelWord, ...]:
    """Of rows that are each somebody's word that counts."""
    return tuple(
        LabelWord(
            profile=int(str(profile)),
            origin=str(origin),
            action=str(action),
            value=None if one.type is None else parse_canonical(value, one.type),  # type: ignore[arg-type] # of a column of text
            at=int(str(at)),
            until=None if until is None else int(str(until)),
            reason=str(reason or ""),
        )
        for profile, origin, action, value, at, until, reason in rows
    )


_STANDING = """
    CREATE OR REPLACE TEMP TABLE label_standing AS
    WITH said AS (
        SELECT e.profile_id, e.identity_id AS holder, e.name, e.origin, e.action, e.value, e."at us" AS at_us,
            e."until us" AS until_us, e."received_at us" AS received, e.seq, e.reason,
            CASE WHEN list_contains($per_holder::VARCHAR[], e.name) THEN e.identity_id
                ELSE e.profile_id END AS whose
        FROM owned_extension AS e WHERE e."at us" <= $t),
    live AS (
        SELECT * FROM said WHERE action IN ('give', 'take')
        QUALIFY row_number() OVER (
            PARTITION BY name, profile_id, holder, origin ORDER BY at_us DESC, received DESC, seq DESC) = 1),
    noes AS (
        SELECT * FROM said
        WHERE action IN ('no', 'lift') OR (action = 'give' AND starts_with(origin, 'hand:'))
        QUALIFY row_number() OVER (
            PARTITION BY name, whose ORDER BY at_us DESC, received DESC, seq DESC) = 1),
    denied AS (SELECT * FROM noes WHERE action = 'no' AND (until_us IS NULL OR until_us > $t))
    SELECT l.* FROM live AS l ANTI JOIN denied AS d ON d.name = l.name AND d.whose = l.whose
    WHERE l.action = 'give' AND (l.until_us IS NULL OR l.until_us > $t)
    UNION ALL SELECT * FROM denied
    """
"""The grants that live and are not silenced, and the standing *no*s."""
_LIVE = "SELECT name, origin, profile_id FROM label_standing WHERE action = 'give'"
_NOES = "SELECT name, origin, profile_id FROM label_standing WHERE action = 'no'"
_ASKED = """
    SELECT DISTINCT name, origin, profile_id FROM owned_extension WHERE "at us" <= $t
    """
_ONE_EACH = """
    QUALIFY row_number() OVER (PARTITION BY profile_id ORDER BY {first} at_us DESC, received DESC, seq DESC) = 1
    ORDER BY at_us DESC, profile_id
    """
_COLUMNS = "SELECT profile_id, origin, action, value, at_us, until_us, reason FROM"
_STRONGEST = """
    CASE split_part(origin, ':', 1) WHEN 'hand' THEN 3 WHEN 'api' THEN 2 WHEN 'import' THEN 1 ELSE 0 END DESC,
    """
"""Of the live grants of different kinds of origins the strongest gives the value."""
_LIVE_WORDS = (
    f"{_COLUMNS} label_standing WHERE name = $name AND action = 'give' "
    f"{_ONE_EACH.format(first=_STRONGEST)}"
)
_NO_WORDS = (
    f"{_COLUMNS} label_standing WHERE name = $name AND action = 'no' {_ONE_EACH.format(first='')}"
)
_EVER = f"""
    {_COLUMNS} (
        SELECT *, "at us" AS at_us, "until us" AS until_us, "received_at us" AS received
        FROM owned_extension WHERE name = $name AND "at us" <= $t)
    {_ONE_EACH.format(first="")}
    """  # noqa: S608 - our own names
_HISTORY = """
    SELECT batch, origin, action, min("at us"), max("at us") AS last_at, count(DISTINCT profile_id),
        arg_max(profile_id, seq), arg_max(reason, seq)
    FROM owned_extension WHERE name = $name AND least("at us", "received_at us") <= $t
    GROUP BY batch, origin, action ORDER BY last_at DESC, batch DESC, origin, action LIMIT $most
    """
