"""The reference can be read in one sitting: what a definition means, in at most 897 lines of code."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

from stamgast.language import reference

FOLDER = Path(reference.__file__).parent
MEANING = (
    "days",
    "compare",
    "rows",
    "formulas",
    "conditions",
    "judged",
    "answers",
    "seasons",
    "rhythm",
    "named",
)
"""What ``answer`` is made of; the judge of changes and the shop statistics are beside it."""
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


def test_the_meaning_is_short() -> None:
    counted = {name: lines_of_code((FOLDER / f"{name}.py").read_text("utf-8")) for name in MEANING}
    assert sum(counted.values()) <= 897, counted
    assert min(counted.values()) >= 10
