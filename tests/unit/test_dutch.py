"""Errors and reasons in Dutch: the table fits the texts of the code, with the same values."""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path

import pytest

from stamgast.report import dutch as module
from stamgast.report.dutch import FIELD, dutch, pairs

SOURCE = Path(__file__).parents[2] / "src" / "stamgast"


def templates() -> set[str]:
    """Every text in the code, with ``{}`` for each value."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [p.value if isinstance(p, ast.Constant) else "{}" for p in node.values]
                found.add("".join(str(part) for part in parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(FIELD.sub("{}", node.value))
    return found


def test_every_text_of_the_table_is_said_somewhere() -> None:
    said = templates()
    shipped = "\n".join(
        path.read_text(encoding="utf-8") for path in SOURCE.rglob("mappings/*.yaml")
    )
    wider = [  # `there is no {} {}` says `there is no strategy {}`, which has a Dutch text of its own
        re.compile(re.escape(one).replace(r"\{\}", "(?:.+)"))
        for one in said
        if "{}" in one and len(one.replace("{}", "").strip()) >= len("is not")
    ]
    for english in pairs():
        text = FIELD.sub("{}", english)
        found = text in said or text.removesuffix("{}") in said or text in shipped
        assert found or any(one.fullmatch(text) for one in wider), english


def test_both_texts_name_the_same_values() -> None:
    for english, translated in pairs().items():
        assert set(FIELD.findall(english)) == set(re.findall(r"\{(\w+)\}", translated)), english


FOLDERS = ("app", "collect", "decide", "identity", "store")
SAME = {"CSV (.csv, .tsv, .txt), JSON Lines (.jsonl, .ndjson), Parquet (.parquet), Excel (.xlsx)"}
"""What is the same in both languages."""


def test_what_is_wrong_is_said_in_dutch_and_what_to_do() -> None:
    """Every error that is written as one text has a Dutch one, and so has its hint."""
    missing = set()
    for path in [path for folder in FOLDERS for path in (SOURCE / folder).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "UserError":
                hints = [key.value for key in node.keywords if key.arg == "hint"]
                texts = [text for part in (node.args[1], *hints) for text in examples(part)]
                missing |= {text for text in texts if dutch(text) == text}
    assert missing - SAME - {""} == set()


def examples(node: ast.expr) -> list[str]:
    """The texts that an expression may be."""
    if isinstance(node, ast.IfExp):
        return [*examples(node.body), *examples(node.orelse)]
    if isinstance(node, ast.BoolOp):
        return [text for part in node.values for text in examples(part)]
    return [example(node)]


def example(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "x" for p in node.values)
    return ""


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("there is no shop here", "hier is geen winkel"),
        ("did you mean `vip`?", "bedoel je `vip`?"),
        (
            "the column `a{b}` stands 2 times in the header",
            "de kolom `a{b}` staat 2 keer in de kop",
        ),
        (
            "2 problems in the definitions\nx.yaml:3: oh",
            "de definities zijn niet te gebruiken (2 fouten)\nx.yaml:3: oh",
        ),
        (
            "1 problem in the mapping\nc:/mijn map/x.yaml:3: unknown key `nmae`\n  did you mean `name`?",
            "1 fout in de mapping\nc:/mijn map/x.yaml:3: onbekende sleutel `nmae`\n  bedoel je `name`?",
        ),
        ("klanten.csv:12: no identifier", "klanten.csv:12: geen identificatie"),
        ("nobody translated this", "nobody translated this"),
        ("", ""),
    ],
)
def test_texts(english: str, expected: str) -> None:
    assert dutch(english) == expected


def test_the_examples_run() -> None:
    assert doctest.testmod(module).failed == 0
