"""A list of customers against the grants that there are: what it would change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, TypeAlias

from stamgast.clock import format_instant
from stamgast.errors import UserError, nearest
from stamgast.identity.normalise import normalise
from stamgast.profiles.values import canonical_value
from stamgast.profiles.words import ExtensionWord

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stamgast.app.core import Core
    from stamgast.language.ast import Extension
    from stamgast.model.log import Instant
    from stamgast.profiles.lists import Entry

Mode: TypeAlias = Literal["add", "remove", "replace"]
BY_LIST = "import:"
"""The beginning of the origin of what a list gave; its name follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A customer that a list names."""

    profile_id: int
    identity_id: int
    text: str
    """As the list writes it."""
    value: str | None = None
    """Canonical."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A grant that an import gave and that has not ended."""

    profile_id: int
    identity_id: int
    origin: str
    value: str | None
    identifier: str

    @classmethod
    def read(cls, row: tuple[Any, ...]) -> Self:
        """From its columns, in this order."""
        profile, identity, origin, value, identifier = row
        return cls(
            profile_id=int(profile),
            identity_id=int(identity),
            origin=str(origin),
            value=value,
            identifier=str(identifier),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A customer of a list who has a standing *no*: what the list gives counts once it is lifted."""

    named: Named
    by: str
    at: Instant
    gives: bool
    """Whether the list gives something new, that waits; False: it gave it before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """What a list changes."""

    extension: str
    mode: Mode
    added: tuple[Named, ...]
    changed: tuple[Named, ...]
    """They have it by this list with another value."""
    taken: tuple[Grant, ...]
    refused: tuple[Refused, ...]
    """They get nothing from it, as long as their standing *no* is not lifted."""
    unchanged: int
    unknown: tuple[tuple[int, str], ...]
    """Line and text of who is known under no identifier."""
    no_such_list: str | None = None
    """The name of the list whose grants it touches, when no list of that name gave any of this before."""
    meant: str | None = None
    """The list with the nearest name; None: none is near."""
    done: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "taken": len(self.taken),
            "refused": len(self.refused),
            "unchanged": self.unchanged,
            "unknown": len(self.unknown),
        }

    def as_done(self) -> ListChange:
        """The same, done."""
        return replace(self, done=True)

    def words(
        self,
        origin: str,
        at: Instant,
        *,
        until: Instant | None,
        reason: str | None,
        source: str,
    ) -> list[ExtensionWord]:
        """What is to be said for it."""
        gives = [
            ExtensionWord(
                identity_id=one.identity_id,
                name=self.extension,
                origin=origin,
                action="give",
                value=one.value,
                at=at,
                until=until,
                reason=reason,
                source=source,
            )
            for one in (
                *self.added,
                *self.changed,
                *(one.named for one in self.refused if one.gives),
            )
        ]
        takes = [
            ExtensionWord(
                identity_id=one.identity_id,
                name=self.extension,
                origin=one.origin,
                action="take",
                at=at,
                reason=reason,
                source=source,
            )
            for one in self.taken
        ]
        return [*gives, *takes]

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "extension": self.extension,
            "mode": self.mode,
            "done": self.done,
            "added": [{"profile_id": one.profile_id, "as": one.text} for one in self.added],
            "changed": [{"profile_id": one.profile_id, "as": one.text} for one in self.changed],
            "taken": [
                {"profile_id": one.profile_id, "as": one.identifier, "origin": one.origin}
                for one in self.taken
            ],
            "refused": [
                {
                    "profile_id": one.named.profile_id,
                    "as": one.named.text,
                    "by": one.by,
                    "at": format_instant(one.at),
                }
                for one in self.refused
            ],
            "unchanged": self.unchanged,
            "unknown": [{"line": line, "text": text} for line, text in self.unknown],
            "no_such_list": self.no_such_list,
            "meant": self.meant,
        }


