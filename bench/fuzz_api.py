"""Asks the API what its description allows, and what it does not: no answer may be a 5xx.

Run by ``make fuzz``. Schemathesis is not among the packages for developers: it brings a second YAML
reader, GraphQL, an HTTP server and a compiled schema checker, for a run that takes minutes. It is
installed beside them when it is asked for.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from stamgast.app.shop import Shop
from stamgast.clock import SystemClock

EXPORT = "Bestelnr;Besteldatum;Klantnummer;Naam;E-mail;Totaal"
CUSTOMERS = 40


def main(schemathesis: str, examples: str) -> int:
    """``schemathesis``: its command; ``examples``: so many questions per route."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        key = _make(shop, Path(folder) / "orders.csv")
        command = [sys.executable, "-m", "stamgast", "--shop", str(shop), "serve", "--port", "0", "--json"]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None  # noqa: S101 - it is piped
                address = json.loads(server.stdout.readline())["address"]
                return subprocess.run(
                    [
                        str(Path(schemathesis).absolute()),
                        "run",
                        f"{address}/api/openapi.json",
                        "-H",
                        f"Authorization: Bearer {key}",
                        "--checks",
                        "not_a_server_error,response_schema_conformance,content_type_conformance",
                        "--max-examples",
                        examples,
                        "--generation-deterministic",
                    ],
                    check=False,
                    cwd=folder,
                ).returncode
            finally:
                server.terminate()
                server.wait(timeout=30)


def _make(folder: Path, file: Path) -> str:
    """A small shop, and a key to its API."""
    rows = [
        f"{n};{1 + n % 28:02}-{1 + n % 12:02}-2025;{n % CUSTOMERS:04};Zoë {n % CUSTOMERS};"
        f"k{n % CUSTOMERS}@voorbeeld.nl;{10 + n},50"
        for n in range(200)
    ]
    file.write_text("\n".join([EXPORT, *rows, ""]), encoding="utf-8")
    with Shop.create(folder) as shop:
        mapping = shop.mappings.draft(shop.mappings.suggest(file), "orders")
        shop.ingest(file, mapping=str(shop.mappings.save(mapping)))
        return shop.glance.keys.make("fuzz", "admin", SystemClock().now(), "bench")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
