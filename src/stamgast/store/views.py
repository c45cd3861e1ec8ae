# ruff: noqa: S608 - a view takes no parameters: its text is made of our own names and quoted constants
"""The lake's tables as views on a DuckDB connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.store.database import literal, quoted
from stamgast.store.lake import BATCH, LAKE, PROPERTY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from stamgast.store.database import Database
    from stamgast.store.files import LakeFile
    from stamgast.store.lake import LakeTable


def property_columns(files: Iterable[LakeFile]) -> tuple[str, ...]:
    """The ``p_...`` columns that some of the files have, sorted."""
    names = {name for file in files for name in file.columns if name.startswith(PROPERTY_PREFIX)}
    return tuple(sorted(names))


def create_lake_views(
    database: Database, lake: Path, files: Sequence[LakeFile], *, prefix: str = "lake_"
) -> None:
    """Make a view ``lake_<table>`` of every table: its files as they are, or no rows at all."""
    for table in LAKE.values():
        own = [file for file in files if file.table == table.name]
        create_lake_view(database, table, lake, own, prefix=prefix)


def create_lake_view(
    database: Database,
    table: LakeTable,
    lake: Path,
    files: Sequence[LakeFile],
    *,
    prefix: str = "lake_",
) -> None:
    """Make or replace the view of one table over these files."""
    body = rows_of(table, lake, files) if files else no_rows(table)
    database.run(f"CREATE OR REPLACE VIEW {quoted(prefix + table.name)} AS {body}")


def rows_of(table: LakeTable, lake: Path, files: Sequence[LakeFile]) -> str:
    """``SELECT <columns> FROM read_parquet([...])``; columns are taken by name.

    A column that none of the files has, written before there was one, is missing in every row.
    Only files of different columns are read with ``union_by_name``, which opens every file to bind.
    """
    names = [name for name, _ in (*table.columns, BATCH)] + list(property_columns(files))
    types, held = table.types, set[str]().union(*(file.columns for file in files))
    columns = ", ".join(
        quoted(name)
        if name in held or name not in types
        else f"CAST(NULL AS {types[name]}) AS {quoted(name)}"
        for name in names
    )
    paths = ", ".join(literal(str(lake / file.path)) for file in files)
    by_name = len({frozenset(file.columns) for file in files}) > 1
    return (
        f"SELECT {columns} FROM read_parquet([{paths}], hive_partitioning = false, "
        f"union_by_name = {'true' if by_name else 'false'})"
    )


def no_rows(table: LakeTable) -> str:
    """A query with the columns of a table and no rows."""
    columns = ", ".join(
        f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in (*table.columns, BATCH)
    )
    return f"SELECT {columns} WHERE false"
