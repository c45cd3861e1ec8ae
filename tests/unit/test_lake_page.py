"""``docs/storage.md`` names the tables of the lake and their columns: all of them, and no others."""

from __future__ import annotations

import re
from pathlib import Path

from stamgast.model import tables
from stamgast.store.lake import LAKE

PAGE = Path(__file__).parents[2] / "docs" / "storage.md"
NOT_STORED = {"batch", "day", "holder"}
"""Every row has the first, the views compute the second, the third is the row's identity."""
CODE = re.compile(r"`(?:model\.tables\.)?([A-Z_]+)`")


def documented() -> dict[str, set[str]]:
    """Table -> columns, those of the engines' table that it is made after among them."""
    found = {}
    part = PAGE.read_text(encoding="utf-8").partition("\n## Lake tables\n")[2].partition("\n## ")[0]
    for name, about, columns in re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \|$", part, re.MULTILINE):
        said = re.sub(r"\([^()]*\)|`[^`]*`", "", columns).replace("+", "")
        own = {one.split()[0] for one in re.split("[,;]", said) if one.strip()}
        for model in CODE.findall(about):
            own |= {name for name, *_ in getattr(tables, model).columns}
            own = own - {"profile_id"} | {"identity_id"}
        found[name] = own - NOT_STORED
    return found


def test_the_page_and_the_lake_have_the_same_tables_and_columns() -> None:
    assert documented() == {name: set(table.types) for name, table in LAKE.items()}
