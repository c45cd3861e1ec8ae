"""Orders and profiles, looked up once for all that a question about everybody is made of.

Names that read different things are asked apart, and shop statistics before them. Most of these look at the
orders: at who replaced them, whose they are, and who is there at all. How this goes with the rows of few
profiles (``few.py``): docs/adr/0008.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING

from stamgast.language.sql.apart import apart
from stamgast.language.sql.calendar import last_midnight
from stamgast.language.sql.dialect import DUCKDB
from stamgast.language.sql.moment import Moment
from stamgast.language.sql.parameters import Given
from stamgast.language.sql.shared import Gathered
from stamgast.language.sql.statement import everybody
from stamgast.language.sql.written import Shelf, Written, written
from stamgast.model.tables import ORDER_LINE, ORDER_VERSION
from stamgast.store.few import OF_LINES
from stamgast.store.parsed import execute
from stamgast.store.scripts import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import duckdb

    from stamgast.language.ast import Definitions
    from stamgast.language.sql.statement import Request
    from stamgast.model.log import Instant

ORDERS = "stamgast_orders"
LINES = "stamgast_lines"
"""A view of the lines of ``ORDERS``."""
ALWAYS = ("profile_id", "order_key", "ordered_at", "valid_from", "valid_to", "counts", "net_total")
"""The columns of orders that are gathered whatever is asked; of net totals revenue is made."""
FOUND_BY = tuple(name for name in OF_LINES if name != "order_id")
"""What lines are found by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    """The statements of one question."""

    everybody: Written
    orders: str
    of_lines: str
    """What ``LINES`` are found by: the orders with all that lines have of them."""
    gathered: tuple[Gathered, ...]

    def fits(self, given: Given) -> bool:
        """Whether they are the same for what is asked now."""
        return self.everybody.fits(given)


_kept: Shelf[_Texts] = Shelf()


@contextmanager
def gathered(
    db: duckdb.DuckDBPyConnection,
    definitions: Definitions,
    request: Request,
    t: Instant,
    lines: Callable[[str], str] | None,
) -> Iterator[Request]:
    """The request about everybody at t; of what is asked in several statements one that reads what is gathered.

    Within there are ``EVERYBODY``, ``ORDERS`` and ``LINES``: all that statements of t, and of the midnight
    before it, may be about. ``lines``: the rows of ``order_line`` for a table of order versions.
    """
    if len(apart(request.names, definitions)) <= 1:
        yield request
        return
    given = Given(zone=definitions.zone, t=t)
    texts = _kept.find(
        definitions,
        (request, lines is None),
        given,
        lambda: _texts(definitions, request, given, with_lines=lines is not None),
    )
    try:
        execute(db, texts.everybody.text, texts.everybody.parameters(given))
        execute(db, texts.orders, {"t": t, "midnight": last_midnight(t, definitions.zone)})
        if lines is not None:
            execute(db, f'CREATE OR REPLACE TEMP VIEW "{LINES}" AS {lines(texts.of_lines)}')
        yield replace(request, everybody=EVERYBODY, gathered=texts.gathered)
    finally:
        execute(db, f'DROP VIEW IF EXISTS temp."{LINES}"')
        for table in (ORDERS, EVERYBODY):
            execute(db, f'DROP TABLE IF EXISTS temp."{table}"')


def _texts(definitions: Definitions, request: Request, given: Given, *, with_lines: bool) -> _Texts:
    moment = Moment(zone=given.zone, t=given.t, face=DUCKDB)
    there = written(everybody(moment, request).query, moment.parameters, "duckdb")
    wanted = {*ALWAYS, *_words(request.names, definitions), *(FOUND_BY if with_lines else ())}
    columns = [name for name, _ in ORDER_VERSION.columns if name in wanted]
    left = [] if "order_id" in wanted else [", CAST(NULL AS VARCHAR) AS order_id"]
    found = [Gathered(of=ORDER_VERSION.name, table=ORDERS, columns=frozenset(columns))]
    if with_lines:
        of_lines = frozenset(
            name for name, _ in ORDER_LINE.columns if name != "order_id" or not left
        )
        found.append(Gathered(of=ORDER_LINE.name, table=LINES, columns=of_lines))
    named = ", ".join(f'"{name}"' for name in columns)
    return _Texts(
        everybody=replace(
            there, text=f'CREATE OR REPLACE TEMP TABLE "{EVERYBODY}" AS {there.text}'
        ),
        orders=f'CREATE OR REPLACE TEMP TABLE "{ORDERS}" AS SELECT {named} FROM "{ORDER_VERSION.name}" '  # noqa: S608 - our own names
        "WHERE valid_from <= $t AND (valid_to IS NULL OR valid_to > $midnight)",
        of_lines=f'(SELECT *{"".join(left)} FROM "{ORDERS}")',  # noqa: S608 - our own names
        gathered=tuple(found),
    )


def _words(names: Iterable[str], definitions: Definitions) -> set[str]:
    """Every text in what is asked, of which some are names of columns.

    One that is missed costs time, no answer: who reads such a column reads the orders themselves.
    """
    found: set[str] = set()
    todo: list[object] = [*names]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            if one not in found:
                found.add(one)
                todo += [
                    kind[one] for kind in (definitions.traits, definitions.segments) if one in kind
                ]
        elif isinstance(one, tuple):
            todo += one
        elif is_dataclass(one):
            todo += [getattr(one, part.name) for part in fields(one)]
    return found
