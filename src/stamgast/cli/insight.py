"""``stamgast insight``, and the commands of insight that belong to other groups."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stamgast.cli.frame import InstantType, as_of_option, command_options, write_json
from stamgast.cli.screen import Screen
from stamgast.clock import SystemClock
from stamgast.report.plot import drawable

if TYPE_CHECKING:
    from collections.abc import Callable

    from stamgast.app.insight_answer import InsightAnswer
    from stamgast.app.shop import Shop
    from stamgast.cli.frame import Session
    from stamgast.measure.model import Insight

F = TypeVar("F", bound="Callable[..., Any]")
TABLE_ROWS = 20
LATEST = frozenset({"figures", "figures_own", "cohorts", "sizes", "sizes_stages"})
"""Insights along time of which the last rows are shown when not all are."""


def insight_command(function: Callable[..., InsightAnswer]) -> Callable[..., None]:
    """``function(shop, **options) -> InsightAnswer`` as a command that writes it in every form.

    ``function`` names its own instants.
    """
    return _grouped(drawn_command(function))


def drawn_command(function: Callable[..., InsightAnswer]) -> Callable[..., None]:
    """The same of everybody, in one part."""

    @click.option(
        "--svg",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Draw it in a file too.",
    )
    @click.option("--limit", type=click.IntRange(min=1), help="Show at most so many rows.")
    @command_options
    @functools.wraps(function)
    def run(session: Session, svg: Path | None, limit: int | None, **options: Any) -> None:  # noqa: ANN401 - the command's own
        if svg is not None:
            drawable(svg)  # said before anything is computed
        with session.open() as shop:
            answer = function(shop, **options)
            write(Screen(session, shop), session, answer, svg, limit)

    return run


def _grouped(function: F) -> F:
    split = click.option(
        "--split-by",
        metavar="WHAT",
        help="Per stage, segment, extension:NAME or value of an attribute or trait, such as acquisition_source.",
    )
    return _only(split(function))


def _only(function: F) -> F:
    everybody = click.option(
        "--all",
        "everybody",
        is_flag=True,
        help="Also who carries a label that is excluded from reports, such as employee.",
    )
    function = everybody(function)
    return click.option(
        "--only",
        metavar="WHO",
        multiple=True,
        help="Only these: stage:loyal, a segment's name, extension:influencer, attribute=value or trait=value; given twice, both.",
    )(function)


def write(
    screen: Screen, session: Session, answer: InsightAnswer, svg: Path | None, limit: int | None
) -> None:
    """The answer as JSON or as a table, and drawn if a file is named."""
    drawn = None if svg is None else answer.plot(screen.language).save(svg)
    if session.as_json:
        write_json(answer.as_json())
        return
    show(screen, answer, limit or TABLE_ROWS)
    moves = getattr(answer, "moves", None)
    if moves is not None:
        screen.line()
        show(screen, moves, limit or TABLE_ROWS)
    if drawn is not None:
        screen.line("\n" + screen.say("insight.drawn", file=str(drawn)))


def show(screen: Screen, answer: InsightAnswer, limit: int) -> None:
    """Title, table and notes."""
    from stamgast.report.insight import InsightWriter, rights, wholes  # noqa: PLC0415 - only for people

    writer = InsightWriter(screen, screen.shop.definitions, screen.kind)
    insight = answer.insight
    screen.line(writer.title(insight) + "\n", style="bold")
    rows = writer.rows(insight)
    if rows:
        shown = writer.shown(insight)
        right, whole = rights(shown), wholes(shown)
        kept = _kept(insight, rows, limit)
        table = [*kept, *writer.totals(insight)]
        screen.table(writer.head(insight), table, right=right, whole=whole)
        if len(rows) > len(kept):
            key = "insight.earlier" if kept[0] is not rows[0] else "insight.more"
            screen.line("\n" + screen.count(key, len(rows) - len(kept)))
    else:
        unasked = any(note.key == "rank" for note in insight.notes)
        screen.line(screen.say("insight.not_asked" if unasked else "insight.none"))
    notes = writer.notes(insight)
    if notes:
        screen.line("\n" + "\n".join(notes))


def _kept(insight: Insight, rows: list[list[str]], limit: int) -> list[list[str]]:
    """The rows that are shown: the first so many, of each part; along time the last."""
    if "split_by" in insight.facts:
        places: dict[str, int] = {}
        found = []
        for row in rows:
            places[row[0]] = places.get(row[0], 0) + 1
            if places[row[0]] <= limit:
                found.append(row)
        return found
    return rows[-limit:] if insight.name in LATEST else rows[:limit]


@click.command()
@click.argument("name")
@click.option(
    "--days", type=click.IntRange(1, 3660), default=14, show_default=True, help="How far ahead."
)
@as_of_option
@insight_command
def upcoming(shop: Shop, **options: Any) -> InsightAnswer:  # noqa: ANN401 - click's
    """Who enters and leaves segment NAME by themselves, when, and worth what.

    NAME may also be ``stage``, or ``stage:`` and a stage.
    """
    return shop.insight.upcoming(**options)


@click.command()
@click.argument("name")
@click.option(
    "--days", type=click.IntRange(1, 3660), default=90, show_default=True, help="How long ago."
)
@as_of_option
@insight_command
def worth(shop: Shop, **options: Any) -> InsightAnswer:  # noqa: ANN401 - click's
    """Of who was in segment NAME some days ago: how many bought since, and for how much.

    NAME may also be ``stage``, or ``stage:`` and a stage.
    """
    return shop.insight.worth(**options)


@click.command()
@click.option(
    "--from", "start", type=InstantType(), required=True, help="The first instant, as for --as-of."
)
@click.option(
    "--to",
    "end",
    type=InstantType(),
    default=lambda: SystemClock().now(),
    show_default="now",
    help="The second instant.",
)
@insight_command
def flows(shop: Shop, **options: Any) -> InsightAnswer:  # noqa: ANN401 - click's
    """Who moved between stages from one instant to another, and who was won back."""
    return shop.insight.flows(**options)


@click.command()
@as_of_option
@click.option("--all-gaps", "every", is_flag=True, help="Of all gaps, also those of the last year.")
@insight_command
def suggest(shop: Shop, **options: Any) -> InsightAnswer:  # noqa: ANN401 - click's
    """Times for the lifecycle, read off the shop's own gaps between purchases."""
    return shop.insight.suggest(**options)


