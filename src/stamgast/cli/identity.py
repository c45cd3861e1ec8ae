"""``stamgast identity list | show | merge | unmerge | never | withdraw``."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stamgast.cli.frame import command_options, write_json
from stamgast.cli.screen import Screen
from stamgast.language.wording import capital

if TYPE_CHECKING:
    from collections.abc import Callable

    from stamgast.app.identity_answers import Decision, Dossier, Source
    from stamgast.cli.frame import Session
    from stamgast.store.people import Identifier
    from stamgast.store.writing import Verdict

F = TypeVar("F", bound="Callable[..., Any]")


@click.group()
def identity() -> None:
    """Who is who: why, and by hand. A, B, ID: a value, kind:value or a profile id."""


def by_option(function: F) -> F:
    """``--by``: who decides."""
    return click.option(
        "--by", default=getpass.getuser, show_default="your user name", help="Who decides."
    )(function)


def yes_option(function: F) -> F:
    """``--yes``: do it."""
    return click.option(
        "--yes",
        "confirmed",
        is_flag=True,
        help="Do it; without this it is only shown what would change.",
    )(function)


@identity.command("list")
@command_options
def list_(session: Session) -> None:
    """Every verdict that was ever given: its number, what it says, by whom, and whether it stands."""
    from stamgast.app.identity_answers import verdict_json  # noqa: PLC0415 - loads the engines

    with session.open() as shop:
        found, names = shop.identity.verdicts(), shop.identity.verdict_names()
        if session.as_json:
            write_json({"verdicts": [verdict_json(one, names) for one in found]})
            return
        screen = Screen(session, shop)
        for one in found:
            key = "identity.stands" if one.withdrawn_at is None else "identity.stood"
            screen.line(screen.say(key, verdict=_verdict(screen, one, names)))
        if not found:
            screen.line(screen.say("identity.no_verdicts"))


@identity.command()
@click.argument("customer_id", metavar="ID")
@command_options
def show(session: Session, customer_id: str) -> None:
    """Why customer ID is one person: what joined each identifier, links left out, merges, verdicts."""
    with session.open() as shop:
        found = shop.identity.show(customer_id)
        if session.as_json:
            write_json(found.as_json())
        else:
            show_dossier(Screen(session, shop), found)


@identity.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@by_option
@yes_option
@command_options
def merge(session: Session, a: str, b: str, **how: Any) -> None:  # noqa: ANN401 - click's options
    """Say that A and B are the same person, also against a limit. Shows first what changes."""
    with session.open() as shop:
        _told(session, Screen(session, shop), shop.identity.merge(a, b, **how))


@identity.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@by_option
@yes_option
@command_options
def unmerge(session: Session, a: str, b: str, **how: Any) -> None:  # noqa: ANN401 - click's options
    """Take A and B apart: withdraw the verdict that joined them, else set never. Shows it first."""
    with session.open() as shop:
        _told(session, Screen(session, shop), shop.identity.unmerge(a, b, **how))


@identity.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@by_option
@yes_option
@command_options
def never(session: Session, a: str, b: str, **how: Any) -> None:  # noqa: ANN401 - click's options
    """Say that A and B are two persons, whatever data says now or later. Shows it first."""
    with session.open() as shop:
        _told(session, Screen(session, shop), shop.identity.never(a, b, **how))


@identity.command()
@click.argument("verdict", type=int, metavar="VERDICT")
@by_option
@yes_option
@command_options
def withdraw(session: Session, verdict: int, **how: Any) -> None:  # noqa: ANN401 - click's options
    """Take verdict VERDICT (its number) back: all is as if it had never been given. Shows it first."""
    with session.open() as shop:
        _told(session, Screen(session, shop), shop.identity.withdraw(verdict, **how))


def _told(session: Session, screen: Screen, decision: Decision) -> None:
    if session.as_json:
        write_json(decision.as_json())
        return
    if not decision.given and not decision.withdrawn:
        screen.line(screen.say("identity.nothing"))
    elif not decision.done:
        screen.line(screen.say("identity.would"), style="bold")
    for verdict in decision.given:
        if decision.done:
            said = _verdict(screen, verdict, decision.names)
            screen.line(screen.say("identity.given", verdict=said))
        else:
            a, b = (_name(screen, decision.names[side]) for side in (verdict.a, verdict.b))
            key = "identity.would_same" if verdict.kind == "same" else "identity.would_never"
            screen.line(screen.say(key, a=a, b=b))
    for verdict in decision.withdrawn:
        said = _verdict(screen, verdict, decision.names)
        key = "identity.withdrawn" if decision.done else "identity.would_withdraw"
        screen.line(screen.say(key, verdict=said))
    screen.line()
    _show_persons(screen, decision)
    _warn(screen, decision)
    if not decision.done and (decision.given or decision.withdrawn):
        screen.line(screen.say("identity.say_yes"))


def _show_persons(screen: Screen, decision: Decision) -> None:
    """Who they were, and who they are or would be."""
    formats, rows = screen.formats, []
    same = decision.before == decision.after
    when = ("identity.now",) if same else ("identity.before", "identity.after")
    for key, persons in zip(when, (decision.before, decision.after), strict=False):
        for number, one in enumerate(persons):
            known = "\n".join(_name(screen, identifier) for identifier in one.identifiers)
            rows.append(
                (
                    "" if number else screen.say(key),
                    f"profile:{one.profile_id}",
                    one.name,
                    known,
                    formats.number(one.orders),
                    formats.money(one.revenue_minor, cents=True),
                )
            )
    heads = ("identity.who", "identity.identifier", "imports.orders", "imports.revenue")
    head = ["", screen.say("cli.profile"), *(screen.say(key) for key in heads)]
    screen.table(head, rows, right=[4, 5])


def _warn(screen: Screen, decision: Decision) -> None:
    """Limits that are broken; of two known customers, their numbers."""
    limited = {broken.kind for broken in decision.broken}
    known = [
        [one.value for one in person.identifiers if one.kind == "customer_id"]
        for person in decision.after
    ]
    several = [", ".join(numbers) for numbers in known if len(numbers) > 1]
    for broken in decision.broken:
        kind, held = screen.kind(broken.kind), screen.formats.number(broken.held)
        if broken.kind != "customer_id" or not several:
            screen.line(screen.say("identity.broken", kind=kind, held=held), style="yellow")
    for values in several if "customer_id" in limited else ():
        screen.line(screen.say("identity.two_customers", values=values), style="yellow")


def show_dossier(screen: Screen, found: Dossier) -> None:
    """A person's identifiers and what is behind them."""
    screen.line(screen.say("identity.title", profile=str(found.profile_id)), style="bold")
    rows = []
    for known in found.identifiers:
        how = screen.say("identity.first")
        said = known.first_seen
        if known.joined_to is not None:
            how = screen.say("identity.joined", other=_name(screen, known.joined_to))
            said = known.joined_by
        rows.append((_name(screen, known.identifier), how, _source(screen, said)))
    heads = ("identity.identifier", "identity.how", "identity.by")
    screen.table([screen.say(head) for head in heads], rows)
    for device in found.devices:
        seen = {
            "name": _name(screen, device.identifier),
            "times": screen.formats.number(device.marks),
            "start": screen.formats.moment(device.first_at),
            "end": screen.formats.moment(device.last_at),
        }
        if device.others:
            screen.line(screen.count("identity.device_shared", device.others, **seen))
        else:
            screen.line(screen.say("identity.device", **seen))
    for left, said in found.left_out:
        screen.line(
            screen.say(
                "identity.left_out",
                name=_name(screen, left.identifier),
                profile=str(left.profile_id),
                other=_name(screen, left.from_),
                other_profile=str(left.from_profile_id),
                reason=_reason(screen, left.reason),
                said=_source(screen, said),
            )
        )
    for merge, said in found.merges:
        screen.line(
            screen.say(
                "identity.merge",
                old=str(merge.joined_id),
                new=str(merge.kept_id),
                said=_source(screen, said),
            )
        )
    for verdict in found.verdicts:
        key = "identity.stands" if verdict.withdrawn_at is None else "identity.stood"
        screen.line(screen.say(key, verdict=_verdict(screen, verdict, found.names)))


