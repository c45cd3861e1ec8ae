"""The demonstration: a shop made of the data that ships, and what is found in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast import settings as settings_table
from stamgast.app.instants import instant_of
from stamgast.app.pages import write_pages
from stamgast.app.reporting import AHEAD_US
from stamgast.app.shop import Shop
from stamgast.clock import SystemClock, format_instant
from stamgast.demo import SETS
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stamgast.app.customers import Customer
    from stamgast.app.lifecycle import LifecycleCounts
    from stamgast.app.reporting import Reporter
    from stamgast.collect.ingest import Progress
    from stamgast.collect.report import ImportReport
    from stamgast.demo import DemoSet
    from stamgast.report.model import FlowStep, SegmentFigure, Why
    from stamgast.report.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What was found; ``shop`` is open."""

    data: DemoSet
    folder: Path
    shop: Shop
    report: ImportReport
    counts: LifecycleCounts
    ahead: FlowStep
    segments: tuple[SegmentFigure, ...]
    revenue: int
    """The shop's net revenue of 365 days."""
    customer: Customer
    reporter: Reporter
    files: tuple[Path, ...]

    def whys(self, language: Language) -> list[tuple[str, Why]]:
        """Why the customer is where it is."""
        return list(self.reporter.whys(self.customer, language))

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return {
            "shop": str(self.folder),
            "data": self.data.name,
            "import": self.report.to_json(),
            "lifecycle": self.counts.as_json(),
            "ahead": self.ahead.as_json(),
            "segments": {figure.name: figure.count for figure in self.segments},
            "customer": self.customer.as_json(),
            "as_of": format_instant(self.counts.as_of),
            "report": [str(file.resolve()) for file in self.files],
        }


def demonstrate(
    folder: Path,
    name: str,
    language: str,
    progress: Callable[[Progress], None] | None = None,
) -> Demonstration:
    """Make the shop (or go on with the same one), read the data, ask, and write the pages.

    Raises UserError ``demo.other_shop`` when the folder holds a shop that is not the demonstration's,
    and ``demo.not_empty`` when it holds other files.
    """
    data = SETS[name]
    shop = _shop(folder, data, language)
    report = shop.ingest(*data.paths(), mapping=data.mapping, progress=progress)
    t = instant_of(data.as_of, SystemClock(), shop.settings.zone)
    first: Language = "nl" if language == "nl" else "en"
    other: Language = "en" if first == "nl" else "nl"
    reporter = shop.reporter(as_of=t)
    files = write_pages(reporter, folder, (first, other), None)
    figures = reporter.report(first)
    return Demonstration(
        data=data,
        folder=folder,
        shop=shop,
        report=report,
        counts=shop.lifecycle.counts_at([t])[0],
        ahead=shop.lifecycle.ahead(t + AHEAD_US, as_of=t),
        segments=figures.segments,
        revenue=figures.totals.revenue_365d,
        customer=shop.customers.show(reporter.telling() or 0, as_of=t),
        reporter=reporter,
        files=tuple(files),
    )


def _shop(folder: Path, data: DemoSet, language: str) -> Shop:
    name = data.shop.nl if language == "nl" else data.shop.en
    if not (folder / settings_table.FILE_NAME).exists():
        if folder.is_dir() and any(folder.iterdir()):
            raise UserError(
                "demo.not_empty",
                "there is something here already",
                where=str(folder),
                hint="name a new folder with --to",
            )
        return Shop.create(folder, name=name, language=language)
    shop = Shop.open(folder)
    if shop.settings.name not in (data.shop.nl, data.shop.en):
        shop.close()
        raise UserError(
            "demo.other_shop",
            "another shop is in this folder",
            where=str(folder),
            hint="name a new folder with --to",
        )
    return shop
