"""The Monday letter as a page, as a part of a page, and as plain text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from markupsafe import Markup

from stamgast.language.wording import capital
from stamgast.report.page import environment
from stamgast.report.rules import rule_of
from stamgast.report.speaker import Speaker
from stamgast.report.svg import css

if TYPE_CHECKING:
    from stamgast.app.finding import Match
    from stamgast.app.letter import Letter, Sold, ToDo
    from stamgast.language.ast import Definitions, Text
    from stamgast.report.words import Language
    from stamgast.settings import Settings

MOST_MOVES = 6
WIDTH = 78


class LetterPage(Speaker):
    """Says a letter in one language."""

    def __init__(
        self,
        letter: Letter,
        definitions: Definitions,
        settings: Settings,
        language: Language,
        *,
        contact: bool = False,
    ) -> None:
        """``contact``: with names; else customers are told by the number of their profile."""
        super().__init__(
            language,
            lambda: definitions.lifecycle,
            zone=settings.zone,
            currency=settings.currency,
        )
        self.letter = letter
        self.contact = contact
        self._definitions = definitions
        self.shop = settings.name or self.say("report.your_shop")

    # --- as a whole -------------------------------------------------------------------------------

    def page(self) -> str:
        """A page of its own: nothing in it needs another file."""
        return environment("stamgast.report").get_template("letter.html.j2").render(page=self)

    def body(self, links: bool = False) -> Markup:  # noqa: FBT001, FBT002 - a template says it
        """What stands between the tags of a page; ``links``: to the customers of the web app."""
        template = environment("stamgast.report").get_template("letter_body.html.j2")
        return Markup(template.render(page=self, links=links))  # noqa: S704 - escaped by the template

    def plain(self) -> str:
        """As text of lines that are not too long."""
        lines = [self.title, self.span, "", self.sold, self.against, self.customers, ""]
        lines += [self.say("letter.changed").upper(), *(f"* {one}" for one in self.changes), ""]
        lines.append(self.say("letter.todo").upper())
        for n, one in enumerate(self.letter.todo, 1):
            lines += ["", f"{n}. {self.text(one.strategy.title)}", self.whom(one)]
            lines += [self.text(one.strategy.goal)]
            lines += [f"- {self.person(match)}" for match, _ in one.people]
            if self.said(one):
                lines += ["", *self.said(one).splitlines()]
        lines += ["", self.say("letter.missing").upper(), *(f"* {one}" for one in self.missing)]
        wrapped = [textwrap.wrap(line, WIDTH) or [""] for line in lines]
        return "\n".join(line for some in wrapped for line in some) + "\n"

    # --- parts ------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """``The week of Stamhuis``."""
        return self.say("letter.title", shop=self.shop)

    @property
    def span(self) -> str:
        """From when to when."""
        start, end = (self.formats.day(at) for at in (self.letter.start, self.letter.as_of))
        return self.say("letter.span", start=start, end=end)

    @property
    def sold(self) -> str:
        """What the week brought."""
        return self._told(self.letter.week)

    @property
    def against(self) -> str:
        """Beside the week before, and a year ago."""
        letter = self.letter
        if not letter.before.revenue:
            return self.say("letter.none_before")
        year = ""
        if letter.year_ago.revenue:
            year = self.say(
                "letter.against_year",
                change=self._change(letter.week.revenue, letter.year_ago.revenue),
                before=self.formats.money(letter.year_ago.revenue),
            )
        change = self._change(letter.week.revenue, letter.before.revenue)
        said = self.say(
            "letter.against",
            change=change,
            before=self.formats.money(letter.before.revenue),
            year=year,
        )
        return capital(said)

    @property
    def customers(self) -> str:
        """How many there are."""
        number = self.formats.number
        return self.say(
            "letter.customers", n=number(self.letter.customers), loyal=number(self.letter.loyal)
        )

    @property
    def changes(self) -> list[str]:
        """What changed, each with why."""
        number, found = self.formats.number, []
        for one in self.letter.moves[:MOST_MOVES]:
            before, after = self.stage(one.before), self.stage(one.after)
            text = self.count("letter.moved", one.count, before=before, after=after)
            rule = rule_of(self._definitions.lifecycle, one.after, self.formats)
            why = self.say("letter.because", stage=after, rule=rule) if rule else ""
            found.append(f"{text}. {why}".strip())
        for name, then, now in self.letter.jumps:
            label = self.segment(name)
            found.append(
                self.say("letter.jumped", segment=label, before=number(then), after=number(now))
            )
        return found or [self.say("letter.calm")]

    @property
    def missing(self) -> list[str]:
        """What data lacks."""
        number = self.formats.number
        told = [
            self.say("data.drop", source=one.source, week=number(one.week), usual=number(one.usual))
            for one in self.letter.drops
        ]
        told += [
            f"{self.count(f'data.check.{one.code}', one.count)}. {self.say(f'data.means.{one.code}')}"
            for one in self.letter.checks
        ]
        return told or [self.say("letter.complete")]

    def whom(self, one: ToDo) -> str:
        """For whom it is, and what they are worth."""
        if one.segment:
            told = self.count("letter.for", one.count, segment=self.segment(one.segment))
        else:
            day = self.formats.day(one.last or self.letter.as_of)
            told = self.count("letter.soon", one.count, after=self.stage(one.after), day=day)
        return f"{told}. {self.say('letter.worth', money=self.formats.money(one.worth))}"

    def said(self, one: ToDo) -> str:
        """The text for the first of them, for who may know who it is."""
        if not self.contact or not one.message.body:
            return ""
        return f"{one.message.subject}\n\n{one.message.body}"

    def person(self, match: Match) -> str:
        """A customer as far as the reader may know."""
        if self.contact and match.name:
            return match.name
        if self.contact and match.customer_id:
            return self.say("web.customer.numbered", number=match.customer_id)
        return self.say("web.customer.profile", number=match.profile_id)

    def text(self, text: Text) -> str:
        """A text in the language of the page."""
        return text[self.language]

    def segment(self, name: str) -> str:
        """A segment's label."""
        found = self._definitions.segments.get(name)
        return name if found is None else self.text(found.label)

    def css(self, stage: str) -> str:
        """The class of a stage's colour."""
        return css(stage)

    def _told(self, sold: Sold) -> str:
        return self.count("letter.sold", sold.orders, money=self.formats.money(sold.revenue))

    def _change(self, now: int, before: int) -> str:
        if now == before:
            return self.say("letter.same")
        share = self.formats.share(abs(now - before), before)
        return self.say("letter.more" if now > before else "letter.less", share=share)
