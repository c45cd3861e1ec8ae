"""The one place where a request is let through: who asks, what the route asks, the form's token."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Match, Route

from stamgast.errors import UserError
from stamgast.report.words import word
from stamgast.web.access import may, permission_of
from stamgast.web.page import Page, template
from stamgast.web.visit import Incoming, Visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

    from stamgast.report.words import Language

VISIT = "stamgast.visit"
API = "/api/"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing; OPTIONS is of no route."""
MOST_FORM_BYTES = 64 * 1024
MOST_FIELDS = 2_000
WITH_FILE = frozenset({"/upload", "/extension-lists"})
"""Paths whose form may carry one file."""
ROOM_BYTES = 1024 * 1024
"""What such a form may be larger than its file."""
MOST_DRAINED_BYTES = 1024**3
"""So much of a file that is too large is read past, so that a browser shows the answer."""
REFUSED = {
    401: ("nobody is signed in", "sign in first"),
    403: (
        "your role may not do this",
        "ask an admin for another role; changes by the API need a key",
    ),
    404: ("there is no such page", ""),
    411: ("the length of what is sent is not told", "send a Content-Length"),
    413: ("that is too large", f"send at most {MOST_FORM_BYTES} bytes"),
}


def visit_of(request: Request) -> Visit:
    """The visit that the guard let through."""
    visit: Visit = request.scope[VISIT]
    return replace(visit, params=dict(request.path_params))


class Guard:
    """Lets through who may; a route without an entry in ``access.ASKS`` is closed."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        """``routes``: of the app; by which a path is told to be of one."""
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        desk, sessions = scope["app"].state.desk, scope["app"].state.sessions
        header = request.headers.get("authorization", "")
        if header and request.url.path.startswith(API):
            session = await run_in_threadpool(sessions.of_key, header)
        else:
            session = await run_in_threadpool(sessions.of, request.cookies)
        visit = Visit(
            desk=desk,
            sessions=sessions,
            session=session,
            language=language_of(request),
            method=request.method,
            path=request.url.path,
            params={},
            query=dict(request.query_params),
            fragment=request.headers.get("hx-request") == "true",
            secure=request.url.scheme == "https",
            client=request.client.host if request.client else "",
        )
        path = self._path(scope)
        scope["stamgast.route"] = path or "none"
        refused = self._refused(visit, path)
        try:
            if refused is None and request.method not in SAFE:
                if visit.path.startswith(API):
                    refused = _of_program(request)
                else:
                    visit, refused = await _with_form(request, visit)
            scope[VISIT] = visit
            if refused is not None:
                answer = await run_in_threadpool(_refused, visit, refused)
                await answer(scope, receive, send)
                return
            await self._app(scope, receive, send)
        finally:
            await request.close()

    def _path(self, scope: Scope) -> str | None:
        """The route's path, as it is in the table."""
        for route in self._routes:
            if isinstance(route, Route) and route.matches(scope)[0] is Match.FULL:
                return str(route.path)
        return None

    def _refused(self, visit: Visit, path: str | None) -> int | None:
        """The status with which it is refused; None: it is not."""
        if path is None:
            return 404 if visit.session.user is not None else 401
        asks = permission_of(visit.method, path)
        if asks is None:
            return 403
        if asks == "open":
            return None
        if visit.session.user is None:
            return 401
        return None if may(visit.role, asks) else 403


def _of_program(request: Request) -> int | None:
    """Why a change by the API is refused: it asks for a key, since a cookie may be sent by any page."""
    if not request.headers.get("authorization"):
        return 403
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not length.isdigit():
        return 411
    return 413 if int(length) > MOST_FORM_BYTES else None


async def _with_form(request: Request, visit: Visit) -> tuple[Visit, int | None]:
    """The fields of a form, and its file, once its token is known to be ours."""
    origin = request.headers.get("origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.headers.get("host"):
        return visit, 403
    length = request.headers.get("content-length", "")
    if not length.isdigit():
        return visit, 411
    files = int(visit.path in WITH_FILE)
    most = MOST_FORM_BYTES
    if files:
        most = ROOM_BYTES + await run_in_threadpool(visit.desk.most_upload_bytes)
    if int(length) > most:
        await _drain(request, int(length))
        return visit, 413
    try:
        found = await request.form(max_files=files, max_fields=MOST_FIELDS)
    except HTTPException:  # its parts are none
        return visit, 400
    fields = {key: value for key, value in found.items() if isinstance(value, str)}
    held = next((one for one in found.values() if isinstance(one, UploadFile)), None)
    file = None if held is None else Incoming(name=held.filename or "", content=held.file)
    visit = replace(visit, form=fields, file=file)
    same = visit.sessions.same(visit.session, fields.get("csrf", ""))
    return visit, None if same else 403


async def _drain(request: Request, length: int) -> None:
    if length <= MOST_DRAINED_BYTES:
        async for _ in request.stream():
            pass


def _refused(visit: Visit, status: int) -> Response:
    try:
        return _refusal(visit, status)
    except UserError:
        return broken(visit)


def broken(visit: Visit) -> Response:
    """What is said when the shop itself cannot be read: nothing of why, to who may not know it."""
    return PlainTextResponse(word(visit.language, "web.broken"), status_code=503)


def _refusal(visit: Visit, status: int) -> Response:
    if visit.path.startswith(API):
        code = {401: "web.sign_in", 403: "web.not_allowed", 404: "web.not_found"}.get(
            status, "web.refused"
        )
        message, hint = REFUSED.get(status, ("not accepted", ""))
        told = {"code": code, "message": message, "where": "", "hint": hint}
        return JSONResponse({"error": told}, status_code=status)
    if status == 401:  # noqa: PLR2004 - the status
        if visit.method in ("GET", "HEAD") and visit.path != "/":
            return RedirectResponse(f"/login?next={quote(visit.path)}", status_code=303)
        return RedirectResponse("/login", status_code=303)
    state = visit.desk.state()
    page = Page(visit, state, state.t)
    message = page.say(_why(visit, status))
    text = template("mistake.html.j2")
    return HTMLResponse(text.render(page=page, message=message, hint=""), status_code=status)


def _why(visit: Visit, status: int) -> str:
    """The words for a refusal."""
    if status == 413:  # noqa: PLR2004 - the status
        return "web.refused.large"
    if status == 404:  # noqa: PLR2004 - the status
        return "web.refused.gone"
    return "web.refused.form" if visit.method == "POST" else "web.refused.role"


def language_of(request: Request) -> Language:
    """As chosen in the page; else the first that the browser reads and we write; else English."""
    chosen = request.cookies.get("stamgast_language")
    if chosen in ("en", "nl"):
        return "nl" if chosen == "nl" else "en"
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(request.headers.get("accept-language", "").split(",")):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        if weight > 0:
            wanted.append((-weight, place, name.partition("-")[0].lower()))
    found = [name for _, _, name in sorted(wanted) if name in ("en", "nl")]
    return "nl" if found[:1] == ["nl"] else "en"
