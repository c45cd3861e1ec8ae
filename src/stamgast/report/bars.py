"""Bars below each other, each with its name and value written out, and its interval if there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.report.svg import element

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

WIDTH, ROW, HEAD = 1080.0, 24.0, 30.0
LETTER = 7.2
"""About the width of a letter."""
MOST_LETTERS = 46


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: ``group`` is written above the first of its bars."""

    group: str
    name: str
    value: float
    text: str
    interval: tuple[float, float] | None = None


def bars(rows: Sequence[Bar], label: str) -> Markup:
    """The chart; negative values go to the left of the line."""
    ends = [end for row in rows for end in (row.value, *(row.interval or ()))]
    least, most = min([*ends, 0.0]), max([*ends, 0.0])
    left = 20 + LETTER * max((len(_short(row.name)) for row in rows), default=0)
    right = 20 + LETTER * max((len(row.text) for row in rows), default=0)
    scale = (WIDTH - left - right) / ((most - least) or 1.0)
    zero = left - least * scale
    marks: list[Markup] = []
    y, before = 4.0, None
    for row in rows:
        if row.group != before and row.group:
            y += HEAD
            marks.append(element("text", _short(row.group), x=0, y=y - 9, font_weight="bold"))
        before = row.group
        marks += _row(row, y, left, zero, scale)
        y += ROW
    marks.append(element("line", x1=zero, x2=zero, y1=0, y2=y, class_="axis"))
    return element(
        "svg",
        element("title", label),
        *marks,
        viewBox=f"0 0 {WIDTH:.0f} {y + 6:.0f}",
        class_="columns",
        role="img",
    )


def _row(row: Bar, y: float, left: float, zero: float, scale: float) -> list[Markup]:
    title = element(
        "title", ", ".join(part for part in (row.group, f"{row.name}: {row.text}") if part)
    )
    middle = y + ROW / 2
    at = zero + row.value * scale
    found = [
        element("text", _short(row.name), x=left - 8, y=middle + 4, text_anchor="end"),
        element(
            "rect",
            title,
            x=min(zero, at),
            y=y + 4,
            width=max(abs(at - zero), 1.0),
            height=ROW - 8,
            rx="2",
            class_="month" if row.interval is None else "month ranged",
        ),
    ]
    end = max(at, zero)
    if row.interval is not None:
        low, high = (zero + one * scale for one in row.interval)
        end = max(end, high)
        spans = ((low, high, middle, middle), (low, low, middle - 5, middle + 5))
        for x1, x2, y1, y2 in (*spans, (high, high, middle - 5, middle + 5)):
            found.append(element("line", x1=x1, x2=x2, y1=y1, y2=y2, class_="interval"))
    return [*found, element("text", row.text, x=end + 8, y=middle + 4, class_="tick")]


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"
