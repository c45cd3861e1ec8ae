"""What became of every line: accepted, repeated, left out or quarantined, each exactly once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.groups import good_lines
from stamgast.collect.report import FileReport
from stamgast.collect.sql import fill, union_all
from stamgast.language.sql.terms import as_, col, name, tab
from stamgast.store.writing import QuarantinedRow

if TYPE_CHECKING:
    from stamgast.collect.rows import FileRows
    from stamgast.collect.run import Group, Run

NOT_READ = "no section of the mapping reads it"
SINGLE = frozenset({"customers", "coupons", "events"})


@dataclass(slots=True)
class _Account:
    left_out: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    rows: list[QuarantinedRow] = field(default_factory=list)

    def quarantine(self, file: FileRows, line: int, reason: str, row: str, shown: str = "") -> None:
        self.quarantined[reason] = self.quarantined.get(reason, 0) + 1
        said = f"{reason}: {shown}" if shown else reason
        self.rows.append(
            QuarantinedRow(file=str(file.source.path), line=line, reason=said, row=row)
        )


def account(run: Run, file: FileRows) -> FileReport:
    """The report of one file; what is quarantined is handed to the session."""
    groups = [group for group in run.groups if group.rows is file]
    found = _Account()
    for bad in file.source.bad:
        found.quarantine(file, bad.line, bad.reason, bad.row)
    grouped = _sums(run, groups)
    known = sum(grouped.values())
    rest = file.source.total - len(file.source.bad)
    if known != rest or len(groups) > 1:
        _others(run, file, found)
    if grouped["trouble"]:
        _troubled(run, groups, found)
    taken = (
        rest - sum(found.left_out.values()) - sum(found.quarantined.values()) + len(file.source.bad)
    )
    if known - grouped["trouble"] != taken:
        accepted = _lines_accepted(run, groups)
    else:
        accepted = grouped["accepted"]
    run.session.quarantine(found.rows)
    return FileReport(
        path=str(file.source.path),
        lines=file.source.total,
        accepted=accepted,
        repeated=taken - accepted,
        left_out=found.left_out,
        quarantined=found.quarantined,
    )


def _sums(run: Run, groups: list[Group]) -> dict[str, int]:
    """Lines of accepted, repeated and troubled groups; a line of two groups counts twice."""
    sums = {"accepted": 0, "repeated": 0, "trouble": 0}
    for group in groups:
        query = exp.select(
            fill('coalesce(sum("lines") FILTER ("trouble" IS NULL AND NOT "repeated"), 0)'),
            fill('coalesce(sum("lines") FILTER ("trouble" IS NULL AND "repeated"), 0)'),
            fill('coalesce(sum("lines") FILTER ("trouble" IS NOT NULL), 0)'),
        ).from_(tab(group.table))
        for what, lines in zip(sums, run.fetch(query)[0], strict=True):
            sums[what] += int(lines)
    return sums


def _others(run: Run, file: FileRows, found: _Account) -> None:
    """Rows that never came into a group: left out, or bad in themselves."""
    run.create("others", file.others())
    counts = run.db.run(
        'SELECT "left", count(*) FROM others WHERE "left" IS NOT NULL OR bad IS NULL GROUP BY 1 ORDER BY 1'
    )
    for place, lines in counts:
        reason = NOT_READ if place is None else file.left_out[place][1]
        found.left_out[reason] = found.left_out.get(reason, 0) + lines
    bad = run.db.run(
        'SELECT line, bad, "row" FROM others WHERE "left" IS NULL AND bad IS NOT NULL ORDER BY line'
    )
    for line, place, row in bad:
        check = file.checks[place]
        said = json.loads(row)
        shown = ", ".join(f"{column} = {said.get(column)!r}"[:200] for column in check.columns)
        found.quarantine(file, line, check.reason, row, shown)


def _troubled(run: Run, groups: list[Group], found: _Account) -> None:
    """Lines of orders and refunds that cannot be taken as a whole; a line once."""
    parts: list[exp.Query] = []
    for group in groups:
        lines = good_lines(group, [])
        parts.append(
            exp.select(col("line", "good"), col("trouble", "g"))
            .from_(lines)
            .join(tab(group.table, "g"), on=fill('"g"."key" = "good"."key"'))
            .where(fill('"g"."trouble" IS NOT NULL'))
        )
    everything = exp.Subquery(this=union_all(parts), alias=exp.TableAlias(this=name("troubled")))
    query = (
        exp.select(col("line"), as_(fill('min("trouble")'), "reason"))
        .from_(everything)
        .group_by(col("line"))
        .order_by(col("line"))
    )
    file = groups[0].rows
    for line, reason in run.fetch(query):
        found.quarantine(file, line, reason, "{}")


def _lines_accepted(run: Run, groups: list[Group]) -> int:
    """Lines of which something is new, where one line feeds several groups."""
    parts: list[exp.Query] = []
    for group in groups:
        single = group.kind in SINGLE
        if single:
            rows = exp.select(
                col("first_line").as_("line", quoted=True), col("trouble"), col("repeated")
            ).from_(tab(group.table))
        else:
            rows = (
                exp.select(col("line", "good"), col("trouble", "g"), col("repeated", "g"))
                .from_(good_lines(group, []))
                .join(tab(group.table, "g"), on=fill('"g"."key" = "good"."key"'))
            )
        parts.append(rows)
    everything = exp.Subquery(this=union_all(parts), alias=exp.TableAlias(this=name("said")))
    per_line = (
        exp.select(
            col("line"),
            as_(fill('bool_or("trouble" IS NOT NULL)'), "troubled"),
            as_(fill('bool_or(NOT "repeated")'), "fresh"),
        )
        .from_(everything)
        .group_by(col("line"))
    )
    query = exp.select(fill('count(*) FILTER (NOT "troubled" AND "fresh")')).from_(
        exp.Subquery(this=per_line, alias=exp.TableAlias(this=name("per_line")))
    )
    return int(run.fetch(query)[0][0])
