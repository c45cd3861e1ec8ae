"""The rules of the stages in words, against the table of the retail rules."""

from __future__ import annotations

import pytest

from stamgast.language.reader import LanguageSettings, read_definitions
from stamgast.report.formats import Formats
from stamgast.report.rules import rule_of
from stamgast.retail import shipped_files

GRID = {
    "prospect": "no purchase",
    "new_buyer": "1 purchase, the last at most 30 days ago",
    "promising": "2 to 3 purchases, the last at most 60 days ago",
    "loyal": "4 or more purchases, the last at most 90 days ago",
    "drifting": (
        "1 purchase, the last between 30 and 90 days ago; "
        "or 2 to 3 purchases, the last between 60 and 90 days ago"
    ),
    "sleeper": "1 to 3 purchases, the last over 90 days ago",
    "at_risk": "4 or more purchases, the last between 90 and 365 days ago",
    "red_alert": "4 or more purchases, the last over 365 days ago",
}
WINDOWED = {
    "prospect": "no purchase",
    "loyal": "4 or more within 90 days",
    "promising": "2 or more within 60 days; or 2 or more purchases, the last at most 30 days ago",
    "at_risk": "4 or more purchases, the last between 90 and 365 days ago",
    "red_alert": "4 or more purchases, the last over 365 days ago",
    "sleeper": "1 to 3 purchases, the last over 90 days ago",
}
FORMATS = Formats(language="en", zone="Europe/Amsterdam", currency="EUR")


@pytest.mark.parametrize(("model", "expected"), [("grid", GRID), ("windowed", WINDOWED)])
def test_rules_in_words(model: str, expected: dict[str, str]) -> None:
    settings = LanguageSettings(
        zone="Europe/Amsterdam", currency="EUR", lifecycle_model=model, history_from=None
    )
    lifecycle = read_definitions(shipped_files(), settings=settings).lifecycle
    assert {stage: rule_of(lifecycle, stage, FORMATS) for stage in expected} == expected
