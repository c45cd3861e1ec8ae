"""The ASGI app: routes, and what every request goes through, from the outside in.

``Shell`` (log, security headers) -> ``Guard`` (who asks, what the route asks, the form's token) ->
a view in a thread -> its template.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from stamgast.errors import InvalidDefinitions, UserError
from stamgast.report.dutch import dutch
from stamgast.web.api import add_api
from stamgast.web.desk import SCRATCH, PendingError
from stamgast.web.guard import Guard, broken, visit_of
from stamgast.web.page import Page
from stamgast.web.page import template as template_of
from stamgast.web.routes import PAGES
from stamgast.web.sessions import Sessions
from stamgast.web.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from stamgast.errors import Issue
    from stamgast.web.desk import Desk
    from stamgast.web.routes import View
    from stamgast.web.visit import Answer, Visit

STATIC = Path(__file__).parent / "static"
FILES = {
    "app.css": "text/css; charset=utf-8",
    "builder.css": "text/css; charset=utf-8",
    "data.css": "text/css; charset=utf-8",
    "htmx-4.0.1.min.js": "text/javascript; charset=utf-8",
    "favicon.svg": "image/svg+xml",
}
MEDIA = {".json": "application/json", ".html": "text/html; charset=utf-8"}
"""Of files that are handed over; the others are lists."""
YEAR_S = 31_536_000
NOT_FOUND = frozenset(
    {
        "definitions.version",
        "extension.unknown",
        "imports.unknown",
        "key.unknown",
        "note.unknown",
        "profile.unknown",
        "quarantine.unknown",
        "segment.unknown",
        "user.unknown",
        "identity.no_verdict",
        "web.not_found",
    }
)
LOCKED = frozenset({"definitions.changed", "store.locked", "web.busy"})


def make_app(desk: Desk) -> FastAPI:
    """The app over one shop. ``desk`` is its own from now on, but for closing it."""
    app = FastAPI(
        title="Stamgast",
        version=metadata.version("stamgast"),
        description="The figures, segments and customers of one shop; as the command line answers them.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.desk = desk
    app.state.sessions = Sessions(desk.users, desk.keys, desk.clock)
    app.router.routes.extend(
        Route(path, _endpoint(view), methods=[method]) for method, path, view in PAGES
    )
    app.router.routes += [
        Route("/health", _health, methods=["GET"]),
        Route("/static/{file}", _static, methods=["GET"]),
        Route("/favicon.ico", _favicon, methods=["GET"]),
        Route("/enter/{token}", _enter, methods=["GET"]),
        Route("/language/{language}", _language, methods=["GET"]),
        Route("/logout", _sign_out, methods=["POST"]),
    ]
    add_api(app)
    app.add_exception_handler(404, _missing)
    app.add_exception_handler(405, _missing)
    app.add_exception_handler(UserError, _mistake)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_middleware(Guard, routes=app.router.routes)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(Shell)
    return app


# --- pages ----------------------------------------------------------------------------------------


def _endpoint(view: View) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        visit = visit_of(request)
        return await run_in_threadpool(_answered, view, visit)

    return answer


def _answered(view: View, visit: Visit) -> Response:
    try:
        answer = view(visit)
        return _response(visit, answer)
    except PendingError:
        return _shown(visit, "pending.html.j2", {}, 200)
    except UserError as error:
        return _told(visit, error)


def _response(visit: Visit, answer: Answer) -> Response:
    if answer.file:
        path = Path(answer.file)
        gone = BackgroundTask(_gone, path)
        return FileResponse(
            path,
            filename=answer.file_name,
            media_type=MEDIA.get(path.suffix, "text/csv"),
            background=gone,
        )
    if answer.to:
        response: Response = RedirectResponse(answer.to, status_code=303)
    else:
        response = _shown(visit, answer.template, dict(answer.values), answer.status)
    user = answer.values.get("sign_in")
    if user is not None:
        visit.sessions.sign_in(response, user, secure=visit.secure)  # type: ignore[arg-type] # a User
    return response


def _gone(path: Path) -> None:
    """A file that was handed over is removed, and its folder with it when it was there for it only."""
    path.unlink(missing_ok=True)
    if path.parent.name.startswith(SCRATCH):
        with suppress(OSError):
            path.parent.rmdir()


def _shown(visit: Visit, template: str, values: dict[str, object], status: int) -> Response:
    if "page" not in values:
        values["page"] = _page(visit)
    text = template_of(template).render(**values)
    response = HTMLResponse(text, status_code=status)
    visit.sessions.open_door(response, visit.session, secure=visit.secure)
    return response


def _page(visit: Visit) -> Page:
    """Of the day that was asked; of now where that is no day."""
    state = visit.desk.state()
    try:
        return Page(visit, state, visit.as_of(state))
    except UserError:
        return Page(visit, state, state.t)


def _told(visit: Visit, error: UserError) -> Response:
    """A mistake as a page: what is wrong, and what to do."""
    try:
        return _page_of(visit, error)
    except UserError:
        return broken(visit)


def _page_of(visit: Visit, error: UserError) -> Response:
    status = _status(error)
    message, hint = error.message, error.hint
    if visit.language == "nl":
        message, hint = dutch(message), dutch(hint)
    return _shown(visit, "mistake.html.j2", {"message": message, "hint": hint}, status)


def _status(error: UserError) -> int:
    return 404 if error.code in NOT_FOUND else 409 if error.code in LOCKED else 400


async def _missing(request: Request, error: Exception) -> Response:
    code = getattr(error, "status_code", 404)
    if request.url.path.startswith("/api/"):
        told = {
            "code": "web.not_found",
            "message": "there is no such page",
            "where": "",
            "hint": "",
        }
        return JSONResponse({"error": told}, status_code=code)
    wrong = UserError("web.not_found", "there is no such page", hint="go back to the overview")
    return await run_in_threadpool(_told, visit_of(request), wrong)


async def _mistake(request: Request, error: Exception) -> Response:  # noqa: ARG001 - starlette's
    """A mistake as JSON, for the API; pages have told theirs."""
    if not isinstance(error, UserError):
        raise error
    told: dict[str, object] = {
        "code": error.code,
        "message": error.message,
        "where": "" if "/" in error.where else error.where,
        "hint": error.hint,
    }
    if isinstance(error, InvalidDefinitions):
        told["issues"] = [_issue(one) for one in error.issues]
    return JSONResponse({"error": told}, status_code=_status(error))


def _issue(one: Issue) -> dict[str, object]:
    """One thing that is wrong in a definition; files by their name in the shop."""
    file = "" if one.file.startswith("/") else one.file
    return {
        "code": one.code,
        "message": one.message,
        "file": file,
        "line": one.line,
        "hint": one.hint,
    }


async def _not_valid(request: Request, error: Exception) -> Response:  # noqa: ARG001 - starlette's
    """What was asked of the API is not as its description says."""
    issues = error.errors() if isinstance(error, RequestValidationError) else []
    said = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in issues)
    told = {"code": "web.invalid", "message": said, "where": "", "hint": "see /api/openapi.json"}
    return JSONResponse({"error": told}, status_code=422)


# --- being signed in, languages, files ------------------------------------------------------------


async def _enter(request: Request) -> Response:
    visit = visit_of(request)
    sessions = visit.sessions
    user = await run_in_threadpool(
        sessions.users.use_link, visit.params["token"], visit.desk.clock.now()
    )
    if user is None:
        response: Response = RedirectResponse("/login?link=used", status_code=303)
    else:
        response = RedirectResponse("/", status_code=303)
        await run_in_threadpool(sessions.sign_in, response, user, secure=visit.secure)
    return response


async def _sign_out(request: Request) -> Response:
    visit = visit_of(request)
    response = RedirectResponse("/login", status_code=303)
    await run_in_threadpool(visit.sessions.sign_out, response, visit.session)
    return response


async def _language(request: Request) -> Response:
    visit = visit_of(request)
    back = urlsplit(visit.query.get("back", "/"))
    here = back.path if back.path.startswith("/") and not back.path.startswith("//") else "/"
    target = here + (f"?{back.query}" if back.query else "")
    response = RedirectResponse(target, status_code=303)
    if visit.params["language"] in ("en", "nl"):
        response.set_cookie(
            "stamgast_language",
            visit.params["language"],
            max_age=YEAR_S,
            httponly=True,
            samesite="lax",
            secure=visit.secure,
        )
    return response


async def _health(request: Request) -> Response:
    mark = await run_in_threadpool(request.app.state.desk.mark)
    return JSONResponse({"status": "ok", "data_version": mark[0]})


async def _static(request: Request) -> Response:
    kind = FILES.get(request.path_params["file"])
    if kind is None:
        return Response(status_code=404)
    headers = {"Cache-Control": f"public, max-age={YEAR_S}, immutable"}
    return FileResponse(STATIC / request.path_params["file"], media_type=kind, headers=headers)


async def _favicon(request: Request) -> Response:  # noqa: ARG001 - starlette's
    return FileResponse(STATIC / "favicon.svg", media_type=FILES["favicon.svg"])
