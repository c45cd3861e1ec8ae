"""Extensions: every label, who has it and from whom, what colleagues should know, and who lacks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.app.label_figures import checked_who
from stamgast.clock import parse_instant
from stamgast.language.sentences import sentence
from stamgast.report.words import catalogue
from stamgast.web.page import Page
from stamgast.web.visit import Answer, Visit, leaf, not_found, whole
from stamgast.web.waiting import PASTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stamgast.app.extensions import Completeness, ExtensionLine
    from stamgast.app.finding import Match
    from stamgast.app.label_figures import LabelWord, SaidTogether
    from stamgast.app.shop import Shop
    from stamgast.language.ast import Extension
    from stamgast.model.log import Instant
    from stamgast.web.desk import State

PAGE_PEOPLE = 50
SHOWN_PEOPLE = 8
SHOWN_LACKING = 12
MOST_HISTORY = 20
OURS = ("expected", PASTED)
"""Lists that got their name here."""
MODES = ("add", "remove", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody on a list of a label's people."""

    match: Match
    value: str
    by: str
    """Who gave it, and when."""
    reason: str


def every(visit: Visit) -> Answer:
    """All labels, with how many carry each."""
    state = visit.desk.state()
    t = visit.as_of(state)
    page = Page(visit, state, t)
    lines, whole = _figures(visit, state, t)
    rows = sorted(lines, key=lambda one: not one.carriers)
    values: dict[str, object] = {
        "page": page,
        "rows": [(one, apart(page, one.extension), whole.get(one.extension.name)) for one in rows],
    }
    return Answer(template="labels.html.j2", values=values)


def show(visit: Visit) -> Answer:
    """One label."""
    state = visit.desk.state()
    t, one = visit.as_of(state), label_of(visit, state)
    page = Page(visit, state, t)
    lines, whole = _figures(visit, state, t)
    line = next(x for x in lines if x.extension.name == one.name)
    complete = whole.get(one.name)
    named = visit.may("customers")
    people = words_of(visit, state, one, "carriers", t) if named else ()
    said = visit.ask(
        state,
        ("label said", one.name, t),
        lambda shop: shop.extensions.said(one.name, as_of=t, most=MOST_HISTORY),
    )
    lacking = () if complete is None else complete.missing[:SHOWN_LACKING]
    beyond = () if complete is None else complete.unexpected[:SHOWN_LACKING]
    asked = [word.profile for word in people[:SHOWN_PEOPLE]]
    asked += [profile for profile, _ in (*lacking, *beyond)]
    asked += [x.profile for x in said if x.customers == 1]
    names = described(visit, state, asked) if named else {}
    values: dict[str, object] = {
        "page": page,
        "one": one,
        "line": line,
        "apart": apart(page, one),
        "origins": [(origin_words(page, x.kind, x.name), x) for x in line.figures.origins],
        "rule": "" if one.rule is None else sentence(one.rule, page.language, state.definitions),
        "expected": ""
        if one.expected is None
        else sentence(one.expected, page.language, state.definitions),
        "complete": complete,
        "lacking": [names[profile] for profile, _ in lacking if profile in names],
        "beyond": [names[profile] for profile, _ in beyond if profile in names],
        "people": people_shown(page, one, people[:SHOWN_PEOPLE], names),
        "history": [(history_words(page, x), x, names.get(x.profile)) for x in said],
        "modes": MODES,
        "choices": [*one.values],
        "done": _done(page),
    }
    return Answer(template="label.html.j2", values=values)


def people(visit: Visit) -> Answer:
    """Who carries a label, has a standing no, or of whom anything was said; page by page."""
    state = visit.desk.state()
    t, one = visit.as_of(state), label_of(visit, state)
    page = Page(visit, state, t)
    of = checked_who(visit.query.get("of", "carriers"))
    found = words_of(visit, state, one, of, t)
    shown = leaf(visit, found, PAGE_PEOPLE)
    names = described(visit, state, [word.profile for word in shown.rows])
    visit.note("extension_people", one.name)
    values: dict[str, object] = {
        "page": page,
        "one": one,
        "of": of,
        "many": len(found),
        "number": shown.number,
        "last": shown.last,
        "first": shown.first,
        "people": people_shown(page, one, shown.rows, names),
    }
    return Answer(template="label_people.html.j2", values=values)


# --- what is asked --------------------------------------------------------------------------------


