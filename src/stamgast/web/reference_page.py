"""Writes ``docs/api.md`` from the routes of the API, what each asks, and their description.

Run as ``python -m stamgast.web.reference_page docs/api.md``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from stamgast.web.access import ASKS, MAY
from stamgast.web.api import add_api

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOP = """\
# The API

`stamgast serve` answers programs under `/api/v1`, as the command line does with `--json`, at the same instants. The machine-readable
description is `GET /api/openapi.json`. A program sends a key, made on the page *Settings, API keys* or with `stamgast key add NAME --role ROLE`:

```
curl -H 'Authorization: Bearer sg_...' http://127.0.0.1:8888/api/v1/lifecycle
```

A key has a role, and may what a user in that role may. Who is signed in by a browser may ask too; whatever changes something asks for a key. What is sent is
JSON of at most 64 KB, and a field that is not known is refused. Money is in minor units, instants are UTC.

A mistake is `{"error": {"code", "message", "where", "hint"}}`, of a condition or a definition with every one of its `issues`: 400 a mistake that can be mended, 401 no key,
403 not in this role, 404 there is no such thing, 409 somebody else was first (ask again), 422 not as described here. What was seen of a customer and what was changed is in
the audit, by the name of the key.

What cannot be undone, or touches many, is asked twice: a segment is planned and then saved with the `mark` of the plan; a decision about who is who, an undo of an import and erasing say first
what they would do, and do it when they are told `confirmed`, or the number of the profile.

| route | what it does | role | command |
| --- | --- | --- | --- |
"""
_AS = re.compile(r"``(stamgast [^`]+)``")


def api_page() -> str:
    """``docs/api.md``: every route."""
    app = FastAPI(title="Stamgast", version="0")
    add_api(app)
    described = app.openapi()
    found = sorted(_routes(described), key=lambda one: one[0])
    return _TOP + "".join(f"| {' | '.join(cells)} |\n" for _, cells in found)


def _routes(described: dict[str, Any]) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            name = method.upper()
            asks = ASKS[name, path]
            roles = ", ".join(role for role in MAY if asks in MAY[role])
            twin = ", ".join(f"`{text}`" for text in _AS.findall(one.get("description", "")))
            route = f"`{name} {path.removeprefix('/api/v1')}`"
            fields = [f"`{text}`" for text in _fields(one, described)]
            told = one["summary"] + (f" ({', '.join(fields)})" if fields else "")
            yield (path, name), (route, told, roles, twin)


def _fields(one: dict[str, Any], described: dict[str, Any]) -> Iterator[str]:
    """What may be sent: of the query, then of the body; with ``*`` what must be."""
    for query in one.get("parameters", []):
        if query["in"] == "query":
            yield query["name"] + ("*" if query["required"] else "")
    content = one.get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    model = described["components"]["schemas"].get(reference.rpartition("/")[2], {})
    for name in model.get("properties", {}):
        yield name + ("*" if name in model.get("required", ()) else "")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(api_page(), encoding="utf-8")
