"""What all tests have in common."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

for name in ("COLUMNS", "LC_ALL", "LC_MESSAGES", "LANG", "STAMGAST_LANGUAGE"):
    os.environ.pop(name, None)  # as wide, and in the language, as when nobody asked for another

# Statements are trees of many thousand nodes that live for a moment: looking for rubbish after every
# 700 new objects, as Python does, takes a tenth of the time.
gc.set_threshold(50_000, 20, 20)

LONG = ("tests/property/test_engines",)
"""Tests of a minute and more: begun first, so that no worker is left with one when the other is done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(autouse=True, scope="module")
def one_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """The small shops of ``tests/integration`` are asked by one thread, those of others by all there are."""
    with pytest.MonkeyPatch.context() as environment:
        if request.path.parent.name == "integration":
            environment.setenv("STAMGAST_THREADS", "1")
        yield


@pytest.fixture(scope="session")
def made_up_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the shop of ``made_up``, made once for all who look at it; its files are in ``source``."""
    from made_up import make  # noqa: PLC0415 - it imports the program, which few runs of single tests need

    folder = tmp_path_factory.mktemp("made_up") / "shop"
    make(folder)
    return folder
