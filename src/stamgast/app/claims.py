"""Where what is known of a customer comes from: what each source said of each attribute, and which holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast

from stamgast.app.by_hand import said_by
from stamgast.app.instants import instant_of
from stamgast.clock import format_instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stamgast.app.core import Core
    from stamgast.app.instants import Moment
    from stamgast.model.log import Instant

Why: TypeAlias = Literal["only", "same", "source", "latest", "behind", "earlier", "later"]

_CLAIMS = """
    SELECT a.name, a.value, epoch_us(a."at"), epoch_us(a.received_at), a.source, a.batch,
        i.kind || ':' || i.value
    FROM owned_attribute AS a LEFT JOIN lake_identifier AS i ON i.identifier_id = a.identity_id
    WHERE a.profile_id = $profile
    ORDER BY a.name, source_rank(a.name, a.source) DESC, a."at" DESC NULLS LAST, a.received_at DESC,
        a.value DESC NULLS LAST, a.seq DESC
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
    """``only`` one that was said; ``same``: all say the same; ``source``: it holds, its source goes before that
    of others that say otherwise; ``latest``: it holds, earlier words say otherwise; ``behind``: a word
    of a source that goes before holds; ``earlier``: a later word holds; ``later``: it does not hold yet."""
    by: str = ""
    """Of a word by hand: whose hand."""
    before: str = ""
    """Of ``source``: the source that it goes before; of ``behind``: the source that goes before it."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "attribute": self.attribute,
            "value": self.value,
            "at": format_instant(self.at),
            "received_at": format_instant(self.received_at),
            "source": self.source,
            "import": self.import_number,
            "by": self.by or None,
            "identifier": self.identifier,
            "holds": self.holds,
            "why": self.why,
            "before": self.before or None,
        }


def claims_of(core: Core, profile: int, as_of: Moment = None) -> tuple[Claim, ...]:
    """Every claim about a customer, attribute by attribute, the one that holds before those it beats.

    The rule of ``docs/meaning.md`` says which holds: that of the source that goes before others, where the
    attribute has such a rule, then the latest by its instant (undated: from always), then by arrival,
    then the greatest value.
    """
    t = instant_of(as_of, core.clock, core.settings.zone)
    rows = core.reader.db.run(_CLAIMS, {"profile": profile})
    come: dict[str, list[_Said]] = {}
    for name, value, at, _, source, *_ in rows:
        if at is None or at <= t:
            come.setdefault(name, []).append(_Said(value, source))
    found: list[Claim] = []
    by = said_by(core)
    held: set[str] = set()
    for name, value, at, received_at, source, batch, identifier in rows:
        holds = name not in held and (at is None or at <= t)
        others, why, before = come.get(name, []), "later", ""
        if at is None or at <= t:
            ranked = core.definitions.attribute_sources.get(name, ())
            many = sum(1 for row in rows if row[0] == name)
            why, before = _why(source, others, ranked, holds=holds, many=many)
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
                by=by.get(batch, ""),
                why=cast("Why", why),
                before=before,
            )
        )
    return tuple(found)


class _Said(NamedTuple):
    value: str | None
    source: str


def _why(
    source: str, come: Sequence[_Said], ranked: tuple[str, ...], *, holds: bool, many: int
) -> tuple[Why, str]:
    """Why a claim that has come holds or not, and the source that it goes before or comes after.

    ``come``: those of its attribute that have come, the one that holds first.
    """

    def rank(one: str) -> int:
        return ranked.index(one) if one in ranked else len(ranked)

    if not holds:
        first = come[0].source
        return ("behind", first) if rank(first) < rank(source) else ("earlier", "")
    if many == 1:
        return "only", ""
    others = [one for one in come if one.value != come[0].value]
    if not others:
        return "same", ""
    beaten = [one.source for one in others if rank(one.source) > rank(source)]
    return ("source", beaten[0]) if beaten else ("latest", "")


def sources_of(claims: tuple[Claim, ...]) -> Mapping[str, Claim]:
    """Attribute -> the claim that holds."""
    return {one.attribute: one for one in claims if one.holds}
