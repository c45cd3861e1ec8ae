"""The API about data: imports, what waits in quarantine, quality, consents and lists, and what is declared."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse
from pydantic import Field
from starlette.background import BackgroundTask

from stamgast.app.advice import blueprint_json, check_json, strategy_json
from stamgast.app.exporting import ExportAsked, record_json
from stamgast.app.imports import as_json
from stamgast.app.quarantine import as_json as row_json
from stamgast.clock import format_instant
from stamgast.web.api.frame import (
    V1,
    Asked,
    AsOf,
    Confirmed,
    Json,
    Limit,
    Name,
    Number,
    Offset,
    Short,
    answer,
    change,
    fresh,
)
from stamgast.web.guard import visit_of
from stamgast.web.lists import make_list, take_list

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.app.shop import Shop
    from stamgast.collect.report import ImportReport
    from stamgast.store.books import BatchOnRecord

router = APIRouter(prefix=V1)
Row: TypeAlias = Annotated[int, Field(ge=1, lt=2**63)]
Rows: TypeAlias = Annotated[list[Row], Field(min_length=1, max_length=1000)]
Platform: TypeAlias = Literal["google", "meta"]


class Dismissed(Asked):
    """Rows that are left as they are, and why."""

    rows: Rows
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class Reopened(Asked):
    """Rows that are to wait again."""

    rows: Rows


class Mended(Asked):
    """Cells that are to be read instead; without any the row is read again as it is."""

    cells: dict[str, Annotated[str, Field(max_length=32_767)]] = Field(
        default_factory=dict, max_length=500
    )


class Listed(Asked):
    """A list of who may be reached."""

    channel: Literal["email", "ads", "post", "phone"]
    purpose: Short = "marketing"
    without: list[Short] = Field(default_factory=list, max_length=20)
    platform: Platform = "google"


# --- imports --------------------------------------------------------------------------------------


@router.get("/imports", summary="Every import, and what came of its lines")
def imports(request: Request) -> Json:
    """As ``stamgast ingest list``."""
    return answer(
        request, None, lambda shop, _: {"imports": [_import(one) for one in shop.imports.list()]}
    )


@router.post("/imports/{number}/undo", summary="Take an import out, or say what that would do")
def undo(request: Request, number: Number, how: Confirmed) -> Json:
    """As ``stamgast ingest undo``."""
    if how.confirmed:
        done = change(
            request,
            lambda shop, _: shop.imports.undo(number, confirmed=True),
            "undone",
            str(number),
            "figures",
        )
        return done.as_json()
    return fresh(request, lambda shop: shop.imports.undo(number).as_json(), "figures")


@router.post("/refresh", summary="Record who is in which stage and segment, behind the scenes")
def refresh(request: Request) -> Json:
    """As ``stamgast refresh``; ``/work`` says how far it is."""
    visit = visit_of(request)
    visit.desk.works.refresh(visit.desk.folder)
    visit.note("refreshed")
    return work(request)


@router.get("/work", summary="What runs behind the pages, and how far it is")
def work(request: Request) -> Json:
    """One thing at a time: a refresh, an import, an undo."""
    visit = visit_of(request)
    found, refreshed = visit.desk.works.last, visit.desk.do(lambda shop: shop.glance.refreshed_at())
    error = None if found is None else found.error
    return {
        "running": visit.desk.works.busy,
        "kind": None if found is None else found.kind,
        "percent": None if found is None else 100 if found.ended else found.percent,
        "error": None if error is None else {"code": error.code, "message": error.message},
        "refreshed_at": format_instant(refreshed),
    }


def _import(one: BatchOnRecord) -> Json:
    """An import, its files without the folders of the machine."""
    return {**as_json(one), "files": [PurePath(file).name for file in one.files]}


# --- what is wrong with it ------------------------------------------------------------------------


@router.get("/quality", summary="What the data lacks, or contradicts itself in")
def quality(request: Request, as_of: AsOf = None) -> Json:
    """As ``stamgast quality``."""
    return answer(
        request, as_of, lambda shop, t: shop.quality.report(as_of=t).as_json(), (), "figures"
    )


@router.get("/quarantine", summary="Rows that could not be understood")
def quarantine(
    request: Request,
    everything: Annotated[bool, Query(description="Also mended and dismissed ones.")] = False,  # noqa: FBT002 - of a query
    limit: Limit = 100,
    offset: Offset = 0,
) -> Json:
    """As ``stamgast quarantine list``."""

    def asked(shop: Shop) -> Json:
        found, counted = shop.quarantine.list(everything=everything), shop.quarantine.count()
        rows = [_row(row_json(one)) for one in found[offset : offset + limit]]
        told = {"waiting": counted.waiting, "dismissed": counted.dismissed}
        return {**told, "count": len(found), "rows": rows}

    return fresh(request, asked)


@router.get("/quarantine/{number}", summary="One row, and what became of it")
def row(request: Request, number: Number) -> Json:
    """As ``stamgast quarantine show``."""
    return fresh(request, lambda shop: _row(row_json(shop.quarantine.show(number))))


@router.post("/quarantine/{number}/mend", summary="Read a row again, with other cells or as it is")
def mend(request: Request, number: Number, mended: Mended) -> Json:
    """As ``stamgast quarantine mend``."""

    def act(shop: Shop, _: str) -> tuple[ImportReport, Json]:
        report = shop.quarantine.mend(number, mended.cells)
        return report, _row(row_json(shop.quarantine.show(number)))

    report, then = change(request, act, "quarantine", str(number))
    return {"import": report.batch, "row": then}


@router.post("/quarantine/dismiss", summary="Leave rows as they are")
def dismiss(request: Request, dismissed: Dismissed) -> Json:
    """As ``stamgast quarantine dismiss``."""

    def act(shop: Shop, by: str) -> Json:
        done = shop.quarantine.dismiss(dismissed.rows, by=by, reason=dismissed.reason)
        return {"rows": [*done], "waiting": shop.quarantine.count().waiting}

    return change(request, act, "quarantine", f"{len(dismissed.rows)} dismissed")


@router.post("/quarantine/reopen", summary="Let dismissed rows wait again")
def reopen(request: Request, reopened: Reopened) -> Json:
    """As ``stamgast quarantine reopen``."""

    def act(shop: Shop, _: str) -> Json:
        done = shop.quarantine.reopen(reopened.rows)
        return {"rows": [*done], "waiting": shop.quarantine.count().waiting}

    return change(request, act, "quarantine", f"{len(reopened.rows)} reopened")


def _row(told: Json) -> Json:
    """A row, its file without the folders of the machine."""
    return {**told, "file": PurePath(str(told["file"])).name}


# --- consents and questions of everybody ----------------------------------------------------------


@router.get("/consents", summary="How many addresses agreed to what")
def consents(request: Request, as_of: AsOf = None) -> Json:
    """As ``stamgast consent list``."""

    def asked(shop: Shop, t: int) -> Json:
        found = shop.consents.list(as_of=t)
        return {"as_of": format_instant(t), "consents": [one.as_json() for one in found]}

    return answer(request, as_of, asked)


@router.get("/questions", summary="Questions at sign-up, and how many have answered")
def questions(request: Request, as_of: AsOf = None) -> Json:
    """As ``stamgast question list``."""

    def asked(shop: Shop, t: int) -> Json:
        found = shop.questions.completeness(as_of=t)
        return {"as_of": format_instant(t), "questions": [one.as_json() for one in found]}

    return answer(request, as_of, asked)


# --- what to do -----------------------------------------------------------------------------------


@router.get("/strategies", summary="Every advice, and for whom it is")
def strategies(request: Request) -> Json:
    """As ``stamgast advice list``."""
    language = visit_of(request).language

    def asked(shop: Shop, _: int) -> Json:
        known = shop.advice.strategies.by_name.values()
        currency = shop.settings.currency
        return {"strategies": [strategy_json(one, language, currency) for one in known]}

    return answer(request, None, asked, (language,))


@router.get("/blueprints", summary="Use cases, and what data each needs")
def blueprints(request: Request) -> Json:
    """As ``stamgast blueprint list``."""
    language = visit_of(request).language

    def asked(shop: Shop, _: int) -> Json:
        known, names = shop.advice.blueprints, shop.advice.names(language)
        found = [blueprint_json(one, known, names, language) for one in known.by_name.values()]
        return {"blueprints": found}

    return answer(request, None, asked, (language,))


@router.get("/blueprints/check", summary="Which use cases the shop has the data for")
def check_blueprints(request: Request) -> Json:
    """As ``stamgast blueprint check``."""
    language = visit_of(request).language

    def asked(shop: Shop, _: int) -> Json:
        found, known, names = (
            shop.advice.check(),
            shop.advice.blueprints,
            shop.advice.names(language),
        )
        checked = [check_json(one, known, names, language) for one in found]
        return {"blueprints": checked, "ready": sum(one.ready for one in found)}

    return answer(request, None, asked, (language,), "figures")


# --- lists that leave the shop --------------------------------------------------------------------


@router.get("/exports", summary="What was exported")
def exports(request: Request) -> Json:
    """As ``stamgast segment exports``."""

    def asked(shop: Shop) -> Json:
        return {"exports": [_row(record_json(one)) for one in shop.exports.made()]}

    return fresh(request, asked)


@router.post("/segments/{name}/export", summary="Make a list of who may be reached")
def export(request: Request, name: Name, listed: Listed) -> Json:
    """As ``stamgast segment export``; the file is fetched once, within the hour."""
    asked = ExportAsked(
        segment=name,
        channel=listed.channel,
        purpose=listed.purpose,
        without=tuple(listed.without),
        platform=listed.platform,
    )
    found = make_list(visit_of(request), asked)
    path = f"{V1}/exports/{found.export}/file"
    return {**found.as_json(), "file": path}


@router.get(
    "/exports/{number}/file",
    summary="The file of a list, once",
    response_class=FileResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def exported_file(request: Request, number: Number) -> FileResponse:
    """Who was left out, and why, was told when it was made."""
    path = take_list(visit_of(request), number)
    gone = BackgroundTask(_gone, path)
    return FileResponse(
        path, media_type="text/csv", filename=f"stamgast-{number}.csv", background=gone
    )


def _gone(path: Path) -> None:
    path.unlink(missing_ok=True)
