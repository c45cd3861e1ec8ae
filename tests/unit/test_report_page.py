"""The report page as HTML: whole, safe, self-contained, and readable without seeing colour."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from stamgast.clock import parse_instant
from stamgast.language.ast import Text
from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.model.log import DAY_US
from stamgast.report.formats import DASH
from stamgast.report.model import (
    CustomerPage,
    Flow,
    FlowStep,
    ImportFigure,
    Month,
    Report,
    SegmentFigure,
    StageFigure,
    TimelineRow,
    Totals,
    Why,
)
from stamgast.report.page import render
from stamgast.report.svg import round_values
from stamgast.retail import shipped_files

EVIL = '<script>alert("x")</script>&'
T = parse_instant("2011-10-01")
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """Checks that tags nest, and keeps what there is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.untitled: list[str] = []
        self._waiting: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if self._waiting and self._waiting[-1] == "svg" and tag != "title":
            self.untitled.append(self.get_starttag_text() or "")
        self._waiting = ["svg"] if tag == "svg" and dict(attrs).get("role") == "img" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def report(*, customer: bool = True, empty: bool = False) -> Report:
    settings = LanguageSettings(
        zone="Europe/London", currency="GBP", lifecycle_model="grid", history_from=None
    )
    lifecycle = read_definitions(shipped_files(), settings=settings).lifecycle
    sizes = {} if empty else {"loyal": 193, "sleeper": 287, "at_risk": 103}
    flows = () if empty else (
        Flow(before="loyal", after="loyal", count=98),
        Flow(before="loyal", after="at_risk", count=32, revenue=123_45),
        Flow(before="", after="loyal", count=10),
    )  # fmt: skip
    middle = T - 180 * DAY_US
    steps = (
        FlowStep(start=T - 365 * DAY_US, end=middle, flows=flows),
        FlowStep(
            start=middle,
            end=T,
            flows=() if empty else (Flow(before="loyal", after="loyal", count=108),),
        ),
    )
    why = Why(
        text=f"All of these {EVIL}",
        holds=True,
        items=(Why(text="bought", holds=False, value=EVIL, events=(EVIL,), changes="on 3 May"),),
    )
    page = CustomerPage(
        name=EVIL,
        identifiers=(("customer number", EVIL),),
        attributes=(("city", EVIL),),
        orders=2,
        revenue=12_345,
        first_order_at=T - 100 * DAY_US,
        last_order_at=T - 30 * DAY_US,
        stage="promising",
        next_stage="drifting",
        next_at=T + 30 * DAY_US + 1,
        segments=("Best buyers",),
        timeline=(TimelineRow(at=T - DAY_US, kind="order", title=EVIL, detail=EVIL, amount=100),),
        earlier=3,
        whys=((EVIL, why),),
    )
    return Report(
        shop=EVIL,
        as_of=T,
        made_at=T,
        zone="Europe/London",
        currency="GBP",
        lifecycle=lifecycle,
        stages=tuple(
            StageFigure(stage=stage, count=sizes.get(stage, 0), revenue=sizes.get(stage, 0) * 100)
            for stage in lifecycle.labels
        ),
        steps=steps,
        year=FlowStep(start=T - 365 * DAY_US, end=T, flows=flows),
        ahead=FlowStep(start=T, end=T + 30 * DAY_US, flows=flows),
        segments=(
            SegmentFigure(
                name="vip",
                label=Text(en="VIP", nl="Vip"),
                sentence=Text(en=EVIL, nl=EVIL),
                count=28,
                revenue=5000,
            ),
        ),
        customer=page if customer else None,
        quarantined=2,
        imports=(
            ImportFigure(
                file=EVIL, mapping="m", imported_at=T, lines=10, accepted=6, repeated=1,
                left_out=1, quarantined=2, reasons=((EVIL, 3),),
            ),
        ),
        months=() if empty else (Month(first_day=date(2011, 9, 1), orders=3, revenue=-100),),
        totals=Totals(
            customers=sum(sizes.values()), orders=900, revenue=100_000, nobody_orders=3,
            nobody_revenue=300, revenue_365d=sum(sizes.values()) * 100 + 50,
            nobody_revenue_365d=50, first_order_at=T - 400 * DAY_US, early_buyers=300,
            history_from=None, buyers_365d=500,
        ),
        other_languages={"nl": "report.nl.html"},
    )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("empty", [False, True])
def test_the_page_is_whole_and_fetches_nothing(language: str, empty: bool) -> None:  # noqa: FBT001
    text = render(report(empty=empty), "nl" if language == "nl" else "en")
    page = Page(text)
    assert text.startswith("<!doctype html>")
    assert f'<html lang="{language}">' in text
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "iframe", "img", "object", "embed", "form"}
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes), tag
        for name in ("src", "href"):
            address = attributes.get(name) or ""
            assert not address.startswith(("http", "//")), address
    assert "@import" not in text
    assert "url(" not in text


def test_nothing_that_was_read_becomes_markup() -> None:
    text = render(report(), "en")
    assert "<script>" not in text
    assert text.count("&lt;script&gt;") > 8


def test_every_chart_has_a_title_and_its_numbers_in_a_table() -> None:
    page = Page(render(report(), "en"))
    assert page.untitled == []
    charts = [one for tag, one in page.tags if tag == "svg" and one.get("role") == "img"]
    tables = [tag for tag, _ in page.tags if tag == "table"]
    assert len(charts) >= 4
    assert len(tables) >= 4
    text = "".join(page.words)
    assert "From Loyal to At risk" in text
    assert "Stayed Loyal" in text


