"""Doubles are read by their shortest decimal, then rounded half up: against Python's decimals."""

from __future__ import annotations

import random
import struct
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pyarrow as pa
import pytest

from stamgast.collect.convert import Reading, column_value
from stamgast.collect.mapping import Read
from stamgast.collect.sql import Params, fill, text
from stamgast.language.sql.terms import col

LIMIT = 2**63 - 1


def expected(value: float, digits: int) -> int | None:
    units = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    minor = int(units.scaleb(digits))
    return minor if abs(minor) <= LIMIT else None


def doubles(seed: int) -> list[float]:
    dice = random.Random(seed)  # noqa: S311 - numbers, no secrets
    found = [
        0.0,
        -0.0,
        5e-324,
        0.005,
        -0.005,
        0.015,
        1.005,
        2.675,
        1e11,
        1e11 - 0.005,
        4.35,
        1e15 + 0.5,
    ]
    for _ in range(4000):
        cents = dice.randint(-(10 ** dice.randint(1, 14)), 10 ** dice.randint(1, 14))
        near = float(Decimal(cents).scaleb(-dice.choice([1, 2, 3, 4, 6])))
        found += [
            near,
            struct.unpack("d", struct.pack("q", struct.unpack("q", struct.pack("d", near))[0] ^ 1))[
                0
            ],
        ]
        found.append(dice.uniform(-1, 1) * 10.0 ** dice.randint(-12, 16))
        found.append(dice.randint(-(10**9), 10**9) / 200)
    return found


@pytest.mark.parametrize("digits", [0, 2, 3, 4])
def test_every_double(digits: int) -> None:
    values = doubles(digits)
    connection = duckdb.connect()
    connection.register("given", pa.table({"x": values}))
    reading = Reading(read=Read(), zone="UTC", digits=digits, params=Params())
    raw = column_value(col("x"), "DOUBLE", "x")
    query = f"SELECT x, {text(reading.typed(raw, 'money'))} FROM given"
    for value, minor in connection.execute(query).fetchall():
        assert minor == expected(value, digits), repr(value)


def test_a_product_and_a_sum_are_exact() -> None:
    dice = random.Random(7)  # noqa: S311 - numbers, no secrets
    rows = [
        (
            dice.randint(-90_000, 90_000),
            float(Decimal(dice.randint(0, 10**7)).scaleb(-dice.choice([1, 2, 3]))),
        )
        for _ in range(4000)
    ]
    connection = duckdb.connect()
    connection.register("given", pa.table({"n": [n for n, _ in rows], "x": [x for _, x in rows]}))
    from stamgast.collect.mapping import Value  # noqa: PLC0415 - beside its use
    from stamgast.collect.values import Values  # noqa: PLC0415

    reading = Reading(read=Read(), zone="UTC", digits=2, params=Params())
    values = Values(
        columns={
            "n": column_value(col("n"), "BIGINT", "n"),
            "x": column_value(col("x"), "DOUBLE", "x"),
        },
        reading=reading,
    )
    product = reading.typed(values.of(Value.model_validate({"multiply": ["n", "x"]})), "money")
    total = reading.typed(values.of(Value.model_validate({"add": ["n", "x", "x"]})), "money")
    less = reading.typed(values.of(Value.model_validate({"subtract": ["n", "x"]})), "money")
    query = f"SELECT n, x, {text(product)}, {text(total)}, {text(less)} FROM given"

    def cents(exact: Decimal) -> int:
        return int(exact.scaleb(2).quantize(Decimal(1), ROUND_HALF_UP))

    for n, x, multiplied, added, subtracted in connection.execute(query).fetchall():
        price = Decimal(repr(x))
        assert multiplied == cents(n * price)
        assert added == cents(n + price + price)
        assert subtracted == cents(n - price)


def test_the_quick_way_is_taken_where_it_is_exact() -> None:
    raw = column_value(col("x"), "DOUBLE", "x")
    assert raw.quick is not None
    sure, value = raw.quick(2)
    connection = duckdb.connect()
    connection.register("given", pa.table({"x": [0.1, 1.005, 12345678.91, 1e12]}))
    query = text(fill("SELECT _s, _v FROM given", s=sure, v=value))
    assert [row[0] for row in connection.execute(query).fetchall()] == [True, False, True, False]
