"""``stamgast calendar``: seasons and sales, and their days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import command_options, write_json
from stamgast.cli.screen import Screen
from stamgast.clock import SystemClock, format_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.app.shop import Shop
    from stamgast.cli.frame import Session
    from stamgast.language.calendars import Occurrence, Season


@click.group()
def calendar() -> None:
    """Seasons and sales, and their days."""


@calendar.command("list")
@click.option("--year", type=int, help="Those that begin in this year; this year, unless given.")
@command_options
def list_(session: Session, year: int | None) -> None:
    """List the seasons and sales of a year with their days, in the shop's zone."""
    with session.open() as shop:
        screen = Screen(session, shop)
        asked = screen.formats.local(SystemClock().now()).year if year is None else year
        found = sorted(occurrences(shop, asked), key=lambda one: (one[2].from_at, one[1].name))
        if session.as_json:
            write_json({"year": asked, "occurrences": [as_json(screen, *one) for one in found]})
            return
        screen.line(screen.say("calendar.title", year=asked), style="bold")
        screen.line()
        head = [
            screen.say(key)
            for key in (
                "calendar.name",
                "calendar.what",
                "calendar.first",
                "calendar.last",
                "calendar.early",
            )
        ]
        if found:
            screen.table(head, [row(screen, *one) for one in found])
        else:
            screen.line(screen.say("calendar.none", year=asked))
        if not shop.definitions.calendar.sales:
            screen.line(f"\n{screen.say('calendar.no_sales')}")


def occurrences(shop: Shop, year: int) -> Iterator[tuple[str, Season, Occurrence]]:
    """What begins in a year: ``season`` or ``sale``, which one, and when."""
    known = shop.definitions.calendar
    for kind, group in (("season", known.seasons), ("sale", known.sales)):
        for season in group.values():
            for one in season.occurrences:
                if one.year == year:
                    yield kind, season, one


def row(screen: Screen, kind: str, season: Season, one: Occurrence) -> tuple[str, ...]:
    """A line of the table."""
    label = season.label[screen.language]
    what = screen.say("calendar.season") if kind == "season" else screen.say("calendar.sale")
    days = (shown(screen, one.starts_at), screen.formats.day(one.until_at - 1))
    early = "" if one.from_at == one.starts_at else shown(screen, one.from_at)
    return (label, what, *days, early)


def shown(screen: Screen, instant: int) -> str:
    """A local day; with the time, when it is not midnight."""
    midnight = screen.formats.local(instant).time().isoformat() == "00:00:00"
    return screen.formats.day(instant) if midnight else screen.formats.moment(instant)


def as_json(screen: Screen, kind: str, season: Season, one: Occurrence) -> dict[str, object]:
    """``first_day`` and ``last_day`` are local days; a sale may begin or end at a time of day.

    ``from`` and ``until``: the instants between which it counts (``from <= at < until``).
    """
    return {
        "name": season.name,
        "kind": kind,
        "label": {"en": season.label.en, "nl": season.label.nl},
        "year": one.year,
        "first_day": screen.formats.local(one.starts_at).date().isoformat(),
        "last_day": screen.formats.local(one.until_at - 1).date().isoformat(),
        "early_access": None if one.from_at == one.starts_at else format_instant(one.from_at),
        "starts": format_instant(one.starts_at),
        "from": format_instant(one.from_at),
        "until": format_instant(one.until_at),
    }
