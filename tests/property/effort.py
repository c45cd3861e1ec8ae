"""How long searches go on: short in the suite, whole with ``make campaign``."""

from __future__ import annotations

import os

WHOLE = "STAMGAST_CAMPAIGN" in os.environ


def examples_of(many: int, *, short: int) -> int:
    """How many examples are drawn: ``many`` in a campaign, ``short`` in the suite."""
    return many if WHOLE else short
