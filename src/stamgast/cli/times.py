"""``stamgast lifecycle thresholds``: the times and numbers of the stages, and what others would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.identity import by_option, yes_option
from stamgast.cli.screen import Screen

if TYPE_CHECKING:
    from stamgast.app.shop import Shop
    from stamgast.app.thresholds import ThresholdPlan
    from stamgast.cli.frame import Session


class Setting(click.ParamType[tuple[str, int]]):
    """``NAME=NUMBER``."""

    name = "NAME=NUMBER"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, int]:  # noqa: ANN401 - click's
        """The parameter and its number."""
        if isinstance(value, tuple):
            return value
        name, _, number = str(value).partition("=")
        if not (number.isascii() and number.isdigit() and len(number) < 7):  # noqa: PLR2004 - a million days
            self.fail(f"{value!r} is no NAME=NUMBER, such as loyal_from=3", param, ctx)
        return name.strip(), int(number)


@click.command()
@click.argument("wanted", nargs=-1, type=Setting(), metavar="[NAME=NUMBER]...")
@click.option("--versions", is_flag=True, help="What was saved of them, the latest first.")
@click.option("--undo", type=int, help="Put back what the version of this number replaced.")
@as_of_option
@by_option
@yes_option
@command_options
def thresholds(
    session: Session,
    wanted: tuple[tuple[str, int], ...],
    as_of: int,
    **how: Any,  # noqa: ANN401 - click's options
) -> None:
    """The times and numbers of the stages; with NAME=NUMBER who would move if they were other ones."""
    with session.open() as shop:
        desk = shop.lifecycle.thresholds
        now, undo = dict(desk.now()), how["undo"]
        if how["versions"]:
            _show_versions(session, shop)
            return
        if not wanted and undo is None:
            if session.as_json:
                write_json({"now": now})
            else:
                _show_now(Screen(session, shop), now)
            return
        plan = (
            desk.plan(dict(wanted), as_of=as_of) if undo is None else desk.undo(undo, as_of=as_of)
        )
        done = how["confirmed"] and bool(plan.changed)
        if done:
            desk.save(plan, how["by"])
        if session.as_json:
            write_json({**plan.as_json(), "done": done})
            return
        screen = Screen(session, shop)
        _show_plan(screen, plan)
        if done:
            screen.line(screen.say("hand.times_saved", files=", ".join(plan.files)))
        elif plan.changed:
            screen.line(screen.say("hand.say_yes"))


def _show_versions(session: Session, shop: Shop) -> None:
    found = shop.lifecycle.thresholds.versions()
    if session.as_json:
        write_json({"versions": [one.as_json() for one in found]})
        return
    screen = Screen(session, shop)
    for one in found:
        moment = screen.formats.moment(one.at)
        screen.line(f"{one.number}. {screen.say('builder.version_by', moment=moment, name=one.by)}")
        for name, (before, after) in one.changed.items():
            screen.line(f"   {_what(screen, name)}: {before} → {after}")
    if not found:
        screen.line(screen.say("builder.versions_none"))


def _show_now(screen: Screen, now: dict[str, int]) -> None:
    number = screen.formats.number
    rows = [(name, _what(screen, name), number(value)) for name, value in now.items()]
    screen.table([screen.say("cli.name"), "", screen.say("steer.now")], rows, right=[2])


def _what(screen: Screen, name: str) -> str:
    unit = screen.say("steer.purchases" if name.endswith("_from") else "steer.days")
    return f"{screen.say(f'steer.of.{name}')} ({unit})"


def _show_plan(screen: Screen, plan: ThresholdPlan) -> None:
    number = screen.formats.number
    screen.line(screen.say("steer.change"), style="bold")
    for name, (before, after) in plan.changed.items():
        screen.line(f"{_what(screen, name)}: {number(before)} → {number(after)}")
    screen.line()
    rows = [(screen.stage(name), number(a), number(b)) for name, (a, b) in plan.stages.items()]
    screen.table(
        [screen.say(f"steer.{key}") for key in ("stage", "now", "then")], rows, right=[1, 2]
    )
    screen.line()
    moved = [(screen.stage(x.before), screen.stage(x.after), number(x.count)) for x in plan.moves]
    if moved:
        head = [screen.say(key) for key in ("flows.from", "flows.to", "stages.customers")]
        screen.table(head, moved, right=[2])
    else:
        screen.line(screen.say("steer.nobody"))
