"""``stamgast blueprint list | check``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import command_options, write_json
from stamgast.cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.cli.frame import Session
    from stamgast.decide.blueprints import Blueprint, Blueprints, Checked, CheckedNeed


@click.group()
def blueprint() -> None:
    """Use cases: what data each needs, and whether the shop has it."""


@blueprint.command("list")
@command_options
def list_(session: Session) -> None:
    """Every use case with the data it needs."""
    from stamgast.app.advice import blueprint_json  # noqa: PLC0415 - loads the engines

    with session.open() as shop:
        screen = Screen(session, shop)
        known = shop.advice.blueprints
        if session.as_json:
            found = [
                blueprint_json(one, known, shop.advice.names(screen.language), screen.language)
                for one in known.by_name.values()
            ]
            write_json({"blueprints": found})
            return
        screen.line(screen.say("blueprint.list") + "\n", style="bold")
        rows = [
            (one.name, _label(screen, one), _about(screen, one)) for one in known.by_name.values()
        ]
        head = [screen.say(key) for key in ("cli.name", "blueprint.name", "cli.about")]
        screen.table(head, rows, whole=[0])


@blueprint.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@command_options
def check(session: Session, names: tuple[str, ...]) -> None:
    """Whether the shop has the data for use case NAME, or for each; if not, how to get it."""
    from stamgast.app.advice import check_json  # noqa: PLC0415 - loads the engines

    with session.open() as shop:
        screen = Screen(session, shop)
        found = shop.advice.check(names)
        said = shop.advice.names(screen.language)
        if session.as_json:
            known = shop.advice.blueprints
            checked = [check_json(one, known, said, screen.language) for one in found]
            write_json({"blueprints": checked, "ready": sum(one.ready for one in found)})
            return
        if names:
            for one in found:
                _show(screen, shop.advice.blueprints, said, one)
        else:
            _show_all(screen, shop.advice.blueprints, said, found)


def _show_all(
    screen: Screen, known: Blueprints, said: dict[str, str], found: Sequence[Checked]
) -> None:
    ready = sum(one.ready for one in found)
    title = screen.say("blueprint.check", ready=ready, all=len(found), shop=screen.shop_name)
    screen.line(title + "\n", style="bold")
    rows = [
        (
            one.blueprint.name,
            _label(screen, one.blueprint),
            _state(screen, one),
            "; ".join(
                f"{known.label(need.need.asked, screen.language, said)} ({_amount(screen, need)})"
                for need in one.missing
            ),
        )
        for one in found
    ]
    keys = ("cli.name", "blueprint.name", "blueprint.state", "blueprint.lacks")
    screen.table([screen.say(key) for key in keys], rows, whole=[0, 2])


def _show(screen: Screen, known: Blueprints, said: dict[str, str], one: Checked) -> None:
    screen.line(f"{_label(screen, one.blueprint)}: {_state(screen, one)}", style="bold")
    screen.line(_about(screen, one.blueprint))
    rows = []
    for need in one.needs:
        sign = "have" if need.ready else "better" if need.need.optional else "lacks"
        asked = need.need.asked
        text = known.label(asked, screen.language, said)
        if need.need.why is not None:
            why = need.need.why[screen.language]
            text = f"{text}. {why}"
        if not need.ready:
            text = f"{text}\n{known.how(asked, screen.language, said)}"
        rows.append((screen.say(f"blueprint.sign.{sign}"), _amount(screen, need), text))
    screen.table(["", "", ""], rows, whole=[0])
    screen.line()


def _amount(screen: Screen, one: CheckedNeed) -> str:
    have, least = screen.formats.number(one.have), screen.formats.number(one.need.at_least)
    if one.need.asked.kind == "history":
        key = "blueprint.held_days" if one.ready else "blueprint.of_days"
        return screen.say(key, have=have, least=least)
    if one.ready:
        return screen.count("blueprint.held", one.have)
    return screen.say("blueprint.of", have=have, least=least, count=one.need.at_least)


def _state(screen: Screen, one: Checked) -> str:
    if one.ready:
        return screen.say("blueprint.ready")
    return screen.count("blueprint.missing", len(one.missing))


def _label(screen: Screen, one: Blueprint) -> str:
    return one.label[screen.language]


def _about(screen: Screen, one: Blueprint) -> str:
    return one.about[screen.language]
