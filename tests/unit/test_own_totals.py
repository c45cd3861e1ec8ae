"""The shop's own totals as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stamgast.app.own_figures import read_own
from stamgast.errors import UserError
from stamgast.measure.figures import Own

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "text",
    [
        "month,orders,revenue\n2026-03,12,25100.5\n",
        "Maand;Bestellingen;Omzet\n2026-03;12;25.100,50\n",
        "maand;bestellingen;omzet\n2026-03-01;12;25100,5\n",
        'month,orders,revenue\n2026-03,12,"25,100.50"\n',
    ],
)
def test_columns_in_dutch_and_amounts_with_marks_between_thousands(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "own.csv"
    file.write_text(text, encoding="utf-8")
    assert read_own(file, "EUR") == {"2026-03-01": Own(orders=12, revenue=2_510_050)}


@pytest.mark.parametrize("amount", ["25.10,50", "1,2,3", "25.100.50", "1.234"])
def test_an_amount_that_can_be_read_two_ways_is_none(tmp_path: Path, amount: str) -> None:
    file = tmp_path / "own.csv"
    file.write_text(f"maand;bestellingen;omzet\n2026-03;12;{amount}\n", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_own(file, "EUR")
    assert caught.value.code == "figures.invalid"
