"""What became of every line: accepted, repeated, left out or quarantined, each exactly once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.erased import ERASED, mentions_erased
from stamgast.collect.groups import good_lines
from stamgast.collect.guess import SAMPLE, remedy
from stamgast.collect.kinds import OF_PERSONS
from stamgast.collect.report import FileReport
from stamgast.collect.sql import fill, union_all
from stamgast.language.sql.terms import as_, col, name, num, tab
from stamgast.store.quarantine import QuarantinedRow

if TYPE_CHECKING:
    from stamgast.collect.rows import FileRows
    from stamgast.collect.run import Group, Run

NOT_READ = "no section of the mapping reads it"
TOGETHER = "another section cannot take its row"
NOTHING = "nothing is in it"
SINGLE = frozenset({"coupons", "events", "products"}) | OF_PERSONS


@dataclass(slots=True)
class _Account:
    run: Run
    left_out: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    rows: list[QuarantinedRow] = field(default_factory=list)
    unread: str = ""
    """What stood in the first row that failed a check, and why it failed."""
    failed: tuple[str, str] = ("", "")
    values: list[str] = field(default_factory=list)
    """Of rows that failed as the first did: the values that stood there."""

    def note(self, reason: str, column: str, value: str, shown: str) -> None:
        if not self.unread:
            self.unread, self.failed = shown, (reason, column)
        if self.failed == (reason, column) and len(self.values) < SAMPLE:
            self.values.append(value)

    def quarantine(self, bad: _Bad, reason: str, shown: str = "") -> None:
        self.quarantined[reason] = self.quarantined.get(reason, 0) + 1
        said = f"{reason}: {shown}" if shown else reason
        row, key = bad.row, bad.key
        if mentions_erased(self.run, row):
            said, row, key = reason, "{}", None
        self.rows.append(
            QuarantinedRow(
                file=str(bad.file.source.path),
                line=bad.line,
                reason=said,
                row=row,
                source=self.run.source,
                kind=bad.kind,
                key=key,
                why=reason,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bad:
    """A row that is refused: of which record of which kind, as far as that could be read."""

    file: FileRows
    line: int
    row: str
    kind: str | None = None
    key: str | None = None


def account(run: Run, file: FileRows) -> tuple[FileReport, list[QuarantinedRow]]:
    """The report of one file, and what of it could not be understood."""
    groups = [group for group in run.groups if group.rows is file]
    found = _Account(run)
    for bad in file.source.bad:
        found.quarantine(_Bad(file=file, line=bad.line, row=bad.row), bad.reason)
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
    nothing = not taken and bool(found.unread)
    for reason, lines in ((ERASED, file.source.erased), (NOTHING, file.source.empty)):
        if lines:
            found.left_out[reason] = found.left_out.get(reason, 0) + lines
    report = FileReport(
        path=str(file.source.path),
        lines=file.source.total + file.source.erased + file.source.empty,
        accepted=accepted,
        repeated=taken - accepted,
        left_out=found.left_out,
        quarantined=found.quarantined,
        unread=found.unread if nothing else "",
        remedy=remedy(found.failed[0], found.values, run.mapping.read) if nothing else "",
    )
    return report, found.rows


def keep_together(run: Run, file: FileRows) -> None:
    """A row that one section cannot take feeds no other: mark what else was made of it."""
    groups = [group for group in run.groups if group.rows is file]
    if len(groups) == 1 or not _sums(run, groups)["trouble"]:
        return
    parts: list[exp.Query] = [_fates(group) for group in groups]
    run.create("fate", union_all(parts))
    for group in groups:
        others = _fates(group).subquery("l")
        caught = (
            exp.select(col("whole", "l"))
            .distinct()
            .from_(others)
            .where(
                exp.In(
                    this=col("line", "l"),
                    query=exp.select("line")
                    .from_("fate")
                    .where('"trouble" IS NOT NULL')
                    .subquery(),
                )
            )
        )
        run.create("caught", caught)
        run.db.run(
            f'UPDATE "{group.table}" SET trouble = $reason '  # noqa: S608 - a name of our own
            "WHERE trouble IS NULL AND first_line IN (SELECT whole FROM caught)",
            {"reason": TOGETHER},
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
    run.create("others", file.kept("others", file.others))
    counts = run.db.run(
        'SELECT "left", count(*) FROM others WHERE "left" IS NOT NULL OR bad IS NULL GROUP BY 1 ORDER BY 1'
    )
    for place, lines in counts:
        reason = NOT_READ if place is None else file.left_out[place][1]
        found.left_out[reason] = found.left_out.get(reason, 0) + lines
    if file.clean:
        return
    bad = run.db.run(
        "SELECT line, bad, \"row\", COLUMNS('^record_') FROM others "
        'WHERE "left" IS NULL AND bad IS NOT NULL ORDER BY line'
    )
    for line, place, row, *records in bad:
        check, number = file.checks[place], file.section_of_check(place)
        said = json.loads(row)
        shown = ", ".join(f"{column} = {said.get(column)!r}"[:200] for column in check.columns)
        kind = file.sections[number].section.kind
        one = _Bad(file=file, line=line, row=row, kind=kind, key=records[number])
        found.quarantine(one, check.reason, shown)
        value = said.get(check.columns[0]) if len(check.columns) == 1 else None
        if value is not None and not mentions_erased(run, row):
            found.note(check.reason, check.columns[0], str(value), shown)


def _troubled(run: Run, groups: list[Group], found: _Account) -> None:
    """Lines of orders and refunds that cannot be taken as a whole; a line once."""
    file = groups[0].rows
    parts: list[exp.Query] = [
        _fates(group)
        .select(as_(num(file.sections.index(group.section)), "place"))
        .where(fill('"trouble" IS NOT NULL'))
        for group in groups
    ]
    everything = exp.Subquery(this=union_all(parts), alias=exp.TableAlias(this=name("troubled")))
    together = run.params.bind(TOGETHER)
    chosen = [
        as_(fill("arg_min(_x, _t = _o)", x=col(one), t=col("trouble"), o=together), alias)
        for one, alias in (("trouble", "reason"), ("place", "place"))
    ]
    run.create(
        "troubled_line", exp.select(col("line"), *chosen).from_(everything).group_by(col("line"))
    )
    records = [col(f"record_{number}", "r") for number in range(len(file.sections))]
    query = (
        exp.select(*(col(one, "t") for one in ("line", "reason", "place")), col("row", "r"))
        .select(*records)
        .from_(tab("troubled_line", "t"))
        .join(file.shown().subquery("r"), on=fill('"r"."line" = "t"."line"'))
        .order_by(col("line", "t"))
    )
    for line, said, place, row, *keys in run.fetch(query):
        kind = file.sections[place].section.kind
        found.quarantine(_Bad(file=file, line=line, row=row, kind=kind, key=keys[place]), said)


def _lines_accepted(run: Run, groups: list[Group]) -> int:
    """Lines of which something is new, where one line feeds several groups."""
    parts: list[exp.Query] = [_fates(group) for group in groups]
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


def _fates(group: Group) -> exp.Select:
    """``line``, ``trouble``, ``repeated`` of each line of a group; ``whole``: its first line."""
    if group.kind in SINGLE:
        first = col("first_line")
        lines = exp.select(as_(first, "line"), "trouble", "repeated", as_(first.copy(), "whole"))
        return lines.from_(tab(group.table))
    return (
        exp.select(
            col("line", "good"),
            col("trouble", "g"),
            col("repeated", "g"),
            as_(col("first_line", "g"), "whole"),
        )
        .from_(good_lines(group, []))
        .join(tab(group.table, "g"), on=fill('"g"."key" = "good"."key"'))
    )
