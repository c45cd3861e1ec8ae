"""Around every request: its line in the log, without personal data, and the headers of every answer."""

from __future__ import annotations

import json
import logging
import time
import traceback
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger("stamgast.web")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
SHARED = (b"cache-control", b"private, no-store")
"""Pages are of one user; a back button asks again."""


UNSAID = 0
"""The status while nothing was answered."""


class Shell:
    """The outermost part of the app."""

    def __init__(self, app: ASGIApp) -> None:
        """``app``: what is inside."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), UNSAID

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message.setdefault("headers", [])
                known = {name.lower() for name, _ in headers}
                headers.extend(one for one in (*HEADERS, SHARED) if one[0] not in known)
            await send(message)

        try:
            await self._app(scope, receive, told)
        except Exception as error:  # noqa: BLE001 - one request's mistake is not the end
            LOG.error("%s", json.dumps({"error": type(error).__name__, "at": _place(error)}))  # noqa: TRY400 - a trace may quote personal data
            if status == UNSAID:
                answer = PlainTextResponse("Something went wrong inside Stamgast.", status_code=500)
                await answer(scope, receive, told)
            status = 500
        finally:
            LOG.info(
                "%s",
                json.dumps(
                    {
                        "method": scope["method"],
                        "route": scope.get("stamgast.route", "none"),
                        "status": status,
                        "ms": round((time.monotonic() - began) * 1000),
                    }
                ),
            )


def _place(error: Exception) -> str:
    """File and line where it went wrong, and nothing of the values."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