class Naming(Protocol):
    """A list: who is on it, and who on it is unknown."""

    @property
    def extension(self) -> str:
        """The extension that it is about."""

    @property
    def named(self) -> Sequence[Named]:
        """The customers, each once."""

    @property
    def unknown(self) -> Sequence[tuple[int, str]]:
        """Line and text of who is known under no identifier."""


class Listed:
    """The customers that a list names, each once; and who is unknown."""

    def __init__(
        self, core: Core, extension: Extension, entries: Sequence[Entry], value: str | None
    ) -> None:
        """``value``: of all of them. Raises UserError ``extension.value`` with the lines."""
        self.extension = extension.name
        self.unknown: list[tuple[int, str]] = []
        found = _known(core, {cell for entry in entries for cell in entry.cells})
        by_profile: dict[int, Named] = {}
        wrong: list[str] = []
        for place, entry in enumerate(entries):
            cell = next((one for one in entry.cells if one in found), None)
            if cell is None:
                told = entry.cells[0] in {text for _, text in self.unknown}
                if not told and (place or not _is_header(entry)):
                    self.unknown.append((entry.line, entry.cells[0]))
                continue
            profile, identity = found[cell]
            said = value if value is not None else _beside(extension, entry, cell)
            try:
                canonical = canonical_value(
                    extension, said, zone=core.settings.zone, currency=core.settings.currency
                )
            except UserError as error:
                wrong.append(f"line {entry.line}: {error.message}; {error.hint}")
                continue
            by_profile[profile] = Named(
                profile_id=profile, identity_id=identity, text=cell, value=canonical
            )
        if wrong:
            raise UserError("extension.value", "\n".join(wrong))
        self.named = tuple(by_profile.values())


def _is_header(entry: Entry) -> bool:
    """Whether a first line that names nobody is one of names of columns."""
    return not any("@" in cell or any(map(str.isdigit, cell)) for cell in entry.cells)


def _beside(extension: Extension, entry: Entry, cell: str) -> str | None:
    if extension.type is None:
        return None
    rest = [one for one in entry.cells if one != cell]
    return rest[0] if rest else None


