"""Comparisons of values: two-valued, a missing value is none of anything."""

from __future__ import annotations

import operator
import re
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stamgast.language.ast import CompareOp

FOLDED = {ord(letter): letter.lower() for letter in ascii_uppercase}
"""What ``ignore_case`` makes of a text, and ``site`` of an address."""


def one_of(x: object, *values: object) -> bool:
    """``in``."""
    return x in values


def between(x: Any, low: Any, high: Any) -> bool:  # noqa: ANN401 - of any type that has an order
    """``between``, both ends in."""
    return bool(low <= x <= high)


OUTCOMES: dict[CompareOp, Callable[..., object]] = {
    "is": operator.eq,
    "in": one_of,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "between": between,
    "contains": operator.contains,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}
NEGATIONS: dict[CompareOp, CompareOp] = {"is_not": "is", "not_in": "in", "missing": "present"}


def outcome(op: CompareOp, x: Any, values: Sequence[Any]) -> bool:  # noqa: ANN401 - of any type
    """Whether ``x op values`` holds; the values are of one type, None is missing."""
    if op in NEGATIONS:
        return not outcome(NEGATIONS[op], x, values)
    known = x is not None and None not in values
    return known and (op == "present" or bool(OUTCOMES[op](x, *values)))


def site(address: str) -> str | None:
    """The host of a web address, without ``www.``; missing when there is none."""
    host = re.split("[/?#:]", address.partition("://")[2] if "://" in address else address)[0]
    return host.translate(FOLDED).removeprefix("www.") or None
