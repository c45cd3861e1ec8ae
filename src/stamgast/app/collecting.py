"""What an import must know of the shop: its settings, its rates and the types that it declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.collect.ingest import CollectSettings
from stamgast.errors import UserError

if TYPE_CHECKING:
    from stamgast.app.core import Core

RATES = "rates.csv"


def collect_settings(core: Core) -> CollectSettings:
    """What collect must know of the shop as it is now."""
    rates = core.folder / RATES
    properties, attributes = _declared(core)
    return CollectSettings(
        zone=core.settings.zone,
        currency=core.settings.currency,
        country=core.settings.country,
        rates=rates if rates.is_file() else None,
        event_properties=properties,
        attributes=attributes,
    )


def _declared(core: Core) -> tuple[dict[str, str], dict[str, str]]:
    """The declared types; none while the definitions are being mended: that keeps no import waiting."""
    try:
        known = core.definitions
    except UserError:
        return {}, {}
    return (
        {name: type_.value for name, type_ in known.event_properties.items()},
        {name: type_.value for name, type_ in known.attributes.items()},
    )
