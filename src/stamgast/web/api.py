"""The JSON API: the same answers as the command line writes with ``--json``."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Path as InPath
from fastapi import Query, Request

from stamgast.app.imports import as_json
from stamgast.clock import parse_instant
from stamgast.web.guard import visit_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from stamgast.app.shop import Shop
    from stamgast.model.log import Instant
    from stamgast.store.books import BatchOnRecord

Json = dict[str, Any]
AsOf = Annotated[
    str | None,
    Query(
        max_length=40,
        description="The instant asked: ISO 8601, a date is its midnight in the shop's zone; else now.",
    ),
]
Name = Annotated[str, InPath(max_length=100, description="A segment's name.")]
Profile = Annotated[
    str, InPath(max_length=300, description="A profile id, `kind:value` or an identifier.")
]
Days = Annotated[int, Query(ge=1, le=365)]
Said = Annotated[str, Query(min_length=1, max_length=200)]


V1 = "/api/v1"


def add_api(app: FastAPI) -> None:
    """Add the routes; what each asks of who calls is in ``access.ASKS``."""
    _add_shop(app)
    _add_data(app)


def _add_shop(app: FastAPI) -> None:  # noqa: C901 - a list of routes, each of a line or two
    """Stages, segments and customers."""

    @app.get(f"{V1}/lifecycle", summary="Profiles per lifecycle stage")
    def lifecycle(request: Request, as_of: AsOf = None) -> Json:
        return _answer(request, as_of, lambda shop, t: shop.lifecycle.counts(t).as_json())

    @app.get(f"{V1}/lifecycle/flows", summary="Moves between stages between two instants")
    def flows(
        request: Request, start: Annotated[str, Query(max_length=40)], end: AsOf = None
    ) -> Json:
        return _answer(
            request, end, lambda shop, t: shop.insight.flows(start, t).as_json(), extra=(start,)
        )

    @app.get(f"{V1}/segments", summary="Every segment with how many are in it")
    def segments(request: Request, as_of: AsOf = None) -> Json:
        return _answer(
            request,
            as_of,
            lambda shop, t: {"segments": [x.as_json() for x in shop.segments(as_of=t)]},
        )

    @app.get(V1 + "/segments/{name}", summary="How many are in a segment, and until when")
    def segment(request: Request, name: Name, as_of: AsOf = None) -> Json:
        return _answer(
            request,
            as_of,
            lambda shop, t: shop.segment(name, as_of=t).counts()[0].as_json(),
            extra=(name,),
        )

    @app.get(V1 + "/segments/{name}/members", summary="The members of a segment, page by page")
    def members(
        request: Request,
        name: Name,
        as_of: AsOf = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
    ) -> Json:
        def answer(shop: Shop, t: Instant) -> Json:
            table = shop.segment(name, as_of=t).arrow()
            return {"count": table.num_rows, "members": table.slice(offset, limit).to_pylist()}

        return _answer(request, as_of, answer, extra=(name, limit, offset))

    @app.get(V1 + "/segments/{name}/upcoming", summary="Who enters and leaves by themselves")
    def upcoming(request: Request, name: Name, as_of: AsOf = None, days: Days = 14) -> Json:
        return _answer(
            request,
            as_of,
            lambda shop, t: shop.insight.upcoming(name, days=days, as_of=t).as_json(),
            extra=(name, days),
        )

    @app.get(f"{V1}/customers", summary="Who may be meant by a text")
    def customers(request: Request, q: Said) -> Json:
        def answer(shop: Shop, _: Instant) -> Json:
            matches, many = shop.customers.search(q)
            return {"count": many, "matches": [one.as_json() for one in matches]}

        return _answer(request, None, answer, extra=(q,))

    @app.get(V1 + "/customers/{profile}", summary="Who a customer is and where it stands")
    def customer(request: Request, profile: Profile, as_of: AsOf = None) -> Json:
        def answer(shop: Shop, t: Instant) -> Json:
            found = shop.customers.show(profile, as_of=t)
            return found.as_json()

        return _answer(request, as_of, answer, extra=(profile,))

    @app.get(V1 + "/customers/{profile}/timeline", summary="What happened, newest first")
    def timeline(request: Request, profile: Profile, as_of: AsOf = None) -> Json:
        def answer(shop: Shop, t: Instant) -> Json:
            rows = shop.customers.timeline(profile, as_of=t)
            return {"timeline": [one.as_json() for one in rows]}

        return _answer(request, as_of, answer, extra=(profile,))

    @app.get(V1 + "/customers/{profile}/advice", summary="What to do for a customer")
    def advice(request: Request, profile: Profile, as_of: AsOf = None) -> Json:
        def answer(shop: Shop, t: Instant) -> Json:
            from stamgast.app.advice import advice_json  # noqa: PLC0415 - reads files of its own

            language = visit_of(request).language
            found = shop.advice.show(profile, as_of=t)
            message = shop.advice.message(found, language)
            return advice_json(shop.advice, found, message, shop.definitions, language)

        return _answer(request, as_of, answer, extra=(profile, visit_of(request).language))


def _add_data(app: FastAPI) -> None:
    """What the figures rest on."""

    @app.get(f"{V1}/imports", summary="Every import, and what came of its lines")
    def imports(request: Request) -> Json:
        return _answer(
            request, None, lambda shop, _: {"imports": [_import(x) for x in shop.imports.list()]}
        )

    @app.get(f"{V1}/quality", summary="What the data lacks, or contradicts itself in")
    def quality(request: Request, as_of: AsOf = None) -> Json:
        return _answer(request, as_of, lambda shop, t: shop.quality.report(as_of=t).as_json())


def _import(one: BatchOnRecord) -> Json:
    """An import, its files without the folders of the machine."""
    return {**as_json(one), "files": [PurePath(file).name for file in one.files]}


def _answer(
    request: Request,
    as_of: str | None,
    answer: Callable[[Shop, Instant], Json],
    extra: tuple[Any, ...] = (),
) -> Json:
    """An answer at the instant asked, remembered by route and what was asked."""
    visit = visit_of(request)
    state = visit.desk.state()
    t = parse_instant(as_of, zone=state.settings.zone) if as_of else state.t
    route = str(request.scope["stamgast.route"])
    if "/customers" in route or route.endswith(("/members", "/upcoming")):
        visit.note("api", route)
    return visit.desk.ask((route, t, *extra), lambda shop: answer(shop, t), mark=state.mark)
