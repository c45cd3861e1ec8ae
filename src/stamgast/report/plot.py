"""A chart on its own: with its colours inside, for notebooks and files."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from stamgast.errors import UserError
from stamgast.report.charts import css

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markupsafe import Markup

OPENING = re.compile(r'<svg(?P<attributes>[^>]*?) class="(?P<name>[a-z]+)"')
COLOUR = re.compile(r"--(\w+): (#[0-9a-f]{6});")
USED = ("card", "ink", "soft", "other", "accent", "line")
"""The colours of the rules below."""
RULES = """
.{name} {{ background: {card}; font: 13px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }}
.{name} text {{ fill: {ink}; }}
.{name} .head {{ fill: {soft}; font-size: 12.5px; }}
.{name} .inner {{ font-size: 11.5px; paint-order: stroke; stroke: {card}; stroke-width: 3px; }}
.{name} .cell {{ font-size: 11.5px; }}
.{name} [class*="s-"] {{ fill: {other}; }}
.{name} .month {{ fill: {accent}; }}
.{name} .axis {{ stroke: {soft}; }}
.{name} .grid {{ stroke: {line}; }}
.{name} .tick {{ fill: {soft}; }}
.{name} .ranged {{ fill-opacity: .45; }}
.{name} .interval {{ stroke: {ink}; stroke-width: 1.5px; }}
.{name} .headline {{ font-size: 16px; font-weight: 600; }}
.{name} .line {{ fill: none; stroke: {accent}; stroke-width: 2px; }}
.{name} .ribbon {{ fill-opacity: .62; }}
.{name} .ribbon.stay {{ fill-opacity: .2; }}
"""


class Plot:
    """A chart as SVG: shown by notebooks, or saved."""

    def __init__(self, chart: Markup, stages: Iterable[str]) -> None:
        """``chart``: an SVG element of ``report.charts``; ``stages``: those it colours."""
        self._svg = _alone(chart, stages)

    @property
    def svg(self) -> str:
        """The SVG, whole: it needs no style sheet and no font from elsewhere."""
        return self._svg

    def save(self, path: str | Path) -> Path:
        """Write it to a file. Raises UserError ``plot.cannot_write``."""
        target = drawable(path)
        try:
            target.write_text(self._svg, encoding="utf-8")
        except OSError as error:
            raise UserError(
                "plot.cannot_write",
                f"cannot write the chart: {error.strerror or error}",
                where=str(target),
                hint="name a file in a folder that exists and may be written to",
            ) from error
        return target

    def _repr_svg_(self) -> str:
        return self._svg

    def _repr_html_(self) -> str:
        return self._svg


def drawable(path: str | Path) -> Path:
    """Where a chart is to go. Raises UserError ``plot.cannot_write`` if it cannot be written there as SVG."""
    target = Path(path)
    if target.suffix.lower() != ".svg":
        raise UserError(
            "plot.cannot_write",
            "a chart is written as SVG",
            where=str(target),
            hint="name a file that ends in .svg",
        )
    if not target.parent.is_dir():
        raise UserError(
            "plot.cannot_write",
            "there is no such folder",
            where=str(target),
            hint="name a file in a folder that exists and may be written to",
        )
    return target


def _alone(chart: Markup, stages: Iterable[str]) -> str:
    opening = OPENING.search(chart)
    if opening is None:
        return str(chart)
    name = f"stamgast-{opening['name']}"  # names of its own: a notebook's page has other styles
    known = colours()
    rules = RULES.format(name=name, **{key: known[key] for key in USED})
    for stage in [*stages, ""]:
        colour = known.get(stage or "absent")
        if colour is not None:
            rules += f".{name} .{css(stage)} {{ fill: {colour}; }}\n"
            rules += f".{name} .line.{css(stage)} {{ fill: none; stroke: {colour}; }}\n"
    head = f'<svg xmlns="http://www.w3.org/2000/svg"{opening["attributes"]} class="{name}"'
    rest = chart[opening.end() :]
    inside = rest.index(">") + 1
    return f"{head}{rest[:inside]}<style>{rules}</style>{rest[inside:]}"


@lru_cache(maxsize=1)
def colours() -> dict[str, str]:
    """Name -> colour of the report's light style sheet, stages among them."""
    sheet = resources.files("stamgast.report").joinpath("templates/report.css")
    found: dict[str, str] = {}
    for name, colour in COLOUR.findall(sheet.read_text(encoding="utf-8")):
        found.setdefault(name, colour)
    return found
