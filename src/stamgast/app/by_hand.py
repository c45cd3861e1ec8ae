"""An attribute of a customer that a person's hand says, and takes back: on record like any source's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.app.finding import holder_of
from stamgast.app.instants import instant_of
from stamgast.errors import UserError, did_you_mean
from stamgast.profiles.values import canonical_attribute
from stamgast.profiles.words import AttributeWord, write_attribute
from stamgast.store.books import batches
from stamgast.store.lookup import NAMES, POSTCODE, make_lookup, write_lookup
from stamgast.store.undo import derive, withdraw
from stamgast.store.writing import ImportRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.core import Core
    from stamgast.app.instants import Moment

COMMIT = "attribute"
"""The kind of a commit that says an attribute by hand; its record has the source, and who said it."""
HAND = "hand"
"""The source of what a hand says, unless it names the source that it has it from."""
BY = "hand:"
"""Before who said it, where an import has its mapping."""
REMAKES = ("undo", "erase", "compact")
"""Kinds of commits after which first sights do not tell what each word made exist: they make anew what is
derived, or keep the first of all alone."""
_LATEST = """
    SELECT batch FROM owned_attribute
    WHERE profile_id = $profile AND name = $name AND batch IN (SELECT unnest($batches::INTEGER[]))
    ORDER BY seq DESC LIMIT 1
    """


def set_attribute(  # noqa: PLR0913 - one word has these parts; all but four are named
    core: Core,
    customer: str,
    name: str,
    value: str | None,
    *,
    by: str,
    source: str | None = None,
    at: Moment = None,
    always: bool = False,
) -> int:
    """See ``Customers.set``; returns the profile."""
    declared = core.definitions.attributes
    if name not in declared:
        raise _unknown(core, name)
    text = None
    if value is not None:
        settings = core.settings
        text = canonical_attribute(
            name, declared[name], value, zone=settings.zone, currency=settings.currency
        )
    profile, holder = _holder(core, customer)
    origin = (source or HAND).strip()
    with core.store.writing(COMMIT) as session:
        since = session.now if at is None else instant_of(at, core.clock, core.settings.zone)
        word = AttributeWord(
            identity_id=holder,
            name=name,
            value=text,
            at=None if always else since,
            source=origin,
        )
        write_attribute(session, word)
        write_lookup(session)
        session.commit(ImportRecord(source=origin, mapping=BY + by, counts={"said": 1}))
    return profile


def unset_attribute(core: Core, customer: str, name: str) -> int:
    """See ``Customers.unset``; returns the profile."""
    if name not in core.definitions.attributes:
        raise _unknown(core, name)
    profile, holder = _holder(core, customer)
    said = said_by(core)
    asked = {"profile": profile, "name": name, "batches": sorted(said)}
    found = core.reader.db.run(_LATEST, asked)
    if not found:
        raise UserError(
            "attribute.not_by_hand",
            f"nobody's hand said `{name}` of this customer",
            hint="`stamgast customer show ID --provenance` lists who said what; that it has no value "
            "any more is said by `stamgast customer set ID NAME --empty`",
        )
    batch = int(found[0][0])
    remade = any(one.batch > batch for kind in REMAKES for one in batches(core.store, kind))
    with core.store.writing("undo" if remade else "withdraw") as session:
        number = session.batch
        withdraw(session, batch, ("attribute", "first_seen"), [profile, holder])
        if remade or name in {*NAMES, POSTCODE}:
            session.continue_as(number, core.store.database())
        if remade:
            derive(session, [profile, holder])
        elif name in {*NAMES, POSTCODE}:
            make_lookup(session)
        session.undo(batch, {})
        session.commit(ImportRecord(counts={"undone": batch}))
    return profile


def said_by(core: Core) -> Mapping[int, str]:
    """Batch -> who said it, of the words by hand on attributes that stand."""
    return {
        one.batch: one.mapping.removeprefix(BY)
        for one in batches(core.store, COMMIT)
        if one.undone_at is None
    }


def _unknown(core: Core, name: str) -> UserError:
    labels = core.definitions.attribute_labels
    meant = [
        key
        for key, label in labels.items()
        if name.casefold() in (label.en.casefold(), label.nl.casefold())
    ]
    declared = core.definitions.attributes
    hint = f"its name is `{meant[0]}`" if meant else did_you_mean(name, declared)
    if name in core.kinds.by_name:
        hint = "it is an identifier, by which customers are known: identifiers come with imports"
    return UserError(
        "attribute.unknown",
        f"there is no attribute {name!r}",
        hint=hint or f"known are {', '.join(sorted(declared))}",
    )


def _holder(core: Core, customer: str) -> tuple[int, int]:
    """The profile that is meant, and the identifier under which a word of it is kept."""
    profile, holder = holder_of(core, customer)
    devices = {kind.name for kind in core.kinds.device}
    known = [one for one in core.reader.identifiers(profile) if one.kind not in devices]
    if not known:
        raise UserError(
            "attribute.of_nobody",
            f"{customer!r} is a visitor of whom no more is known than the device",
            hint="name a customer number, card, e-mail address or phone",
        )
    return profile, holder if holder in {one.id for one in known} else known[0].id
