"""Wrong passwords are counted by name and by address, for five minutes."""

from __future__ import annotations

import time
from collections import deque

from stamgast.web.sessions import TRIES, TRIES_S, Patience


def test_after_five_wrong_ones_it_waits() -> None:
    patience = Patience()
    for _ in range(TRIES):
        assert patience.wait_s("ada", "here") == 0
        patience.failed("ada", "here")
    assert 0 < patience.wait_s("ada") <= TRIES_S
    assert 0 < patience.wait_s("bob", "here") <= TRIES_S
    assert patience.wait_s("bob") == 0
    patience.succeeded("ada")
    assert patience.wait_s("ada") == 0


def test_what_is_long_ago_is_forgotten_and_hinders_nobody_else() -> None:
    long_ago = time.monotonic() - TRIES_S - 1
    patience = Patience(tries={"here": deque([long_ago] * TRIES)})
    assert patience.wait_s("ada", "here") == 0
    patience.failed("bob")
    assert set(patience.tries) == {"bob"}