def label_of(visit: Visit, state: State, name: str = "") -> Extension:
    """The label of the address. Raises UserError ``web.not_found``."""
    found = state.definitions.extensions.get(name or visit.params["name"])
    if found is None:
        raise not_found()
    return found


def _figures(
    visit: Visit, state: State, t: Instant
) -> tuple[tuple[ExtensionLine, ...], Mapping[str, Completeness]]:
    def asked(shop: Shop) -> tuple[tuple[ExtensionLine, ...], Mapping[str, Completeness]]:
        whole = shop.extensions.completeness(as_of=t)
        return shop.extensions.list(as_of=t), {one.extension.name: one for one in whole}

    return visit.ask(state, ("labels", t), asked, "figures")


def words_of(
    visit: Visit, state: State, one: Extension, of: str, t: Instant
) -> tuple[LabelWord, ...]:
    """Who is asked for, remembered."""
    return visit.ask(
        state,
        ("label people", one.name, of, t),
        lambda shop: shop.extensions.people(one.name, of, as_of=t),
        "figures",
    )


def described(visit: Visit, state: State, profiles: Sequence[int]) -> Mapping[int, Match]:
    """Who they are."""
    asked = tuple(dict.fromkeys(profiles))
    if not asked:
        return {}
    return visit.ask(state, ("described", asked), lambda shop: shop.glance.described(asked))


# --- in words -------------------------------------------------------------------------------------


def people_shown(
    page: Page, one: Extension, words: Sequence[LabelWord], names: Mapping[int, Match]
) -> list[Person]:
    """Each with the value, and who gave it when; the reason for who may know."""
    known = page.visit.may("contact")
    return [
        Person(
            match=names[word.profile],
            value=value_words(page, one, word),
            by=_by(page, word),
            reason=word.reason if known else "",
        )
        for word in words
        if word.profile in names
    ]


def value_words(page: Page, one: Extension, word: LabelWord) -> str:
    """A value as people call it; empty: there is none."""
    if word.value is None or one.type is None:
        return ""
    known = one.values.get(word.value) if isinstance(word.value, str) else None
    return page.text(known.label) if known else page.formats.value(word.value, one.type, page.t)


def _by(page: Page, word: LabelWord) -> str:
    kind, _, name = word.origin.partition(":")
    who = page.say("care.by", name=name) if kind == "hand" else origin_words(page, kind, name)
    parts = [who] if word.at is None else [who, page.formats.short_day(word.at)]
    if word.until is not None:
        parts.append(page.say("care.until", day=page.formats.short_day(word.until)))
    return ", ".join(parts)


def origin_words(page: Page, kind: str, name: str) -> str:
    """Who gives a label, as people call it."""
    if kind == "import" and name in OURS:
        return page.say(f"labels.origin.{name}")
    key = f"labels.origin.{kind}_named" if name and kind in ("import", "rule") else ""
    if kind == "rule" and name in page.state.definitions.extensions:
        key = ""
    if key:
        return page.say(key, name=name)
    plain = f"labels.origin.{kind}"
    return page.say(plain) if plain in catalogue() else f"{kind}:{name}"


def history_words(page: Page, said: SaidTogether) -> str:
    """What was done, to how many, by whom."""
    kind, _, name = said.origin.partition(":")
    who = page.say("care.by", name=name) if kind == "hand" else origin_words(page, kind, name)
    key = f"labels.did.{said.action}"
    return page.count(key, said.customers, who=who)


def apart(page: Page, one: Extension) -> list[str]:
    """What its carriers are left out of, in words; a shop's own name as it is."""
    return [
        page.say(f"treatment.{name}") if f"treatment.{name}" in catalogue() else page.segment(name)
        for name in one.treatment.exclude_from
    ]


def _done(page: Page) -> str:
    """What was done a moment ago, in words; empty: nothing."""
    named = ("gets", "loses", "changes")
    counts = [whole(part) for part in page.visit.query.get("done", "").split("-")]
    told = {
        name: page.formats.number(many)
        for name, many in zip(named, counts, strict=False)
        if many is not None
    }
    return page.say("labels.done", **told) if len(told) == len(counts) == len(named) else ""


def until_of(text: str, zone: str) -> Instant | None:
    """When it ends by itself. Raises UserError as ``parse_instant``."""
    return parse_instant(text, zone=zone) if text else None
