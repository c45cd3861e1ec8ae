"""Lines over time, one per name, each with its name at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.report.svg import AXIS_LETTER, AXIS_TEXT, element, round_values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from markupsafe import Markup

WIDTH, HEIGHT, FOOT, LETTER, APART = 1080.0, 360.0, 26.0, 7.4, 15.0
"""Pixels; the last two: about the width of a letter, and how far names at the end are apart."""
NAME = 25.0
"""From the end of a line to its name; a mark of its colour is between them."""
MOST_NAMED = 7


def lines(
    points: Sequence[str],
    series: Mapping[str, tuple[str, Sequence[int]]],
    label: str,
    written: Callable[[int], str],
) -> Markup:
    """The chart. ``series``: name -> its class and a value at each point; values as ``written``."""
    found = [value for _, values in series.values() for value in values]
    axis = round_values(min([*found, 0]), max([*found, 1]))
    texts = [written(value) for value in axis]
    left = 10 + AXIS_LETTER * max(map(len, texts))
    right = WIDTH - NAME - 10 - LETTER * max(map(len, series), default=0)
    step = (right - left) / max(len(points) - 1, 1)
    scale = (HEIGHT - 2 * AXIS_TEXT) / (axis[-1] - axis[0])
    base = AXIS_TEXT + axis[-1] * scale
    marks: list[Markup] = []
    for value, text in zip(axis, texts, strict=True):
        y = base - value * scale
        line = "axis" if value == 0 else "grid"
        marks.append(element("line", x1=left, x2=right, y1=y, y2=y, class_=line))
        marks.append(element("text", text, x=left - 8, y=y + 4, text_anchor="end", class_="tick"))
    for n, text in enumerate(points):
        if n % -(-len(points) // MOST_NAMED) == 0:
            x = left + n * step
            end = "start" if n == 0 else "middle"
            marks.append(
                element("text", text, x=x, y=HEIGHT + FOOT - 6, text_anchor=end, class_="tick")
            )
    for name, (kind, values) in series.items():
        path = " ".join(
            f"{left + n * step:.1f},{base - value * scale:.1f}" for n, value in enumerate(values)
        )
        marks.append(element("polyline", points=path, fill="none", class_=f"line {kind}"))
        for n, value in enumerate(values):
            title = element("title", f"{name}, {points[n]}: {written(value)}")
            x, y = left + n * step, base - value * scale
            marks.append(element("circle", title, cx=x, cy=y, r=3.5, class_=kind))
    ends = {name: base - values[-1] * scale for name, (_, values) in series.items() if values}
    for name, y in _spread(ends).items():
        # where names stand apart from the ends of their lines a colour says whose they are
        marks.append(element("line", x1=right, x2=right + 14, y1=ends[name], y2=y, class_="grid"))
        marks.append(element("circle", cx=right + 16, cy=y, r=4, class_=series[name][0]))
        marks.append(element("text", name, x=right + NAME, y=y + 4))
    return element(
        "svg",
        element("title", label),
        *marks,
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT + FOOT:.0f}",
        class_="lines",
        role="img",
    )


def _spread(ends: Mapping[str, float]) -> dict[str, float]:
    """The places of names beside the ends of their lines, none on top of another."""
    found: dict[str, float] = {}
    lowest = HEIGHT
    for name, y in sorted(ends.items(), key=lambda pair: -pair[1]):
        lowest = min(y, lowest)
        found[name] = lowest
        lowest -= APART
    return found
