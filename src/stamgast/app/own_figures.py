"""The shop's own totals, as a file tells them."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from stamgast.errors import UserError
from stamgast.measure.figures import Own
from stamgast.measure.model import Fact, Note
from stamgast.model.money import digits_of
from stamgast.store.books import imported_files
from stamgast.store.quarantine import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stamgast.app.core import Core

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(-01)?")
HINT = "a CSV with the columns month (2026-03), orders and revenue (1234.56)"
DUTCH = {"maand": "month", "bestellingen": "orders", "omzet": "revenue"}
THOUSANDS = re.compile(r"-?\d{1,3}(?:(?:\.\d{3})+,|(?:,\d{3})+\.)\d+")
"""An amount with marks between its thousands and another one before its decimals."""
MOST_ISSUES = 20
REASONS = 6


def read_own(path: str | Path, currency: str) -> dict[str, Own]:
    """First day of the month -> its totals.

    The columns ``month``, ``orders`` and ``revenue`` may have their Dutch names. ``revenue`` is in whole units, with no more decimals than the currency has; ``revenue_cents`` in
    minor units. Other columns are left aside. Raises UserError ``figures.unreadable`` when there is no
    such file or it has other columns, and ``figures.invalid`` with every line that cannot be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            "figures.unreadable", f"cannot be read: {error}", where=str(path), hint=HINT
        ) from error
    mark = ";" if text.partition("\n")[0].count(";") else ","
    rows = csv.DictReader(text.splitlines(), delimiter=mark)
    called = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    names = {DUTCH.get(name, name): said for name, said in called.items()}
    money = next((name for name in ("revenue", "revenue_cents") if name in names), None)
    if money is None or not {"month", "orders"} <= set(names):
        raise UserError("figures.unreadable", "a column is missing", where=str(path), hint=HINT)
    found: dict[str, Own] = {}
    issues: list[str] = []
    for line, row in enumerate(rows, 2):
        cells = [(row[names[name]] or "").strip() for name in ("month", "orders", money)]
        problem = _add(found, cells, 0 if money != "revenue" else digits_of(currency))
        if problem:
            issues.append(f"line {line}: {problem}")
    if issues:
        shown = "\n".join(issues[:MOST_ISSUES])
        raise UserError(
            "figures.invalid", f"totals that cannot be read\n{shown}", where=str(path), hint=HINT
        )
    return found


def _add(found: dict[str, Own], cells: list[str], digits: int) -> str:
    """Put a line among those found; returns what is wrong with it."""
    month, orders, revenue = cells
    text = revenue
    if THOUSANDS.fullmatch(revenue):
        text = re.sub(r"[.,](?=.*[.,])", "", revenue)
    if "." not in text:
        text = text.replace(",", ".")
    amount = rf"-?\d+(\.\d{{1,{digits}}})?" if digits else r"-?\d+"
    named = MONTH.fullmatch(month)
    if named is None:
        return f"{month!r} is not a month"
    if not re.fullmatch(r"\d+", orders):
        return f"{orders!r} is not a number of orders"
    if not re.fullmatch(amount, text):
        return f"{revenue!r} is not an amount"
    first = f"{named[1]}-{named[2]}-01"
    if first in found:
        return f"{month!r} is there twice"
    found[first] = Own(orders=int(orders), revenue=int(Decimal(text).scaleb(digits)))
    return ""


def import_notes(core: Core) -> Iterator[Note]:
    """What became of the lines of imports that are in no figure; of those refused, what waits now."""
    refused = count(core.store)
    sums: dict[str, int] = {"quarantined": refused.waiting}
    reasons: dict[str, int] = dict(refused.reasons)
    files = imported_files(core.store)
    sums["repeated"] = sum(file.counts.get("repeated", 0) for file in files)
    # a file that is read again leaves the same lines out again: they are one time fewer
    for file in {(one.mapping, one.sha256): one for one in files}.values():
        sums["left_out"] = sums.get("left_out", 0) + file.counts.get("left_out", 0)
        for reason, lines in file.reasons:
            if reason not in refused.ever:
                reasons[reason] = reasons.get(reason, 0) + lines
    for name in ("repeated", "left_out", "quarantined"):
        if sums.get(name):
            yield Note(key=f"lines_{name}", facts={"n": Fact(kind="count", value=sums[name])})
    yield from _reasons(reasons)


def _reasons(reasons: Mapping[str, int]) -> Iterator[Note]:
    most = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    for reason, lines in most[:REASONS]:
        facts = {"n": Fact(kind="count", value=lines), "reason": Fact(kind="reason", value=reason)}
        yield Note(key="lines_reason", facts=facts)
