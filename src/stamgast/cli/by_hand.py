"""``stamgast customer set | unset``, and what each source said of an attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stamgast.cli.frame import InstantType, command_options, write_json
from stamgast.cli.identity import by_option
from stamgast.cli.screen import Screen
from stamgast.language.wording import capital

if TYPE_CHECKING:
    from stamgast.app.claims import Claim
    from stamgast.cli.frame import Session


@click.command("set")
@click.argument("customer_id", metavar="ID")
@click.argument("name")
@click.argument("value", required=False)
@click.option("--empty", is_flag=True, help="It has no value, or not any more.")
@click.option("--source", show_default="hand", help="Where you have it from, if not by yourself.")
@click.option("--at", type=InstantType(), show_default="now", help="From when on it holds.")
@click.option("--always", is_flag=True, help="It holds from always, such as a birthday.")
@by_option
@command_options
def set_(
    session: Session,
    customer_id: str,
    name: str,
    value: str | None,
    **how: Any,  # noqa: ANN401 - click's options
) -> None:
    """Say attribute NAME of customer ID by hand: VALUE, or --empty.

    Sources may say otherwise; which one holds is shown.
    """
    if how.pop("empty") == (value is not None):
        raise click.UsageError("Give either a VALUE or --empty.")
    if how["always"] and how["at"] is not None:
        raise click.UsageError("Give either --at or --always.")
    with session.open() as shop:
        found = shop.customers.set(customer_id, name, value, **how)
        _show(session, Screen(session, shop), found, customer_id)


@click.command()
@click.argument("customer_id", metavar="ID")
@click.argument("name")
@command_options
def unset(session: Session, customer_id: str, name: str) -> None:
    """Take back the latest word by hand on attribute NAME of customer ID: it never was."""
    with session.open() as shop:
        found = shop.customers.unset(customer_id, name)
        _show(session, Screen(session, shop), found, customer_id)


def _show(session: Session, screen: Screen, found: tuple[Claim, ...], asked: str) -> None:
    """What is said of the attribute, and a warning when a word of now does not hold."""
    if session.as_json:
        write_json({"claims": [one.as_json() for one in found]})
        return
    if not found:
        screen.line(screen.say("customer.claim_none", customer=asked))
        return
    show_claims(screen, found)
    latest = max(found, key=lambda one: one.received_at)
    if latest.by and not latest.holds:
        screen.line(screen.say(f"customer.not_held_{latest.why}"), style="yellow")


def show_claims(screen: Screen, claims: tuple[Claim, ...]) -> None:
    """What each source said of each attribute, and which holds."""
    keys = ("customer.claim_of", "customer.claim", "customer.claim_source", "customer.claim_since")
    head = [*(screen.say(key) for key in keys), screen.say("customer.claim_holds")]
    formats, rows = screen.formats, []
    for one in claims:
        since = screen.say("customer.always") if one.at is None else formats.moment(one.at)
        mark = screen.say(f"customer.why_{one.why}", source=one.source, other=one.before)
        name = capital(screen.attribute(one.attribute))
        source = ", ".join(part for part in (one.source, one.by) if part)
        rows.append((name, shown(screen, one), f"{source} ({one.identifier})", since, mark))
    screen.table(head, rows)


def shown(screen: Screen, one: Claim) -> str:
    """What was said, as people write it."""
    from stamgast.report import spoken  # noqa: PLC0415 - loads the language
    from stamgast.store.profile_log import parse_canonical  # noqa: PLC0415 - as above

    if one.value is None:
        return screen.say("cli.empty")
    known = screen.shop.definitions
    if one.attribute not in known.attributes:
        return one.value
    try:
        value = parse_canonical(one.value, known.attributes[one.attribute])
    except ValueError:  # it was imported as another type
        return one.value
    return spoken.attribute_words(one.attribute, value, known, screen.formats)
