"""For all tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Small shops are asked by one thread; those of ``tests/oracle`` and ``tests/property`` by all."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("STAMGAST_THREADS", "1")
        yield
