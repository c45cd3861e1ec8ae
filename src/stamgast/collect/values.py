"""The values and conditions of a mapping, compiled over the columns of one file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.convert import Quick, Raw, Reading
from stamgast.collect.sql import fill
from stamgast.errors import InternalError
from stamgast.language.sql.terms import Sql, all_of, any_of, coalesce, present

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stamgast.collect.mapping import Condition, Constant, MapValues, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Compiles values over columns.

    ``columns``: by the name the mapping uses; a column the file lacks is a text that is missing.
    """

    columns: Mapping[str, Raw]
    reading: Reading

    def of(self, value: Value) -> Raw:
        """The value of a row, before it is read as a type."""
        if value.column is not None:
            return self.columns[value.column]
        for name in ("multiply", "add", "subtract", "least", "first_of", "join", "any_positive"):
            operands = getattr(value, name)
            if operands is not None:
                return self._operation(name, [self.of(one) for one in operands])
        if value.negate is not None:
            return self._negated(self.of(value.negate))
        if value.map is not None:
            return self._mapped(value.map)
        if value.without_prefix is not None:
            return self._without(self.of(value.without_prefix.of), value.without_prefix.prefix)
        if value.holds is not None:
            condition = self.condition(value.holds)
            return Raw(sql=condition, category="bool", present=exp.true())
        return self._constant(value.constant)

    def _operation(self, name: str, operands: list[Raw]) -> Raw:
        match name:
            case "multiply":
                return self._product(operands)
            case "add":
                return self._sum(operands)
            case "subtract":
                return self._difference(operands[0], operands[1])
            case "least":
                return self._least(operands)
            case "any_positive":
                return self._any_positive(operands)
            case _:
                return self._texts(operands, name)

    def condition(self, condition: Condition) -> Sql:
        """Whether a condition holds for a row: TRUE or FALSE, never NULL. Missing is only ``empty``."""
        if condition.all is not None:
            return all_of([self.condition(one) for one in condition.all])
        if condition.any is not None:
            return any_of([self.condition(one) for one in condition.any])
        if condition.not_ is not None:
            return exp.Not(this=exp.Paren(this=self.condition(condition.not_)))
        raw = self.columns[condition.column] if condition.column else self.of(_given(condition.of))
        test = self._test(condition, raw)
        return test if condition.empty is not None else coalesce(test, exp.false())

    def _test(self, condition: Condition, raw: Raw) -> Sql:
        text = self.reading.text(raw)
        if condition.empty is not None:
            return fill("_x IS NULL", x=text) if condition.empty else present(text)
        if condition.starts_with is not None:
            return any_of(
                fill("starts_with(_x, _y)", x=text, y=self.reading.params.bind(prefix))
                for prefix in condition.starts_with
            )
        if condition.above is not None or condition.below is not None:
            bound = condition.above if condition.above is not None else condition.below
            template = "_x > CAST(_y AS DECIMAL(38, 18))"
            if condition.above is None:
                template = template.replace(">", "<")
            limit = self.reading.params.bind(str(bound))
            return fill(template, x=self.reading.number(raw), y=limit)
        words = [condition.is_] if condition.is_ is not None else condition.in_ or []
        return any_of(
            fill("_x = _y", x=text, y=self.reading.params.bind(_word(word))) for word in words
        )

    def _constant(self, constant: Constant | None) -> Raw:
        if isinstance(constant, bool):
            return Raw(
                sql=exp.true() if constant else exp.false(), category="bool", present=exp.true()
            )
        bound = self.reading.params.bind(_word(constant))
        return Raw(sql=fill("CAST(_x AS VARCHAR)", x=bound), category="text", present=exp.true())

    def _product(self, factors: Sequence[Raw]) -> Raw:
        """Wide enough that a product of what the casts let through cannot overflow."""
        whole = [one.category == "int" for one in factors]
        if any(whole):
            types = ["DECIMAL(18, 0)" if is_whole else "DECIMAL(20, 10)" for is_whole in whole]
        else:
            types = ["DECIMAL(19, 9)"] * len(factors)
        first, second = (
            self.reading.number(one, type_) for one, type_ in zip(factors, types, strict=True)
        )
        return Raw(
            sql=fill("_a * _b", a=first, b=second),
            category="decimal",
            present=all_of(one.present for one in factors),
            columns=_columns(factors),
            quick=_quick_product(factors),
        )

    def _sum(self, parts: Sequence[Raw]) -> Raw:
        there = any_of(one.present for one in parts)
        total = reduce(
            lambda a, b: fill("_a + _b", a=a, b=b), [self._summand(one) for one in parts]
        )
        return Raw(
            sql=fill("CASE WHEN _p THEN _x END", p=there, x=total),
            category="decimal",
            present=there,
            columns=_columns(parts),
            quick=_quick_sum(parts, there),
        )

    def _summand(self, raw: Raw) -> Sql:
        """Missing is 0; what cannot be read stays NULL. 24 digits before the point leave room."""
        number = self.reading.number(raw, "DECIMAL(34, 10)")
        return fill("CASE WHEN _p THEN _x ELSE 0 END", p=raw.present, x=number)

    def _difference(self, first: Raw, second: Raw) -> Raw:
        summed = self._sum([first, self._negated(second)])
        return replace(
            summed,
            sql=fill("CASE WHEN _p THEN _x END", p=first.present, x=summed.sql),
            present=first.present,
            quick=None,
        )

    def _least(self, parts: Sequence[Raw]) -> Raw:
        """NULL when one that is there cannot be read, so that it is said."""
        numbers = [self.reading.number(one, "DECIMAL(34, 10)") for one in parts]
        there = [
            fill("CASE WHEN _p THEN _x END", p=one.present, x=number)
            for one, number in zip(parts, numbers, strict=True)
        ]
        unread = any_of(
            fill("_p AND _x IS NULL", p=one.present, x=number)
            for one, number in zip(parts, numbers, strict=True)
        )
        least = reduce(lambda a, b: fill("least(_a, _b)", a=a, b=b), there)
        return Raw(
            sql=fill("CASE WHEN NOT (_u) THEN _x END", u=unread, x=least),
            category="decimal",
            present=any_of(one.present for one in parts),
            columns=_columns(parts),
        )

    def _negated(self, raw: Raw) -> Raw:
        quick = raw.quick

        def negated(digits: int) -> tuple[Sql, Sql]:
            if quick is None:
                raise InternalError("there is no quick way")
            sure, value = quick(digits)
            return sure, fill("-_x", x=value)

        number = raw.sql if raw.category == "decimal" else self.reading.number(raw)
        return Raw(
            sql=fill("-_x", x=number),
            category="decimal",
            present=raw.present,
            columns=raw.columns,
            quick=None if quick is None else negated,
        )

    def _texts(self, parts: Sequence[Raw], how: str) -> Raw:
        texts = [self.reading.text(one) for one in parts]
        if how == "first_of" and len({one.category for one in parts}) == 1:
            texts = [one.sql for one in parts]
        if how == "join":
            joined = exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string(" "), *texts])
            sql = fill("nullif(_x, '')", x=joined)
        else:
            sql = coalesce(texts[0], *texts[1:])
        same = parts[0].category if how == "first_of" and texts[0] is parts[0].sql else "text"
        return Raw(sql=sql, category=same, present=present(sql), columns=_columns(parts))

    def _mapped(self, words: MapValues) -> Raw:
        of = self.of(words.of)
        text = self.reading.text(of)
        bind = self.reading.params.bind
        case = exp.Case(this=fill("lower(_x)", x=text))
        for word, meaning in words.values.items():
            case = case.when(bind(word.strip().lower()), bind(_word(meaning)), copy=False)
        if words.default is not None:
            case = case.else_(bind(_word(words.default)), copy=False)
        elif words.otherwise != "missing":
            case = case.else_(text, copy=False)
        sql = fill("CAST(_x AS VARCHAR)", x=case)
        return Raw(sql=sql, category="text", present=present(sql), columns=of.columns)

    def _without(self, raw: Raw, prefix: str) -> Raw:
        sql = fill(
            "CASE WHEN starts_with(_x, _p) THEN nullif(substr(_x, length(_p) + 1), '') ELSE _x END",
            x=self.reading.text(raw),
            p=self.reading.params.bind(prefix),
        )
        return Raw(sql=sql, category="text", present=present(sql), columns=raw.columns)

    def _any_positive(self, parts: Sequence[Raw]) -> Raw:
        tests = [
            fill("_x > 0", x=one.sql if one.category != "text" else self.reading.number(one))
            for one in parts
        ]
        sql = any_of(coalesce(test, exp.false()) for test in tests)
        return Raw(sql=sql, category="bool", present=exp.true(), columns=_columns(parts))


