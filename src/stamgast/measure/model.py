"""An answer of insight: one table with typed columns, figures beside it, and what is left out.

Every entrance reads the same value: the command line, JSON, Arrow and charts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from stamgast.clock import format_instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stamgast.model.log import Instant

Kind: TypeAlias = Literal[
    "text",
    "segment",
    "stage",
    "word",
    "part",
    "month",
    "day",
    "instant",
    "profile",
    "customer",
    "count",
    "money",
    "mean",
    "share",
    "days",
    "yes",
    "reason",
    "extension",
    "named",
]
"""What a value is. ``money``: minor units, exact; ``mean``: minor units as a double, one division;
``share``: of 1, one division; ``month`` and ``day``: the first day, ISO; ``word``: one of our own,
``insight.word.<value>``; ``part``: of what was split by; ``customer``: ``kind:value``;
``reason``: why lines of a file were not taken; ``named``: a text that a source may not have said."""

Cell: TypeAlias = "str | int | float | bool | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column. Names of money end in ``_minor``."""

    name: str
    kind: Kind
    optional: bool = False
    """People see it only when some value is not 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A figure beside the table, or a number that was asked for."""

    kind: Kind
    value: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something to know when reading: what is left out, what the figures are not.

    ``key``: of the words ``insight.note.<key>``; ``facts``: the values in them.
    """

    key: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """How a table is drawn: ``bars`` of a column, named by others; a ``matrix`` of pairs; a ``flow``."""

    form: Literal["bars", "matrix", "flow", "none"]
    names: tuple[str, ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """One answer."""

    name: str
    """Of the words ``insight.title.<name>``."""
    as_of: Instant
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    facts: Mapping[str, Fact] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    drawing: Drawing = field(default_factory=lambda: Drawing(form="none"))

    def column(self, name: str) -> list[Cell]:
        """The values of a column."""
        (at,) = [n for n, column in enumerate(self.columns) if column.name == name]
        return [row[at] for row in self.rows]

    def as_json(self) -> dict[str, object]:
        """As the command line writes it: instants ISO, money in minor units."""
        return {
            "insight": self.name,
            "as_of": format_instant(self.as_of),
            **_plain_facts(self.facts),
            "rows": [
                {
                    column.name: plain(column.kind, cell)
                    for column, cell in zip(self.columns, row, strict=True)
                }
                for row in self.rows
            ],
            "notes": [{"note": note.key, **_plain_facts(note.facts)} for note in self.notes],
        }


def plain(kind: Kind, value: Cell) -> Cell:
    """A value as JSON has it."""
    return format_instant(int(value)) if kind == "instant" and value is not None else value


def _plain_facts(facts: Mapping[str, Fact]) -> dict[str, Cell]:
    return {name: plain(fact.kind, fact.value) for name, fact in facts.items()}


def share(part: float, whole: float) -> float | None:
    """``part / whole``, one division; missing of nothing."""
    return part / whole if whole else None


def columns(**kinds: Kind) -> tuple[Column, ...]:
    """Columns in this order."""
    return tuple(Column(name=name, kind=kind) for name, kind in kinds.items())


def split(
    by: str, columns_: tuple[Column, ...], rows: Sequence[tuple[Cell, ...]]
) -> tuple[tuple[Column, ...], tuple[tuple[Cell, ...], ...]]:
    """Rows that begin with their part; without a split that column falls away."""
    if by:
        return (Column(name="part", kind="part"), *columns_), tuple(rows)
    return columns_, tuple(row[1:] for row in rows)
