"""The report page: one self-contained HTML file, no script, nothing fetched from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import jinja2

from stamgast.model.log import LEFT_EDGE_PERCENT
from stamgast.report import charts
from stamgast.report.formats import DASH
from stamgast.report.model import PROSPECT
from stamgast.report.rules import rule_of
from stamgast.report.speaker import Speaker

if TYPE_CHECKING:
    from datetime import date

    from stamgast.report.model import FlowStep, LeftOut, Report, StageFigure
    from stamgast.report.words import Language

SECTIONS = ("stages", "ahead", "flows", "segments", "customer", "figures", "notes")
ONE_STAGE_SHARE = 0.75
"""From this share of the buyers in one stage on, the page says that the thresholds are wide."""
ONE_STAGE_BUYERS = 30
"""Of fewer buyers it does not say so: a small shop's stages are uneven by chance."""


def render(report: Report, language: Language) -> str:
    """The page in one language, as HTML text."""
    page = Page(report, language)
    return (
        environment("stamgast.report")
        .get_template("report.html.j2")
        .render(page=page, report=report)
    )


@lru_cache(maxsize=4)
def environment(package: str) -> jinja2.Environment:
    """The templates of a package; what is shown is escaped, and what is missing is a mistake."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One line of a list of moves."""

    before: str
    after: str
    text: str
    worth: str
    count: int


