"""Comparisons of two values: two-valued, a missing value is none of anything."""

from __future__ import annotations

import operator
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from stamgast.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stamgast.language.ast import Compare, CompareOp

WITH_ONE: dict[CompareOp, Callable[[Any, Any], object]] = {
    "is": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "contains": operator.contains,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}


FOLDED = {ord(letter): letter.lower() for letter in ascii_uppercase}


def site(address: str) -> str | None:
    """The host of a web address, without ``www.``; missing when there is none."""
    host = address.partition("://")[2] if "://" in address else address
    for mark in "/?#:":
        host = host.partition(mark)[0]
    return host.translate(FOLDED).removeprefix("www.") or None


def compared(c: Compare, x: Any, values: Sequence[Any]) -> bool:  # noqa: ANN401 - of any type
    """The outcome of a comparison that does not look at time."""
    if c.ignore_case:
        x, *values = (None if one is None else one.translate(FOLDED) for one in (x, *values))
    return outcome(c.op, x, values)


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
        case "in":
            return x in values
        case "between":
            return bool(values[0] <= x <= values[1])
        case _ if op in WITH_ONE:
            return bool(WITH_ONE[op](x, values[0]))
        case _:
            raise InternalError(f"{op} is no plain comparison")
