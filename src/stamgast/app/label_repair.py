"""What brings an extension in line with who is expected to carry it: a list of our own making."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from stamgast.app.label_figures import put_standing
from stamgast.app.labels import carriers
from stamgast.app.listing import BY_LIST, Grant, Grants, ListChange, Named, change_of
from stamgast.errors import UserError
from stamgast.profiles.values import canonical_value

if TYPE_CHECKING:
    from stamgast.app.core import Core
    from stamgast.language.ast import Condition, Extension
    from stamgast.model.log import Instant

Way: TypeAlias = Literal["give", "take"]
ORIGIN = f"{BY_LIST}expected"
"""The list under whose name it is given: it can be undone as any list can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Missing:
    """Those who lack it, as a list names them."""

    extension: str
    named: tuple[Named, ...]
    unknown: tuple[tuple[int, str], ...] = ()


def expected_of(one: Extension) -> Condition:
    """Who should carry it. Raises UserError ``extension.no_expected``."""
    if one.expected is None:
        raise UserError(
            "extension.no_expected",
            f"`{one.name}` does not say who is expected to carry it",
            hint="give it a condition `expected` in its definition file",
        )
    return one.expected


def change_for(
    core: Core, one: Extension, way: Way, t: Instant, value: str | None = None
) -> ListChange:
    """``give``: who lacks it gets it; ``take``: who should not carry it loses every grant there is.

    A standing *no* stays. What a rule of the definition gives cannot be taken. Raises UserError
    ``extension.no_expected`` and ``extension.value``.
    """
    should = carriers(core, t, [one], conditions={one.name: expected_of(one)})[one.name]
    do = carriers(core, t, [one])[one.name]
    if way == "take":
        return _taken(core, one, t, sorted(do - should))
    settings = core.settings
    canonical = canonical_value(one, value, zone=settings.zone, currency=settings.currency)
    rows = core.reader.db.run(_STRONGEST, {"ids": sorted(should - do)})
    named = tuple(
        Named(profile_id=int(a), identity_id=int(b), text=str(c), value=canonical)
        for a, b, c in rows
    )
    listed = _Missing(extension=one.name, named=named)
    return change_of("add", listed, Grants(core, one, t), ORIGIN)


def _taken(core: Core, one: Extension, t: Instant, unexpected: list[int]) -> ListChange:
    put_standing(core, one, t)
    rows = core.reader.db.run(_GRANTS, {"name": one.name, "ids": unexpected})
    taken = tuple(map(Grant.read, rows))
    return ListChange(
        extension=one.name,
        mode="remove",
        added=(),
        changed=(),
        taken=taken,
        refused=(),
        unchanged=len(unexpected) - len({grant.profile_id for grant in taken}),
        unknown=(),
    )


_STRONGEST = """
    SELECT s.profile_id, i.identifier_id, s.kind || ':' || s.value
    FROM strongest_identifier AS s JOIN lake_identifier AS i ON i.kind = s.kind AND i.value = s.value
    WHERE list_contains($ids::BIGINT[], s.profile_id) ORDER BY s.profile_id
    """
_GRANTS = """
    SELECT g.profile_id, g.holder, g.origin, g.value, i.kind || ':' || i.value
    FROM label_standing AS g JOIN lake_identifier AS i ON i.identifier_id = g.holder
    WHERE g.name = $name AND g.action = 'give' AND list_contains($ids::BIGINT[], g.profile_id)
    ORDER BY g.profile_id, g.holder, g.origin
    """
