"""Stamgast: an open-source customer data platform for shops.

```python
import stamgast as sg

shop = sg.open("shop/")
shop.lifecycle.counts(as_of="2017-10-01")
shop.segment("vip", as_of="2017-10-01").pl()
shop.segment((sg.count("order", within="90d") >= 3) & ~sg.stage("loyal")).count()
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.app.shop import Shop
    from stamgast.errors import StamgastError, UserError
    from stamgast.language.builders import (
        Segment,
        aggregate,
        all_of,
        always,
        any_of,
        attribute,
        case,
        consent,
        count,
        days,
        did,
        extension,
        first_gap,
        follow,
        formula,
        identified,
        last_gap,
        mean_gap,
        member,
        only_season,
        percentile,
        recurring,
        rhythm,
        rhythm_day,
        sale_first_days_hit,
        sale_first_days_seen,
        score,
        season_returns,
        stage,
        top,
        trait,
        visit_days,
        visits,
    )

BUILDERS = (
    "Segment",
    "aggregate",
    "all_of",
    "always",
    "any_of",
    "attribute",
    "case",
    "consent",
    "count",
    "days",
    "did",
    "extension",
    "first_gap",
    "follow",
    "formula",
    "identified",
    "last_gap",
    "mean_gap",
    "member",
    "only_season",
    "percentile",
    "recurring",
    "rhythm",
    "rhythm_day",
    "sale_first_days_hit",
    "sale_first_days_seen",
    "score",
    "season_returns",
    "stage",
    "top",
    "trait",
    "visit_days",
    "visits",
)
"""What definitions are made of in Python: see ``stamgast.language.builders``."""

__all__ = [
    "BUILDERS",
    "Segment",
    "Shop",
    "StamgastError",
    "UserError",
    "aggregate",
    "all_of",
    "always",
    "any_of",
    "attribute",
    "case",
    "consent",
    "count",
    "create",
    "days",
    "did",
    "extension",
    "first_gap",
    "follow",
    "formula",
    "identified",
    "last_gap",
    "mean_gap",
    "member",
    "only_season",
    "open",
    "percentile",
    "recurring",
    "rhythm",
    "rhythm_day",
    "sale_first_days_hit",
    "sale_first_days_seen",
    "score",
    "season_returns",
    "stage",
    "top",
    "trait",
    "visit_days",
    "visits",
]


def open(folder: str | Path) -> Shop:  # noqa: A001 - sg.open(...), as one opens a file
    """The shop in a folder. Raises UserError ``store.missing`` and ``settings.invalid``."""
    from stamgast.app.shop import Shop  # noqa: PLC0415 - keeps the import light

    return Shop.open(folder)


def create(folder: str | Path, **values: str | None) -> Shop:
    """Make a shop in a folder and open it; ``values``: settings such as ``zone="Europe/Paris"``."""
    from stamgast.app.shop import Shop  # noqa: PLC0415 - keeps the import light

    return Shop.create(folder, **values)


def __getattr__(name: str) -> object:
    """The classes and builders, loaded when they are first named."""
    if name == "Shop":
        from stamgast.app.shop import Shop  # noqa: PLC0415 - keeps the import light

        return Shop
    if name in ("UserError", "StamgastError"):
        from stamgast import errors  # noqa: PLC0415 - keeps the import light

        return getattr(errors, name)
    if name in BUILDERS:
        from stamgast.language import builders  # noqa: PLC0415 - keeps the import light

        return getattr(builders, name)
    raise AttributeError(f"module 'stamgast' has no attribute {name!r}")
