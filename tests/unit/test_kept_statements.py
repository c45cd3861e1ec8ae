"""A statement that is kept must not depend on the instant but by what it keeps account of."""

from __future__ import annotations

import re
from pathlib import Path

import stamgast

SQL = Path(stamgast.__file__).parent / "language" / "sql"
OWN = {"calendar.py", "moment.py", "parameters.py"}
"""Where instants and statistics are followed and decided by."""
LOOKS = re.compile(
    r"moment\.t\b(?! is )|moment\.statistics\b|parameters\.values\b|\blast_midnight\("
)


def test_nobody_looks_at_the_instant_but_by_following_it() -> None:
    found = {
        f"{path.name}: {line.strip()}"
        for path in SQL.glob("*.py")
        if path.name not in OWN
        for line in path.read_text(encoding="utf-8").splitlines()
        if LOOKS.search(line)
    }
    assert found == {
        # what was not made is an error, whatever is asked
        "plan.py: if key not in self.moment.statistics.scores:",
        "plan.py: if percentile not in self.moment.statistics.numbers:",
        # all there is, told apart from what follows
        "written.py: for name, value in parameters.values.items()",
    }
