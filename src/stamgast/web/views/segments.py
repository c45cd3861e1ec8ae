"""Segments: the list, one of them, and what leaves the shop through the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from stamgast.app.exporting import ExportAsked
from stamgast.app.glance import AHEAD_DAYS
from stamgast.language.sentences import sentence
from stamgast.report.insight import InsightWriter
from stamgast.web.lists import make_list, take_list
from stamgast.web.page import Page
from stamgast.web.views.overview import overview_of
from stamgast.web.visit import Answer, Visit, not_found, number

if TYPE_CHECKING:
    from stamgast.app.exporting import Exported
    from stamgast.app.finding import Match
    from stamgast.app.shop import Shop
    from stamgast.decide.strategies import Strategies
    from stamgast.model.log import Instant
    from stamgast.profiles.targets import Channel, Platform

CHANNELS: tuple[Channel, ...] = ("email", "phone", "post", "ads")
MOST_CHANGES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Somebody who enters or leaves by themselves."""

    at: Instant
    profile: int
    enters: bool
    worth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentPage:
    """What one segment's page shows."""

    chart: str
    best: tuple[tuple[Match, int], ...]
    changes: tuple[Change, ...]
    foreseen: bool
    """False: it rests on ranks of the whole shop, so nobody knows who enters."""
    names: dict[int, Match]
    strategies: Strategies


def every(visit: Visit) -> Answer:
    """All segments, with size, change, revenue and advice; the shop's own first, empty ones last."""
    state = visit.desk.state()
    t = visit.as_of(state)
    found, strategies = overview_of(visit, state, t)
    rows = [(one, strategies.of_segment(one.name)) for one in found.segments]
    mine = visit.ask(state, ("own segments",), lambda shop: dict(shop.drafts.own()))
    ready = [row for row in rows if row[0].name not in mine]
    values = {
        "page": Page(visit, state, t),
        "found": found,
        "own": [row for row in rows if row[0].name in mine],
        "full": [row for row in ready if row[0].count],
        "empty": [row for row in ready if not row[0].count],
    }
    return Answer(template="segments.html.j2", values=values)


def show(visit: Visit) -> Answer:
    """One segment."""
    state = visit.desk.state()
    t, name = visit.as_of(state), visit.params["name"]
    segment = state.definitions.segments.get(name)
    if segment is None:
        raise not_found()
    page = Page(visit, state, t)
    whole, strategies = overview_of(visit, state, t)

    def asked(shop: Shop) -> SegmentPage:
        return _page_of(shop, name, t, visit)

    found = visit.ask(state, ("segment", name, t, visit.language), asked, "figures")
    values = {
        "page": page,
        "segment": segment,
        "figure": next(one for one in whole.segments if one.name == name),
        "before": whole.segments_before.get(name, 0),
        "totals": whole.totals,
        "sentence": sentence(segment, page.language, state.definitions),
        "strategy": strategies.of_segment(name),
        "found": found,
        "changes": found.changes[:MOST_CHANGES],
        "channels": CHANNELS,
        "purposes": [*state.definitions.consents],
    }
    return Answer(template="segment.html.j2", values=values)


def _page_of(shop: Shop, name: str, t: Instant, visit: Visit) -> SegmentPage:
    from stamgast.report.speaker import Speaker  # noqa: PLC0415 - beside its only use

    settings, definitions = shop.settings, shop.definitions
    speaker = Speaker(
        visit.language,
        lambda: definitions.lifecycle,
        zone=settings.zone,
        currency=settings.currency,
    )
    sizes = shop.insight.sizes(name, as_of=t)
    writer = InsightWriter(speaker, definitions)
    coming = shop.insight.upcoming(name, days=AHEAD_DAYS, as_of=t)
    changes = tuple(
        Change(
            at=cast("int", row["at"]),
            profile=cast("int", row["profile_id"]),
            enters=row["change"] == "enters",
            worth=cast("int", row["worth_minor"]) or 0,
        )
        for row in coming.values
    )
    return SegmentPage(
        chart=writer.chart(sizes.insight),
        best=shop.glance.best_members(name, as_of=t),
        changes=changes,
        foreseen=not definitions.segments[name].uses_statistics,
        names=shop.glance.described(one.profile for one in changes[:MOST_CHANGES]),
        strategies=shop.advice.strategies,
    )


def export(visit: Visit) -> Answer:
    """Write who may be reached to a file that can be fetched once; say who was left out, and why."""
    state = visit.desk.state()
    name = visit.params["name"]
    channel = visit.form.get("channel", "")
    if name not in state.definitions.segments or channel not in CHANNELS:
        raise not_found()
    platform = "meta" if visit.form.get("platform") == "meta" else "google"
    asked = ExportAsked(
        segment=name,
        channel=channel,
        purpose=visit.form.get("purpose") or "marketing",
        platform=cast("Platform", platform),
    )
    found = make_list(visit, asked)
    page = Page(visit, state, found.as_of)
    values = {"page": page, "found": found, "reasons": reasons(page, found), "back": ("", "")}
    return Answer(template="exported.html.j2", values=values)


def exported_file(visit: Visit) -> Answer:
    """The file of an export, once."""
    asked = number(visit.params["number"])
    return Answer(file=str(take_list(visit, asked)), file_name=f"stamgast-{asked}.csv")


def reasons(page: Page, found: Exported) -> list[tuple[str, int]]:
    """Why people were left out, in words, and how many each time."""
    told = []
    for key, many in found.left_out.items():
        code, _, name = key.partition(":")
        extension = page.state.definitions.extensions.get(name)
        label = page.text(extension.label) if extension else page.segment(name) if name else ""
        told.append((page.say(f"gate.{code}", label=label), many))
    return told