def _quick_sum(parts: Sequence[Raw], there: Sql) -> Quick | None:
    """Exact when each part is; missing parts are 0."""
    ways = [one.quick for one in parts if one.quick is not None]
    if len(ways) != len(parts):
        return None

    def quick(digits: int) -> tuple[Sql, Sql]:
        pairs = [way(digits) for way in ways]
        sure = all_of(
            cond if cond == exp.true() else fill("_c OR NOT _p", c=cond, p=one.present)
            for one, (cond, _) in zip(parts, pairs, strict=True)
        )
        values = [coalesce(value, exp.Literal.number(0)) for _, value in pairs]
        total = reduce(lambda a, b: fill("_a + _b", a=a, b=b), values)
        return sure, fill("CASE WHEN _p THEN _x END", p=there, x=total)

    return quick


def _quick_product(factors: Sequence[Raw]) -> Quick | None:
    """A whole number times money: exact, and within 18 digits, when both are of common size."""
    count, price = sorted(factors, key=lambda one: one.category != "int")
    way = price.quick
    if count.category != "int" or price.category != "double" or way is None:
        return None

    def quick(digits: int) -> tuple[Sql, Sql]:
        cond, value = way(digits)
        sure = fill(
            "_c AND _n BETWEEN -1000000000 AND 1000000000 AND abs(_x) < 1e5",
            c=cond,
            n=count.sql,
            x=price.sql,
        )
        return sure, fill("CAST(_n AS BIGINT) * _v", n=count.sql, v=value)

    return quick


def _given(value: Value | None) -> Value:
    if value is None:
        raise InternalError("a condition without a subject")
    return value


def _word(constant: Constant | None) -> str:
    if isinstance(constant, bool):
        return "true" if constant else "false"
    return f"{constant:f}" if isinstance(constant, Decimal) else str(constant)


def _columns(parts: Sequence[Raw]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part.columns))
