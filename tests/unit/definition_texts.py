"""Every text that the reader of definitions says of what is wrong, as it stands in the code."""

from __future__ import annotations

import ast
from pathlib import Path

from stamgast import language

FOLDER = Path(language.__file__).parent
FILES = [*sorted((FOLDER / "reader").glob("*.py")), FOLDER / "formula_text.py"]
SAYING = {"add", "issue", "_issue", "NotRead"}
"""Calls whose texts are a message and a hint."""
SAID = {"message", "hint", "tests", "what"}
"""Names of what becomes part of one."""
RETURNING = {"say", "_say", "_unknown_key", "_unknown_form", "_yaml_hint"}
"""Functions whose results are."""


def texts() -> dict[str, str]:
    """Text, with `x` for each value -> where it stands. Single words and codes are left out."""
    found: dict[str, str] = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for part in _said(node):
                for text in examples(part):
                    if " " in text.strip():
                        found.setdefault(text, f"{path.name}:{part.lineno}")
    return found


def _said(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in SAYING:
            return node.args[1:] if name in {"add", "issue", "_issue"} else node.args
        case ast.Assign(targets=[ast.Name(id=name)]) if name in SAID:
            return [node.value]
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            pairs = zip(names, values, strict=True)
            return [value for one, value in pairs if isinstance(one, ast.Name) and one.id in SAID]
        case ast.FunctionDef(name=name) if name in RETURNING:
            inner = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
            return [one for one in inner if one is not None]
        case _:
            return []


def examples(node: ast.expr) -> list[str]:
    """The texts that an expression may be."""
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            return [*examples(body), *examples(orelse)]
        case ast.BoolOp(values=values) | ast.Tuple(elts=values):
            return [text for one in values for text in examples(one)]
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            parts = [str(p.value) if isinstance(p, ast.Constant) else "x" for p in values]
            return ["".join(parts)]
        case _:
            return []