class Page(Speaker):
    """What the template asks: words, figures written out, and charts."""

    def __init__(self, report: Report, language: Language) -> None:
        """Report: in the same language."""
        zone, currency = report.zone, report.currency
        super().__init__(language, lambda: report.lifecycle, zone=zone, currency=currency)
        self.report = report
        self.total = sum(figure.count for figure in report.stages)
        self.buyers = report.totals.customers

    @property
    def shop(self) -> str:
        """The shop's name."""
        return self.report.shop or self.say("report.your_shop")

    def month(self, first_day: date) -> str:
        """A month's name; of the one that is not over, that it is not."""
        name = self.formats.month(first_day)
        today = self.formats.local(self.report.as_of)
        over = (today.year, today.month) != (first_day.year, first_day.month)
        return name if over else f"{name} ({self.say('figures.partial')})"

    def left_out(self, one: LeftOut) -> str:
        """Who is left out, and how many."""
        label = one.label[self.language]
        return self.say("report.left_out", n=self.formats.number(one.count), label=label.lower())

    def rule(self, stage: str) -> str:
        """A stage's rule, in words."""
        return rule_of(self.report.lifecycle, stage, self.formats)

    def meaning(self, stage: str) -> str:
        """What a stage means for the shop; nothing is said of a shop's own stages."""
        key = f"stage.{stage}"
        return self.say(key) if key in _stage_keys() else ""

    def css(self, stage: str) -> str:
        """The class of a stage's colour."""
        return charts.css(stage)

    def share(self, figure: StageFigure) -> str:
        """Of all profiles."""
        return self.formats.share(figure.count, self.total)

    def revenue_share(self, minor: int) -> str:
        """Of the shop's revenue of the last 365 days."""
        return self.formats.share(minor, self.report.totals.revenue_365d)

    @property
    def lead(self) -> str:
        """The page in one sentence."""
        if not self.buyers:
            return self.say("report.lead_empty")
        loyal = self._figure("loyal")
        risk = sum(self._figure(name).count for name in ("at_risk", "red_alert"))
        return self.say(
            "report.lead",
            customers=self.formats.number(self.buyers),
            loyal=self.formats.number(loyal.count),
            loyal_share=self.revenue_share(loyal.revenue),
            risk=self.formats.number(risk),
        )

    def brings(self, figure: StageFigure) -> str:
        """What a stage brings; of who bought nothing only what came back, if anything did."""
        money = self.formats.money(figure.revenue)
        if figure.stage != PROSPECT:
            return self.say("stages.brings", money=money, share=self.revenue_share(figure.revenue))
        return self.say("stages.loose", money=money) if figure.revenue else ""

    @property
    def age(self) -> str:
        """That the data is of another time than the instant asked, where it is."""
        return self.outside(self.report.order_span, self.report.as_of)

    def _figure(self, stage: str) -> StageFigure:
        from stamgast.report.model import StageFigure  # noqa: PLC0415 - the empty one is rare

        found = [figure for figure in self.report.stages if figure.stage == stage]
        return found[0] if found else StageFigure(stage=stage, count=0)

    # --- charts -----------------------------------------------------------------------------------

    @property
    def stage_bar(self) -> str:
        """All profiles as one bar."""
        return charts.stage_bar(self)

    @property
    def sankey(self) -> str:
        """The last twelve months, column by column."""
        order = [figure.stage for figure in self.report.stages]
        return charts.flow_chart(self, self.report.steps, order)

    @property
    def month_chart(self) -> str:
        """Revenue per month."""
        return charts.month_chart(self)

    def segment_bars(self, count: int, revenue: int) -> str:
        """A segment's share of customers above its share of revenue."""
        return charts.segment_bars(self, count, revenue)

    # --- lists ------------------------------------------------------------------------------------

    def moves(self, step: FlowStep, *, most: int, known_only: bool = False) -> list[Move]:
        """The biggest moves of a step, those who stayed left out."""
        moved = [
            flow
            for flow in step.flows
            if flow.before != flow.after and flow.count and (flow.before or not known_only)
        ]
        moved.sort(key=lambda flow: (-flow.count, flow.before, flow.after))
        return [
            Move(
                before=flow.before,
                after=flow.after,
                count=flow.count,
                text=self.count(
                    "ahead.row",
                    flow.count,
                    before=self.stage(flow.before),
                    after=self.stage(flow.after),
                ),
                worth=self.say("ahead.worth", money=self.formats.money(flow.revenue)),
            )
            for flow in moved[:most]
        ]

    @property
    def few(self) -> str:
        """That few were ranked, where they are few."""
        return self.few_buyers(self.report.totals.buyers_365d)

    @property
    def main_step(self) -> FlowStep:
        """The year, or its last part when nobody was known a year ago."""
        known = any(flow.before for flow in self.report.year.flows)
        return self.report.year if known else self.report.steps[-1]

    @property
    def kept(self) -> str:
        """How many of the loyal of a year ago are loyal now."""
        flows = [flow for flow in self.report.year.flows if flow.before == "loyal"]
        before = sum(flow.count for flow in flows)
        kept = sum(flow.count for flow in flows if flow.after == "loyal")
        if not before:
            return ""
        return self.say(
            "flows.kept",
            before=self.formats.number(before),
            kept=self.formats.number(kept),
            share=self.formats.share(kept, before),
            start=self.formats.day(self.report.year.start),
        )

    def matrix(self, step: FlowStep) -> tuple[list[str], list[tuple[str, list[int]]]]:
        """A step as a table: the stages of its columns, and per row stage the numbers."""
        numbers = {(flow.before, flow.after): flow.count for flow in step.flows}
        order = [figure.stage for figure in self.report.stages]
        after = [stage for stage in order if any(key[1] == stage for key in numbers)]
        before = [s for s in [*order, ""] if any(key[0] == s for key in numbers)]
        return after, [(b, [numbers.get((b, a), 0) for a in after]) for b in before]

    @property
    def notes(self) -> list[str]:
        """What the reader should know to read the figures right."""
        totals, formats, notes = self.report.totals, self.formats, []
        if totals.history_from is not None:
            notes.append(self.say("notes.history_from", day=formats.day(totals.history_from)))
        elif (
            totals.first_order_at is not None
            and 100 * totals.early_buyers >= LEFT_EDGE_PERCENT * max(totals.customers, 1)
        ):
            notes.append(
                self.say(
                    "notes.left_edge",
                    day=formats.day(totals.first_order_at),
                    share=formats.share(totals.early_buyers, totals.customers),
                )
            )
        buying = [figure for figure in self.report.stages if figure.stage != PROSPECT]
        for figure in buying if self.buyers >= ONE_STAGE_BUYERS else ():
            if figure.count >= ONE_STAGE_SHARE * self.buyers:
                share = formats.share(figure.count, self.buyers)
                notes.append(
                    self.say("notes.one_stage", share=share, stage=self.stage(figure.stage))
                )
        if self.report.quarantined:
            notes.append(self.count("notes.quarantine", self.report.quarantined))
        basis = self.say(f"report.net_{self.report.revenue_basis}")
        return [*notes, self.say("notes.midnight"), f"{self.say('report.net')} {basis}"]

    # --- one customer -----------------------------------------------------------------------------

    @property
    def summary(self) -> str:
        """The customer in one sentence."""
        customer = self.report.customer
        if customer is None:
            return ""
        stage = self.stage(customer.stage)
        if customer.first_order_at is None or customer.last_order_at is None:
            return self.say("customer.summary_none", stage=stage)
        return self.say(
            "customer.summary",
            since=self.formats.day(customer.first_order_at),
            orders=self.count("customer.n_orders", customer.orders),
            revenue=self.say(
                f"customer.money_{self.report.revenue_basis}",
                money=self.formats.money(customer.revenue),
            ),
            ago=self.formats.ago(customer.last_order_at, self.report.as_of),
            stage=stage,
        )

    @property
    def average_order(self) -> str:
        """Net revenue per order; a dash without orders."""
        customer = self.report.customer
        if customer is None or not customer.orders:
            return DASH
        return self.formats.mean_money(customer.revenue, customer.orders)

    @property
    def sections(self) -> list[str]:
        """The parts of the page that it has."""
        return [name for name in SECTIONS if name != "customer" or self.report.customer]

    @property
    def has_flows(self) -> bool:
        """Whether anybody moved, or was known at all, in the last twelve months."""
        return any(flow.before for step in self.report.steps for flow in step.flows)

    @property
    def stage_revenue(self) -> int:
        """Net revenue of all stages in the last 365 days."""
        return sum(figure.revenue for figure in self.report.stages)


def _stage_keys() -> frozenset[str]:
    from stamgast.report.words import catalogue  # noqa: PLC0415 - looked up once

    return frozenset(key for key in catalogue() if key.startswith("stage."))
