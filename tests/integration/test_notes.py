"""Notes of colleagues: kept with who and when, following the person, and erased with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from shop_kit import make_shop

from stamgast.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = [(1, "2010-11-20T10:00:00", 100), (2, "2010-10-15T09:30:00", 40)]


def test_notes_are_kept_moved_and_erased(tmp_path: Path) -> None:
    with make_shop(tmp_path / "shop", ORDERS) as shop:
        notes, version = shop.customers.notes, shop.glance.version()
        first = notes.add("1", "  Called twice \n about the late parcel.", by="anna")
        notes.add("2", "Prefers the afternoon", by="bo")
        assert shop.glance.version() == version
        (held,) = notes.list("1")
        assert (held.text, held.by) == ("Called twice\n about the late parcel.", "anna")
        assert notes.list("1", as_of="2010-12-01") == ()
        with pytest.raises(UserError, match="1 to 2000"):
            notes.add("1", "   ", by="anna")
        with pytest.raises(UserError, match="no note"):
            notes.remove("2", first)
        shop.identity.merge("1", "2", by="anna")
        assert [one.by for one in notes.list("2")] == ["bo", "anna"]
        shop.identity.unmerge("1", "2", by="anna")
        assert [one.by for one in notes.list("2")] == ["bo"]
        assert [one["by"] for one in shop.privacy.everything("1")["notes"]] == ["anna"]
        assert shop.privacy.erase("1", by="anna").notes == 1
        gone = shop.customers.find("1")
        assert shop.privacy.erase("1", by="anna", confirmed=True).notes == 1
        assert notes.list(gone) == ()
        assert b"late parcel" not in (tmp_path / "shop/data/stamgast.sqlite").read_bytes()
        (other,) = notes.list("2")
        notes.remove("2", other.id)
        assert notes.list("2") == ()
