"""Rows, windows and stages in the words of one language: what sentences are put together from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.language.ast import Between, During, Text, Within
from stamgast.language.lines import LINE_LABELS
from stamgast.language.operators import WINDOWS
from stamgast.language.wording import (
    Language,
    duration_words,
    instant_words,
    listed,
    number_words,
    quoted,
    span_words,
)

if TYPE_CHECKING:
    from stamgast.language.ast import Definitions, Rows, StageRule, StageTerm, Window

PROPERTY_LABELS = {
    "order_id": Text(en="Order number", nl="Bestelnummer"),
    "occurred_at": Text(en="Moment", nl="Moment"),
    "gross": Text(en="Gross amount", nl="Brutobedrag"),
    "discount": Text(en="Discount", nl="Korting"),
    "total": Text(en="Total", nl="Totaal"),
    "refunded": Text(en="Refunded", nl="Terugbetaald"),
    "net_total": Text(en="Net total", nl="Nettobedrag"),
    "coupon": Text(en="Coupon", nl="Kortingscode"),
    "coupon_used": Text(en="Coupon used", nl="Kortingscode gebruikt"),
    "channel": Text(en="Channel", nl="Kanaal"),
    "store": Text(en="Store", nl="Winkel"),
    "status": Text(en="Status", nl="Status"),
    "amount": Text(en="Amount", nl="Bedrag"),
    **LINE_LABELS,
}
"""Labels of the properties of orders, lines, revenue and refunds."""
ROW_LABELS = {name: text for name, text in PROPERTY_LABELS.items() if name not in LINE_LABELS}

NOUNS: dict[str, tuple[Text, Text]] = {
    "order": (Text(en="purchase", nl="aankoop"), Text(en="purchases", nl="aankopen")),
    "line": (
        Text(en="product bought", nl="gekocht product"),
        Text(en="products bought", nl="gekochte producten"),
    ),
    "revenue": (
        Text(en="purchase or loose refund", nl="aankoop of losse terugbetaling"),
        Text(en="purchases and loose refunds", nl="aankopen en losse terugbetalingen"),
    ),
    "refund": (
        Text(en="loose refund", nl="losse terugbetaling"),
        Text(en="loose refunds", nl="losse terugbetalingen"),
    ),
    "event": (Text(en="time", nl="keer"), Text(en="times", nl="keer")),
}
"""One and several rows of a source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSpeaker:
    """Says what needs no condition: numbers of rows, windows, instants, stages and their rules."""

    language: Language
    definitions: Definitions

    def either(self, english: str, dutch: str) -> str:
        """The text of the language."""
        return english if self.language == "en" else dutch

    def text(self, text: Text) -> str:
        """A text in the language."""
        return text.en if self.language == "en" else text.nl

    def label(self, name: str, labels: object) -> str:
        """The label of a name, else the name itself."""
        found = labels.get(name) if isinstance(labels, dict) else None
        return self.text(found) if isinstance(found, Text) else name.replace("_", " ")

    def counted(self, rows: Rows, low: int, high: int | None) -> str:
        """So many rows."""
        one, many = self.nouns(rows)
        event = rows.source == "event"
        if high == 0:
            return self.either("never", "nooit") if event else f"{self.either('no', 'geen')} {one}"
        if high is None:
            word, count = self.either("at least", "minstens"), low
        elif low == high:
            word, count = self.either("exactly", "precies"), low
        elif low == 0:
            word, count = self.either("at most", "hoogstens"), high
        else:
            return f"{self.span(low, high)} {many}"
        if count == 1:
            once = event and self.language == "en"
            return f"{word} once" if once else f"{word} {self.either('one', 'één')} {one}"
        return f"{word} {number_words(count, self.language)} {many}"

    def nouns(self, rows: Rows) -> tuple[str, str]:
        """One row, and several."""
        one, many = NOUNS.get(rows.source, NOUNS["event"])
        if rows.source == "named":
            named = self.definitions.rows[rows.events[0]]
            one, many = named.one, named.many
        return self.text(one), self.text(many)

    def span(self, low: int, high: int) -> str:
        """From so many to so many."""
        if high == low + 1:
            return f"{low} {self.either('or', 'of')} {high}"
        return f"{low} {self.either('to', 'tot en met')} {high}"

    def events(self, rows: Rows) -> str:
        """Event names."""
        return listed([quoted(name) for name in rows.events], self.language, "or")

    def window(self, window: Window | None) -> str:
        """A window, after a space; empty without one."""
        if window is None:
            return ""
        if isinstance(window, Within):
            value = span_words(window.us, self.language)
            return " " + self.text(WINDOWS["within"].phrase).format(value=value)
        if isinstance(window, Between):
            low, high = (duration_words(us, self.language) for us in (window.from_us, window.to_us))
            return " " + self.text(WINDOWS["between"].phrase).format(value=low, other=high)
        if isinstance(window, During):
            return " " + self.text(WINDOWS["in"].phrase).format(value=self.during(window))
        ends = (("from", window.from_at), ("until", window.until_at))
        return "".join(
            " " + self.text(WINDOWS[key].phrase).format(value=self.instant(at))
            for key, at in ends
            if at is not None
        )

    def during(self, window: During) -> str:
        """Seasons or sales by name."""
        calendar = self.definitions.calendar
        known = {**calendar.seasons, **calendar.sales}
        said = [self.text(known[one].label) if one in known else one for one in window.names]
        year = "" if window.year is None else f" {window.year}"
        return listed([one + year for one in said], self.language, "or")

    def instant(self, at: int) -> str:
        """An instant in local time."""
        return instant_words(at, self.definitions.zone, self.language)

    # --- stages ---

    def stage(self, name: str) -> str:
        """The label of a stage."""
        text = self.definitions.lifecycle.labels.get(name)
        return name.replace("_", " ") if text is None else self.text(text)

    def rule(self, rule: StageRule) -> str:
        """When a stage holds."""
        if not rule.any_of:
            return self.either("all others", "alle anderen")
        return listed([self.term(term) for term in rule.any_of], self.language, "or")

    def term(self, term: StageTerm) -> str:
        """One way to be in a stage."""
        parts = []
        if term.ever_min or term.ever_max is not None:
            parts.append(self.ever(term))
        if term.at_least and term.within_us is not None:
            within = self.window(Within(us=term.within_us))
            parts.append(self.recent(term, within))
        return ", ".join(parts) or self.either("always", "altijd")

    def ever(self, term: StageTerm) -> str:
        """How many purchases ever."""
        one, many = (self.text(text) for text in NOUNS["order"])
        low, high = term.ever_min, term.ever_max
        if high == 0:
            return f"{self.either('no', 'geen')} {one}"
        if high is None:
            return f"{low} {self.either('or more', 'of meer')} {many}"
        if low == high:
            return f"{low} {one if low == 1 else many}"
        return f"{self.span(low, high)} {many}"

    def recent(self, term: StageTerm, within: str) -> str:
        """How many purchases of late."""
        if term.at_least == 1:
            return self.either("the last one", "de laatste") + within
        return f"{self.either('at least', 'minstens')} {term.at_least}{within}"
