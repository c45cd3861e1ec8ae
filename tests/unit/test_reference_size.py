"""The reference can be read in one sitting: no more lines of code than are counted here."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

from stamgast.language import reference

FOLDER = Path(reference.__file__).parent
CORE = ("days", "compare", "moments", "rows", "formulas", "conditions", "judged", "answers")
"""The log cut, rows, aggregates, formulas, conditions, stages and answers: what everything rests on."""
KINDS = ("seasons", "rhythm", "named", "labels", "recurring")
"""Kinds of rows, aggregates and conditions of their own: each is read by itself, after the core."""
BESIDE = ("changes", "statistics", "__init__")
"""The judge of changes and the shop statistics, which ``answer`` is not made of."""
LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def lines_of_code(source: str) -> int:
    """Lines that say something to the interpreter: no imports, docstrings, comments, blank lines."""
    left_out: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        of_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if of_types or text or isinstance(node, ast.Import | ast.ImportFrom):
            left_out |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))  # type: ignore[attr-defined] # statements have lines
    said = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in LAYOUT
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(said - left_out)


def counted(names: tuple[str, ...]) -> dict[str, int]:
    return {name: lines_of_code((FOLDER / f"{name}.py").read_text("utf-8")) for name in names}


def test_the_meaning_is_short() -> None:
    core, kinds = counted(CORE), counted(KINDS)
    assert sum(core.values()) <= 555, core
    assert sum(kinds.values()) <= 195, kinds
    assert min((*core.values(), *kinds.values())) >= 10


def test_every_file_is_counted_or_beside() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == {*CORE, *KINDS, *BESIDE}
