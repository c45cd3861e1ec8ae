"""The API about what the figures say: ``stamgast insight`` and its kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from fastapi import APIRouter, Depends, Query, Request

from stamgast.app.insight import Insights
from stamgast.errors import UserError
from stamgast.web.api.frame import V1, AsOf, Days, Json, Name, answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from stamgast.app.insight_answer import InsightAnswer
    from stamgast.app.shop import Shop

router = APIRouter(prefix=V1)
Only = Annotated[
    list[str] | None,
    Query(
        max_length=5,
        description="Only these: `stage:loyal`, a segment's name, `extension:influencer`; several: all.",
    ),
]
SplitBy = Annotated[
    str | None,
    Query(max_length=100, description="Per `stage`, segment or `extension:NAME`."),
]
Everybody = Annotated[
    bool, Query(description="Also who carries a label that is excluded from reports.")
]
Start = Annotated[str, Query(max_length=40, description="The first instant, as for `as_of`.")]
Names = Annotated[list[str] | None, Query(max_length=60, description="Of which; else of all.")]
By: TypeAlias = Literal["category", "brand", "product", "reason"]


class Report:
    """A report, of whom it is asked."""

    def __init__(
        self,
        request: Request,
        only: Only = None,
        split_by: SplitBy = None,
        everybody: Everybody = False,  # noqa: FBT002 - of a query
    ) -> None:
        """As the query says."""
        self._request = request
        self._only = tuple(only or ())
        self._split_by = split_by
        self._everybody = everybody

    def answer(
        self,
        as_of: str | None,
        ask: Callable[..., InsightAnswer],
        **options: Any,  # noqa: ANN401 - the report's own
    ) -> Json:
        """What ``ask(insights, as_of=, **options)`` says."""
        asked_of = (self._only, self._split_by, self._everybody)

        def asked(shop: Shop, t: int) -> Json:
            for name in (*self._only, self._split_by or "stage"):
                _must_be_group(shop, name)
            found = ask(
                shop.insight,
                as_of=t,
                only=self._only or None,
                split_by=self._split_by,
                everybody=self._everybody,
                **options,
            )
            return found.as_json()

        return answer(self._request, as_of, asked, (*asked_of, *sorted(options.items())), "figures")


def _must_be_group(shop: Shop, name: str) -> None:
    """Groups by an attribute or a trait would tell what single customers are, to who may not know."""
    kind, colon, _ = name.partition(":")
    if colon and kind in ("stage", "extension"):
        return
    if name != "stage" and name not in shop.definitions.segments:
        raise UserError(
            "insight.only_groups",
            f"{name!r} is no stage, segment or extension",
            hint="groups by an attribute or a trait are asked on the command line",
        )


Of = Annotated[Report, Depends()]


@router.get("/lifecycle/flows", summary="Moves between stages between two instants")
def flows(of: Of, start: Start, end: AsOf = None) -> Json:
    """As ``stamgast lifecycle flows``."""
    return of.answer(end, _flows, start=start)


def _flows(insight: Insights, *, start: str, as_of: int, **common: Any) -> InsightAnswer:  # noqa: ANN401 - handed on
    return insight.flows(start, as_of, **common)


@router.get("/lifecycle/suggest", summary="Times of the stages, by the shop's own gaps")
def suggest(
    of: Of,
    as_of: AsOf = None,
    every: Annotated[bool, Query(description="Of all gaps, also of the last year.")] = False,  # noqa: FBT002 - of a query
) -> Json:
    """As ``stamgast lifecycle suggest``."""
    return of.answer(as_of, Insights.suggest, every=every)


@router.get("/segments/{name}/worth", summary="Who was in it and bought since, by themselves")
def worth(of: Of, name: Name, as_of: AsOf = None, days: Days = 90) -> Json:
    """As ``stamgast segment worth``; ``stage`` is a name too."""
    return of.answer(as_of, Insights.worth, name=name, days=days)


@router.get("/segments/{name}/sizes", summary="How many were in it at the ends of months")
def sizes(
    of: Of, name: Name, as_of: AsOf = None, months: Annotated[int, Query(ge=1, le=60)] = 12
) -> Json:
    """As ``stamgast segment sizes``; ``stage`` is a name too."""
    return of.answer(as_of, Insights.sizes, name=name, months=months)


@router.get("/insight/overlap", summary="Members that segments share")
def overlap(of: Of, names: Names = None, as_of: AsOf = None) -> Json:
    """As ``stamgast insight overlap``."""
    return of.answer(as_of, Insights.overlap, names=tuple(names or ()))


@router.get("/insight/best-buyers", summary="The share of revenue that the best buyers bring")
def best_buyers(of: Of, as_of: AsOf = None) -> Json:
    """As ``stamgast insight best-buyers``."""
    return of.answer(as_of, Insights.best_buyers)


@router.get("/insight/cohorts", summary="Who ordered again, by month of first purchase")
def cohorts(of: Of, as_of: AsOf = None, days: Days = 90) -> Json:
    """As ``stamgast insight cohorts``."""
    return of.answer(as_of, Insights.cohorts, days=days)


@router.get("/insight/returns", summary="Refunds, by category, brand, product or reason")
def returns(of: Of, by: By = "category", as_of: AsOf = None, days: Days = 365) -> Json:
    """As ``stamgast insight returns``."""
    return of.answer(as_of, Insights.returns, by=by, days=days)


@router.get("/insight/coupons", summary="Who began with a coupon, and ordered again")
def coupons(of: Of, as_of: AsOf = None, days: Days = 90) -> Json:
    """As ``stamgast insight coupons``."""
    return of.answer(as_of, Insights.coupons, days=days)


@router.get("/insight/second-coupon", summary="What a second coupon did")
def second_coupon(of: Of, as_of: AsOf = None, days: Days = 90) -> Json:
    """As ``stamgast insight second-coupon``."""
    return of.answer(as_of, Insights.second_coupon, days=days)


@router.get("/insight/backtest", summary="What came of those who would have been flagged")
def backtest(
    of: Of, as_of: AsOf = None, days: Days = 90, times: Annotated[int, Query(ge=1, le=24)] = 4
) -> Json:
    """As ``stamgast insight backtest``."""
    return of.answer(as_of, Insights.backtest, days=days, times=times)


@router.get("/figures", summary="Orders and net revenue per month")
def figures(request: Request, as_of: AsOf = None) -> Json:
    """As ``stamgast figures``."""
    return answer(
        request, as_of, lambda shop, t: shop.insight.figures(as_of=t).as_json(), (), "figures"
    )
