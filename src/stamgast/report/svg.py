"""Charts as SVG text: drawn here, coloured by the page's own style sheet, readable without colour.

Every mark carries a ``<title>``; classes ``s-<stage>`` name the colour; coordinates are pixels of
the view box.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from stamgast.report.formats import DASH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


AXIS_STEPS = 4
AXIS_TEXT = 8.0
AXIS_LETTER = 7.0
"""Pixels: half the height of a line of the axis, and the width of a letter or digit."""


def element(tag: str, *children: str | Markup, **attributes: str | float | None) -> Markup:
    """An element; ``class_`` and ``aria_label`` lose or change their underscore; all is escaped."""
    text = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_short(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    inside = Markup("").join(children)
    return Markup(f"<{tag}{text}>{inside}</{tag}>")  # noqa: S704 - both parts are escaped above


def _short(value: str | float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def css(stage: str) -> str:
    """The class that gives a stage its colour; ``""`` (not there yet) has one too."""
    return "s-" + ("".join(c if c.isalnum() else "-" for c in stage) or "absent")


def stacked_bar(parts: Iterable[tuple[str, int, str]], label: str) -> Markup:
    """A bar of the whole width: (stage, size, title) of each part, in order."""
    parts = [part for part in parts if part[1]]
    total = sum(size for _, size, _ in parts)
    marks, x = [], 0.0
    for stage, size, title in parts:
        width = 100 * size / total
        marks.append(
            element(
                "rect",
                element("title", title),
                x=f"{x:.3f}%",
                y="0",
                width=f"{width:.3f}%",
                height="100%",
                class_=css(stage),
            )
        )
        x += width
    return element("svg", element("title", label), *marks, class_="bar", role="img")


def share_bars(rows: Iterable[tuple[str, float, str]]) -> Markup:
    """Thin bars under each other: (class, share of 1, title)."""
    marks = []
    height = 9.0
    rows = list(rows)
    for n, (name, share, title) in enumerate(rows):
        y = n * (height + 4)
        width = f"{100 * max(0.0, min(share, 1.0)):.2f}%"
        marks += [
            element("rect", x="0", y=y, width="100%", height=height, rx="4.5", class_="track"),
            element(
                "rect",
                element("title", title),
                x="0",
                y=y,
                width=width,
                height=height,
                rx="4.5",
                class_=name,
            ),
        ]
    label = ", ".join(title for _, _, title in rows)
    return element(
        "svg",
        element("title", label),
        *marks,
        class_="shares",
        role="img",
        height=len(rows) * (height + 4) - 4,
    )


def round_values(low: int, high: int) -> list[int]:
    """Four or so round values from at most ``low`` to at least ``high``, 0 among them.

    >>> round_values(0, 4_321), round_values(-70, 250)
    ([0, 2000, 4000, 6000], [-100, 0, 100, 200, 300])
    """
    wanted = max((high - low) / AXIS_STEPS, 1)
    size = 10 ** (len(str(int(wanted))) - 1)
    step = next(size * n for n in (1, 2, 5, 10) if size * n >= wanted)
    return [step * n for n in range(low // step, -(-high // step) + 1)]


def columns(
    values: Sequence[tuple[str, int | None, str]], label: str, written: Callable[[int], str]
) -> Markup:
    """Bars side by side: (text below, value, title), and the axis of their values, as ``written``.

    Negative values hang below the line; in the place of a missing one stands a dash.
    """
    width, height, foot = 1080.0, 220.0, 26.0
    found = [value for _, value, _ in values if value is not None]
    axis = round_values(min([*found, 0]), max([*found, 1]))
    scale = (height - 2 * AXIS_TEXT) / (axis[-1] - axis[0])
    base = AXIS_TEXT + axis[-1] * scale
    texts = [written(value) for value in axis]
    left = 10 + AXIS_LETTER * max(map(len, texts))
    marks: list[Markup] = []
    for value, text in zip(axis, texts, strict=True):
        y = base - value * scale
        line = "axis" if value == 0 else "grid"
        marks.append(element("line", x1=left, x2=width, y1=y, y2=y, class_=line))
        marks.append(element("text", text, x=left - 8, y=y + 4, text_anchor="end", class_="tick"))
    step = (width - left) / max(len(values), 1)
    for n, (below, tall, title) in enumerate(values):
        middle = left + (n + 0.5) * step
        if tall is None:
            said = (element("title", title), DASH)
            marks.append(
                element("text", *said, x=middle, y=base - 5, text_anchor="middle", class_="tick")
            )
        else:
            marks.append(_column(middle - step * 0.36, step * 0.72, base, tall * scale, title))
        if below:
            fits = middle + AXIS_LETTER * len(below) / 2 <= width
            x, anchor = (middle, "middle") if fits else (width, "end")
            marks.append(element("text", below, x=x, y=height + 14, text_anchor=anchor))
    return element(
        "svg",
        element("title", label),
        *marks,
        viewBox=f"0 0 {width:.0f} {height + foot:.0f}",
        class_="columns",
        role="img",
    )


def _column(x: float, width: float, base: float, tall: float, title: str) -> Markup:
    return element(
        "rect",
        element("title", title),
        x=x,
        y=base - max(tall, 0.0),
        width=width,
        height=max(abs(tall), 1.0),
        rx="3",
        class_="month",
    )


# --- the Sankey ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A stage in one column."""

    stage: str
    label: str
    """Beside the node, in the outer columns."""
    number: str
    """Beside the node, in the inner columns."""
    size: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ribbon:
    """A move between a column and the next."""

    before: str
    after: str
    size: int
    title: str


