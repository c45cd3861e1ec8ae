"""What every text for people starts from: a language, its words and formats, and the stages' labels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stamgast.model.log import DAY_US
from stamgast.report.dutch import dutch
from stamgast.report.formats import Formats
from stamgast.report.model import FEW_BUYERS
from stamgast.report.words import word

if TYPE_CHECKING:
    from collections.abc import Callable

    from stamgast.language.ast import Lifecycle
    from stamgast.model.log import Instant
    from stamgast.report.words import Language

LONG_AFTER_US = 30 * DAY_US
"""From so long after the last order on, the stages tell of the data's age and not of customers."""


FIELD = re.compile(
    r"(ordered_at|at|amount|total|quantity|refunded|order)\b(?= (?:is|are|ontbreek|lig|lies))"
)
"""A field of a mapping at the start of a reason, which people call otherwise."""


class Speaker:
    """Speaks one language about one shop."""

    def __init__(
        self, language: Language, lifecycle: Callable[[], Lifecycle], *, zone: str, currency: str
    ) -> None:
        """``lifecycle``: whose stages are named; asked when one is."""
        self.language: Language = language
        self._lifecycle = lifecycle
        self.formats = Formats(language=language, zone=zone, currency=currency)

    def say(self, key: str, **values: object) -> str:
        """The words of a key."""
        return word(self.language, key, **values)

    def count(self, key: str, number: int, **values: object) -> str:
        """The words of a key that counts ``n`` of something."""
        return self.say(key, n=self.formats.number(number), count=number, **values)

    def reason(self, text: str) -> str:
        """Why lines of a file were left out or quarantined; an empty cell is called so."""
        said = dutch(text) if self.language == "nl" else text
        named = FIELD.match(said)
        if named is not None:
            said = f"{self.say(f'field.{named[1]}')}{said[named.end() :]}"
        return said.replace(" = None", f" = {self.say('cli.empty')}")

    def few_buyers(self, buyers: int) -> str:
        """A warning that so few were ranked that a percentage of them means nothing; else empty."""
        return self.count("segments.few", buyers) if 0 < buyers < FEW_BUYERS else ""

    def outside(self, span: tuple[Instant, Instant] | None, as_of: Instant) -> str:
        """That an instant lies before the first or long after the last order; else empty."""
        if span is None:
            return ""
        first, last = span
        ask = self.formats.local(last + DAY_US).date()
        if as_of < first:
            return self.say("outside.before", day=self.formats.day(first), ask=ask)
        if as_of > last + LONG_AFTER_US:
            return self.say("outside.after", day=self.formats.day(last), ask=ask)
        return ""

    def stage(self, name: str) -> str:
        """A stage's label; ``""`` is not there yet."""
        if not name:
            return self.say("flows.new")
        label = self._lifecycle().labels.get(name)
        return name if label is None else label[self.language]
