"""``stamgast customer find | show | set | unset | timeline``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stamgast.cli.by_hand import set_, show_claims, unset
from stamgast.cli.frame import as_of_option, command_options, write_json
from stamgast.cli.screen import Screen
from stamgast.clock import format_instant
from stamgast.language.wording import capital
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from stamgast.app.advice import CustomerAdvice
    from stamgast.app.customers import Customer
    from stamgast.app.shop import Shop
    from stamgast.cli.frame import Session

LAST_ORDERS = 3
TOLD = ("favourite_category_bought", "favourite_brand", "buying_phase", "return_share")
"""Traits of the short page, beside what its sentence says."""


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
@click.option("--all", "full", is_flag=True, help="Everything that is known, not one screen.")
@click.option("--provenance", is_flag=True, help="What each source said of each attribute.")
@command_options
def show(session: Session, customer_id: str, as_of: int, *, full: bool, provenance: bool) -> None:
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
            more: dict[str, object] = {
                "summary": advice.sentence(screen.language),
                "advice": None if top is None else top.strategy.name,
                "extensions": [carried_json(*one) for one in shop.extensions.of(found)],
                "consents": [
                    one.as_json()
                    for one in shop.consents.show(found.profile_id, as_of=found.as_of)
                    if one.stands
                ],
            }
            if provenance:
                claims = shop.customers.claims(found.profile_id, as_of=found.as_of)
                more["provenance"] = [one.as_json() for one in claims]
            write_json({**found.as_json(), **more})
        else:
            show_customer(screen, shop, found, advice, full=full)
            if provenance:
                screen.line()
                show_claims(screen, shop.customers.claims(found.profile_id, as_of=found.as_of))


def show_customer(
    screen: Screen, shop: Shop, found: Customer, advice: CustomerAdvice, *, full: bool
) -> None:
    """A customer's page: one screen, or (``full``) with everything that is known."""
    formats = screen.formats
    labels = shop.customers.labels(found, screen.language)
    number = " ".join(labels[0]) if labels else str(found.profile_id)
    name = shop.customers.name(found)
    title = f"{name}, {number}" if name else capital(number)
    screen.line(f"{title}, {screen.as_of(found.as_of)}", style="bold")
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
    show_labels(screen, shop, found)
    top = advice.advice.top
    if top is not None:
        title = top.strategy.title[screen.language]
        screen.line(
            screen.say(
                "customer.advice",
                title=title,
                profile=found.profile_id,
                when=screen.when(found.as_of),
            )
        )
    screen.line()
    screen.table(["", ""], everything(screen, shop, found) if full else page(screen, shop, found))
    if not full:
        screen.line()
        screen.line(
            screen.say(
                "customer.more_known", profile=found.profile_id, when=screen.when(found.as_of)
            )
        )


def page(screen: Screen, shop: Shop, found: Customer) -> list[tuple[str, str]]:
    """What somebody at a counter wants to know: one screen."""
    from stamgast.app.reporting import timeline_row  # noqa: PLC0415 - loads the language
    from stamgast.report import spoken  # noqa: PLC0415 - as above

    formats, known = screen.formats, shop.definitions
    devices = {kind.name for kind in shop.customers.devices}
    people = zip(found.identifiers, shop.customers.labels(found, screen.language), strict=True)
    rows = [(capital(kind), value) for one, (kind, value) in people if one.kind not in devices]
    said = {key: str(value) for key, value in found.attributes.items()}
    street = " ".join(said[key] for key in ("street", "house_number") if key in said)
    place = " ".join(said[key] for key in ("postcode", "city") if key in said)
    if street or place:
        address = ", ".join(one for one in (street, place) if one)
        rows.append((screen.say("customer.address"), address))
    if found.attributes.get("birthday") is not None:
        born = spoken.attribute_words("birthday", found.attributes["birthday"], known, formats)
        rows.append((capital(screen.attribute("birthday")), born))
    rows += consent_rows(screen, shop, found)
    rows.append((screen.say("customer.segments"), segments_in_words(screen, shop, found)))
    happened = shop.customers.timeline(found.profile_id, as_of=found.as_of)
    orders = [one for one in happened if one.kind == "order"][:LAST_ORDERS]
    for number, one in enumerate(orders):
        told = timeline_row(one, formats, known)
        amount = "" if told.amount is None else formats.money(told.amount, cents=True)
        parts = [formats.day(told.at), told.title, amount, told.detail]
        title = screen.say("customer.last_orders") if number == 0 else ""
        rows.append((title, ", ".join(part for part in parts if part)))
    for name in TOLD:
        trait, value = known.traits.get(name), found.traits.get(name)
        if trait is not None and not spoken.says_nothing(value):
            label = trait.label[screen.language]
            rows.append((label, spoken.trait_words(trait, value, known, formats, found.as_of)))
    return rows


