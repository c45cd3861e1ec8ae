"""A lazy table: asked when it is read, in the form that the reader wants."""

from __future__ import annotations

from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    import polars as pl
    import pyarrow as pa

SHOWN = 10


class Relation:
    """Rows that are computed once, at the first use; instants are UTC timestamps."""

    def __init__(self, title: str, ask: Callable[[], pa.Table]) -> None:
        """``title``: what it is, for people; ``ask``: makes the rows."""
        self.title = title
        self._ask = ask

    @cached_property
    def _table(self) -> pa.Table:
        return self._ask()

    @property
    def _was_read(self) -> bool:
        return "_table" in self.__dict__

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self._table.column_names)

    def arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        return self._table

    def df(self) -> pd.DataFrame:
        """The rows as a pandas frame. Raises UserError ``extra.missing`` without pandas."""
        _need("pandas")
        return self._table.to_pandas()

    def pl(self) -> pl.DataFrame:
        """The rows as a polars frame. Raises UserError ``extra.missing`` without polars."""
        polars = _need("polars")
        frame: pl.DataFrame = polars.from_arrow(self._table)
        return frame

    def rows(self) -> list[dict[str, Any]]:
        """The rows as dictionaries."""
        found: list[dict[str, Any]] = self._table.to_pylist()
        return found

    def count(self) -> int:
        """The number of rows."""
        return int(self._table.num_rows)

    def __len__(self) -> int:
        """The number of rows."""
        return self.count()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows for any library that reads Arrow."""
        return self._table.__arrow_c_stream__(requested_schema)

    def show(self, rows: int = SHOWN) -> None:
        """Print the first rows."""
        print(self._text(rows))  # noqa: T201 - that is what it is for

    def __repr__(self) -> str:
        """The first rows as text."""
        return self._text(SHOWN)

    def _text(self, rows: int) -> str:
        names = self.columns
        lines = [[_cell(row[name]) for name in names] for row in self._head(rows)]
        widths = [max(map(len, column)) for column in zip(names, *lines, strict=True)]
        text = [self.title]
        for line in [names, ["-" * width for width in widths], *lines]:
            padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            text.append("  ".join(padded).rstrip())
        if self.count() > rows:
            text.append(f"... {self.count()} rows")
        return "\n".join(text)

    def _repr_html_(self) -> str:
        """The first rows as an HTML table, for notebooks."""
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_cell(value))}</td>" for value in row.values()) + "</tr>"
            for row in self._head(SHOWN)
        )
        return (
            f"<table><caption>{escape(self.title)}: {self.count()} rows</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _head(self, rows: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._table.slice(0, rows).to_pylist()
        return found


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _need(package: str) -> Any:  # noqa: ANN401 - a module
    from importlib import import_module  # noqa: PLC0415 - optional

    try:
        return import_module(package)
    except ImportError:
        raise UserError(
            "extra.missing",
            f"{package} is not installed",
            hint="pip install 'stamgast[notebook]', or use .arrow()",
        ) from None
