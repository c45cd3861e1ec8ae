"""The demonstration: shops made of the data that ships or of none at all, and what is found in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast import settings as settings_table
from stamgast.app.generating import FILES, NAME, Wanted, generate, today
from stamgast.app.instants import instant_of
from stamgast.app.pages import write_pages
from stamgast.app.shop import Shop
from stamgast.clock import SystemClock, format_instant
from stamgast.demo import MADE_UP, SETS
from stamgast.demo.generator.writing import TRUTH, day_of
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from stamgast.app.customers import Customer
    from stamgast.app.insight_answer import InsightAnswer
    from stamgast.app.lifecycle import LifecycleCounts
    from stamgast.app.reporting import Reporter
    from stamgast.collect.ingest import Progress
    from stamgast.collect.report import ImportReport
    from stamgast.demo import DemoSet
    from stamgast.language.ast import Text
    from stamgast.report.model import FlowStep, SegmentFigure, Why
    from stamgast.report.words import Language

CUSTOMERS, SEED = 2_000, 1
"""Of the made-up shop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """What was found in one shop; ``shop`` is open."""

    name: str
    about: Text
    day: str
    """The instant that is shown, as a command takes it: a day of the shop."""
    folder: Path
    shop: Shop
    imports: tuple[ImportReport, ...]
    """Of this time; none when the shop was made before and has nothing to read."""
    counts: LifecycleCounts
    ahead: FlowStep
    segments: tuple[SegmentFigure, ...]
    revenue: int
    """The shop's net revenue of 365 days."""
    customer: Customer
    reporter: Reporter
    files: tuple[Path, ...]
    totals: Path | None = None
    """The shop's own totals per month, where there are any."""

    def whys(self, language: Language, segment: str | None) -> list[tuple[str, Why]]:
        """Why the customer is in its stage, and in a segment: the one named, else its first."""
        found = list(self.reporter.whys(self.customer, language))[:2]
        if segment is None:
            return found
        label = str(getattr(self.shop.definitions.segments[segment].label, language))
        why = self.shop.explain(segment, self.customer.profile_id, as_of=self.counts.as_of)
        return [found[0], (label, why.why(language))]

    def best(self) -> InsightAnswer:
        """What the best buyers bring."""
        return self.shop.insight.best_buyers(as_of=self.counts.as_of)

    def figures(self) -> InsightAnswer:
        """Months, beside the shop's own totals if there are any."""
        return self.shop.insight.figures(self.totals, as_of=self.counts.as_of)

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        imports = [report.to_json() for report in self.imports]
        return {
            "shop": str(self.folder),
            "data": self.name,
            **({"import": imports[0]} if len(imports) == 1 else {"imports": imports}),
            "lifecycle": self.counts.as_json(),
            "ahead": self.ahead.as_json(),
            "segments": {figure.name: figure.count for figure in self.segments},
            "best_buyers": self.best().as_json(),
            "customer": self.customer.as_json(),
            "as_of": format_instant(self.counts.as_of),
            "report": [str(file.resolve()) for file in self.files],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A shop that has read its files, and what is to be told of it."""

    name: str
    about: Text
    day: str
    shop: Shop
    imports: tuple[ImportReport, ...]
    totals: Path | None = None


def demonstrate(
    folder: Path,
    name: str,
    language: str,
    progress: Callable[[Progress], None] | None = None,
) -> Demonstration:
    """Make the shop of real data (or go on with the same one), read it, ask, and write the pages.

    Raises UserError ``demo.other_shop`` when the folder holds a shop that is not the demonstration's,
    and ``demo.not_empty`` when it holds other files.
    """
    data = SETS[name]
    shop = _shop(folder, data, language)
    report = shop.ingest(*data.paths(), mapping=data.mapping, progress=progress)
    read = _Read(name=data.name, about=data.about, day=data.as_of, shop=shop, imports=(report,))
    return _look(folder, read, language)


def demonstrate_made_up(
    folder: Path,
    language: str,
    progress: Callable[[Progress], None] | None = None,
    *,
    until: date | None = None,
) -> Demonstration:
    """Make up a shop and read it (or take the one made before), ask, and write the pages.

    ``until``: the day it is seen on, else today; one made before is seen on its own. Errors as for
    ``demonstrate``.
    """
    imports: tuple[ImportReport, ...] = ()
    if _is_free(folder):
        wanted = Wanted(
            customers=CUSTOMERS,
            seed=SEED,
            until=until or today(),
            shop=folder,
            language=language,
        )
        imports = generate(wanted, None, progress).imports
    shop = _open(folder, {NAME})
    read = _Read(
        name="made_up",
        about=MADE_UP,
        day=day_of(folder / FILES).isoformat(),
        shop=shop,
        imports=imports,
        totals=folder / FILES / TRUTH / "totals.csv",
    )
    return _look(folder, read, language)


def _look(folder: Path, read: _Read, language: str) -> Demonstration:
    """Ask what is to be told, and write the pages."""
    shop = read.shop
    t = instant_of(read.day, SystemClock(), shop.settings.zone)
    first: Language = "nl" if language == "nl" else "en"
    other: Language = "en" if first == "nl" else "nl"
    reporter = shop.reporter(as_of=t)
    files = write_pages(reporter, folder, (first, other), None)
    return Demonstration(
        name=read.name,
        about=read.about,
        day=read.day,
        folder=folder,
        shop=shop,
        imports=read.imports,
        counts=shop.lifecycle.counts_at([t])[0],
        ahead=reporter.ahead,
        segments=reporter.segments(),
        revenue=reporter.revenue,
        customer=reporter.customer(reporter.telling() or 0),
        reporter=reporter,
        files=tuple(files),
        totals=read.totals,
    )


def _shop(folder: Path, data: DemoSet, language: str) -> Shop:
    if _is_free(folder):
        name = data.shop[language]
        return Shop.create(folder, name=name, language=language)
    return _open(folder, {data.shop.nl, data.shop.en})


def _is_free(folder: Path) -> bool:
    """Whether a shop is to be made here; False: there is one. Raises UserError ``demo.not_empty``."""
    if (folder / settings_table.FILE_NAME).exists():
        return False
    if folder.is_dir() and any(folder.iterdir()):
        raise UserError(
            "demo.not_empty",
            "there is something here already",
            where=str(folder),
            hint="name a new folder with --to",
        )
    return True


def _open(folder: Path, names: set[str]) -> Shop:
    """The demonstration's own shop, made before. Raises UserError ``demo.other_shop``."""
    shop = Shop.open(folder)
    if shop.settings.name not in names:
        shop.close()
        raise UserError(
            "demo.other_shop",
            "another shop is in this folder",
            where=str(folder),
            hint="name a new folder with --to",
        )
    return shop
