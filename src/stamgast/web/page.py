"""What every template asks: words, figures written out, addresses, and who is looking."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from stamgast.report.charts import css
from stamgast.report.dutch import dutch
from stamgast.report.page import environment
from stamgast.report.rules import rule_of
from stamgast.report.speaker import Speaker
from stamgast.report.words import catalogue
from stamgast.web.visit import address

if TYPE_CHECKING:
    from collections.abc import Sequence

    import jinja2

    from stamgast.app.finding import Match
    from stamgast.errors import UserError
    from stamgast.language.ast import Text
    from stamgast.model.log import Instant
    from stamgast.web.access import Permission
    from stamgast.web.desk import State
    from stamgast.web.visit import Visit

MENU: tuple[tuple[str, str, Permission], ...] = (
    ("overview", "/", "figures"),
    ("lifecycle", "/lifecycle", "figures"),
    ("segments", "/segments", "figures"),
    ("customers", "/customers", "customers"),
    ("extensions", "/extensions", "figures"),
    ("strategies", "/strategies", "figures"),
    ("studies", "/studies", "figures"),
    ("data", "/data", "figures"),
)
"""Name, address and what one must be allowed to."""

COMING = "coming"
"""Before what names an export of people who move by themselves."""
MOVE_PARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A text and where it leads; empty: nothing is told."""

    text: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLanguage:
    """The language that the page is not in, and the page in it."""

    code: str
    name: str
    url: str


@lru_cache(maxsize=1)
def style_mark() -> str:
    """What changes with the style sheets, so that a browser that keeps them asks for the new ones."""
    held = hashlib.sha256()
    for path in sorted((Path(__file__).parent / "static").glob("*.css")):
        held.update(path.read_bytes())
    return held.hexdigest()[:10]


class Page(Speaker):
    """Speaks to one user about one shop at one instant."""

    style = property(lambda _: style_mark())

    def __init__(self, visit: Visit, state: State, t: Instant) -> None:
        """``t``: the instant that the page is of."""
        settings = state.settings
        super().__init__(
            visit.language,
            lambda: state.definitions.lifecycle,
            zone=settings.zone,
            currency=settings.currency,
        )
        self.visit = visit
        self.state = state
        self.t = t
        self.csrf = visit.sessions.form_token(visit.session)

    # --- where one is -----------------------------------------------------------------------------

    @property
    def shop(self) -> str:
        """The shop's name, or words for it."""
        return self.state.settings.name or self.say("report.your_shop")

    @property
    def menu(self) -> list[tuple[str, str, bool]]:
        """Label, address and whether one is there, of the pages that the user may see."""
        return [
            (self.say(f"web.menu.{name}"), self.url(path), self._here(path))
            for name, path, asks in MENU
            if self.visit.may(asks)
        ]

    def _here(self, path: str) -> bool:
        return self.visit.path == path or (path != "/" and self.visit.path.startswith(f"{path}/"))

    @property
    def asked_day(self) -> str:
        """The day that was asked for, as a date field has it; empty: now."""
        return str(self.formats.local(self.t).date()) if self.visit.query.get("as_of") else ""

    @property
    def as_of(self) -> str:
        """As of when the page is."""
        return self.say("web.as_of", moment=self.formats.moment(self.t))

    @property
    def age(self) -> Told:
        """That the last order is long before the instant, and where to see the shop of then."""
        span = self.state.span
        if span is None or not self.outside(span, self.t):
            return Told()
        day = self.formats.local(span[1] + 86_400_000_000).date()
        key = "web.age.before" if self.t < span[0] else "web.age.after"
        told = self.say(key, day=self.formats.day(span[0] if self.t < span[0] else span[1]))
        return Told(text=told, url=address(self.visit.path, **{**self.visit.query, "as_of": day}))

    def url(self, path: str, **query: object) -> str:
        """An address of the app, of the same instant."""
        return address(path, **{"as_of": self.visit.query.get("as_of", ""), **query})

    def with_query(self, **query: object) -> str:
        """This page with other questions; what was done a moment ago is said once."""
        return address(self.visit.path, **{**self.visit.query, "done": "", **query})

    @property
    def other_language(self) -> OtherLanguage:
        """The language that the page is not in."""
        code = "en" if self.language == "nl" else "nl"
        back = self.with_query() if self.visit.method == "GET" else self.visit.path
        name, url = self.say(f"report.language.{code}"), address(f"/language/{code}", back=back)
        return OtherLanguage(code=code, name=name, url=url)

    # --- words ------------------------------------------------------------------------------------

    def text(self, text: Text) -> str:
        """A text in the language of the page."""
        return text[self.language]

    def wrong(self, error: UserError) -> str:
        """A mistake in words."""
        return dutch(error.message) if self.language == "nl" else error.message

    def hint(self, error: UserError) -> str:
        """What to do about a mistake."""
        return dutch(error.hint) if self.language == "nl" else error.hint

    def listed(self, roles: Sequence[str]) -> str:
        """What columns may be, one after the other."""
        return ", ".join(self.say(f"upload.role.{role}").lower() for role in roles)

    def segment(self, name: str) -> str:
        """A segment's label."""
        found = self.state.definitions.segments.get(name)
        return name if found is None else self.text(found.label)

    def label(self, name: str) -> str:
        """An extension's label."""
        found = self.state.definitions.extensions.get(name)
        return name if found is None else self.text(found.label)

    def moving(self, name: str) -> str:
        """Of ``coming:<before>:<after>:<days>`` in words who moves by themselves; empty: it is none."""
        kind, *parts = name.split(":")
        if kind != COMING or len(parts) != MOVE_PARTS:
            return ""
        before, after, days = parts
        words = {"before": self.stage(before), "after": self.stage(after), "days": days}
        key = "both" if before and after else "enter" if after else "leave"
        return self.say(f"web.moving.{key}", **words)

    def meaning(self, stage: str) -> str:
        """What a stage means for the shop; nothing is said of a shop's own stages."""
        key = f"stage.{stage}"
        return self.say(key) if key in catalogue() else ""

    def rule(self, stage: str) -> str:
        """A stage's rule, in words."""
        return rule_of(self.state.definitions.lifecycle, stage, self.formats)

    def css(self, stage: str) -> str:
        """The class of a stage's colour."""
        return css(stage)

    def money(self, minor: int) -> str:
        """An amount in whole units."""
        return self.formats.money(minor)

    def change(self, now: int, before: int) -> tuple[str, str]:
        """A change in words, and whether it went up, down or stayed."""
        moved = now - before
        if not moved:
            return self.say("web.change.same"), "same"
        told = self.formats.number(abs(moved))
        way = "up" if moved > 0 else "down"
        return self.say(f"web.change.{way}", n=told), way

    def person(self, match: Match) -> str:
        """A customer's name; a number where there is none, or where the user may not know it."""
        if self.visit.may("contact") and match.name:
            return match.name
        if self.visit.may("contact") and match.customer_id:
            return self.say("web.customer.numbered", number=match.customer_id)
        return self.say("web.customer.profile", number=match.profile_id)


def template(name: str) -> jinja2.Template:
    """A template of the web app."""
    return environment("stamgast.web").get_template(name)