@click.command()
@click.argument("name")
@click.option(
    "--months", type=click.IntRange(1, 600), default=12, show_default=True, help="How many."
)
@as_of_option
@insight_command
def sizes(shop: Shop, **options: Any) -> InsightAnswer:  # noqa: ANN401 - click's
    """How many were in segment NAME at the ends of the last months.

    NAME may also be ``stage``, or ``stage:`` and a stage.
    """
    return shop.insight.sizes(**options)


@click.group("insight")
def insight() -> None:
    """What the figures say about the shop as a whole."""


@insight.command("overlap")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@as_of_option
@insight_command
def overlap(shop: Shop, **options: Any) -> InsightAnswer:  # noqa: ANN401 - click's
    """How many members pairs of segments share; of all segments, or of those named."""
    return shop.insight.overlap(**options)


@insight.command("best-buyers")
@as_of_option
@insight_command
def best_buyers(shop: Shop, **options: Any) -> InsightAnswer:  # noqa: ANN401 - click's
    """Which share of the year's revenue the best buyers bring."""
    return shop.insight.best_buyers(**options)


@insight.command("cohorts")
@click.option(
    "--days", type=click.IntRange(1, 3660), default=90, show_default=True, help="Within how long."
)
@as_of_option
@insight_command
def cohorts(shop: Shop, **options: Any) -> InsightAnswer:  # noqa: ANN401 - click's
    """Per month of the first purchase: how many ordered again."""
    return shop.insight.cohorts(**options)


@insight.command("returns")
@click.option(
    "--by",
    type=click.Choice(["category", "brand", "product", "reason"]),
    default="category",
    show_default=True,
    help="What to tell them apart by.",
)
@click.option(
    "--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="Of how long."
)
@as_of_option
@insight_command
def returns(shop: Shop, **options: Any) -> InsightAnswer:  # noqa: ANN401 - click's
    """What came back, and why, as far as the sources say."""
    return shop.insight.returns(**options)


@insight.command("coupons")
@click.option(
    "--days", type=click.IntRange(1, 3660), default=90, show_default=True, help="Within how long."
)
@as_of_option
@insight_command
def coupons(shop: Shop, **options: Any) -> InsightAnswer:  # noqa: ANN401 - click's
    """Who came back after a first order with a coupon, and without: not causal."""
    return shop.insight.coupons(**options)


@insight.command("second-coupon")
@click.option(
    "--days", type=click.IntRange(1, 3660), default=90, show_default=True, help="Within how long."
)
@as_of_option
@insight_command
def second_coupon(shop: Shop, **options: Any) -> InsightAnswer:  # noqa: ANN401 - click's
    """A coupon offered after the first order, against the same day without: not causal."""
    return shop.insight.second_coupon(**options)


@insight.command("backtest")
@click.option(
    "--days", type=click.IntRange(1, 3660), default=90, show_default=True, help="Looked ahead."
)
@click.option(
    "--times", type=click.IntRange(1, 40), default=4, show_default=True, help="How many instants."
)
@as_of_option
@insight_command
def backtest(shop: Shop, **options: Any) -> InsightAnswer:  # noqa: ANN401 - click's
    """Whether who slows down stays away: what the rule risk_by_rhythm would have said before."""
    return shop.insight.backtest(**options)


@click.command()
@click.option(
    "--own",
    metavar="CSV",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The shop's own totals: a CSV with the columns month, orders and revenue.",
)
@as_of_option
@drawn_command
def figures(shop: Shop, **options: Any) -> InsightAnswer:  # noqa: ANN401 - click's
    """Orders and revenue per month, beside the shop's own totals; each difference explained."""
    return shop.insight.figures(**options)
