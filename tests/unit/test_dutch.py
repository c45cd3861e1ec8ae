"""Errors and reasons in Dutch: the table fits the texts of the code, with the same values."""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path

import definition_texts
import pytest
from ruamel.yaml import YAML

from stamgast.errors import InvalidDefinitions
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.report import dutch as module
from stamgast.report.dutch import FIELD, dutch, pairs
from stamgast.retail import shipped_files

CASES = Path(__file__).parents[1] / "cases"
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


FOREIGN = {
    "input should be a valid list",
    "No such file or directory",
    "[Errno 2] No such file or directory: {file}",
    "Permission denied",
    "Is a directory",
    "unexpected end of data",
    "',' expected after '\"'",
    "';' expected after '\"'",
}
"""What Pydantic, the operating system and Python's reader of CSV say."""


WIDER = ("there is no {} {}", "{} is not {}", "`{}` has too many decimals for {}")
"""Texts of the code that say several of the table: `there is no strategy {}` has a Dutch text of its own."""
IN_PARTS = {"this is not {}: byte {} at offset {}"}
"""Put together of parts, in ``collect.textfiles``."""


def is_said(text: str, said: set[str]) -> bool:
    """Whether the code has it: as it is, before a list, or as a wider text filled with texts of the code."""
    shorter = {text, text.removesuffix(": {}"), text.removesuffix("{}")}
    if shorter & said or text in IN_PARTS:
        return True
    fillers = {"{}", *said}
    return any(
        all(part.removesuffix(": {}") in fillers for part in found.groups())
        for one in WIDER
        if (found := re.fullmatch(re.escape(one).replace(r"\{\}", "(.+)"), text))
    )


def test_every_text_of_the_table_is_said_somewhere() -> None:
    said = templates()
    assert set(WIDER) <= said
    assert not is_said("the moon is not made of cheese", said)
    shipped = "\n".join(
        path.read_text(encoding="utf-8") for path in SOURCE.rglob("mappings/*.yaml")
    )
    for english in pairs().keys() - FOREIGN:
        text = FIELD.sub("{}", english)
        assert is_said(text, said) or text in shipped, english


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


def test_what_is_wrong_in_definitions_is_said_in_dutch() -> None:
    """Every message and every hint of the reader."""
    said = definition_texts.texts()
    assert len(said) > 200
    missing = {text: place for text, place in said.items() if dutch(text) == text}
    assert missing.keys() - {"money in x"} == set(), missing  # part of a text that has one


def test_the_bad_definitions_are_told_in_dutch() -> None:
    """The issues as they come, with names and values: nothing of ours stays English."""
    bad = YAML(typ="safe").load((CASES / "definitions_bad.yaml").read_text(encoding="utf-8"))
    english, seen = set(), set()
    for case in bad:
        texts = case.get("files") or {"shop.yaml": case["text"]}
        files = [*shipped_files(), *(SourceFile(name=n, text=text) for n, text in texts.items())]
        settings = LanguageSettings(lifecycle_model=case.get("model", "grid"))
        with pytest.raises(InvalidDefinitions) as caught:
            read_definitions(files, settings=settings)
        for issue in caught.value.issues:
            seen |= {issue.message, issue.hint}
            english |= {text for text in (issue.message, issue.hint) if dutch(text) == text}
    assert len(seen) > 200
    assert english - {""} == set()


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
        (
            "shop.yaml:4: `orders` is compared with a list, but `x` is money (as $big in a.yaml:2)",
            "shop.yaml:4: `orders` wordt vergeleken met een lijst, maar `x` is money (als $big in a.yaml:2)",
        ),
        (
            "shop.yaml:5: unknown key `and`: this is no condition\n  did you mean `all`?",
            "shop.yaml:5: onbekende sleutel `and`: dit is geen voorwaarde\n  bedoel je `all`?",
        ),
        ("traits: orders, revenue", "eigenschappen: orders, revenue"),
        ("nobody translated this", "nobody translated this"),
        ("", ""),
    ],
)
def test_texts(english: str, expected: str) -> None:
    assert dutch(english) == expected


def test_the_examples_run() -> None:
    assert doctest.testmod(module).failed == 0
