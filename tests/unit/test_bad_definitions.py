"""Every mistake in definition files is reported at once, at its line, with what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from stamgast.errors import InvalidDefinitions, UserError
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.retail import shipped_files

CASES: list[dict[str, Any]] = YAML(typ="safe").load(
    (Path(__file__).parents[1] / "cases" / "definitions_bad.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_issue_is_reported(case: dict[str, Any]) -> None:
    texts = case.get("files") or {"shop.yaml": case["text"]}
    files = [*shipped_files(), *(SourceFile(name=n, text=text) for n, text in texts.items())]
    settings = LanguageSettings(lifecycle_model=case.get("model", "grid"))
    with pytest.raises(InvalidDefinitions) as caught:
        read_definitions(files, settings=settings)
    left = list(caught.value.issues)
    missed = []
    for expected in case["issues"]:
        file = expected.get("file", "shop.yaml")
        code = f"definitions.{expected['code']}"
        fitting = [
            issue
            for issue in left
            if (issue.file, issue.line, issue.code) == (file, expected["line"], code)
            and expected["says"] in f"{issue.message} ({issue.hint})"
        ]
        if fitting:
            left.remove(fitting[0])
        else:
            missed.append(expected)
    assert not missed, [str(issue) for issue in left]
    assert [str(issue) for issue in left] == []


def test_an_unknown_zone_is_a_user_error() -> None:
    with pytest.raises(UserError, match="time zone"):
        read_definitions(shipped_files(), settings=LanguageSettings(zone="Europe/Amstelveen"))
