"""A chart that can stand alone: what it is, of when and what is measured are written above it."""

from __future__ import annotations

import re

from markupsafe import Markup

from stamgast.report.svg import element

VIEW = re.compile(r'viewBox="0 0 (?P<wide>[\d.]+) (?P<high>[\d.]+)"')
MARGIN, LINE, LETTER, NARROWEST = 20.0, 22.0, 9.6, 420.0
"""Pixels: around a chart, from line to line of what is above it, about the width of a letter, and the
least width."""


def headed(chart: Markup, title: str, measured: str) -> Markup:
    """The chart with its title above it, and a margin in which nothing is cut off."""
    view = VIEW.search(chart)
    if view is None:
        return chart
    wide, high = float(view["wide"]), float(view["high"])
    wide = max(wide, NARROWEST, LETTER * max(map(len, title.split())))
    texts = _broken(title, int(wide / LETTER))
    head = MARGIN + LINE * (len(texts) + bool(measured))
    marks = [
        element("text", text, x=0, y=LINE * (n + 1) - head - 4, class_="headline")
        for n, text in enumerate(texts)
    ]
    if measured:
        marks.append(
            element("text", measured, x=0, y=LINE * (len(texts) + 1) - head - 6, class_="head")
        )
    whole = f'viewBox="{-MARGIN:.0f} {-head - MARGIN / 2:.0f} {wide + 2 * MARGIN:.0f} {high + head + MARGIN:.0f}"'
    text = f"{chart[: view.start()]}{whole}{chart[view.end() :]}"
    inside = "".join(map(str, marks))
    return Markup(f"{text.removesuffix('</svg>')}{inside}</svg>")  # noqa: S704 - of elements, which are escaped


def _broken(text: str, letters: int) -> list[str]:
    """A text in lines of at most so many letters."""
    found = [""]
    for word in text.split():
        if found[-1] and len(found[-1]) + 1 + len(word) > letters:
            found.append("")
        found[-1] = f"{found[-1]} {word}".strip()
    return found
