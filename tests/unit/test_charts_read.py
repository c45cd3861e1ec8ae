"""Charts say which line is whose, what is missing, and what they are, whole."""

from __future__ import annotations

import re

from stamgast.report.formats import DASH
from stamgast.report.headline import headed
from stamgast.report.lines import lines
from stamgast.report.matrix import matrix
from stamgast.report.svg import columns


def test_what_is_missing_is_no_bar_of_nothing() -> None:
    chart = columns([("a", 5, "a: 5"), ("b", 0, "b: 0"), ("c", None, f"c: {DASH}")], "test", str)
    assert chart.count("<rect") == 2
    [dash] = re.findall(rf"<text[^>]*><title>c: {DASH}</title>{DASH}</text>", chart)
    assert 'class="tick"' in dash
    assert columns([("c", None, f"c: {DASH}")], "test", str).count("<rect") == 0


def test_each_name_at_the_end_has_the_colour_of_its_line() -> None:
    series = {f"name {n}": (f"s-{n}", [n, 5]) for n in range(4)}
    chart = lines(["x", "y"], series, "test", str)
    marks = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="4(?:\.0)?" class="(s-\d)"', chart)
    names = re.findall(r'<text x="([\d.]+)" y="([\d.]+)">(name \d)</text>', chart)
    assert len(marks) == len(names) == 4
    colour = {round(float(y)): kind for _, y, kind in marks}
    for x, y, name in names:
        assert float(x) > float(marks[0][0])
        assert colour[round(float(y) - 4)] == series[name][0]


def test_a_matrix_of_pairs_has_its_names_in_one_order() -> None:
    names = ["one", "two", "three"]
    chart = matrix([(a, b, 0.5, "50%") for a in names for b in names if a != b], "pairs")
    across = re.findall(r"rotate\(-60 [^>]*>([^<]*)<", chart)
    down = re.findall(r'text-anchor="end"[^>]*>([^<]*)<', chart)
    assert (across, down) == (names, names)


def test_a_title_fits_above_a_narrow_chart() -> None:
    title = "Which segments share members, as of 1 June 2027, 00:00"
    chart = headed(matrix([("A", "A", 1.0, "100%")], title), title, "share")
    view = re.search(r'viewBox="(\S+) (\S+) (\S+) (\S+)"', chart)
    assert view is not None
    said = re.findall(r'class="headline">([^<]*)<', chart)
    assert " ".join(said) == title
    assert all(9.6 * len(line) <= float(view[3]) for line in said)
