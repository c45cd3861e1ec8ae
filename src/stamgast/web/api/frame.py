"""What the routes of the API share: types of what is asked, and how an answer or a change is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar

from fastapi import Path as InPath
from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from stamgast.clock import parse_instant
from stamgast.web.guard import visit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from fastapi import Request

    from stamgast.app.shop import Shop
    from stamgast.model.log import Instant
    from stamgast.web.desk import HandName
    from stamgast.web.visit import Done

T = TypeVar("T")
V1 = "/api/v1"
Json = dict[str, Any]
AsOf = Annotated[
    str | None,
    Query(
        max_length=40,
        description="The instant asked: ISO 8601, a date is its midnight in the shop's zone; else now.",
    ),
]
Name = Annotated[str, InPath(max_length=100, description="A segment's name.")]
Called = Annotated[str, InPath(max_length=100)]
Profile = Annotated[
    str, InPath(max_length=300, description="A profile id, `kind:value` or an identifier.")
]
Days = Annotated[int, Query(ge=1, le=3660)]
Said = Annotated[str, Query(min_length=1, max_length=200)]
Number = Annotated[int, InPath(ge=1, lt=2**63)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[int, Query(ge=0, le=1_000_000_000)]
Text: TypeAlias = Annotated[str, Field(max_length=2_000)]
Short: TypeAlias = Annotated[str, Field(max_length=300)]
When: TypeAlias = Annotated[
    str, Field(max_length=40, description="ISO 8601, or a date: its midnight in the shop's zone.")
]


class Asked(BaseModel):
    """What a program sends; a field that nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Confirmed(Asked):
    """Whether it is to be done, or only to be told what it changes."""

    confirmed: bool = False


def answer(
    request: Request,
    as_of: str | None,
    asked: Callable[[Shop, Instant], Json],
    extra: tuple[Hashable, ...] = (),
    hand: HandName = "people",
) -> Json:
    """An answer at the instant asked, remembered by route and what was asked (``extra``)."""
    visit = visit_of(request)
    state = visit.desk.state()
    t = parse_instant(as_of, zone=state.settings.zone) if as_of else state.t
    route = str(request.scope["stamgast.route"])
    if "/customers" in route or route.endswith(("/members", "/upcoming")):
        visit.note("api", route)
    return visit.desk.ask(
        (request.method, route, t, *extra),
        lambda shop: asked(shop, t),
        mark=state.mark,
        hand=hand,
    )


def fresh(request: Request, asked: Callable[[Shop], T], hand: HandName = "people") -> T:
    """An answer that is not remembered: of what may change without a commit."""
    return visit_of(request).desk.do(asked, hand)


def change(
    request: Request,
    act: Callable[[Shop, str], T],
    what: Done,
    about: str | Callable[[T], str],
    hand: HandName = "people",
) -> T:
    """Do something, by the name of who asks, and put on record that it was done."""
    visit = visit_of(request)
    done = visit.desk.do(lambda shop: act(shop, visit.name), hand)
    visit.note(what, about if isinstance(about, str) else about(done))
    return done
