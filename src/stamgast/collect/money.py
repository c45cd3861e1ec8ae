"""What currencies are worth in the shop's own."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import pyarrow as pa

from stamgast.errors import Issue, UserError

if TYPE_CHECKING:
    from pathlib import Path

    from stamgast.collect.run import Group, Run

HEADER = ["day", "currency", "rate"]
RATE = pa.decimal128(18, 8)
_CODE_LENGTH = 3


class InvalidRates(UserError):  # noqa: N818 - reads better where it is raised
    """A file of rates with issues: all of them."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        """Take every issue that was found."""
        self.issues = issues
        listed = "\n".join(str(issue) for issue in issues)
        super().__init__("rates.invalid", f"the rates cannot be used\n{listed}")


def read_rates(path: Path) -> pa.Table:
    """``rates.csv``: day, currency, rate; one row: from that day on, one unit is worth so much.

    Raises ``InvalidRates`` with every issue.
    """
    issues: list[Issue] = []
    found: list[tuple[date, str, Decimal]] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        if [name.strip().lower() for name in next(rows, [])] != HEADER:
            hint = "the first line is: day,currency,rate"
            raise InvalidRates((_issue(path, 1, "the header is another one", hint),))
        for row in rows:
            if row:
                _rate(path, rows.line_num, row, (found, issues))
    if issues:
        raise InvalidRates(tuple(issues))
    columns = list(zip(*found, strict=True)) or [(), (), ()]
    types = [pa.date32(), pa.string(), RATE]
    return pa.table(
        [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], HEADER
    )


def _rate(
    path: Path,
    line: int,
    row: list[str],
    into: tuple[list[tuple[date, str, Decimal]], list[Issue]],
) -> None:
    found, issues = into
    try:
        day, currency, rate = (field.strip() for field in row)
        worth = Decimal(rate)
        parsed = (date.fromisoformat(day), currency.upper(), round(worth, 8))
    except (ValueError, InvalidOperation):
        issues.append(_issue(path, line, "this is no rate", "such as 2025-01-31,USD,0.96"))
        return
    if len(currency) != _CODE_LENGTH or not Decimal(0) < worth < Decimal(10) ** 9:
        issues.append(_issue(path, line, "this is no rate", "such as 2025-01-31,USD,0.96"))
        return
    found.append(parsed)


def _issue(path: Path, line: int, message: str, hint: str) -> Issue:
    return Issue(code="rates.invalid", message=message, file=str(path), line=line, hint=hint)


def may_be_foreign(run: Run, group: Group) -> bool:
    """Whether orders or refunds of a group may be in another currency than the shop's."""
    if "currency" in group.section.fields or run.mapping.currency != run.currency:
        return True
    if run.given_digits != run.digits:  # they are read with more decimals than the shop's
        return True
    if group.kind != "order_lines" or not run.mapping.joins:
        return False
    orders = (one for one in run.mapping.rows if one.kind == "orders")
    return any("currency" in one.fields for one in orders)


def converts(run: Run, group: Group) -> bool:
    """Whether the group has the column ``factor``: what its currency is worth, NULL for the shop's."""
    return run.rates and may_be_foreign(run, group)


def convert(run: Run, group: Group) -> None:
    """Sums in the shop's currency; without a rate the row is in trouble.

    The rate is that of the day of the order (refund) in the shop's zone, or of the last day before it
    that has one. Each sum is converted as a whole, and each line on its own, rounded half up: the lines
    of a converted order may differ from its total by cents.
    """
    if not may_be_foreign(run, group):
        return
    values = {"own": run.mapping.currency, "shop": run.currency}
    if not run.rates:
        run.db.run(f'UPDATE "{group.table}" {_UNRATED}', values)
        return
    sums = ("total",) if group.kind == "refunds" else ("total", "gross", "discount")
    at = "at" if group.kind == "refunds" else "ordered_at"
    worth = ", ".join(f"{_CONVERTED.format(value=one)} AS {one}" for one in sums)
    run.db.run(
        f'CREATE OR REPLACE TEMP TABLE "{group.table}" AS '  # noqa: S608 - names of our own
        f"WITH told AS (SELECT *, coalesce(currency, $own) AS unit, "
        f'CAST(timezone($zone, coalesce("{at}", make_timestamptz($now))) AS DATE) AS told_day '
        f'FROM "{group.table}"), '
        f"rated AS (SELECT t.*, {_factor(run)} AS factor FROM told AS t "
        "ASOF LEFT JOIN rate AS r ON r.currency = t.unit AND r.day <= t.told_day) "
        f"SELECT * EXCLUDE (unit, told_day) REPLACE ({worth}, "
        "CASE WHEN trouble IS NULL AND unit <> $shop AND factor IS NULL THEN "
        "concat('it is in ', unit, ', and rates.csv has no rate for its day') "
        "ELSE trouble END AS trouble) FROM rated",
        {**values, "zone": run.zone, "now": run.now},
    )


def _factor(run: Run) -> str:
    """What an amount as it was read is multiplied with; NULL: it is of the shop's currency already."""
    further = run.given_digits - run.digits
    if not further:
        return "CASE WHEN t.unit <> $shop THEN r.rate END"
    scale = f"{Decimal(10) ** -further:f}"
    return (
        f"TRY_CAST(CASE WHEN t.unit <> $shop THEN r.rate ELSE 1 END * {scale} AS DECIMAL(19, 12))"
    )


_CONVERTED = (
    "CASE WHEN factor IS NULL THEN {value} ELSE TRY_CAST(round({value} * factor) AS BIGINT) END"
)
_UNRATED = """
SET trouble = concat('it is in ', coalesce(currency, $own), ', the shop counts in ', $shop,
    ', and there is no rates.csv')
WHERE trouble IS NULL AND coalesce(currency, $own) <> $shop
"""