def test_ids_are_there_for_every_link_inside() -> None:
    page = Page(render(report(), "en"))
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    links = {
        (one.get("href") or "")[1:]
        for tag, one in page.tags
        if tag == "a" and (one.get("href") or "").startswith("#")
    }
    assert links <= ids


def test_without_a_customer_there_is_no_such_part() -> None:
    assert 'id="customer"' not in render(report(customer=False), "en")


def test_what_one_must_know_is_said() -> None:
    text = "".join(Page(render(report(), "en")).words)
    assert "51% of all customers have their first known order in its first 14 days" in text
    assert "2 lines are in quarantine" in text
    assert "Of 130 loyal customers on 1 October 2010, 98 are loyal today: 75%." in text
    assert "583 customers. The 193 who are loyal bring" in text


def sized(**stages: int) -> Report:
    """A report of so many in each stage."""
    found = report()
    figures = tuple(
        StageFigure(stage=stage, count=stages.get(stage, 0)) for stage in found.lifecycle.labels
    )
    buyers = sum(number for stage, number in stages.items() if stage != "prospect")
    return replace(found, stages=figures, totals=replace(found.totals, customers=buyers))


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ({"prospect": 400, "loyal": 20, "sleeper": 20}, ""),  # who bought nothing is no buyer
        ({"loyal": 29}, ""),  # too few to say it of
        ({"loyal": 30}, "100% of the buyers are in one stage, Loyal"),
        (
            {"prospect": 900, "loyal": 30, "sleeper": 10},
            "75% of the buyers are in one stage, Loyal",
        ),
        ({"loyal": 29, "sleeper": 11}, ""),
    ],
)
def test_one_stage_for_nearly_all_is_said_of_buyers(stages: dict[str, int], said: str) -> None:
    page = render(sized(**stages), "en")
    assert said in page
    assert ("of the buyers are in one stage" in page) == bool(said)


def test_a_loose_refund_of_a_prospect_is_no_revenue() -> None:
    found = sized(prospect=10, loyal=50)
    loose = replace(found.stages[0], stage="prospect", revenue=-7_300)
    others = [figure for figure in found.stages if figure.stage != "prospect"]
    page = render(replace(found, stages=(loose, *others)), "en")
    assert page.count('<p class="brings">') == len(others) + 1
    assert "-£73: refunds of orders that are not known</p>" in page
    page = render(replace(found, stages=(replace(loose, revenue=0), *others)), "en")
    assert page.count('<p class="brings">') == len(others)
    assert "no purchase" in page


@pytest.mark.parametrize(
    ("revenue", "orders", "each"),
    [
        (122_812, 16, "£76.76"),
        (100, 8, "£0.13"),
        (-100, 8, "-£0.13"),
        (100, 3, "£0.33"),
        (5, 0, DASH),
    ],
)
def test_the_average_order_is_rounded_half_up(revenue: int, orders: int, each: str) -> None:
    found = report()
    assert found.customer is not None
    customer = replace(found.customer, revenue=revenue, orders=orders)
    words = Page(render(replace(found, customer=customer), "en")).words
    assert words[words.index("Average order") + 1] == each


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 1), (0, 9), (0, 10), (0, 4_321), (-70, 250), (-100, 1), (0, 98_765_432), (-5, 5_000_000)],
)
def test_the_axis_has_few_and_round_values(low: int, high: int) -> None:
    values = round_values(low, high)
    assert values[0] <= low <= high <= values[-1]
    assert 0 in values
    assert 2 <= len(values) <= 8
    steps = {b - a for a, b in pairwise(values)}
    assert len(steps) == 1
    assert str(steps.pop()).rstrip("0") in ("1", "2", "5")


def test_the_months_have_a_value_axis() -> None:
    months = tuple(
        Month(first_day=date(2011, n, 1), orders=3, revenue=n * 100_000) for n in range(1, 10)
    )
    page = render(replace(report(), months=months), "nl")
    chart = page[page.index('class="columns"') :]
    chart = chart[: chart.index("</svg>")]
    values = re.findall(r'class="tick">([^<]+)<', chart)
    assert values == [f"£\N{NO-BREAK SPACE}{n}" for n in ("0", "5.000", "10.000")]
    assert chart.count('class="axis"') == 1


@pytest.mark.parametrize(
    ("buyers", "said"),
    [(0, ""), (1, "Maar 1 klant kocht"), (19, "Maar 19 klanten kochten"), (20, "")],
)
def test_a_percentage_of_few_is_called_what_it_is(buyers: int, said: str) -> None:
    found = report()
    page = render(replace(found, totals=replace(found.totals, buyers_365d=buyers)), "nl")
    assert ("zegt weinig" in page) == bool(said)
    assert said in page


def test_the_month_that_is_not_over_says_so() -> None:
    months = tuple(Month(first_day=date(2011, n, 1), orders=3, revenue=100) for n in (8, 9))
    found = replace(report(), months=months)
    assert "so far" not in render(found, "en")  # of 1 October
    page = render(replace(found, as_of=T - DAY_US), "nl")
    assert page.count("september 2011 (tot nu toe)") == 2
    assert "augustus 2011 (" not in page
