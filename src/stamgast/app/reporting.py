"""Gathers what the report page shows."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from stamgast.app.asked import asked_any
from stamgast.app.core import STAGE
from stamgast.app.explaining import explain_for
from stamgast.app.figures import YEAR_REVENUE, months, totals
from stamgast.app.instants import before
from stamgast.app.segments import about
from stamgast.model.log import DAY_US
from stamgast.report.formats import Formats
from stamgast.report.model import (
    PROSPECT,
    CustomerPage,
    ImportFigure,
    Report,
    SegmentFigure,
    StageFigure,
    TimelineRow,
)
from stamgast.report.words import word
from stamgast.store.books import imported_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stamgast.app.core import Core
    from stamgast.app.customers import Customer, Customers, Happening
    from stamgast.app.lifecycle import Lifecycle
    from stamgast.language.ast import Definitions, Segment
    from stamgast.model.log import Instant
    from stamgast.report.model import Why
    from stamgast.report.words import Language

QUARTERS = 4
AHEAD_US = 30 * DAY_US
TIMELINE_ROWS = 14
STORIES = ("at_risk", "loyal", "promising", "drifting", "new_buyer", "sleeper", "red_alert")
"""Whose story the page tells when none was asked: the best customer of the first of these stages."""


class Reporter:
    """Makes reports of one shop; the figures are asked once for all languages."""

    def __init__(self, core: Core, lifecycle: Lifecycle, customers: Customers, t: Instant) -> None:
        """``t``: the instant that the report is of."""
        self.core = core
        self.lifecycle = lifecycle
        self.customers = customers
        self.t = t
        self._counts = lifecycle.counts_at([t])[0]
        names = (STAGE, *core.definitions.segments, YEAR_REVENUE.name)
        self._answers = core.with_traits([YEAR_REVENUE]).answers(names, t)
        self._revenue = self._group_revenue()
        self._totals = totals(core, t)
        start = before(t, "12 months")
        bounds = [start + (t - start) * n // QUARTERS for n in range(QUARTERS + 1)]
        steps = lifecycle.between(bounds)
        self._steps = [step for n, step in enumerate(steps) if step.flows or n == len(steps) - 1]
        self._year = lifecycle.between([start, t])[0]
        self._ahead = lifecycle.ahead(t + AHEAD_US, as_of=t)

    def report(
        self,
        language: Language,
        customer: str | int | None = None,
        other_languages: Mapping[str, str] | None = None,
    ) -> Report:
        """The page's figures in one language; ``customer``: whose story, else one that is telling."""
        core = self.core
        story = self.customers.find(customer) if customer is not None else self.telling()
        return Report(
            shop=core.settings.name,
            as_of=self.t,
            made_at=core.clock.now(),
            zone=core.settings.zone,
            currency=core.settings.currency,
            lifecycle=core.definitions.lifecycle,
            stages=tuple(
                StageFigure(
                    stage=stage,
                    count=count,
                    anonymous=self._counts.anonymous if stage == PROSPECT else 0,
                    revenue=self._revenue.get((STAGE, stage), (0, 0))[1],
                )
                for stage, count in self._counts.stages.items()
            ),
            steps=tuple(self._steps),
            year=self._year,
            ahead=self._ahead,
            segments=tuple(self._segment(one) for one in core.definitions.segments.values()),
            customer=None if story is None else self._page(story, language),
            imports=self._imports(),
            months=months(core, self.t),
            totals=self._totals,
            other_languages=other_languages or {},
        )

    # --- stages and segments ----------------------------------------------------------------------

    def _group_revenue(self) -> dict[tuple[str, str], tuple[int, int]]:
        """``("stage", name)``, ``("segment", name)`` -> profiles, their net revenue of 365 days."""
        core, table = self.core, self._answers
        names = list(core.definitions.segments)
        import pyarrow.compute as pc  # noqa: PLC0415 - slow, and only for reports

        worth = table.column(YEAR_REVENUE.name)
        found = {("segment", name): self._sum(table.column(name), worth) for name in names}
        stages = table.column(STAGE)
        for stage in core.definitions.lifecycle.labels:
            found[STAGE, stage] = self._sum(pc.equal(stages, stage), worth)
        return found

    @staticmethod
    def _sum(holds: object, worth: object) -> tuple[int, int]:
        import pyarrow.compute as pc  # noqa: PLC0415 - slow, and only for reports

        mask = pc.fill_null(holds, False)
        amount = pc.sum(pc.filter(worth, mask)).as_py()
        return int(pc.sum(mask).as_py() or 0), int(amount or 0)

    def _segment(self, segment: Segment) -> SegmentFigure:
        count, revenue = self._revenue["segment", segment.name]
        return SegmentFigure(
            name=segment.name,
            label=segment.label,
            sentence=about(segment, self.core.definitions),
            count=count,
            revenue=revenue,
        )

    def _imports(self) -> tuple[ImportFigure, ...]:
        return tuple(
            ImportFigure(
                file=PurePath(file.path).name,
                mapping=file.mapping,
                imported_at=file.imported_at,
                lines=file.counts.get("lines", 0),
                accepted=file.counts.get("accepted", 0),
                repeated=file.counts.get("repeated", 0),
                left_out=file.counts.get("left_out", 0),
                quarantined=file.counts.get("quarantined", 0),
                reasons=file.reasons,
            )
            for file in imported_files(self.core.store)
        )

    # --- one customer -----------------------------------------------------------------------------

    def telling(self) -> int | None:
        """Of the most telling stage the customer in most segments, then with most revenue."""
        names = list(self.core.definitions.segments)
        known = self._answers.to_pylist()
        for stage in STORIES:
            among = [row for row in known if row[STAGE] == stage]
            if among:
                best = max(
                    among,
                    key=lambda row: (
                        sum(bool(row[name]) for name in names),
                        row[YEAR_REVENUE.name] or 0,
                        -row["profile_id"],
                    ),
                )
                return int(best["profile_id"])
        return None

    def _page(self, profile: int, language: Language) -> CustomerPage:
        core = self.core
        found = self.customers.show(profile, as_of=self.t)
        formats = Formats(
            language=language, zone=core.settings.zone, currency=core.settings.currency
        )
        rows = [
            timeline_row(one, formats, core.definitions)
            for one in self.customers.timeline(profile, as_of=self.t)
        ]
        segments = core.definitions.segments
        return CustomerPage(
            identifiers=self.customers.labels(found, language),
            attributes=tuple((name, str(value)) for name, value in found.attributes.items()),
            orders=found.orders,
            revenue=found.net_revenue,
            first_order_at=found.first_order_at,
            last_order_at=found.last_order_at,
            stage=found.stage or PROSPECT,
            next_stage=found.next_stage,
            next_at=found.stage_until,
            segments=tuple(getattr(segments[name].label, language) for name in found.segments),
            timeline=tuple(rows[:TIMELINE_ROWS]),
            earlier=max(len(rows) - TIMELINE_ROWS, 0),
            whys=tuple(self.whys(found, language)) if found.stage else (),
        )

    def whys(self, found: Customer, language: Language) -> Iterator[tuple[str, Why]]:
        """Why its stage, and why the first two segments it is in."""
        core, profile = self.core, found.profile_id
        lifecycle = core.definitions.lifecycle
        label = getattr(lifecycle.labels[found.stage or PROSPECT], language)
        title = word(language, "customer.stage_why", stage=label)
        yield title, explain_for(core, asked_any(core, STAGE), profile, self.t).why(language)
        for name in list(found.segments)[:2]:
            segment = core.definitions.segments[name]
            reason = explain_for(core, asked_any(core, name), profile, self.t)
            yield str(getattr(segment.label, language)), reason.why(language)


def timeline_row(one: Happening, formats: Formats, definitions: Definitions) -> TimelineRow:
    """A happening in words."""
    language = formats.language
    details = one.details or {}
    notes = []
    match one.kind:
        case "order":
            title = word(language, "cli.order_number", name=one.name)
            if details.get("counts") is False:
                notes.append(word(language, "timeline.cancelled"))
            items = details.get("items")
            if isinstance(items, float | int) and items:
                number = formats.decimal(items)
                notes.append(word(language, "timeline.items", n=number, count=items))
            if details.get("coupon"):
                notes.append(word(language, "timeline.coupon"))
        case "refund":
            title = word(language, "timeline.refund")
            if one.amount is None:
                notes.append(word(language, "timeline.refund_rest"))
        case "stage":
            label = definitions.lifecycle.labels.get(one.name)
            shown = getattr(label, language) if label else one.name
            title = word(language, "cli.became", name=shown)
        case "segment":
            segment = definitions.segments.get(one.name)
            shown = getattr(segment.label, language) if segment else one.name
            title = word(language, "cli.entered", name=shown)
        case _:
            title = one.name
    return TimelineRow(
        at=one.at, kind=one.kind, title=title, detail=", ".join(notes), amount=one.amount
    )
