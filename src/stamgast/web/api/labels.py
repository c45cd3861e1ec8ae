"""The API about labels as a whole: who has one, what was said of it, lists, and what brings it in line."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from fastapi import APIRouter, Query, Request
from pydantic import Field

from stamgast.clock import format_instant, parse_instant
from stamgast.web.api.frame import (
    V1,
    Asked,
    AsOf,
    Called,
    Json,
    Limit,
    Offset,
    Short,
    When,
    answer,
)
from stamgast.web.guard import visit_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from stamgast.app.listing import ListChange
    from stamgast.app.shop import Shop
    from stamgast.model.log import Instant

router = APIRouter(prefix=V1)
Of: TypeAlias = Annotated[Literal["carriers", "no", "asked"], Query()]
UNNAMED = "api"
"""What a list is called that a program did not name."""


class ListOf(Asked):
    """A list of customers for a label."""

    customers: Annotated[
        list[Short],
        Field(
            min_length=1,
            max_length=5000,
            description="E-mail addresses or other identifiers, each with its value after a semicolon if it "
            "has one; as many as fit in what is sent.",
        ),
    ]
    mode: Literal["add", "remove", "replace"] = "add"
    called: Annotated[
        Short | None, Field(description="The name under which the list is known.")
    ] = None
    value: Short | None = None
    until: When | None = None
    reason: Short | None = None
    confirmed: bool = False


class Repair(Asked):
    """Give it to who lacks it, or take it from who should not carry it."""

    way: Literal["give", "take"] = "give"
    value: Short | None = None
    confirmed: bool = False


@router.get("/extensions", summary="Every label, and how many carry it")
def extensions(request: Request, as_of: AsOf = None) -> Json:
    """As ``stamgast extension list``."""

    def asked(shop: Shop, t: Instant) -> Json:
        found = shop.extensions.list(as_of=t)
        return {"as_of": format_instant(t), "extensions": [one.as_json() for one in found]}

    return answer(request, as_of, asked)


@router.get("/extensions/completeness", summary="Who lacks a label, or should not have it")
def completeness(request: Request, as_of: AsOf = None) -> Json:
    """As ``stamgast extension completeness``, by number of profiles; the names are in the command's."""

    def asked(shop: Shop, t: Instant) -> Json:
        found = [
            {
                "extension": one.extension.name,
                "expected": one.expected,
                "carried": one.carried,
                "missing": len(one.missing),
                "unexpected": len(one.unexpected),
            }
            for one in shop.extensions.completeness(as_of=t)
        ]
        return {"as_of": format_instant(t), "extensions": found}

    return answer(request, as_of, asked, (), "figures")


@router.get("/extensions/{name}/people", summary="Who has a label, or a standing no")
def people(
    request: Request,
    name: Called,
    of: Of = "carriers",
    as_of: AsOf = None,
    limit: Limit = 1000,
    offset: Offset = 0,
) -> Json:
    """As ``stamgast extension people``."""
    visit_of(request).note("extension_people", name)

    def asked(shop: Shop, t: Instant) -> Json:
        found = shop.extensions.people(name, of, as_of=t)
        return {
            "count": len(found),
            "people": [one.as_json() for one in found[offset : offset + limit]],
        }

    return answer(request, as_of, asked, (name, of, limit, offset))


@router.get("/extensions/{name}/history", summary="What was said of a label, the latest first")
def history(request: Request, name: Called, as_of: AsOf = None, limit: Limit = 50) -> Json:
    """As ``stamgast extension history``."""

    def asked(shop: Shop, t: Instant) -> Json:
        found = shop.extensions.said(name, as_of=t, most=limit)
        return {"history": [one.as_json() for one in found]}

    return answer(request, as_of, asked, (name, limit))


@router.get(
    "/extensions/{name}/completeness", summary="Who lacks a label, and who should not have it"
)
def completeness_of(request: Request, name: Called, as_of: AsOf = None) -> Json:
    """As ``stamgast extension completeness NAME``."""
    visit_of(request).note("extension_people", name)
    return answer(
        request,
        as_of,
        lambda shop, t: shop.extensions.completeness(name, as_of=t)[0].as_json(),
        (name,),
    )


@router.post("/extensions/{name}/import", summary="What a list of customers changes, and do it")
def import_list(request: Request, name: Called, said: ListOf) -> Json:
    """As ``stamgast extension import``: without ``confirmed`` it is only told what would change."""
    desk = visit_of(request).desk
    folder = desk.scratch()
    file = folder / "list.txt"
    file.write_text("\n".join(said.customers), encoding="utf-8")
    called = said.called or (None if said.mode == "remove" else UNNAMED)

    def act(shop: Shop) -> ListChange:
        zone = shop.settings.zone
        return shop.extensions.import_list(
            name,
            file,
            mode=said.mode,
            called=called,
            value=said.value,
            until=None if said.until is None else parse_instant(said.until, zone=zone),
            reason=said.reason,
            confirmed=said.confirmed,
        )

    try:
        return _changed(request, act)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@router.post(
    "/extensions/{name}/repair", summary="Bring a label in line with who is expected to have it"
)
def repair(request: Request, name: Called, how: Repair) -> Json:
    """As ``stamgast extension repair``: without ``confirmed`` it is only told what would change."""
    by = visit_of(request).name
    told: dict[str, Any] = how.model_dump()
    return _changed(request, lambda shop: shop.extensions.repair(name, by=by, **told))


def _changed(request: Request, act: Callable[[Shop], ListChange]) -> Json:
    visit = visit_of(request)
    found = visit.desk.do(act, "figures")
    if found.done:
        gets = len(found.added) + len(found.changed)
        loses = len({one.profile_id for one in found.taken})
        visit.note("extension_list", f"{found.extension} {gets} {loses}")
    return found.as_json()
