"""Refunds: a statement of money given back, under the number the source gives it.

A refund that is said again otherwise is a correction, and what was said before is kept: statements
are added under its number with ``~2``, ``~3``, ..., and those they stand in for are *withdrawn*. Another
amount adds the difference, so a running total, such as Shopify's Refunded Amount, comes out right.
A refund that several sources report counts once: the others' statements are *outranked*.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
from sqlglot import exp

from stamgast.collect.messages import heads
from stamgast.collect.repeats import place
from stamgast.collect.said import said
from stamgast.collect.sql import fill, union_all
from stamgast.language.sql.terms import Sql, as_, col, num
from stamgast.store.lake import LAKE
from stamgast.store.refunds import outranked_refunds

if TYPE_CHECKING:
    from stamgast.collect.run import Group, Run


def write_refunds(run: Run) -> None:
    """Write the new refund statements, and which ones they withdraw."""
    groups = run.of_kind("refunds")
    if not groups:
        return
    run.create("refund_said", union_all([_said(run, group) for group in groups]))
    if not run.db.run("SELECT 1 FROM refund_said LIMIT 1"):
        return
    run.db.run(_AGAIN, {"source": run.source})
    corrected = _corrected(run)
    run.db.register("refund_corrected", _table(corrected))
    run.session.write("refund_statement", _STATEMENTS, order_by=LAKE["refund_statement"].order)
    gone = [key for refund in corrected for key in refund.withdrawn]
    if gone:
        run.db.register("refund_gone", pa.table({"refund_key": gone}))
        run.session.write(
            "withdrawn_refund", "FROM refund_gone", order_by=LAKE["withdrawn_refund"].order
        )
    _choose(run)


def _said(run: Run, group: Group) -> exp.Select:
    namespace = run.params.bind(run.mapping.order_namespace + ":")
    # what follows a single ~ is ours
    own = run.params.bind("" if run.source == run.mapping.order_namespace else f"~@{run.source}")
    now = run.received
    head = exp.Subquery(this=heads(group), alias=exp.TableAlias(this=exp.to_identifier("head")))
    columns: dict[str, Sql] = {
        "first_line": col("first_line"),
        "identity_id": col("identity_id"),
        "seq": col("seq"),
        "base_key": fill("concat(_n, _x)", n=namespace, x=col("number")),
        "refund_key": fill(
            "concat(_n, replace(_x, '~', '~~'), _own)", n=namespace, x=col("number"), own=own
        ),
        "order_key": fill(
            'CASE WHEN "order" IS NOT NULL THEN concat(_n, "order") END', n=namespace
        ),
        "at": fill('coalesce("at", _now)', now=now),
        "received_at": now,
        "amount": col("total"),
        "source": exp.cast(run.params.bind(run.source), "varchar"),
        "currency": exp.cast(run.params.bind(run.currency), "varchar"),
        "approximate": fill('"at" IS NULL'),
        "said": said(group),
        "source_rank": exp.cast(num(run.mapping.priority), "int"),
    }
    return exp.select(*place(group), *(as_(sql, column) for column, sql in columns.items())).from_(
        head
    )


_AGAIN = """
CREATE OR REPLACE TEMP TABLE refund_again AS
SELECT DISTINCT base_key FROM refund_said
WHERE base_key IN (SELECT base_key FROM lake_refund_statement WHERE source = $source)
UNION
SELECT base_key FROM refund_said GROUP BY base_key HAVING count(*) > 1
"""
"""Refunds that were said before, or twice in this import: the first saying has the plain key."""

_STATEMENTS = """
SELECT identity_id, refund_key, order_key, "at", received_at, amount, source, currency, approximate,
    said, base_key, 1::INTEGER AS number, source_rank
FROM refund_said ANTI JOIN refund_again USING (base_key)
UNION ALL
SELECT c.identity_id, c.refund_key, c.order_key, make_timestamptz(c.at_us), s.received_at, c.amount,
    s.source, s.currency, c.approximate, c.said, c.base_key, c.number, s.source_rank
