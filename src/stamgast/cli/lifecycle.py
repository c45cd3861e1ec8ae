"""``stamgast lifecycle``, and ``lifecycle flows | suggest``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stamgast.cli import insight, times
from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.lifecycle import LifecycleCounts
    from stamgast.app.shop import Shop
    from stamgast.cli.frame import Session


@click.group(invoke_without_command=True)
@as_of_option
@click.option(
    "--flows",
    metavar="[SPAN]",
    is_flag=False,
    flag_value="12 months",
    help="Also who moved in the last SPAN, or in 12 months.",
)
@click.option(
    "--all",
    "everybody",
    is_flag=True,
    help="Also who carries a label that is excluded from reports, such as employee.",
)
@command_options
def lifecycle(session: Session, as_of: int, flows: str | None, *, everybody: bool) -> None:
    """Customers per lifecycle stage at an instant.

    The table is without who carries a label that is excluded from reports, and says so; JSON counts everyone.
    """
    if click.get_current_context().invoked_subcommand is not None:
        return
    with session.open() as shop:
        everybody = everybody or session.as_json
        moved = shop.lifecycle.flows(flows, as_of=as_of, everybody=everybody) if flows else []
        if session.as_json:
            counts = shop.lifecycle.counts_at([as_of])[0]
            told = {"flows": [step.as_json() for step in moved]} if flows else {}
            write_json({**counts.as_json(), **told})
            return
        counts, left_out = shop.lifecycle.reported(as_of, {} if everybody else None)
        until = shop.lifecycle.valid_until(as_of)
        screen = Screen(session, shop)
        show_counts(screen, shop, counts)
        show_left_out(screen, left_out)
        screen.line()
        if until is None:
            screen.line(screen.say("ahead.none"))
        else:
            screen.line(screen.say("cli.lifecycle.until", moment=screen.formats.moment(until)))
        screen.tell_age(as_of)
        for step in moved:
            start, end = (screen.formats.day(at) for at in (step.start, step.end))
            screen.line(f"\n{screen.say('cli.flows.title', start=start, end=end)}", style="bold")
            rows = [
                (
                    screen.stage(flow.before),
                    screen.stage(flow.after),
                    screen.formats.number(flow.count),
                )
                for flow in sorted(step.flows, key=lambda flow: -flow.count)
                if flow.before != flow.after
            ]
            head = [screen.say(key) for key in ("flows.from", "flows.to", "stages.customers")]
            screen.table(head, rows, right=[2])


lifecycle.add_command(insight.flows)
lifecycle.add_command(insight.suggest)
lifecycle.add_command(times.thresholds)


def show_left_out(screen: Screen, left_out: Mapping[str, int]) -> None:
    """How many the counts leave out, per extension that is excluded from reports."""
    for name, many in left_out.items():
        label = screen.shop.definitions.extensions[name].label
        what = label[screen.language]
        number = screen.formats.number(many)
        screen.line(screen.say("extension.left_out", n=number, label=what.lower()))


def show_counts(screen: Screen, shop: Shop, counts: LifecycleCounts) -> None:
    """The stages, how many are in each, and who that is."""
    from stamgast.report.rules import rule_of  # noqa: PLC0415 - only for people

    moment = screen.as_of(counts.as_of)
    screen.line(
        screen.say("cli.lifecycle.title", shop=screen.shop_name, moment=moment), style="bold"
    )
    screen.line()
    total = sum(counts.stages.values())
    rows = []
    for stage, number in counts.stages.items():
        rule = rule_of(shop.definitions.lifecycle, stage, screen.formats)
        if counts.anonymous and stage == "prospect":
            shown = screen.formats.number(counts.anonymous)
            rule += f" ({screen.say('cli.anonymous', n=shown)})"
        share = screen.formats.share(number, total)
        rows.append((screen.stage(stage), screen.formats.number(number), share, rule))
    rows.append((screen.say("cli.total"), screen.formats.number(total), "", ""))
    head = [
        screen.say(key) for key in ("stages.stage", "stages.customers", "stages.share", "cli.rule")
    ]
    screen.table(head, rows, right=[1, 2])
