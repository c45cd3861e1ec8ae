"""Answers given apart, as Arrow tables, laid side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.store.scripts import Script


def beside(script: Script, found: Sequence[pa.Table]) -> pa.Table:
    """The answers of a script's parts as one table: no value is copied.

    All have the same rows, nearly always in the same order; if not, they are sorted.
    """
    first, *others = found
    keys = first.select(script.keys)
    if not all(keys.equals(other.select(script.keys)) for other in others):
        by = [(key, "ascending") for key in script.keys]
        found = [table.sort_by(by) for table in found]
    missing = pa.nulls(first.num_rows, pa.int64())
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        key: found[0].column(key) for key in ("profile_id", *script.more)
    }
    of = {
        name: table
        for (_, names), table in zip(script.groups, found, strict=True)
        for name in names
    }
    for name in script.names:
        for column in (name, f"{name}__until"):
            other = script.same.get(column)
            if other is None:
                columns[column] = of[name].column(column)
            elif isinstance(other, exp.Column):
                columns[column] = of[name].column(other.name)
            else:
                columns[column] = missing
    return pa.table(columns)
