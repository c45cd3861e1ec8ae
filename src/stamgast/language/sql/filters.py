"""Comparisons of a value with literals, and filters of rows, in two-valued logic.

An expression made here is TRUE exactly when the comparison holds; where it does not, it may be NULL
instead of FALSE unless ``strict``: WHERE, FILTER and WHEN take both alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from sqlglot import exp

from stamgast.errors import InternalError
from stamgast.language.ast import All, AnyOf, Compare, Literal_, Not, Property
from stamgast.language.sql.dialect import lower_ascii, text_test
from stamgast.language.sql.terms import (
    Sql,
    all_of,
    any_of,
    coalesce,
    eq,
    gt,
    gte,
    is_null,
    lt,
    lte,
    no,
    not_,
    present,
)
from stamgast.language.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stamgast.language.ast import CompareOp, Condition
    from stamgast.language.sql.parameters import Bound, Parameters

SIMPLE = {"is": eq, "gt": gt, "gte": gte, "lt": lt, "lte": lte}


def stored(literal: Literal_) -> Bound:
    """The bound value of a literal; a NUMBER is a double even if written whole."""
    if literal.type is Type.NUMBER and isinstance(literal.value, int):
        return float(literal.value)
    return literal.value


def compare(op: CompareOp, x: Sql, values: Sequence[Sql]) -> Sql:
    """``x op values`` for values of one type; ``is_not`` and ``not_in`` hold for a missing x.

    ``"p_price" >= $price``; ``is_not``: ``"p_category" IS DISTINCT FROM $category``.
    """
    match op:
        case "is" | "gt" | "gte" | "lt" | "lte":
            return SIMPLE[op](x, values[0])
        case "is_not":
            return exp.NullSafeNEQ(this=x, expression=values[0])
        case "in":
            return exp.In(this=x, expressions=list(values))
        case "not_in":
            return any_of([is_null(x), not_(exp.In(this=x, expressions=list(values)))])
        case "between":
            return all_of([gte(x, values[0]), lte(x, values[1])])
        case "contains" | "starts_with" | "ends_with":
            return text_test(op, x, values[0])
        case "present":
            return present(x)
        case "missing":
            return is_null(x)
        case "older_than" | "newer_than" | "within_next" | "anniversary_within_next":
            raise InternalError(f"{op} looks at time and is no plain comparison")
        case _:
            assert_never(op)


def compare_folded(op: CompareOp, x: Sql, values: Sequence[Sql]) -> Sql:
    """``compare`` of texts without regard to the case of A-Z."""
    return compare(op, lower_ascii(x), [lower_ascii(value) for value in values])


def of_missing(op: CompareOp) -> Sql:
    """The comparison of a value that is missing in every row."""
    return exp.true() if op in ("is_not", "not_in", "missing") else no()


def row_filter(
    where: Condition, column: Callable[[str], Sql | None], parameters: Parameters
) -> Sql:
    """A filter of rows: TRUE for the rows that pass.

    ``column``: the expression of a property, None for one that no row of the source has.
    """
    match where:
        case Compare(operand=Property(name=name), op=op, values=values, ignore_case=folded):
            x = column(name)
            if x is None:
                return of_missing(op)
            literals = [value for value in values if isinstance(value, Literal_)]
            bound = [parameters.bind(stored(value), f"p_{name}") for value in literals]
            return compare_folded(op, x, bound) if folded else compare(op, x, bound)
        case All(items=items):
            return all_of([row_filter(item, column, parameters) for item in items])
        case AnyOf(items=items):
            return any_of([row_filter(item, column, parameters) for item in items])
        case Not(item=item):
            return not_(coalesce(row_filter(item, column, parameters), no()))
        case _:
            raise InternalError(f"a filter of rows cannot ask {type(where).__name__}")
