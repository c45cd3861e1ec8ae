"""An answer of insight as a table, JSON, Arrow and a chart."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stamgast.app.relation import Relation

if TYPE_CHECKING:
    import pyarrow as pa

    from stamgast.app.core import Core
    from stamgast.measure.model import Cell, Insight, Kind, Note
    from stamgast.report.plot import Plot
    from stamgast.report.words import Language


class InsightAnswer(Relation):
    """One insight: a lazy table like any other (``.df()``, ``.pl()``, ``.arrow()``), and more.

    Money is minor units in columns that end in ``_minor``; means are minor units as doubles, one
    division; shares are of 1, one division; instants are UTC timestamps.
    """

    def __init__(self, insight: Insight, core: Core) -> None:
        """Made by ``Shop.insight``."""
        super().__init__(insight.name, lambda: _table(insight))
        self.insight = insight
        self._core = core

    @property
    def facts(self) -> dict[str, Cell]:
        """Figures beside the table, and what was asked."""
        return {name: fact.value for name, fact in self.insight.facts.items()}

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is left out, and what the figures are not."""
        return self.insight.notes

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        return self.insight.as_json()

    def plot(self, language: Language | None = None) -> Plot:
        """The figures as a chart: shown in a notebook, or ``.save("worth.svg")``."""
        from stamgast.report.insight import InsightWriter  # noqa: PLC0415 - only for charts
        from stamgast.report.plot import Plot  # noqa: PLC0415 - as above
        from stamgast.report.speaker import Speaker  # noqa: PLC0415 - as above

        settings, definitions = self._core.settings, self._core.definitions
        spoken = language or ("nl" if settings.language == "nl" else "en")
        speaker = Speaker(
            spoken, lambda: definitions.lifecycle, zone=settings.zone, currency=settings.currency
        )
        stages = list(definitions.lifecycle.labels)
        return Plot(InsightWriter(speaker, definitions).chart(self.insight), stages)

    @cached_property
    def values(self) -> list[dict[str, Cell]]:
        """The rows by column, instants as microseconds."""
        names = [column.name for column in self.insight.columns]
        return [dict(zip(names, row, strict=True)) for row in self.insight.rows]


class Suggestion(InsightAnswer):
    """Times for the lifecycle. ``moves``: who would be in another stage with them."""

    def __init__(self, insight: Insight, core: Core, moves: InsightAnswer) -> None:
        """Made by ``Shop.insight``."""
        super().__init__(insight, core)
        self.moves = moves

    def as_json(self) -> dict[str, object]:
        """As the command line writes it, with the moves."""
        return {**self.insight.as_json(), "moves": self.moves.as_json()["rows"]}


def _table(insight: Insight) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - slow

    fields, arrays = [], []
    for n, column in enumerate(insight.columns):
        kind = _arrow(pa, column.kind)
        cells = [row[n] for row in insight.rows]
        if column.kind in {"month", "day"}:
            arrays.append(pa.array([date.fromisoformat(str(cell)) for cell in cells], kind))
        else:
            arrays.append(pa.array(cells, kind))
        fields.append(pa.field(column.name, kind))
    return pa.table(arrays, schema=pa.schema(fields))


def _arrow(pa: Any, kind: Kind) -> Any:  # noqa: ANN401 - pyarrow has no types
    match kind:
        case "instant":
            return pa.timestamp("us", tz="UTC")
        case "month" | "day":
            return pa.date32()
        case "count" | "money" | "profile":
            return pa.int64()
        case "mean" | "share" | "days":
            return pa.float64()
        case "yes":
            return pa.bool_()
        case _:
            return pa.string()
