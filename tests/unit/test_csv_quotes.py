"""A stray quote costs its own line: what stands below it is read."""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING

import pytest

from stamgast.collect.csvlines import MOST_LINES, Lines
from stamgast.collect.mapping import Read
from stamgast.collect.textfiles import Decoded, read_csv

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, *lines: str) -> Decoded:
    path = folder / "x.csv"
    path.write_text("\n".join(("a,b,c", *lines)) + "\n", encoding="utf-8")
    return read_csv(path, ["a", "b", "c"], Read(), lambda _bytes, _rows: None)


def rows(decoded: Decoded) -> list[tuple[int, str, str, str]]:
    return list(zip(*decoded.table.to_pydict().values(), strict=True))


@pytest.mark.parametrize("stray", ['3,"6 inch,pipe', '3,"6" inch,pipe', '3,pipe,"', '3,"""x,y'])
def test_one_stray_quote_in_a_thousand_lines(tmp_path: Path, stray: str) -> None:
    lines = [f"{number},x,y" for number in range(1, 1001)]
    lines[2] = stray
    found = read(tmp_path, *lines)
    assert found.rows == 999
    assert [(bad.line, bad.row) for bad in found.bad] == [
        (4, '"' + (stray + "\n").encode("unicode_escape").decode().replace('"', '\\"') + '"')
    ]
    assert [row[0] for row in rows(found)] == [n for n in range(2, 1002) if n != 4]


def test_texts_over_several_lines_stay_whole(tmp_path: Path) -> None:
    found = read(
        tmp_path, '1,"two', 'lines, and ""quotes""",y', '2,"stray,y', '3,"a', "", 'b",y', "4,x,y"
    )
    assert rows(found) == [
        (2, "1", 'two\nlines, and "quotes"', "y"),
        (5, "3", "a\n\nb", "y"),
        (8, "4", "x", "y"),
    ]
    assert [bad.line for bad in found.bad] == [4]


def test_two_strays_that_close_each_other(tmp_path: Path) -> None:
    found = read(tmp_path, '1,"x,y', "2,x,y", "3,x,y", '4,x,y"', "5,x,y")
    assert [row[1] for row in rows(found)][-1] == "5"
    assert {row[1] for row in rows(found)} >= {"2", "3", "5"}
    assert found.rows + len(found.bad) == 5


@pytest.mark.parametrize(
    "line", ['a",",c', '"', 'x,"', '"a', '"a","', '1,2"",3"', '"""', 'x,"y"z,"']
)
def test_many_strays_take_linear_time(line: str) -> None:
    """Counted, not timed: how often a line is handed to the reader."""
    many = 3 * MOST_LINES
    handed = 0

    class Counted(Lines):
        def __next__(self) -> str:
            nonlocal handed
            found = super().__next__()
            handed += 1
            return found

    lines = Counted(iter([f"{line}\n"] * many))
    reader = csv.reader(lines, strict=True)
    records = 0
    while True:
        lines.begin()
        try:
            record = next(reader)
        except StopIteration:
            break
        except csv.Error:
            lines.give_up()
        else:
            if len(record) != 3:
                lines.give_up()
        records += 1
    assert handed <= 3 * many
    assert lines.number == many
    assert records <= many


@pytest.mark.parametrize("seed", range(40))
def test_every_line_is_told_of_once(tmp_path: Path, seed: int) -> None:
    """Rows, with the lines that each takes, and bad lines cover the file without gap or overlap."""
    pick = random.Random(seed)  # noqa: S311 - test data
    parts = ["x", '"', '""', ",", " ", "y,z", '"q"', '"a,', ',"b"']
    lines = ["".join(pick.choices(parts, k=pick.randrange(1, 7))) + "." for _ in range(60)]
    found = read(tmp_path, *lines)
    told = [bad.line for bad in found.bad]
    for begins, *values in rows(found):
        told += range(begins, begins + sum(value.count("\n") for value in values) + 1)
    assert sorted(told) == list(range(2, 62))
