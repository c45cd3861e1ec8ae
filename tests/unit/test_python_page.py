"""docs/python.md names all that a shop has; answers show themselves with instants written out."""

from __future__ import annotations

import re
from pathlib import Path

from stamgast.app.lifecycle import LifecycleCounts
from stamgast.app.relation import Relation
from stamgast.app.segments import SegmentCount
from stamgast.app.shop import Shop

PAGE = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
T = 1_767_222_000_000_000


def test_every_part_of_a_shop_and_of_a_table_is_named() -> None:
    named = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]*)`", PAGE))))
    for owner in (Shop, Relation):
        for name in vars(owner):
            if not name.startswith("_"):
                assert name in named, f"{owner.__name__}.{name}"


def test_answers_write_instants_out() -> None:
    count = SegmentCount(segment="vip", as_of=T, count=28, valid_until=None)
    assert repr(count) == "<vip: 28 as of 2025-12-31T23:00:00Z, for good>"
    until = SegmentCount(segment="vip", as_of=T, count=28, valid_until=T + 1)
    assert "until 2025-12-31T23:00:00.000001Z" in repr(until)
    counts = LifecycleCounts(as_of=T, model="grid", stages={"loyal": 3, "sleeper": 4}, anonymous=0)
    assert repr(counts) == "<Lifecycle as of 2025-12-31T23:00:00Z: loyal 3, sleeper 4>"
    assert "<th>loyal</th><td>3</td>" in counts._repr_html_()
