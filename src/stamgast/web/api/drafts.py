"""The API about segments being built: tried, planned, saved, and put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field, JsonValue

from stamgast.web.api.frame import (
    V1,
    Asked,
    Json,
    Name,
    Number,
    When,
    change,
    fresh,
)

if TYPE_CHECKING:
    from stamgast.app.drafts import Draft
    from stamgast.app.planning import SavePlan
    from stamgast.app.saved import Saved
    from stamgast.app.shop import Shop

router = APIRouter(prefix=V1)
Where = Annotated[
    JsonValue,
    Field(
        description="A condition, as a definition file has it.",
        examples=[[{"did": "order", "at_least": 2, "within": "90d"}]],
    ),
]
Label = Annotated[
    dict[Literal["en", "nl"], Annotated[str, Field(max_length=200)]] | None,
    Field(description="What it is called, by language."),
]
MOST_TEXT = 50_000


class Tried(Asked):
    """A condition to be tried."""

    where: Where
    name: Annotated[
        str,
        Field(max_length=64, description="Of the segment it takes the place of; else a new one."),
    ] = ""
    as_of: When | None = None


class Entry(Asked):
    """A segment to be saved; without ``entry`` and ``text`` it is taken out."""

    entry: Annotated[
        dict[str, JsonValue] | None,
        Field(description="Label, about and where, as a definition file has them."),
    ] = None
    text: Annotated[
        str | None,
        Field(max_length=MOST_TEXT, description="Or the lines of the entry, with comments."),
    ] = None
    as_of: When | None = None


class Planned(Entry):
    """The same, as it was planned."""

    mark: Annotated[
        str,
        Field(
            max_length=64,
            description="As the plan gave it: nothing else is written than what it showed.",
        ),
    ]


class Back(Asked):
    """Which version is put back, and (to do it) the mark of what it would write."""

    mark: Annotated[str | None, Field(max_length=64)] = None
    as_of: When | None = None


@router.post("/drafts/check", summary="Whether a condition can be read, and what it says")
def check(request: Request, tried: Tried) -> Json:
    """The first part of ``stamgast segment try``. Every issue at once when it cannot."""

    def asked(shop: Shop) -> Json:
        draft = _draft(shop, tried)
        return {**draft.as_json(), "sql": shop.drafts.sql(draft, as_of=tried.as_of)}

    return fresh(request, asked, "figures")


@router.post("/drafts/count", summary="How many a condition holds, and until when")
def count(request: Request, tried: Tried) -> Json:
    """As ``stamgast segment try``."""

    def asked(shop: Shop) -> Json:
        draft = _draft(shop, tried)
        return shop.drafts.measure(draft, as_of=tried.as_of).as_json()

    return fresh(request, asked, "figures")


@router.post("/drafts/overlap", summary="Which segments share members with a condition")
def overlap(request: Request, tried: Tried) -> Json:
    """As ``stamgast segment try``, of a condition that is nowhere yet."""

    def asked(shop: Shop) -> Json:
        found = shop.drafts.overlap(_draft(shop, tried), as_of=tried.as_of)
        return {"overlap": [one.as_json() for one in found]}

    return fresh(request, asked, "figures")


@router.post("/segments/{name}/plan", summary="What saving a segment would change")
def plan(request: Request, name: Name, entry: Entry) -> Json:
    """As ``stamgast segment save`` without ``--yes``. Nothing is written."""
    return fresh(request, lambda shop: _planned(shop, name, entry).as_json(), "figures")


@router.post("/segments/{name}/save", summary="Save a segment as it was planned")
def save(request: Request, name: Name, entry: Planned) -> Json:
    """As ``stamgast segment save --yes``: its lines in the definition file are replaced."""

    def written(shop: Shop, by: str) -> tuple[SavePlan, Saved]:
        made = _planned(shop, name, entry)
        return made, shop.drafts.save(made, by, mark=entry.mark)

    return _told(change(request, written, "segment_saved", _about, "figures"))


@router.get("/segments/{name}/versions", summary="What was saved of a segment, the latest first")
def versions(request: Request, name: Name) -> Json:
    """As ``stamgast segment versions``."""
    return fresh(
        request, lambda shop: {"versions": [one.as_json() for one in shop.drafts.versions(name)]}
    )


@router.post("/segments/{name}/versions/{number}/undo", summary="Put back what a version replaced")
def undo(request: Request, name: Name, number: Number, back: Back) -> Json:
    """As ``stamgast segment undo``: without ``mark`` it is told what it would change, with it done."""
    if back.mark is None:
        return fresh(
            request,
            lambda shop: shop.drafts.undo(name, number, as_of=back.as_of).as_json(),
            "figures",
        )
    mark = back.mark

    def written(shop: Shop, by: str) -> tuple[SavePlan, Saved]:
        made = shop.drafts.undo(name, number, as_of=back.as_of)
        return made, shop.drafts.save(made, by, mark=mark)

    return _told(change(request, written, "segment_saved", _about, "figures"))


def _draft(shop: Shop, tried: Tried) -> Draft:
    return shop.drafts.check(tried.where, tried.name)


def _planned(shop: Shop, name: str, entry: Entry) -> SavePlan:
    held: Any = entry.text if entry.entry is None else entry.entry
    return shop.drafts.plan(name, held, as_of=entry.as_of)


def _about(done: tuple[SavePlan, Saved]) -> str:
    return f"{done[0].name} {done[1].number}"


def _told(done: tuple[SavePlan, Saved]) -> Json:
    return {**done[0].as_json(), "version": done[1].number}