def segments_in_words(screen: Screen, shop: Shop, found: Customer) -> str:
    """Its segments, each with since when as recorded, and until when if it ends by itself."""
    since, day = shop.customers.entered(found), screen.formats.day
    said = []
    for name, until in found.segments.items():
        parts = [screen.say("customer.since", day=day(since[name]))] if name in since else []
        # what rests on everybody's figures is looked at again each midnight: that is no end
        if until is not None and not shop.definitions.segments[name].uses_statistics:
            parts.append(screen.say("customer.until", day=day(until)))
        said.append(screen.segment(name) + (f" ({', '.join(parts)})" if parts else ""))
    return "\n".join(said) or screen.say("customer.in_none")


def everything(screen: Screen, shop: Shop, found: Customer) -> list[tuple[str, str]]:
    """All identifiers, attributes with their source, consents and traits."""
    from stamgast.app.claims import sources_of  # noqa: PLC0415 - only here
    from stamgast.report import spoken  # noqa: PLC0415 - loads the language

    formats, known = screen.formats, shop.definitions
    held = sources_of(shop.customers.claims(found.profile_id, as_of=found.as_of))
    rows = [(capital(kind), value) for kind, value in shop.customers.labels(found, screen.language)]
    rows.append((screen.say("cli.profile"), str(found.profile_id)))
    for key in spoken.attributes_in_order(found.attributes, known):
        shown = spoken.attribute_words(key, found.attributes[key], known, formats)
        source = f"  [{held[key].source}]" if key in held else ""
        rows.append((capital(screen.attribute(key)), f"{shown}{source}"))
    rows += consent_rows(screen, shop, found)
    rows.append((screen.say("customer.segments"), segments_in_words(screen, shop, found)))
    for trait in spoken.traits_in_order(known):
        value = found.traits.get(trait.name)
        if not spoken.says_nothing(value):
            label = trait.label[screen.language]
            rows.append((label, spoken.trait_words(trait, value, known, formats, found.as_of)))
    return rows


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
            name = f"{purpose_label(screen, one.purpose)}, {channel_label(screen, one.channel)}"
            state = screen.say(f"consent.{one.state}")
            when = "" if one.at is None else f", {screen.formats.day(one.at)}"
            address = f" ({one.address})" if one.address else ""
            rows.append((capital(name), f"{state}{when}{address}"))
    return rows


def figures(screen: Screen, found: Customer) -> str:
    """What a customer bought, beside the sentence of the golden record."""
    if found.last_order_at is None:
        return screen.say("customer.figures_none")
    key, local = "customer.figures", screen.formats.local
    if found.as_of - found.last_order_at < DAY_US:
        same = local(found.last_order_at).date() == local(found.as_of).date()
        key = "customer.figures_today" if same else "customer.figures_yesterday"
    return screen.say(
        key,
        orders=screen.count("customer.n_orders", found.orders),
        revenue=revenue(screen, found),
        ago=screen.formats.ago(found.last_order_at, found.as_of),
    )


def revenue(screen: Screen, found: Customer) -> str:
    """What a customer brought, with or without VAT."""
    key = f"customer.money_{screen.shop.settings.revenue_basis}"
    return screen.say(key, money=screen.formats.money(found.net_revenue))


def summary(screen: Screen, found: Customer) -> str:
    """A customer in one sentence."""
    formats, stage = screen.formats, screen.stage(found.stage or "")
    if found.first_order_at is None or found.last_order_at is None:
        return screen.say("customer.summary_none", stage=stage)
    return screen.say(
        "customer.summary",
        since=formats.day(found.first_order_at),
        orders=screen.count("customer.n_orders", found.orders),
        revenue=revenue(screen, found),
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


customer.add_command(set_)
customer.add_command(unset)
