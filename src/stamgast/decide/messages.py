"""A strategy's texts for one customer, in one language and form of address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING

from stamgast.decide.fields import Given, field_values
from stamgast.decide.naming import salutation
from stamgast.language.wording import SYMBOLS
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.decide.fields import Record
    from stamgast.decide.strategies import Both, Strategy
    from stamgast.decide.template import Address
    from stamgast.language.wording import Language


TO_FILL_IN: Mapping[Language, str] = {"en": "<<Fill in: {what}>>", "nl": "<<Vul in: {what}>>"}
"""Where the shop puts in what a strategy asks it to add: marked, so that it is not sent as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is said to one customer; empty where the strategy has no such text."""

    subject: str = ""
    body: str = ""
    """With salutation and closing; what the shop is to add is marked ``<<...>>`` before the closing."""
    short: str = ""
    script: str = ""
    missing: tuple[str, ...] = ()
    """Merge fields that the texts name and the record does not have."""

    @property
    def html(self) -> str:
        """The body as HTML paragraphs, escaped."""
        paragraphs = [one for one in self.body.split("\n\n") if one]
        return "\n".join(
            f"<p>{escape(one).replace(chr(10), '<br>' + chr(10))}</p>" for one in paragraphs
        )


def for_colleagues(text: Both, language: Language, currency: str) -> str:
    """A text that no customer reads: only the shop's own fields are put in."""
    return text[language].render({"currency": SYMBOLS.get(currency, currency)})


def message_for(
    strategy: Strategy,
    record: Record,
    language: Language,
    address: Address,
    *,
    code: str = "",
) -> Message:
    """The texts of a strategy for one customer. ``code``: of the offer, if there is one."""
    offer = strategy.offer
    until = None
    if offer is not None and offer.valid_us is not None:
        until = record.today + timedelta(days=offer.valid_us // DAY_US)
    values = field_values(record, Given(until=until, code=code), language, address)

    def said(text: Both | None) -> str:
        return "" if text is None else text[language].render(values, address)

    body = said(strategy.body)
    if body:
        greeting = salutation(record.name, language, address)
        if strategy.add is not None:
            add = strategy.add[language]
            body = f"{body}\n\n{TO_FILL_IN[language].format(what=add)}"
        body = f"{greeting},\n\n{body}\n\n{said(strategy.sender.closing)}"
    texts = (strategy.subject, strategy.body, strategy.short, strategy.script)
    named = {name for text in texts if text for name in text[language].fields}
    return Message(
        subject=said(strategy.subject),
        body=body,
        short=said(strategy.short),
        script=said(strategy.script),
        missing=tuple(sorted(named - values.keys())),
    )
