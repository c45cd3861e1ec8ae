"""An import that is killed happened, or it did not (``bench/kill_import.py``: at 20 random moments)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from collect_kit import GIFTS
from import_kills import kills

from stamgast.app.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path


def test_killed_while_it_works_and_while_it_ends(tmp_path: Path) -> None:
    base = tmp_path / "base"
    some = [tmp_path / file.name for file in GIFTS]
    for file, cut in zip(GIFTS, some, strict=True):
        pq.write_table(pq.read_table(file).slice(0, 60_000), cut)
    with Shop.create(base, zone="Europe/London", currency="GBP") as shop:
        shop.ingest(some[0], mapping="online-retail")
    # how long it takes is known of another import only: on a machine that got faster all may be done
    for moments in ([0.6, 0.95], [0.3], [0.1]):
        found = kills(base, some[1], "online-retail", moments)
        if any(kill.state == "before" and not kill.finished for kill in found):
            return
    pytest.fail(f"every import had ended: {found}")
