"""A table of pairs as squares: as dark as the value, which stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.report.svg import element

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

SIDE, LETTER, MARGIN = 46.0, 7.6, 14.0
"""Pixels: of a square, of a letter, and around names."""


def matrix(cells: Sequence[tuple[str, str, float, str]], label: str) -> Markup:
    """(row, column, share of 1, text) of each pair; rows and columns in the order they first come."""
    names = list(dict.fromkeys(row for row, *_ in cells))
    said = dict.fromkeys(column for _, column, *_ in cells)
    across = [*(name for name in names if name in said), *(one for one in said if one not in names)]
    longest = max((len(name) for name in [*names, *across]), default=0)
    left = MARGIN + LETTER * longest
    marks: list[Markup] = []
    for n, name in enumerate(across):
        x, y = left + (n + 0.6) * SIDE, left - 6
        turned = f"rotate(-60 {x:.1f} {y:.1f})"
        marks.append(element("text", name, x=x, y=y, transform=turned))
    for n, name in enumerate(names):
        y = left + (n + 0.5) * SIDE + 4
        marks.append(element("text", name, x=left - 8, y=y, text_anchor="end"))
    for row, column, value, text in cells:
        x, y = left + across.index(column) * SIDE, left + names.index(row) * SIDE
        marks.append(
            element(
                "rect",
                element("title", f"{row}, {column}: {text}"),
                x=x,
                y=y,
                width=SIDE - 2,
                height=SIDE - 2,
                rx="3",
                class_="month",
                fill_opacity=0.06 + 0.4 * max(0.0, min(value, 1.0)),
            )
        )
        middle = x + SIDE / 2 - 1
        marks.append(
            element("text", text, x=middle, y=y + SIDE / 2 + 3, text_anchor="middle", class_="cell")
        )
    wide = left + SIDE * len(across) + left / 2
    return element(
        "svg",
        element("title", label),
        *marks,
        viewBox=f"0 0 {wide:.0f} {left + SIDE * len(names) + 4:.0f}",
        class_="matrix",
        role="img",
    )
