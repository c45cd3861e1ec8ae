"""Tables for people: a figure stands whole whatever the width of the screen."""

from __future__ import annotations

from typing import cast

import pytest

from stamgast.cli.screen import Screen

HEAD = ("Naam", "Netto-omzet, laatste 365 dagen", "Sinds", "Wat het is")
ROWS = [
    ("Dreigt weg te gaan", "€ 1.027,77", "21 augustus 2026", "kocht 2 keer of vaker " * 6),
    ("Trouw", "€ 12.951.320,00", "1 mei 2026", "alias-" * 20),
]


@pytest.mark.parametrize("columns", [20, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("right", [(), (1,)])
def test_a_figure_is_never_cut(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
    right: tuple[int, ...],
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    Screen.table(cast("Screen", None), HEAD, ROWS, right=right)
    lines = capsys.readouterr().out.splitlines()
    for _, money, since, _ in ROWS:
        assert any(money in line and since in line for line in lines), lines
    told = "".join("".join(lines).split())
    for text in ("alias-", "keer", "gaan"):
        wanted = "".join("".join(row) for row in ROWS).count(text)
        assert told.count(text) >= wanted or columns < 120, text
    if columns >= 80:
        assert max(map(len, lines)) <= columns


def test_the_head_of_a_figure_is_wrapped_between_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    Screen.table(cast("Screen", None), HEAD, ROWS, right=[1])
    out = capsys.readouterr().out
    assert all(word in out for word in HEAD[1].split())
