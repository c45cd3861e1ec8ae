"""``stamgast advice show | list | fields``."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.screen import Screen
from stamgast.language.wording import capital

if TYPE_CHECKING:
    from stamgast.app.advice import CustomerAdvice
    from stamgast.cli.frame import Session
    from stamgast.decide.messages import Message
    from stamgast.decide.strategies import Strategy
    from stamgast.decide.template import Address

WIDTH = 100
INDENT = 4


@click.group()
def advice() -> None:
    """What to do now for a customer, and what to say."""


@advice.command()
@click.argument("customer_id", metavar="ID")
@as_of_option
@click.option("--strategy", metavar="NAME", help="Write the message of this strategy.")
@click.option(
    "--address",
    type=click.Choice(["je", "u"]),
    help="How Dutch addresses; else the shop's setting.",
)
@click.option("--code", default="", help="The code of the offer, for the message.")
@command_options
def show(
    session: Session,
    customer_id: str,
    as_of: int,
    strategy: str | None,
    address: Address | None,
    code: str,
) -> None:
    """Advice for customer ID: one on top, why that one, the message, and what else applies."""
    from stamgast.app.advice import advice_json  # noqa: PLC0415 - loads the engines

    with session.open() as shop:
        screen = Screen(session, shop)
        found = shop.advice.show(customer_id, as_of=as_of)
        message = shop.advice.message(
            found, screen.language, strategy=strategy, address=address, code=code
        )
        if session.as_json:
            write_json(advice_json(shop.advice, found, message, shop.definitions, screen.language))
        else:
            named = shop.advice.strategy(strategy) if strategy else None
            _show(screen, found, message, named)


def _show(screen: Screen, found: CustomerAdvice, message: Message, named: Strategy | None) -> None:
    from stamgast.app.advice import why_first  # noqa: PLC0415 - loads the engines

    top = found.advice.top
    screen.line(
        found.sentence(screen.language) or screen.say("cli.segment.not_there"), style="bold"
    )
    if top is None:
        screen.line(screen.say("advice.none"))
        return
    chosen = named or top.strategy
    if "do_not_contact" in found.facts.extensions:
        screen.line(screen.say("advice.blocked"))
    screen.line()
    screen.line(f"{screen.say('advice.title')}: {chosen.title[screen.language]}", style="bold")
    if named is None:
        screen.line(why_first(found.advice, screen.shop.definitions, screen.language))
    rows = _rows(screen, chosen, found.customer.currency)
    screen.table(["", ""], [*rows, (screen.say("advice.reach"), _reach(screen, found, chosen))])
    _write_message(screen, message)
    others = [one for one in found.advice.chosen if one.strategy.name != chosen.name]
    if others:
        screen.line()
        screen.line(screen.say("advice.others"), style="bold")
        screen.table(
            ["", "", ""],
            [
                (one.strategy.name, _for(screen, one.strategy), one.strategy.title[screen.language])
                for one in others
            ],
            whole=[0],
        )


def _reach(screen: Screen, found: CustomerAdvice, chosen: Strategy) -> str:
    """Whether they may be written to with marketing, channel by channel; an answer needs no consent."""
    from stamgast.cli.exporting import reason  # noqa: PLC0415 - only here

    if chosen.level == "problem":
        return screen.say("advice.reach_answer")
    yes_no = {True: screen.say("advice.reach_yes"), False: screen.say("advice.reach_no")}
    return capital(
        "; ".join(
            f"{screen.say(f'gate.{channel}')}: {yes_no[one.yes]} ({reason(screen, one.reason)})"
            for channel, one in screen.shop.advice.reach(found).items()
        )
    )


def _rows(screen: Screen, one: Strategy, currency: str) -> list[tuple[str, str]]:
    """A strategy as rows of a table."""
    from stamgast.decide.messages import for_colleagues  # noqa: PLC0415 - loads the engines

    say, language = screen.say, screen.language
    rows = [
        (say("advice.goal"), one.goal[screen.language]),
        (say("advice.why"), one.why[screen.language]),
    ]
    if one.channels:
        channels = [
            f"{say(f'advice.channel.{name}')} ({say(f'advice.cost.{cost}')})"
            for name, cost in one.channels
        ]
        rows.append((say("advice.channels"), ", ".join(channels)))
    if one.offer is not None:
        rows.append((say("advice.offer"), for_colleagues(one.offer.text, language, currency)))
    rows.append((say("advice.sender"), one.sender.label[screen.language]))
    if one.add is not None:
        rows.append((say("advice.add"), one.add[screen.language]))
    if one.escalate is not None:
        to = capital(say(f"advice.to.{one.escalate.to}"))
        task = for_colleagues(one.escalate.task, language, currency)
        visits = one.escalate.after_visits
        then = (
            screen.count("advice.then_visits", visits, to=to, task=task)
            if visits
            else say("advice.then_now", to=to, task=task)
        )
        rows.append((say("advice.then"), then))
    within = screen.formats.duration(one.measure_within_us)
    what = one.measure[screen.language]
    rows.append(
        (say("advice.measure"), capital(say("advice.measure_within", duration=within, what=what)))
    )
    if one.channels:
        rows.append((say("advice.do"), capital(_do(screen, one))))
    if one.needs:
        rows.append((say("advice.needs"), say("advice.needs_check", names=", ".join(one.needs))))
    return rows


def _do(screen: Screen, one: Strategy) -> str:
    """How it is carried out, as long as nothing here does it by itself."""
    if one.for_.segment:
        return screen.say("advice.do.export", name=one.for_.segment)
    if one.for_.stage:
        return screen.say("advice.do.stage", name=one.for_.stage)
    return screen.say("advice.do.hand")


def _write_message(screen: Screen, message: Message) -> None:
    parts = [
        screen.say("advice.subject", text=message.subject) if message.subject else "",
        message.body,
        screen.say("advice.short", text=message.short) if message.short else "",
        screen.say("advice.script", text=message.script) if message.script else "",
    ]
    screen.line()
    screen.line(screen.say("advice.message"), style="bold")
    for part in parts:
        if part:
            for line in part.split("\n"):
                screen.line(textwrap.indent("\n".join(textwrap.wrap(line, WIDTH)), " " * INDENT))
            screen.line()
    if message.missing:
        screen.line(screen.say("advice.missing", names=", ".join(message.missing)))


def _for(screen: Screen, one: Strategy) -> str:
    """For whom a strategy is, in words."""
    from stamgast.app.advice import for_whom  # noqa: PLC0415 - loads the engines

    return for_whom(one, screen.shop.definitions, screen.language)


@advice.command("list")
@command_options
def list_(session: Session) -> None:
    """Every strategy, the most urgent first."""
    from stamgast.app.advice import strategy_json  # noqa: PLC0415 - loads the engines
    from stamgast.decide.models import LEVELS  # noqa: PLC0415 - as above

    with session.open() as shop:
        screen = Screen(session, shop)
        known = sorted(
            shop.advice.strategies.by_name.values(),
            key=lambda one: (LEVELS.index(one.level), one.order),
        )
        if session.as_json:
            currency = shop.settings.currency
            listed = [strategy_json(one, screen.language, currency) for one in known]
            write_json({"strategies": listed})
            return
        screen.line(screen.say("advice.list", shop=screen.shop_name) + "\n", style="bold")
        rows = [
            (one.name, _for(screen, one), f"{one.title[screen.language]}{_own(screen, one)}")
            for one in known
        ]
        head = [screen.say(key) for key in ("cli.name", "advice.for", "advice.title")]
        screen.table(head, rows, whole=[0])


def _own(screen: Screen, one: Strategy) -> str:
    return f" ({screen.say('advice.own')})" if one.own else ""


@advice.command()
@command_options
def fields(session: Session) -> None:
    """The merge fields that texts may name."""
    from stamgast.decide.fields import FIELDS  # noqa: PLC0415 - loads the engines

    with session.open() as shop:
        screen = Screen(session, shop)
        nl = screen.language == "nl"
        if session.as_json:
            rows = [{"field": one.name, "about": one.nl if nl else one.en} for one in FIELDS]
            write_json({"fields": rows})
            return
        screen.line(screen.say("advice.fields") + "\n", style="bold")
        head = [screen.say("advice.field"), screen.say("cli.about")]
        screen.table(
            head, [(f"{{{one.name}}}", one.nl if nl else one.en) for one in FIELDS], whole=[0]
        )
