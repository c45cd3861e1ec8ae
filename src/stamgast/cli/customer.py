"""``stamgast customer find | show | timeline``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.screen import Screen, capital
from stamgast.clock import format_instant

if TYPE_CHECKING:
    from stamgast.app.advice import CustomerAdvice
    from stamgast.app.customers import Customer
    from stamgast.app.shop import Shop
    from stamgast.cli.frame import Session


@click.group()
def customer() -> None:
    """One customer: who it is and what happened."""


@customer.command()
@click.argument("text")
@command_options
def find(session: Session, text: str) -> None:
    """Who TEXT may be: an identifier, an order number, a postcode and house number, or a name."""
    with session.open() as shop:
        matches, many = shop.customers.search(text)
        if session.as_json:
            write_json({"count": many, "matches": [one.as_json() for one in matches]})
            return
        screen = Screen(session, shop)
        if not matches:
            screen.line(screen.say("customer.nobody", text=text))
            return
        attributes = ("name", "postcode", "city")
        head = [screen.say("cli.profile"), *(capital(screen.attribute(one)) for one in attributes)]
        head += [capital(screen.kind(one)) for one in ("customer_id", "email")]
        rows = [
            (
                f"profile:{one.profile_id}",
                *(one.name, one.postcode, one.city, one.customer_id, one.email),
                "" if one.last_order_at is None else screen.formats.day(one.last_order_at),
            )
            for one in matches
        ]
        screen.table([*head, screen.say("customer.last_order")], rows)
        if many > len(matches):
            screen.line(screen.count("customer.more", many - len(matches)))


@customer.command()
@click.argument("customer_id", metavar="ID")
@as_of_option
@command_options
def show(session: Session, customer_id: str, as_of: int) -> None:
    """Who customer ID is and where it stands.

    ID: an identifier, kind:value, an order number, "1012AB 12", a name, or profile:12.
    """
    with session.open() as shop:
        found = shop.customers.show(customer_id, as_of=as_of)
        screen = Screen(session, shop)
        advice = shop.advice.of(found)
        if session.as_json:
            from stamgast.app.extensions import carried_json  # noqa: PLC0415 - only here

            top = advice.advice.top
            more = {
                "summary": advice.sentence(screen.language),
                "advice": None if top is None else top.strategy.name,
                "extensions": [carried_json(*one) for one in shop.extensions.of(found)],
                "consents": [
                    one.as_json()
                    for one in shop.consents.show(found.profile_id, as_of=found.as_of)
                    if one.stands
                ],
            }
            write_json({**found.as_json(), **more})
        else:
            show_customer(screen, shop, found, advice)


def show_customer(screen: Screen, shop: Shop, found: Customer, advice: CustomerAdvice) -> None:
    """A customer's page, short."""
    from stamgast.report import spoken  # noqa: PLC0415 - loads the language

    formats = screen.formats
    labels = shop.customers.labels(found, screen.language)
    name = " ".join(labels[0]) if labels else str(found.profile_id)
    screen.line(f"{capital(name)}, {screen.as_of(found.as_of)}", style="bold")
    if not found.exists:
        screen.line(screen.say("cli.segment.not_there"))
        return
    screen.line(advice.sentence(screen.language))
    screen.line(figures(screen, found))
    if found.approximate:
        screen.line(screen.say("timeline.has_approximate"))
    if found.stage_until is None:
        screen.line(screen.say("customer.next_none"))
    else:
        stage, moment = screen.stage(found.next_stage or ""), formats.moment(found.stage_until)
        screen.line(screen.say("customer.next", stage=stage, moment=moment))
    top = advice.advice.top
    if top is not None:
        title = top.strategy.title.nl if screen.language == "nl" else top.strategy.title.en
        screen.line(
            screen.say(
                "customer.advice",
                title=title,
                profile=found.profile_id,
                when=screen.when(found.as_of),
            )
        )
    show_labels(screen, shop, found)
    screen.line()
    rows = [(capital(kind), value) for kind, value in labels]
    rows.append((screen.say("cli.profile"), str(found.profile_id)))
    known = shop.definitions
    rows += [
        (
            capital(screen.attribute(key)),
            spoken.attribute_words(key, found.attributes[key], known, formats),
        )
        for key in spoken.attributes_in_order(found.attributes, known)
    ]
    rows += consent_rows(screen, shop, found)
    inside = ", ".join(screen.segment(one) for one in found.segments)
    rows.append((screen.say("customer.segments"), inside or screen.say("customer.in_none")))
    for trait in spoken.traits_in_order(known):
        value = found.traits.get(trait.name)
        if not spoken.says_nothing(value):
            label = trait.label.nl if screen.language == "nl" else trait.label.en
            rows.append((label, spoken.trait_words(trait, value, known, formats, found.as_of)))
    screen.table(["", ""], rows)


