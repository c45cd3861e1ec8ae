"""Statements that DuckDB has parsed, kept by their text: parsing takes a good part of a small answer."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEPT_CHARACTERS = 3_000_000
"""So much text is kept parsed in all; the last used."""
LONGEST = 300_000
"""Longer texts are not kept."""

_kept: OrderedDict[str, duckdb.Statement] = OrderedDict()
_lock = Lock()
_characters = 0


def execute(
    connection: duckdb.DuckDBPyConnection,
    text: str,
    parameters: Mapping[str, object] | Sequence[object] | None = None,
) -> duckdb.DuckDBPyConnection:
    """``connection.execute``, of a text that was parsed before if it was asked before."""
    return connection.execute(parsed(connection, text), parameters)


def parsed(connection: duckdb.DuckDBPyConnection, text: str) -> duckdb.Statement | str:
    """The statement; the text itself where it is not one statement, for DuckDB to say what is wrong.

    A statement belongs to no connection: names are looked up when it is executed.
    """
    with _lock:
        if text in _kept:
            _kept.move_to_end(text)
            return _kept[text]
    try:
        found = connection.extract_statements(text)
    except duckdb.Error:
        return text
    if len(found) != 1:
        return text
    if len(text) <= LONGEST:
        _keep(text, found[0])
    return found[0]


def _keep(text: str, statement: duckdb.Statement) -> None:
    global _characters  # noqa: PLW0603 - of all connections of the process
    with _lock:
        if text not in _kept:
            _characters += len(text)
        _kept[text] = statement
        while _characters > KEPT_CHARACTERS:
            gone, _ = _kept.popitem(last=False)
            _characters -= len(gone)
