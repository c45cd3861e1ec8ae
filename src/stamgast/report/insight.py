"""Insight in words: titles, columns, cells, notes and charts of one language."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from stamgast.report.bars import Bar, bars
from stamgast.report.charts import css, flow_chart
from stamgast.report.formats import DASH
from stamgast.report.headline import headed
from stamgast.report.lines import lines
from stamgast.report.matrix import matrix
from stamgast.report.model import Flow, FlowStep
from stamgast.report.svg import columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from markupsafe import Markup

    from stamgast.language.ast import Definitions
    from stamgast.measure.model import Cell, Column, Fact, Insight, Kind
    from stamgast.report.speaker import Speaker

RIGHT = frozenset({"count", "money", "mean", "share", "days"})
"""Kinds of numbers: shown to the right."""
HIDDEN = frozenset({"profile"})
"""Kinds for programs alone."""
MOST_BARS = 60
ALONG = frozenset({"month", "day", "instant"})
"""Kinds of points of time."""


class InsightWriter:
    """Writes insights in the language of a speaker."""

    def __init__(
        self,
        speaker: Speaker,
        definitions: Definitions,
        identifier: Callable[[str], str] = lambda kind: kind,
    ) -> None:
        """``identifier``: the words of an identifier kind."""
        self.speaker = speaker
        self.definitions = definitions
        self.identifier = identifier
        self._kinds: Mapping[Kind, Callable[[Cell], str]] = {
            "segment": self._segment,
            "extension": self._extension,
            "stage": lambda cell: speaker.stage(str(cell)),
            "word": lambda cell: speaker.say(f"insight.word.{cell}"),
            "month": lambda cell: speaker.formats.month(date.fromisoformat(str(cell))),
            "instant": lambda cell: speaker.formats.moment(int(str(cell))),
            "customer": self._customer,
            "count": lambda cell: speaker.formats.number(int(str(cell))),
            "money": lambda cell: speaker.formats.money(int(str(cell)), cents=True),
            "mean": lambda cell: speaker.formats.money(round(float(str(cell))), cents=True),
            "share": lambda cell: speaker.formats.share(float(str(cell)), 1),
            "days": lambda cell: speaker.formats.decimal(float(str(cell)), digits=1),
            "reason": lambda cell: speaker.reason(str(cell)),
            "yes": lambda cell: speaker.say("insight.word.yes") if cell else "",
        }

    # --- words ------------------------------------------------------------------------------------

    def title(self, insight: Insight) -> str:
        """What it is, of when."""
        moment = self.speaker.formats.moment(insight.as_of)
        said = self._said(insight.facts, insight.facts.get("split_by"))
        return self.speaker.say(f"insight.title.{insight.name}", **(said | {"moment": moment}))

    def notes(self, insight: Insight) -> list[str]:
        """What to know when reading it."""
        found = []
        for note in insight.notes:
            number = note.facts.get("n")
            count = {} if number is None else {"count": number.value}
            key = f"insight.note.{note.key}"
            found.append(self.speaker.say(key, **(self._said(note.facts, None) | count)))
        return found

    def head(self, insight: Insight) -> list[str]:
        """The names of the columns that people see."""
        return [self._column(column) for column in self.shown(insight)]

    def shown(self, insight: Insight) -> list[Column]:
        """The columns that people see."""
        return [insight.columns[n] for n in self._places(insight)]

    def _places(self, insight: Insight) -> list[int]:
        return [
            n
            for n, column in enumerate(insight.columns)
            if column.kind not in HIDDEN
            and (not column.optional or any(row[n] for row in insight.rows))
        ]

    def rows(self, insight: Insight) -> list[list[str]]:
        """The cells that people see."""
        by, places = insight.facts.get("split_by"), self._places(insight)
        return [
            [self.cell(insight.columns[n].kind, row[n], by) for n in places] for row in insight.rows
        ]

    def totals(self, insight: Insight) -> list[list[str]]:
        """A row of the sums of all months, where they add up; else none."""
        if insight.name != "figures" or not insight.rows:
            return []
        found = [self.speaker.say("insight.total")]
        for n in self._places(insight)[1:]:
            whole = sum(int(str(row[n] or 0)) for row in insight.rows)
            found.append(self.cell(insight.columns[n].kind, whole))
        return [found]

    def cell(self, kind: Kind, value: Cell, split_by: Fact | None = None) -> str:
        """A value in words; a dash when it is missing."""
        if value is None:
            return self.speaker.say("insight.word.not_named") if kind == "named" else DASH
        if kind == "part":
            return self._part(str(value), "" if split_by is None else str(split_by.value))
        write = self._kinds.get(kind)
        return str(value) if write is None else write(value)

    def _column(self, column: Column) -> str:
        return self.speaker.say(f"insight.column.{column.name.removesuffix('_minor')}")

    def _said(self, facts: Mapping[str, Fact], by: Fact | None) -> dict[str, object]:
        return {name: self.cell(fact.kind, fact.value, by) for name, fact in facts.items()}

    def _segment(self, cell: Cell) -> str:
        label = self.definitions.segments[str(cell)].label
        return label[self.speaker.language]

    def _extension(self, cell: Cell) -> str:
        label = self.definitions.extensions[str(cell)].label
        return label[self.speaker.language]

    def _customer(self, cell: Cell) -> str:
        kind, _, value = str(cell).partition(":")
        return f"{self.identifier(kind)} {value}" if value else str(cell)

    def _part(self, value: str, by: str) -> str:
        kind, _, name = by.partition(":")
        if kind == "stage":
            return self.speaker.stage(value)
        if kind in {"segment", "extension"} and value in {"in", "out"}:
            label = self._segment(name) if kind == "segment" else self._extension(name)
            return label if value == "in" else self.speaker.say("insight.word.others")
        if not value:
            return self.speaker.say("insight.word.unknown")
        if value in {"true", "false"}:
            return self.speaker.say("insight.word.yes" if value == "true" else "insight.word.no")
        trait = self.definitions.traits.get(name) if kind == "trait" else None
        named = None if trait is None else trait.value_labels.get(value)
        return value if named is None else named[self.speaker.language]

    # --- charts -----------------------------------------------------------------------------------

    def chart(self, insight: Insight) -> Markup:
        """The insight drawn; every mark says its figures."""
        drawing = insight.drawing
        if drawing.form == "matrix":
            drawn = self._matrix(insight)
        elif drawing.form == "flow":
            drawn = self._flow(insight)
        elif drawing.names == ("stage", "at") and insight.columns[0].kind != "part":
            drawn = self._lines(insight)
        else:
            drawn = self._bars(insight)
        measured = [self._column(one) for one in insight.columns if one.name == drawing.value]
        return headed(drawn, self.title(insight), "".join(measured))

    def _lines(self, insight: Insight) -> Markup:
        """How many were in each stage over time: a line per stage, in the order of the lifecycle."""
        names = [column.name for column in insight.columns]
        at, stage, value = (names.index(one) for one in ("at", "stage", insight.drawing.value))
        points = list(dict.fromkeys(self._short("instant", row[at]) for row in insight.rows))
        found: dict[str, list[int]] = {}
        for row in insight.rows:
            found.setdefault(str(row[stage]), []).append(int(str(row[value])))
        series = {self.speaker.stage(one): (css(one), values) for one, values in found.items()}
        return lines(points, series, self.title(insight), self.speaker.formats.number)

    def _flow(self, insight: Insight) -> Markup:
        """All parts together, as ribbons from stage to stage."""
        names = [column.name for column in insight.columns]
        counted: dict[tuple[str, str], int] = {}
        for row in insight.rows:
            cells = dict(zip(names, row, strict=True))
            pair = (str(cells["before"]), str(cells["after"]))
            counted[pair] = counted.get(pair, 0) + int(str(cells["customers"]))
        moved = tuple(
            Flow(before=before, after=after, count=count)
            for (before, after), count in sorted(counted.items())
        )
        start, end = (int(str(insight.facts[name].value)) for name in ("start", "end"))
        step = FlowStep(start=start, end=end, flows=moved)
        return flow_chart(self.speaker, [step], list(self.definitions.lifecycle.labels))

    def _bars(self, insight: Insight) -> Markup:
        """Columns along time; else a bar per row, or per group of rows of one name: how many."""
        drawing = insight.drawing
        kinds: dict[str, Kind] = {column.name: column.kind for column in insight.columns}
        timed = [name for name in drawing.names if kinds.get(name) in ALONG]
        if timed and timed == list(drawing.names) and "part" not in kinds:
            return self._along(insight, kinds)
        shown = self._told(insight, kinds)[-MOST_BARS:]
        return bars(shown, self.title(insight))

    def _told(self, insight: Insight, kinds: Mapping[str, Kind]) -> list[Bar]:
        """Rows as bars; the first of several names, or the part, is written above."""
        drawing, by = insight.drawing, insight.facts.get("split_by")
        wanted = list(dict.fromkeys(name for name in ("part", *drawing.names) if name in kinds))
        found: dict[tuple[str, str], Bar] = {}
        for row in insight.rows:
            cells = dict(zip(kinds, row, strict=True))
            told = [self._short(kinds[name], cells[name], by) for name in wanted]
            moved = "before" in wanted
            above = told.pop(0) if len(told) > 1 and ("part" in kinds or not moved) else ""
            key = (above, (" → " if moved else ", ").join(told) or self.title(insight))
            value = _number(cells[drawing.value]) if drawing.value else 1
            if not drawing.value and key in found:
                value += found[key].value
            kind = kinds[drawing.value] if drawing.value else "count"
            missing = drawing.value and cells[drawing.value] is None
            text = DASH if missing else self.cell(kind, value)
            ends = (cells.get("low"), cells.get("high")) if kind == "share" else (None, None)
            interval = None if None in ends else (_number(ends[0]), _number(ends[1]))
            found[key] = Bar(group=above, name=key[1], value=value, text=text, interval=interval)
        place = {group: n for n, group in enumerate(dict.fromkeys(key[0] for key in found))}
        return sorted(found.values(), key=lambda bar: place[bar.group])

    def _along(self, insight: Insight, kinds: Mapping[str, Kind]) -> Markup:
        """A column per instant or month; few of them are named."""
        drawing = insight.drawing
        kind = kinds[drawing.value]
        values: dict[str, float | None] = {}
        for row in insight.rows:
            cells = dict(zip(kinds, row, strict=True))
            label = ", ".join(self._short(kinds[name], cells[name]) for name in drawing.names)
            cell = cells[drawing.value]
            values[label] = None if cell is None else _number(cell)
        return self._drawn(insight, values, kind)

    def _short(self, kind: Kind, value: Cell, by: Fact | None = None) -> str:
        """A name beside a bar: of an instant the day."""
        if kind == "instant":
            return self.speaker.formats.day(int(str(value)))
        return self.cell(kind, value, by)

    def _drawn(self, insight: Insight, values: dict[str, float | None], kind: Kind) -> Markup:
        scale = 10_000 if kind == "share" else 1
        shown = list(values.items())[-MOST_BARS:]
        every = -(-len(shown) // 7)
        drawn = [
            (
                label if n % every == 0 else "",
                None if value is None else round(value * scale),
                f"{label}: {self.cell(kind, value)}",
            )
            for n, (label, value) in enumerate(shown)
        ]

        def written(value: int) -> str:
            if kind == "money":
                return self.speaker.formats.money(value)
            return self.cell(kind, value / scale) if kind == "share" else self.cell(kind, value)

        return columns(drawn, self.title(insight), written)

    def _matrix(self, insight: Insight) -> Markup:
        """Pairs of the first two named columns, as dark as the share of the row."""
        drawing, names = insight.drawing, [column.name for column in insight.columns]
        kinds = {column.name: column.kind for column in insight.columns}
        first, second = drawing.names
        cells = []
        for row in insight.rows:
            one = dict(zip(names, row, strict=True))
            pair = (self.cell(kinds[first], one[first]), self.cell(kinds[second], one[second]))
            value = float(str(one[drawing.value] or 0))
            cells.append((*pair, value, self.cell(kinds[drawing.value], one[drawing.value])))
        return matrix(cells, self.title(insight))


def _number(cell: Cell) -> float:
    return 0 if cell is None or isinstance(cell, str) else cell


def rights(shown: Sequence[Column]) -> list[int]:
    """Which columns are of numbers."""
    return [n for n, column in enumerate(shown) if column.kind in RIGHT]


def wholes(shown: Sequence[Column]) -> list[int]:
    """Which columns are never broken."""
    return [n for n, column in enumerate(shown) if column.kind in {"month", "day", "instant"}]