def show_labels(screen: Screen, shop: Shop, found: Customer) -> None:
    """The extensions that a customer carries, each with what a colleague should know."""
    from stamgast.cli.extension import guidance, shown  # noqa: PLC0415 - only here

    for one, value in shop.extensions.of(found):
        said = guidance(screen, one, value)
        screen.line(shown(screen, one, value), style="bold")
        if said:
            screen.line(f"  {said}")


def consent_rows(screen: Screen, shop: Shop, found: Customer) -> list[tuple[str, str]]:
    """Per purpose and channel how its addresses stand."""
    from stamgast.cli.consent import channel_label, purpose_label  # noqa: PLC0415 - only here

    rows = []
    for one in shop.consents.show(found.profile_id, as_of=found.as_of):
        if one.stands:
            place = f"{channel_label(screen, one.channel)} {one.address}".strip()
            name = f"{purpose_label(screen, one.purpose)}, {place}"
            state = screen.say(f"consent.{one.state}")
            when = "" if one.at is None else f", {screen.formats.day(one.at)}"
            rows.append((capital(name), f"{state}{when}"))
    return rows


def figures(screen: Screen, found: Customer) -> str:
    """What a customer bought, beside the sentence of the golden record."""
    if found.last_order_at is None:
        return screen.say("customer.figures_none")
    return screen.say(
        "customer.figures",
        orders=screen.count("customer.n_orders", found.orders),
        revenue=screen.formats.money(found.net_revenue),
        ago=screen.formats.ago(found.last_order_at, found.as_of),
    )


def summary(screen: Screen, found: Customer) -> str:
    """A customer in one sentence."""
    formats, stage = screen.formats, screen.stage(found.stage or "")
    if found.first_order_at is None or found.last_order_at is None:
        return screen.say("customer.summary_none", stage=stage)
    return screen.say(
        "customer.summary",
        since=formats.day(found.first_order_at),
        orders=screen.count("customer.n_orders", found.orders),
        revenue=formats.money(found.net_revenue),
        ago=formats.ago(found.last_order_at, found.as_of),
        stage=stage,
    )


@customer.command()
@click.argument("customer_id", metavar="ID")
@as_of_option
@click.option("--limit", type=click.IntRange(min=1), help="Write at most so many rows.")
@command_options
def timeline(session: Session, customer_id: str, as_of: int, limit: int | None) -> None:
    """What happened to customer ID, newest first."""
    from stamgast.app.reporting import timeline_row  # noqa: PLC0415 - only here

    with session.open() as shop:
        rows = shop.customers.timeline(customer_id, as_of=as_of)[:limit]
        if session.as_json:
            events = [one.as_json() for one in rows]
            write_json({"as_of": format_instant(as_of), "timeline": events})
            return
        screen = Screen(session, shop)
        shown = [timeline_row(one, screen.formats, shop.definitions) for one in rows]
        if not shown:
            screen.line(screen.say("timeline.nothing"))
            return
        head = [screen.say(key) for key in ("cli.when", "cli.what", "cli.amount", "cli.details")]
        table = [
            (
                ("≈ " if row.undated else "") + screen.formats.moment(row.at),
                row.title,
                "" if row.amount is None else screen.formats.money(row.amount, cents=True),
                row.detail,
            )
            for row in shown
        ]
        screen.table(head, table, right=[2])
        if any(row.approximate for row in shown):
            screen.line(screen.say("timeline.approximate"))
