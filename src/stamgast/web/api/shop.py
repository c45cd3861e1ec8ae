"""The API about the shop as a whole: stages, their times, and segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from stamgast.app.thresholds import LONGEST_DAYS
from stamgast.web.api.frame import (
    V1,
    Asked,
    AsOf,
    Confirmed,
    Days,
    Json,
    Limit,
    Name,
    Number,
    Offset,
    When,
    answer,
    change,
    fresh,
)

if TYPE_CHECKING:
    from stamgast.app.shop import Shop
    from stamgast.app.thresholds import ThresholdPlan
    from stamgast.model.log import Instant

router = APIRouter(prefix=V1)


class Wanted(Asked):
    """Times and numbers of the stages."""

    thresholds: dict[str, Annotated[int, Field(ge=1, le=LONGEST_DAYS)]] = Field(
        max_length=50,
        examples=[{"loyal_from": 3}],
        description="Parameter -> days, or purchases; those that are not named stay.",
    )
    as_of: When | None = None


class TimesBack(Confirmed):
    """Whether a version is put back, or only told what that changes."""

    as_of: When | None = None


@router.get("/lifecycle", summary="Profiles per lifecycle stage")
def lifecycle(request: Request, as_of: AsOf = None) -> Json:
    """As ``stamgast lifecycle``."""
    return answer(request, as_of, lambda shop, t: shop.lifecycle.counts(t).as_json())


@router.get("/lifecycle/thresholds", summary="The times and numbers of the stages")
def thresholds(request: Request) -> Json:
    """As ``stamgast lifecycle thresholds``."""
    return answer(request, None, lambda shop, _: {"now": dict(shop.lifecycle.thresholds.now())})


@router.post("/lifecycle/thresholds/plan", summary="What other times would change")
def plan_thresholds(request: Request, wanted: Wanted) -> Json:
    """As ``stamgast lifecycle thresholds NAME=NUMBER``. Nothing is written."""
    return fresh(request, lambda shop: _planned(shop, wanted).as_json(), "figures")


@router.post("/lifecycle/thresholds", summary="Write other times of the stages")
def save_thresholds(request: Request, wanted: Wanted) -> Json:
    """As ``stamgast lifecycle thresholds NAME=NUMBER --yes``: the definition files keep their comments."""

    def written(shop: Shop, by: str) -> ThresholdPlan:
        plan = _planned(shop, wanted)
        shop.lifecycle.thresholds.save(plan, by)
        return plan

    return change(request, written, "thresholds", _about, "figures").as_json()


@router.get("/lifecycle/thresholds/versions", summary="What was saved of the times of the stages")
def threshold_versions(request: Request) -> Json:
    """As ``stamgast lifecycle thresholds --versions``."""
    return fresh(
        request,
        lambda shop: {"versions": [one.as_json() for one in shop.lifecycle.thresholds.versions()]},
    )


@router.post(
    "/lifecycle/thresholds/versions/{number}/undo", summary="Put back what a version replaced"
)
def undo_thresholds(request: Request, number: Number, back: TimesBack) -> Json:
    """As ``stamgast lifecycle thresholds --undo NUMBER``: without ``confirmed`` it is only told."""

    def planned(shop: Shop) -> ThresholdPlan:
        return shop.lifecycle.thresholds.undo(number, as_of=back.as_of)

    if not back.confirmed:
        return fresh(request, lambda shop: planned(shop).as_json(), "figures")

    def written(shop: Shop, by: str) -> ThresholdPlan:
        plan = planned(shop)
        shop.lifecycle.thresholds.save(plan, by)
        return plan

    return change(request, written, "thresholds", _about, "figures").as_json()


def _about(plan: ThresholdPlan) -> str:
    return ", ".join(f"{name} {a} > {b}" for name, (a, b) in plan.changed.items())


def _planned(shop: Shop, wanted: Wanted) -> ThresholdPlan:
    return shop.lifecycle.thresholds.plan(wanted.thresholds, as_of=wanted.as_of)


@router.get("/segments", summary="Every segment with how many are in it")
def segments(request: Request, as_of: AsOf = None) -> Json:
    """As ``stamgast segment list``."""
    return answer(
        request,
        as_of,
        lambda shop, t: {"segments": [one.as_json() for one in shop.segments(as_of=t)]},
    )


@router.get("/segments/{name}", summary="How many are in a segment, and until when")
def segment(request: Request, name: Name, as_of: AsOf = None) -> Json:
    """As ``stamgast segment count``."""
    return answer(
        request,
        as_of,
        lambda shop, t: shop.segment(name, as_of=t).counts()[0].as_json(),
        (name,),
    )


@router.get("/segments/{name}/members", summary="The members of a segment, page by page")
def members(
    request: Request, name: Name, as_of: AsOf = None, limit: Limit = 100, offset: Offset = 0
) -> Json:
    """As ``stamgast segment members``."""

    def asked(shop: Shop, t: Instant) -> Json:
        table = shop.segment(name, as_of=t).arrow()
        return {"count": table.num_rows, "members": table.slice(offset, limit).to_pylist()}

    return answer(request, as_of, asked, (name, limit, offset))


@router.get("/segments/{name}/upcoming", summary="Who enters and leaves by themselves")
def upcoming(request: Request, name: Name, as_of: AsOf = None, days: Days = 14) -> Json:
    """As ``stamgast segment upcoming``; ``stage`` is a name too."""
    return answer(
        request,
        as_of,
        lambda shop, t: shop.insight.upcoming(name, days=days, as_of=t).as_json(),
        (name, days),
    )
