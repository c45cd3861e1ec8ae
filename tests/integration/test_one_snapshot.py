"""A call is answered of one commit, whoever writes meanwhile; and what a disk does wrong is said so."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from shop_kit import make_shop, orders_file

from stamgast.app.past import known_by
from stamgast.app.shop import Shop
from stamgast.clock import parse_instant
from stamgast.errors import UserError
from stamgast.store.engine import DuckEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ORDERS = [
    (1, "2010-11-20T10:00:00", 100),
    (2, "2010-10-15T09:30:00", 40),
    (2, "2010-11-01T09:30:00", 60),
    (3, "2009-06-01T08:00:00", 10),
    (4, "2010-11-25T12:00:00", 90),
    (4, "2010-12-24T12:00:00", 90),
]
MEANWHILE = [(one, "2010-11-26T12:00:00", 900) for one in (1, 2, 3, 8, 9)]
AS_OF = "2010-12-01"
CALLS: dict[str, Callable[[Shop], Any]] = {
    "moves between stages": lambda shop: [
        step.as_json() for step in shop.lifecycle.flows("9 months", steps=3, as_of=AS_OF)
    ],
    "moves to come": lambda shop: shop.lifecycle.ahead("2011-03-01", as_of=AS_OF).as_json(),
    "segments": lambda shop: [line.as_json() for line in shop.segments(as_of=AS_OF)],
    "members": lambda shop: shop.segment(
        "one_time_buyers", as_of=["2010-11-21", "2010-12-01", "2011-01-01"]
    ).rows(),
    "insight of what comes": lambda shop: shop.insight.upcoming(
        "stage:drifting", days=60, as_of=AS_OF
    ).rows(),
    "a query": lambda shop: shop.sql(
        "SELECT count(*) AS n, sum(orders) AS many FROM traits", as_of=AS_OF
    ).rows(),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_shop(folder, ORDERS).close()
    return folder


@pytest.fixture
def shop(made: Path, tmp_path: Path) -> Iterator[Shop]:
    shutil.copytree(made, tmp_path / "shop")
    with Shop.open(tmp_path / "shop") as opened:
        yield opened


def import_meanwhile(folder: Path) -> None:
    """Another program imports."""
    with Shop.open(folder) as other:
        other.ingest(
            orders_file(folder.parent / "more.parquet", MEANWHILE, first=100),
            mapping="online-retail",
        )


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_of_one_commit(shop: Shop, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    call = CALLS[name]
    expected = call(shop)
    many = 0
    whole = DuckEngine._prepared

    def disturbed(engine: DuckEngine, *args: Any, **given: Any) -> Any:  # noqa: ANN401 - passed on
        nonlocal many
        many += 1
        if many == 1:
            import_meanwhile(shop._core.folder)
        return whole(engine, *args, **given)

    monkeypatch.setattr(DuckEngine, "_prepared", disturbed)
    found = call(shop)
    assert many > 0
    assert found == expected
    assert call(shop) != expected  # the next call sees it


def test_what_was_known_then_stays_cut_while_somebody_writes(shop: Shop) -> None:
    with known_by(shop._core, parse_instant(AS_OF)) as past:
        assert past.core is not shop._core
        count = "SELECT count(*) FROM order_version"
        assert past.core.reader.db.run(count) == [(5,)]
        import_meanwhile(shop._core.folder)
        assert past.core.reader.db.run(count) == [(5,)]
        assert past.core.with_traits([]).count("one_time_buyers", parse_instant(AS_OF)).count == 3


def test_a_snapshot_sees_what_its_own_shop_writes(shop: Shop) -> None:
    core = shop._core
    with shop.snapshot():
        before = shop.customers.find("3")
        import_meanwhile(core.folder)
        with pytest.raises(UserError):
            shop.customers.find("9")
        shop.consents.set("3", "marketing", "email", "granted", by="me")
        assert shop.customers.find("3") == before
        assert shop.customers.find("9")
        own = core.folder / "definitions" / "own.yaml"
        own.write_text("version: 1\nparameters: {loyal_from: 4}\n", encoding="utf-8")
        seen = core.definitions
        assert seen is core.definitions
    assert core.definitions is not seen


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda file: file.unlink(), "lake.file_missing"),
        (lambda file: file.write_bytes(b"no parquet"), "lake.file_broken"),
    ],
)
@pytest.mark.parametrize("name", ["members", "segments", "moves to come"])
def test_a_damaged_lake_is_said_by_an_answer(
    shop: Shop, name: str, damage: Callable[[Path], None], code: str
) -> None:
    assert shop._core.reader is not None  # the files were there when it was opened
    for file in (shop._core.folder / "data" / "lake" / "order_version").glob("*.parquet"):
        damage(file)
    with pytest.raises(UserError) as error:
        CALLS[name](shop)
    assert error.value.code == code
    assert "data/lake/order_version" in error.value.where
