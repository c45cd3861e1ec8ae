"""Where what is known of a customer comes from: what each source said of each attribute, and which holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from stamgast.app.instants import instant_of
from stamgast.clock import format_instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.core import Core
    from stamgast.app.instants import Moment
    from stamgast.model.log import Instant

Why: TypeAlias = Literal["only", "same", "latest", "earlier", "later"]

_CLAIMS = """
    SELECT a.name, a.value, epoch_us(a."at"), epoch_us(a.received_at), a.source, a.batch,
        i.kind || ':' || i.value
    FROM owned_attribute AS a LEFT JOIN lake_identifier AS i ON i.identifier_id = a.identity_id
    WHERE a.profile_id = $profile
    ORDER BY a.name, a."at" DESC NULLS LAST, a.received_at DESC, a.value DESC NULLS LAST, a.seq DESC
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one source said of one attribute."""

    attribute: str
    value: str | None
    """The canonical text; None: said to be missing."""
    at: Instant | None
    """From when it holds; None: from always."""
    received_at: Instant
    source: str
    import_number: int
    identifier: str
    """Under which identifier it was said: it follows that one when persons are merged or split."""
    holds: bool
    why: Why
    """``only`` one that was said; ``same``: all say the same; ``latest``: it holds, others say otherwise;
    ``earlier``: a later word holds; ``later``: it does not hold yet."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "attribute": self.attribute,
            "value": self.value,
            "at": format_instant(self.at),
            "received_at": format_instant(self.received_at),
            "source": self.source,
            "import": self.import_number,
            "identifier": self.identifier,
            "holds": self.holds,
            "why": self.why,
        }


def claims_of(core: Core, profile: int, as_of: Moment = None) -> tuple[Claim, ...]:
    """Every claim about a customer, attribute by attribute, the latest first.

    The rule of ``docs/meaning.md`` says which holds: the latest by its instant (undated: from always),
    then by arrival, then the greatest value.
    """
    t = instant_of(as_of, core.clock, core.settings.zone)
    found: list[Claim] = []
    values: dict[str, set[str | None]] = {}
    rows = core.reader.db.run(_CLAIMS, {"profile": profile})
    for name, value, at, *_ in rows:
        if at is None or at <= t:
            values.setdefault(str(name), set()).add(value)
    many = {name: sum(1 for row in rows if row[0] == name) for name in values}
    held: set[str] = set()
    for name, value, at, received_at, source, batch, identifier in rows:
        come = at is None or at <= t
        holds = come and name not in held
        if holds:
            held.add(name)
        found.append(
            Claim(
                attribute=name,
                value=value,
                at=at,
                received_at=received_at,
                source=source,
                import_number=batch,
                identifier=identifier or "",
                holds=holds,
                why=_why(come=come, holds=holds, many=many.get(name, 0), values=values.get(name)),
            )
        )
    return tuple(found)


def _why(*, come: bool, holds: bool, many: int, values: set[str | None] | None) -> Why:
    if not come:
        return "later"
    if not holds:
        return "earlier"
    if many == 1:
        return "only"
    return "same" if values is not None and len(values) == 1 else "latest"


def sources_of(claims: tuple[Claim, ...]) -> Mapping[str, Claim]:
    """Attribute -> the claim that holds."""
    return {one.attribute: one for one in claims if one.holds}
