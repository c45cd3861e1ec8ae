"""Studies: coupons, best buyers, month of the first purchase, overlap; a picture, a sentence, the table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from stamgast.report.insight import InsightWriter, rights
from stamgast.web.page import Page
from stamgast.web.visit import Answer, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stamgast.app.insight_answer import InsightAnswer
    from stamgast.app.shop import Shop
    from stamgast.measure.model import Cell
    from stamgast.model.log import Instant

STUDIES = ("coupons", "best_buyers", "cohorts", "overlap")
LEAST_COHORT = 10
"""A month with fewer first buyers says nothing by itself."""
LEAST_SHARED = 5
SHARED, NESTED = 0.3, 0.95
"""Two segments that share less are not told of; from so much on one is a part of the other."""
YEAR_MONTHS = 12


def show(visit: Visit) -> Answer:
    """One study, chosen by its name."""
    state = visit.desk.state()
    page = Page(visit, state, visit.as_of(state))
    if state.span is None:
        return Answer(template="empty.html.j2", values={"page": page})
    chosen = visit.query.get("of", "")
    of = chosen if chosen in STUDIES else STUDIES[0]
    found = visit.ask(
        state, ("study", of, page.t), lambda shop: _asked(shop, of, page.t), "figures"
    )
    writer = InsightWriter(page, state.definitions)
    head = writer.head(found.insight)
    values = {
        "page": page,
        "studies": STUDIES,
        "of": of,
        "chart": writer.chart(found.insight),
        "sentence": TELLS[of](page, found),
        "head": head,
        "rows": writer.rows(found.insight),
        "rights": rights(writer.shown(found.insight)),
        "notes": _notes(page, found),
    }
    return Answer(template="studies.html.j2", values=values)


def _asked(shop: Shop, of: str, t: Instant) -> InsightAnswer:
    ask: Callable[..., InsightAnswer] = {
        "coupons": shop.insight.coupons,
        "best_buyers": shop.insight.best_buyers,
        "cohorts": shop.insight.cohorts,
        "overlap": shop.insight.overlap,
    }[of]
    return ask(as_of=t)


def _notes(page: Page, found: InsightAnswer) -> list[str]:
    """How to read it; who is left out without the option of the command line."""
    definitions, told, kept = page.state.definitions, [], []
    for note in found.notes:
        what = note.facts.get("what")
        extension = None if what is None else definitions.extensions.get(str(what.value))
        if note.key == "left_out" and extension is not None:
            number = page.formats.number(int(str(note.facts["n"].value)))
            label = page.text(extension.label).lower()
            told.append(page.say("report.left_out", n=number, label=label))
        else:
            kept.append(note)
    return told + InsightWriter(page, definitions).notes(replace(found.insight, notes=tuple(kept)))


# --- what it means --------------------------------------------------------------------------------


def _coupons(page: Page, found: InsightAnswer) -> str:
    rows = {str(row["began"]): row for row in found.values}
    begun, others = rows.get("with_coupon"), rows.get("without_coupon")
    if not _many(begun) or not _many(others):
        return page.say("study.too_few")
    facts = found.facts
    low, high = facts.get("difference_low"), facts.get("difference_high")
    chance = low is None or high is None or float(str(low)) <= 0 <= float(str(high))
    key = "study.coupons_chance" if chance else "study.coupons_real"
    told = page.say(
        "study.coupons",
        n=page.formats.number(int(str(cast("Mapping[str, Cell]", begun)["customers"]))),
        a=_share(page, begun, "again_share"),
        b=_share(page, others, "again_share"),
        days=facts.get("days"),
    )
    best = facts.get("best_share")
    also = "" if best is None else page.say("study.coupons_best", share=_percent(page, best))
    return f"{told} {page.say(key)} {also}".strip()


def _best(page: Page, found: InsightAnswer) -> str:
    if not found.values:
        return page.say("study.too_few")
    first = found.values[0]
    return page.say(
        "study.best_buyers",
        n=page.formats.number(int(str(first["members"]))),
        all=page.formats.number(int(str(first["buyers"]))),
        share=_share(page, first, "revenue_share"),
    )


def _cohorts(page: Page, found: InsightAnswer) -> str:
    ripe = [
        row
        for row in found.values
        if row["again_share"] is not None
        and not row["left_edge"]
        and int(str(row["customers"])) >= LEAST_COHORT
    ]
    if len(ripe) < 2:  # noqa: PLR2004 - nothing to hold against something
        return page.say("study.too_few")
    best = max(ripe, key=lambda row: float(str(row["again_share"])))
    last = ripe[-YEAR_MONTHS:]
    buyers = sum(int(str(row["customers"])) for row in last)
    again = sum(int(str(row["again"])) for row in last)
    writer = InsightWriter(page, page.state.definitions)
    return page.say(
        "study.cohorts",
        share=page.formats.share(again, buyers),
        n=len(last),
        days=found.facts.get("days"),
        month=writer.cell("month", best["first_purchase"]),
        best=_share(page, best, "again_share"),
    )


def _overlap(page: Page, found: InsightAnswer) -> str:
    shared = [
        row
        for row in found.values
        if SHARED <= float(str(row["share"])) < NESTED and int(str(row["both"])) >= LEAST_SHARED
    ]
    if not shared:
        return page.say("study.overlap_none")
    most = max(shared, key=lambda row: int(str(row["both"])))
    return page.say(
        "study.overlap",
        segment=page.segment(str(most["segment"])),
        other=page.segment(str(most["other"])),
        share=_share(page, most, "share"),
    )


def _many(row: Mapping[str, Cell] | None) -> bool:
    return row is not None and row["again_share"] is not None


def _share(page: Page, row: Mapping[str, Cell] | None, name: str) -> str:
    return "" if row is None else _percent(page, row[name])


def _percent(page: Page, cell: Cell) -> str:
    return page.formats.share(float(str(cell)), 1)


TELLS: Mapping[str, Callable[[Page, InsightAnswer], str]] = {
    "coupons": _coupons,
    "best_buyers": _best,
    "cohorts": _cohorts,
    "overlap": _overlap,
}
