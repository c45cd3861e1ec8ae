"""Gathers what the report page shows."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from stamgast.app.asked import asked_any
from stamgast.app.core import STAGE
from stamgast.app.explaining import explain_for
from stamgast.app.figures import YEAR_REVENUE, months, order_span, totals
from stamgast.app.instants import before
from stamgast.app.labels import out_of_reports
from stamgast.app.lacking import not_known
from stamgast.app.segments import about
from stamgast.decide.naming import name_of
from stamgast.model.log import DAY_US
from stamgast.report.formats import Formats
from stamgast.report.model import (
    PROSPECT,
    CustomerPage,
    ImportFigure,
    LeftOut,
    Report,
    SegmentFigure,
    StageFigure,
    TimelineRow,
)
from stamgast.report.spoken import attribute_words, attributes_in_order, event_notes, event_words
from stamgast.report.words import word
from stamgast.store.books import imported_files
from stamgast.store.quarantine import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from stamgast.app.core import Core
    from stamgast.app.customers import Customer, Customers, Happening
    from stamgast.app.lifecycle import Lifecycle
    from stamgast.language.ast import Definitions, Segment
    from stamgast.model.log import Instant
    from stamgast.report.model import FlowStep, Totals, Why
    from stamgast.report.words import Language

QUARTERS = 4
AHEAD_US = 30 * DAY_US
TIMELINE_ROWS = 14
IMPERSONAL = frozenset({"customer_id", "loyalty_card"})
"""Identifier kinds by which nobody outside the shop can reach or find a person."""
STORIES = ("at_risk", "loyal", "promising", "drifting", "new_buyer", "sleeper", "red_alert")
"""Whose story the page tells when none was asked: the best customer of the first of these stages."""


class Reporter:
    """Makes reports of one shop; the figures are asked once for all languages."""

    def __init__(
        self,
        core: Core,
        lifecycle: Lifecycle,
        customers: Customers,
        t: Instant,
        *,
        contact: bool = False,
        everybody: bool = False,
    ) -> None:
        """``t``: the instant that the report is of.

        ``everybody``: also who carries an extension that is excluded from reports; else stages,
        moves and segments are without them, while months and totals are the shop's books.

        ``contact``: with the customer's whole name, attributes and ways to reach them. A page is
        passed on easily; so only if asked.
        """
        self.core = core
        self.lifecycle = lifecycle
        self.customers = customers
        self.t = t
        self.contact = contact
        self._without: Mapping[int, str] = {} if everybody else out_of_reports(core, t)
        self._counts = lifecycle.reported(t, self._without)[0]
        names = (STAGE, *core.definitions.segments, YEAR_REVENUE.name)
        every = core.with_traits([YEAR_REVENUE]).answers(names, t)
        self._answers, self._left_out = self._parted(every)
        self._revenue = self._group_revenue()
        empty = [
            name for name in core.definitions.segments if not self._revenue["segment", name][0]
        ]
        self._not_known = not_known(core, empty)
        self._totals = totals(core, t)
        start = before(t, "12 months")
        bounds = [start + (t - start) * n // QUARTERS for n in range(QUARTERS + 1)]
        steps = lifecycle.between(bounds, self._without)
        self._steps = [step for n, step in enumerate(steps) if step.flows or n == len(steps) - 1]
        self._year = lifecycle.between([start, t], self._without)[0]
        self._ahead = lifecycle.ahead(t + AHEAD_US, as_of=t, without=self._without)
        self._shown: dict[int, Customer] = {}

    @property
    def ahead(self) -> FlowStep:
        """What comes in the next 30 days."""
        return self._ahead

    @property
    def revenue(self) -> int:
        """The shop's net revenue of 365 days."""
        return self._totals.revenue_365d

    @property
    def totals(self) -> Totals:
        """The shop as a whole."""
        return self._totals

    @property
    def steps(self) -> tuple[FlowStep, ...]:
        """Moves of the last twelve months, in quarters."""
        return tuple(self._steps)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Who is in no stage, move or segment here."""
        return self._left_out

    @property
    def stages(self) -> tuple[StageFigure, ...]:
        """Every stage: who is in it and what they bought."""
        return tuple(
            StageFigure(
                stage=stage,
                count=count,
                anonymous=self._counts.anonymous if stage == PROSPECT else 0,
                revenue=self._revenue.get((STAGE, stage), (0, 0))[1],
            )
            for stage, count in self._counts.stages.items()
        )

    def segments(self) -> tuple[SegmentFigure, ...]:
        """Every segment: who is in it and what they bought."""
        return tuple(self._segment(one) for one in self.core.definitions.segments.values())

    def customer(self, profile: int) -> Customer:
        """A customer, asked once for all languages."""
        if profile not in self._shown:
            self._shown[profile] = self.customers.show(profile, as_of=self.t)
        return self._shown[profile]

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
            revenue_basis=core.settings.revenue_basis,
            lifecycle=core.definitions.lifecycle,
            stages=self.stages,
            left_out=self._left_out,
            steps=tuple(self._steps),
            year=self._year,
            ahead=self._ahead,
            segments=self.segments(),
            customer=None if story is None else self._page(story, language),
            imports=self._imports(),
            quarantined=count(core.store).waiting,
            months=months(core, self.t),
            totals=self._totals,
            order_span=order_span(core),
            other_languages=other_languages or {},
        )

    # --- stages and segments ----------------------------------------------------------------------

    def _parted(self, every: pa.Table) -> tuple[pa.Table, tuple[LeftOut, ...]]:
        """The answers of who is in the report, and who is not, per extension."""
        if not self._without:
            return every, ()
        import pyarrow as pa  # noqa: PLC0415 - slow, and only for reports
        import pyarrow.compute as pc  # noqa: PLC0415 - as above

        ids = every.column("profile_id")
        out = pc.and_(pc.is_in(ids, pa.array(sorted(self._without), ids.type)), every["exists"])
        found: dict[str, list[int]] = {}
        for row in every.filter(out).select(["profile_id", YEAR_REVENUE.name]).to_pylist():
            worth = found.setdefault(self._without[row["profile_id"]], [])
            worth.append(row[YEAR_REVENUE.name] or 0)
        labels = self.core.definitions.extensions
        return every.filter(pc.invert(out)), tuple(
            LeftOut(label=one.label, count=len(found[name]), revenue=sum(found[name]))
            for name, one in labels.items()
            if name in found
        )

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
            not_known=self._not_known.get(segment.name),
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
        found = self.customer(profile)
        formats = Formats(
            language=language, zone=core.settings.zone, currency=core.settings.currency
        )
        happened = self.customers.timeline(profile, as_of=self.t)
        shown = [timeline_row(one, formats, core.definitions) for one in telling_rows(happened)]
        segments = core.definitions.segments
        return CustomerPage(
            name=self._name(found),
            identifiers=self._identifiers(found, language),
            attributes=self._attributes(found, formats) if self.contact else (),
            orders=found.orders,
            revenue=found.net_revenue,
            first_order_at=found.first_order_at,
            last_order_at=found.last_order_at,
            stage=found.stage or PROSPECT,
            next_stage=found.next_stage,
            next_at=found.stage_until,
            segments=tuple(getattr(segments[name].label, language) for name in found.segments),
            timeline=tuple(shown),
            earlier=len(happened) - len(shown),
            whys=tuple(self.whys(found, language)) if found.stage else (),
        )

    def _name(self, found: Customer) -> str:
        """First name and initial, or, with contact details, the whole name; empty: not known."""
        known = {name: str(value) for name, value in found.attributes.items()}
        name = name_of(known, country=known.get("country") or self.core.settings.country)
        return name.full if self.contact else name.short

    def _identifiers(self, found: Customer, language: Language) -> tuple[tuple[str, str], ...]:
        """All of them with contact details; else the first that is none, or the profile's number."""
        labels = self.customers.labels(found, language)
        if self.contact and labels:
            return labels
        for one, label in zip(found.identifiers, labels, strict=True):
            if one.kind in IMPERSONAL and "@" not in one.value:  # some shops number by e-mail
                return (label,)
        return ((word(language, "cli.profile"), str(found.profile_id)),)

    def _attributes(self, found: Customer, formats: Formats) -> tuple[tuple[str, str], ...]:
        known, language = self.core.definitions, formats.language
        labels = known.attribute_labels
        return tuple(
            (
                getattr(labels[name], language) if name in labels else name,
                attribute_words(name, found.attributes[name], known, formats),
            )
            for name in attributes_in_order(found.attributes, known)
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
            yield segment.label[language], reason.why(language)


def telling_rows(happened: Sequence[Happening]) -> list[Happening]:
    """The rows that tell a customer's story, newest first: what was bought, then what was clicked."""
    order = sorted(range(len(happened)), key=lambda n: (happened[n].kind == "event", n))
    return [happened[n] for n in sorted(order[:TIMELINE_ROWS])]


def timeline_row(one: Happening, formats: Formats, definitions: Definitions) -> TimelineRow:
    """A happening in words."""
    language = formats.language
    details = one.details or {}
    notes = []
    match one.kind:
        case "order":
            title = word(language, "cli.order_number", name=one.name)
            if details.get("counts") is False:
                when = "" if one.since is None else f" (≈ {formats.day(one.since)})"
                notes.append(word(language, "timeline.cancelled") + when)
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
            shown = label[language] if label else one.name
            title = word(language, "cli.became", name=shown)
        case "segment":
            segment = definitions.segments.get(one.name)
            shown = segment.label[language] if segment else one.name
            title = word(language, "cli.entered", name=shown)
        case _:
            title = event_words(one.name, language)
            notes += event_notes(details, definitions, formats)
    return TimelineRow(
        at=one.at,
        kind=one.kind,
        title=title,
        detail=", ".join(notes),
        amount=one.amount,
        approximate=one.approximate,
        undated=one.approximate and one.kind != "order",
    )