@dataclass(slots=True)
class _Box:
    x: float
    y: float
    height: float
    out_y: float
    in_y: float


WIDTH, MARGIN, NODE, GAP, HEAD, BODY = 1080.0, 168.0, 13.0, 9.0, 30.0, 520.0
LABEL_STEP = 17.0


def sankey(
    heads: Sequence[str],
    nodes: Sequence[Sequence[Node]],
    ribbons: Sequence[Sequence[Ribbon]],
    label: str,
) -> Markup:
    """Columns of stages with ribbons between them; the order of stages is that of each column."""
    most = max(sum(node.size for node in column) for column in nodes)
    gaps = max(len(column) for column in nodes) - 1
    scale = (BODY - gaps * GAP) / max(most, 1)
    boxes = [_boxes(column, n, len(nodes), scale) for n, column in enumerate(nodes)]
    marks: list[Markup] = []
    for n, step in enumerate(ribbons):
        marks += _ribbons(step, nodes[n], nodes[n + 1], (boxes[n], boxes[n + 1]), scale)
    for n, column in enumerate(nodes):
        side = "left" if n == 0 else "right" if n == len(nodes) - 1 else "inner"
        marks += _nodes(column, boxes[n], side)
        x = _x(n, len(nodes)) + NODE / 2
        marks.append(element("text", heads[n], x=x, y="14", text_anchor="middle", class_="head"))
    return element(
        "svg",
        element("title", label),
        *marks,
        viewBox=f"0 0 {WIDTH:.0f} {HEAD + BODY + 12:.0f}",
        class_="sankey",
        role="img",
    )


def _x(column: int, columns_: int) -> float:
    return MARGIN + column * (WIDTH - 2 * MARGIN - NODE) / max(columns_ - 1, 1)


def _boxes(column: Sequence[Node], n: int, columns_: int, scale: float) -> dict[str, _Box]:
    boxes, y = {}, HEAD
    for node in column:
        tall = max(node.size * scale, 1.5)
        boxes[node.stage] = _Box(_x(n, columns_), y, tall, y, y)
        y += tall + GAP
    return boxes


def _ribbons(
    step: Sequence[Ribbon],
    left: Sequence[Node],
    right: Sequence[Node],
    boxes: tuple[dict[str, _Box], dict[str, _Box]],
    scale: float,
) -> list[Markup]:
    order = {node.stage: n for n, node in enumerate([*left, *right])}
    marks = []
    for ribbon in sorted(step, key=lambda r: (order[r.before], order[r.after])):
        start, end = boxes[0][ribbon.before], boxes[1][ribbon.after]
        tall = ribbon.size * scale
        kind = "stay" if ribbon.before == ribbon.after else "move"
        marks.append(
            element(
                "path",
                element("title", ribbon.title),
                d=_path(start.x + NODE, start.out_y, end.x, end.in_y, tall),
                class_=f"ribbon {kind} {css(ribbon.before)}",
            )
        )
        start.out_y += tall
        end.in_y += tall
    return marks


def _path(x0: float, y0: float, x1: float, y1: float, tall: float) -> str:
    mid = (x0 + x1) / 2
    tall = max(tall, 0.6)
    return (
        f"M{x0:.1f} {y0:.1f}C{mid:.1f} {y0:.1f} {mid:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
        f"V{y1 + tall:.1f}C{mid:.1f} {y1 + tall:.1f} {mid:.1f} {y0 + tall:.1f} {x0:.1f} {y0 + tall:.1f}Z"
    )


def _nodes(column: Sequence[Node], boxes: dict[str, _Box], side: str) -> list[Markup]:
    marks: list[Markup] = []
    shown = [node for node in column if node.size]
    places = _spread([boxes[node.stage].y + boxes[node.stage].height / 2 for node in shown])
    for node, y in zip(shown, places, strict=True):
        box = boxes[node.stage]
        marks.append(
            element(
                "rect",
                element("title", node.title),
                x=box.x,
                y=box.y,
                width=NODE,
                height=box.height,
                rx="2",
                class_=f"node {css(node.stage)}",
            )
        )
        marks += _label(node, box, y, side)
    return marks


def _label(node: Node, box: _Box, y: float, side: str) -> list[Markup]:
    if side == "left":
        return [element("text", node.label, x=box.x - 9, y=y + 4.5, text_anchor="end")]
    if side == "right":
        return [element("text", node.label, x=box.x + NODE + 9, y=y + 4.5)]
    if box.height < LABEL_STEP:
        return []
    middle = box.y + box.height / 2
    return [element("text", node.number, x=box.x + NODE + 5, y=middle + 4, class_="inner")]


def _spread(wanted: list[float]) -> list[float]:
    """The places nearest to those wanted (ascending) that are a line apart and inside the chart."""
    places: list[float] = []
    for y in wanted:
        places.append(max(y, places[-1] + LABEL_STEP) if places else y)
    limit = HEAD + BODY
    for n in range(len(places) - 1, -1, -1):
        places[n] = min(places[n], limit)
        limit = places[n] - LABEL_STEP
    return places