def _name(screen: Screen, one: Identifier) -> str:
    return f"{screen.kind(one.kind)} {one.value}"


def _reason(screen: Screen, reason: str) -> str:
    if reason == "never":
        return screen.say("identity.reason_never")
    return screen.say("identity.reason_limit", kind=screen.kind(reason.removeprefix("limit:")))


def _verdict(screen: Screen, verdict: Verdict, names: dict[int, Identifier]) -> str:
    a, b = (
        _name(screen, names[side]) if side in names else str(side)
        for side in (verdict.a, verdict.b)
    )
    key = "identity.same" if verdict.kind == "same" else "identity.never"
    return screen.say(
        key,
        number=str(verdict.id),
        a=a,
        b=b,
        who=verdict.by,
        moment=screen.formats.moment(verdict.at),
    )


def _source(screen: Screen, said: Source | None) -> str:
    if said is None:
        return screen.say("identity.by_hand")
    if said.verdict is not None:
        moment = screen.formats.moment(said.verdict.at)
        number = str(said.verdict.id)
        return screen.say("identity.by_verdict", number=number, who=said.verdict.by, moment=moment)
    files = ", ".join(Path(file).name for file in said.files[:3])
    what = ""
    if said.message is not None:
        what = capital(screen.say(f"identity.message_{said.message[0]}", name=said.message[1]))
        what += ", "
    return what + screen.say("identity.by_batch", batch=str(said.batch), files=files)
