"""Comparisons of two values: two-valued, a missing value is none of anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stamgast.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.language.ast import CompareOp


def outcome(op: CompareOp, x: Any, values: Sequence[Any]) -> bool:  # noqa: ANN401 - of any type
    """Whether ``x op values`` holds; the values are of one type, None is missing."""
    match op:
        case "present":
            return x is not None
        case "missing":
            return x is None
        case "is_not":
            return not outcome("is", x, values)
        case "not_in":
            return not outcome("in", x, values)
        case _ if x is None or None in values:
            return False
        case _ if isinstance(x, str):
            return _text(op, x, values)
        case _:
            return _ordered(op, x, values)


def _text(op: CompareOp, x: str, values: Sequence[str]) -> bool:
    match op:
        case "is" | "in":
            return x in values
        case "contains":
            return values[0] in x
        case "starts_with":
            return x.startswith(values[0])
        case "ends_with":
            return x.endswith(values[0])
        case _:
            raise InternalError(f"text cannot be compared by {op}")


def _ordered(op: CompareOp, x: Any, values: Sequence[Any]) -> bool:  # noqa: ANN401 - of any type
    match op:
        case "is" | "in":
            return x in values
        case "gt":
            return bool(x > values[0])
        case "gte":
            return bool(x >= values[0])
        case "lt":
            return bool(x < values[0])
        case "lte":
            return bool(x <= values[0])
        case "between":
            return bool(values[0] <= x <= values[1])
        case _:
            raise InternalError(f"{op} is no plain comparison")