def _known(core: Core, cells: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Cell -> profile and identifier, of those that are an identifier of somebody; strongest kind first."""
    kinds = [*core.kinds.person]
    forms: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for cell in cells:
        for rank, kind in enumerate(kinds):
            if kind.name != "email" and "@" in cell:
                continue
            stored = normalise(kind, cell)
            if stored is not None:
                forms.setdefault((kind.name, stored), []).append((rank, cell))
    rows = core.reader.db.run(
        "SELECT i.kind, i.value, i.identifier_id, coalesce(p.profile_id, i.identifier_id) "
        "FROM lake_identifier AS i LEFT JOIN lake_person AS p USING (identifier_id) "
        "WHERE i.value IN (SELECT unnest($values))",
        {"values": sorted({value for _, value in forms})},
    )
    best: dict[str, tuple[int, int, int]] = {}
    for kind, value, identifier, profile in rows:
        for rank, cell in forms.get((kind, value), ()):
            if cell not in best or rank < best[cell][0]:
                best[cell] = (rank, int(profile), int(identifier))
    return {cell: (profile, identifier) for cell, (_, profile, identifier) in best.items()}


class Grants:
    """The grants of an extension that imports gave and that have not ended, and the standing *no*s."""

    def __init__(self, core: Core, extension: Extension, t: Instant) -> None:
        """As of t."""
        rows = core.reader.db.run(_GRANTS, {"name": extension.name, "t": t})
        self.of = tuple(map(Grant.read, rows))
        self.lists = frozenset(
            str(row[0]) for row in core.reader.db.run(_LISTS, {"name": extension.name})
        )
        """The names of all lists that ever gave it."""
        of = {"name": extension.name, "t": t, "per_holder": extension.wins_on_merge}
        self._per_holder = extension.wins_on_merge
        self._noes = {
            int(row[0]): (str(row[1]), int(row[2])) for row in core.reader.db.run(_NOES, of)
        }

    def no_of(self, one: Named) -> tuple[str, Instant] | None:
        """Who said the *no* that stands for somebody on a list, and when."""
        return self._noes.get(one.identity_id if self._per_holder else one.profile_id)

    def silent(self, grant: Grant) -> bool:
        """Whether a *no* stands that is of this grant's holder alone."""
        return self._per_holder and grant.identity_id in self._noes


def change_of(mode: Mode, listed: Naming, grants: Grants, origin: str | None) -> ListChange:
    """What a list changes. ``origin``: whose grants it touches; None: those of every import."""
    called = None if origin is None else origin.removeprefix(BY_LIST)
    no_such = called if mode != "add" and called not in grants.lists else None
    own = [one for one in grants.of if origin is None or one.origin == origin]
    of: dict[int, list[Grant]] = {}
    for one in own:
        of.setdefault(one.profile_id, []).append(one)
    has = {
        one.profile_id: [
            grant.value
            for grant in of.get(one.profile_id, ())
            if grant.identity_id == one.identity_id or not grants.silent(grant)
        ]
        for one in listed.named
    }
    on_it = {one.profile_id for one in listed.named}
    added: list[Named] = []
    changed: list[Named] = []
    if mode != "remove":
        added = [one for one in listed.named if not has[one.profile_id]]
        changed = [
            one
            for one in listed.named
            if has[one.profile_id] and one.value not in has[one.profile_id]
        ]
    noes = {one.profile_id: grants.no_of(one) for one in listed.named if mode != "remove"}
    refused = tuple(
        Refused(named=one, by=no[0], at=no[1], gives=one in added or one in changed)
        for one in listed.named
        if (no := noes.get(one.profile_id)) is not None
    )
    added = [one for one in added if noes[one.profile_id] is None]
    changed = [one for one in changed if noes[one.profile_id] is None]
    taken = {
        "add": [],
        "remove": [one for one in own if one.profile_id in on_it],
        "replace": [one for one in own if one.profile_id not in on_it],
    }[mode]
    touched = len(added) + len(changed) + len(refused)
    if mode == "remove":
        touched = len({one.profile_id for one in taken})
    return ListChange(
        extension=listed.extension,
        mode=mode,
        added=tuple(added),
        changed=tuple(changed),
        taken=tuple(taken),
        refused=refused,
        unchanged=len(listed.named) - touched,
        unknown=tuple(listed.unknown),
        no_such_list=no_such,
        meant=None if no_such is None else nearest(no_such, grants.lists),
    )


_GRANTS = """
    WITH latest AS (
        SELECT profile_id, holder, origin, arg_max(
            struct_pack(action := action, value := value, until := until),
            struct_pack(a := "at", r := received_at, s := seq)) AS last
        FROM extension
        WHERE name = $name AND starts_with(origin, 'import:') AND action IN ('give', 'take')
            AND "at" <= $t
        GROUP BY profile_id, holder, origin)
    SELECT g.profile_id, g.holder, g.origin, g.last.value, i.kind || ':' || i.value
    FROM latest AS g JOIN lake_identifier AS i ON i.identifier_id = g.holder
    WHERE g.last.action = 'give' AND (g.last.until IS NULL OR g.last.until > $t)
    ORDER BY g.profile_id, g.holder, g.origin
    """
_LISTS = """
    SELECT DISTINCT regexp_replace(origin, '^import:', '') FROM extension
    WHERE name = $name AND starts_with(origin, 'import:')
    """
_NOES = """
    WITH latest AS (
        SELECT CASE WHEN $per_holder THEN holder ELSE profile_id END AS of, arg_max(
            struct_pack(action := action, until := until, origin := origin, at := "at"),
            struct_pack(a := "at", r := received_at, s := seq)) AS last
        FROM extension
        WHERE name = $name AND "at" <= $t
            AND (action IN ('no', 'lift') OR (action = 'give' AND starts_with(origin, 'hand:')))
        GROUP BY 1)
    SELECT of, regexp_replace(last.origin, '^hand:', ''), last.at FROM latest
    WHERE last.action = 'no' AND (last.until IS NULL OR last.until > $t)
    """
