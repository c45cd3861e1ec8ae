"""A made-up shop: its files, and a shop that has read them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from stamgast.app.folder import DEFINITIONS
from stamgast.app.shop import Shop
from stamgast.clock import SystemClock, from_micros, to_micros
from stamgast.demo.generator.making import CATALOGUE, FEEDS
from stamgast.demo.generator.seasons import ZONE
from stamgast.demo.generator.writing import check, write_shop
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from stamgast.collect.ingest import Progress
    from stamgast.collect.report import ImportReport
    from stamgast.demo.generator.writing import Written
    from stamgast.model.log import Instant

NAME = "Stamhuis"
CURRENCY, COUNTRY = "EUR", "NL"
FILES = "source"
"""The folder of the files, in a shop that was made for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What was made; ``shop`` is the folder of the shop that read it, if one was wanted."""

    written: Written
    shop: Path | None
    imports: tuple[ImportReport, ...]

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            **self.written.as_json(),
            "shop": None if self.shop is None else str(self.shop),
            "imports": [report.to_json() for report in self.imports],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which shop is wanted. ``files``: where its files go, if not into ``shop``."""

    customers: int
    seed: int
    until: date
    files: Path | None = None
    shop: Path | None = None
    language: str | None = None

    @property
    def folder(self) -> Path:
        """Where the files go. Raises UserError ``generate.nowhere``."""
        if self.files is not None:
            return self.files
        if self.shop is not None:
            return self.shop / FILES
        raise UserError(
            "generate.nowhere",
            "a made-up shop needs a place",
            hint="--out DIR for its files, --shop DIR for a shop that has read them",
        )


def today() -> date:
    """The day of today in a made-up shop."""
    return from_micros(SystemClock().now()).astimezone(ZoneInfo(ZONE)).date()


class _SeenOn(SystemClock):
    """Now, or the beginning of a day that is yet to come: what happened before it is taken in as the past."""

    def __init__(self, day: date) -> None:
        """The day on which the shop is seen."""
        self._seen = to_micros(datetime.combine(day, time(), ZoneInfo(ZONE)))

    def now(self) -> Instant:
        """Microseconds UTC."""
        return max(super().now(), self._seen)


def generate(
    wanted: Wanted,
    making: Callable[[int, int], None] | None = None,
    reading: Callable[[Progress], None] | None = None,
) -> Generated:
    """Write the files, and if a shop is wanted make it and read them all.

    Raises UserError ``generate.*``, ``shop.exists``, and those of ``Shop.ingest``.
    """
    folder = wanted.folder
    check(folder, wanted.customers, wanted.until)
    if wanted.shop is not None:
        values = {"zone": ZONE, "currency": CURRENCY, "country": COUNTRY}
        Shop.create(wanted.shop, name=NAME, language=wanted.language, **values).close()
    written = write_shop(
        folder, customers=wanted.customers, seed=wanted.seed, until=wanted.until, progress=making
    )
    if wanted.shop is None:
        return Generated(written=written, shop=None, imports=())
    for file in written.definitions():
        shutil.copyfile(file, wanted.shop / DEFINITIONS / file.name)
    with Shop.open(wanted.shop, clock=_SeenOn(wanted.until)) as shop:
        imports = [
            shop.ingest(*written.files(kind), mapping=str(written.mapping(kind)), progress=reading)
            for kind in (*FEEDS, CATALOGUE)
            if written.files(kind)
        ]
    return Generated(written=written, shop=wanted.shop, imports=tuple(imports))