FROM refund_corrected AS c
CROSS JOIN (SELECT received_at, source, currency, source_rank FROM refund_said LIMIT 1) AS s
"""


# --- said again -----------------------------------------------------------------------------------


class Given(NamedTuple):
    """Money given back, as one statement says it. ``approximate``: its source gave no instant."""

    identity_id: int | None
    order_key: str | None
    at_us: int
    amount: int | None
    approximate: bool
    said: str | None


@dataclass(slots=True, kw_only=True)
class Refund:
    """What is known of one refund: the statements that hold, by key, and what an import changes."""

    base_key: str
    plain_key: str = ""
    """The key of its first statement."""
    last: int = 0
    """The highest number that a statement of it has."""
    live: dict[str, Given] = field(default_factory=dict)
    added: list[tuple[str, int, Given]] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)

    def say(self, new: Given) -> None:
        """Take in what the source says of the whole refund now.

        Another amount: the difference, from the new instant on; what was given before stays at its
        instants, and is of whom the source names now. The same amount: at the instant the source
        names now, of whom it names now. Without an amount before or after: the new saying alone.
        """
        before = list(self.live.values())
        if not before:
            self._add(new)
            return
        amounts = [one.amount for one in before]
        total = None if None in amounts else sum(one for one in amounts if one is not None)
        latest = before[-1]
        whose = (new.identity_id, new.order_key)
        other = whose != (latest.identity_id, latest.order_key)
        if new.approximate:
            moved = new._replace(at_us=before[0].at_us, approximate=before[0].approximate)
        else:
            moved = new
        if total is not None and new.amount is not None and total != new.amount:
            if other:
                self._restate(whose, None)
            self._add(new._replace(amount=new.amount - total))
        elif total != new.amount or not (new.approximate or new.at_us == latest.at_us):
            self._withdraw()
            self._add(moved)
        else:
            self._restate(whose, new.said)

    def _restate(self, whose: tuple[int | None, str | None], text: str | None) -> None:
        """What holds, said anew of somebody; ``text`` is what the source said, on the last of them."""
        before = list(self.live.values())
        self._withdraw()
        for number, one in enumerate(before, 1):
            here = text if number == len(before) else None
            self._add(one._replace(identity_id=whose[0], order_key=whose[1], said=here))

    def _withdraw(self) -> None:
        self.withdrawn += self.live
        self.live.clear()

    def _add(self, one: Given) -> None:
        self.last += 1
        key = self.plain_key if self.last == 1 else f"{self.plain_key}~{self.last}"
        self.live[key] = one
        self.added.append((key, self.last, one))


def _corrected(run: Run) -> list[Refund]:
    """The refunds that are said again, with what this import adds to them and withdraws."""
    rows = run.db.run(_KNOWN, {"source": run.source})
    found: dict[str, Refund] = {}
    for base_key, key, number, withdrawn, *given in rows:
        refund = found.setdefault(base_key, Refund(base_key=base_key))
        refund.last = number
        if not withdrawn:
            refund.live[key] = Given(*given)
    for base_key, plain_key, *given in run.db.run(_NEW):
        refund = found.setdefault(base_key, Refund(base_key=base_key))
        refund.plain_key = plain_key
        refund.say(Given(*given))
    return list(found.values())


_GIVEN = 'identity_id, order_key, epoch_us("at"), amount, approximate, said'
_KNOWN = f"""
SELECT r.base_key, r.refund_key, r.number, w.refund_key IS NOT NULL, {_GIVEN}
FROM lake_refund_statement AS r
SEMI JOIN refund_again USING (base_key)
LEFT JOIN lake_withdrawn_refund AS w ON w.refund_key = r.refund_key
WHERE r.source = $source
ORDER BY r.base_key, number
"""  # noqa: S608 - constant text
_NEW = f"""
SELECT base_key, refund_key, {_GIVEN} FROM refund_said SEMI JOIN refund_again USING (base_key)
ORDER BY file, first_line, section
"""  # noqa: S608 - constant text


def _table(corrected: list[Refund]) -> pa.Table:
    rows = [
        (refund.base_key, key, number, *one)
        for refund in corrected
        for key, number, one in refund.added
    ]
    columns = list(zip(*rows, strict=True)) or [()] * 9
    schema = pa.schema(
        [
            ("base_key", pa.string()),
            ("refund_key", pa.string()),
            ("number", pa.int32()),
            ("identity_id", pa.int64()),
            ("order_key", pa.string()),
            ("at_us", pa.int64()),
            ("amount", pa.int64()),
            ("approximate", pa.bool_()),
            ("said", pa.string()),
        ]
    )
    return pa.table(
        [pa.array(column, one.type) for column, one in zip(columns, schema, strict=True)], schema
    )


# --- by several sources ---------------------------------------------------------------------------


def _choose(run: Run) -> None:
    """Where another source reported a refund that is said now, choose anew whose word counts."""
    if not run.db.run(_RIVALS, {"source": run.source}):
        return
    run.db.run(_HELD, {"batch": run.session.batch})
    run.db.run(f"CREATE OR REPLACE TEMP TABLE outranked_now AS {outranked_refunds('held_refund')}")
    run.db.run(f"CREATE OR REPLACE TEMP TABLE turned_refund AS {_CHANGED}")
    if not run.db.run("SELECT 1 FROM turned_refund LIMIT 1"):
        return
    run.choices = True
    run.session.replace(
        "outranked_refund",
        _OUTRANKED,
        {"batch": run.session.batch},
        order_by=LAKE["outranked_refund"].order,
        keep_batch=True,
    )
    run.session.write("restated", _TURNED, order_by=LAKE["restated"].order)


_RIVALS = """
SELECT 1 FROM lake_refund_statement SEMI JOIN refund_said USING (base_key)
WHERE source <> $source LIMIT 1
"""
_HELD = """
CREATE OR REPLACE TEMP TABLE held_refund AS
SELECT refund_key, base_key, source, source_rank, received_at, batch
FROM lake_refund_statement SEMI JOIN refund_said USING (base_key)
ANTI JOIN lake_withdrawn_refund USING (refund_key) ANTI JOIN new_withdrawn_refund USING (refund_key)
UNION ALL
SELECT refund_key, base_key, source, source_rank, received_at, CAST($batch AS INTEGER)
FROM new_refund_statement ANTI JOIN new_withdrawn_refund USING (refund_key)
"""
"""Every statement, old and new, of the refunds that are said now."""

_TOLD = """
(SELECT refund_key FROM lake_outranked_refund
SEMI JOIN (
    SELECT refund_key FROM lake_refund_statement SEMI JOIN refund_said USING (base_key)
) USING (refund_key))
"""
_CHANGED = f"""
(FROM {_TOLD} EXCEPT FROM outranked_now) UNION ALL (FROM outranked_now EXCEPT FROM {_TOLD})
"""
_OUTRANKED = f"""
SELECT refund_key, batch FROM lake_outranked_refund ANTI JOIN {_TOLD} USING (refund_key)
UNION ALL
SELECT refund_key, coalesce(batch, CAST($batch AS INTEGER)) AS batch
FROM outranked_now LEFT JOIN lake_outranked_refund USING (refund_key)
"""  # noqa: S608 - constant text
_TURNED = """
SELECT DISTINCT identity_id
FROM (FROM lake_refund_statement UNION ALL FROM new_refund_statement)
SEMI JOIN turned_refund USING (refund_key)
WHERE identity_id IS NOT NULL
"""
"""Whoever gains or loses a refund of the past by this."""
