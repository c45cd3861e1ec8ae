"""The report's charts: its figures, as marks with titles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.report.svg import Node, Ribbon, columns, css, sankey, share_bars, stacked_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from stamgast.report.model import Flow, FlowStep
    from stamgast.report.page import Page
    from stamgast.report.speaker import Speaker

__all__ = ["css", "flow_chart", "month_chart", "segment_bars", "stage_bar"]
FULL_LABELS = 14
"""With more months than this, only every third carries its name."""


def stage_bar(page: Page) -> Markup:
    """All profiles as one bar, a part per stage."""
    parts = [
        (
            figure.stage,
            figure.count,
            f"{page.stage(figure.stage)}: {page.formats.number(figure.count)} ({page.share(figure)})",
        )
        for figure in page.report.stages
    ]
    return stacked_bar(parts, page.count("stages.bar", page.total))


def segment_bars(page: Page, count: int, revenue: int) -> Markup:
    """A segment's share of customers above its share of revenue."""
    year = page.report.totals.revenue_365d
    return share_bars(
        (
            (
                "people",
                count / page.buyers if page.buyers else 0.0,
                page.say("segments.of_customers", share=page.formats.share(count, page.buyers)),
            ),
            (
                "money",
                revenue / year if year > 0 else 0.0,
                page.say("segments.of_revenue", share=page.formats.share(revenue, year)),
            ),
        )
    )


def month_chart(page: Page) -> Markup:
    """Net revenue per month as bars."""
    months = page.report.months
    values = []
    for n, month in enumerate(months):
        name = page.month(month.first_day)
        below = page.formats.month(month.first_day, short=True)
        shown = len(months) <= FULL_LABELS or n % 3 == 0
        title = page.count(
            "figures.month_bar",
            month.orders,
            month=name,
            money=page.formats.money(month.revenue),
        )
        values.append((below if shown else "", month.revenue, title))
    if not months:
        return columns([], "", page.formats.money)
    label = page.say(
        "figures.months_chart",
        start=page.formats.month(months[0].first_day),
        end=page.formats.month(months[-1].first_day),
    )
    return columns(values, label, page.formats.money)


def flow_chart(page: Speaker, steps: Sequence[FlowStep], order: Sequence[str]) -> Markup:
    """The stages at the ends of each step, in this order, and the moves between them."""
    instants = [steps[0].start, *[step.end for step in steps]]
    nodes = []
    for n, instant in enumerate(instants):
        before = steps[n - 1] if n else None
        after = steps[n] if n < len(steps) else None
        outer = n in (0, len(instants) - 1)
        nodes.append(_column(page, order, (before, after), instant=instant, outer=outer))
    ribbons = [[_ribbon(page, step, flow) for flow in step.flows if flow.count] for step in steps]
    label = page.say(
        "flows.chart",
        n=len(instants),
        start=page.formats.day(instants[0]),
        end=page.formats.day(instants[-1]),
    )
    heads = [page.formats.short_day(instant) for instant in instants]
    return sankey(heads, nodes, ribbons, label)


def _column(
    page: Speaker,
    order: Sequence[str],
    around: tuple[FlowStep | None, FlowStep | None],
    *,
    instant: int,
    outer: bool,
) -> list[Node]:
    """The stages on one day; who is not there yet stands below those who are."""
    before, after = around
    sizes: dict[str, int] = {}
    if after is not None:
        for flow in after.flows:
            sizes[flow.before] = sizes.get(flow.before, 0) + flow.count
    elif before is not None:
        for flow in before.flows:
            sizes[flow.after] = sizes.get(flow.after, 0) + flow.count
    if before is not None:
        for flow in before.flows:
            sizes.setdefault(flow.after, 0)
    return [
        Node(
            stage=stage,
            label=f"{page.stage(stage)} {page.formats.number(size)}" if outer else "",
            number=page.formats.number(size),
            size=size,
            title=page.count(
                "flows.node", size, stage=page.stage(stage), day=page.formats.day(instant)
            ),
        )
        for stage in [*order, ""]
        if (size := sizes.get(stage, 0)) or stage in sizes
    ]


def _ribbon(page: Speaker, step: FlowStep, flow: Flow) -> Ribbon:
    key = "flows.stayed" if flow.before == flow.after else "flows.ribbon"
    title = page.count(
        key,
        flow.count,
        before=page.stage(flow.before),
        after=page.stage(flow.after),
        start=page.formats.short_day(step.start),
        end=page.formats.short_day(step.end),
    )
    return Ribbon(before=flow.before, after=flow.after, size=flow.count, title=title)
