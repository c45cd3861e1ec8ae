"""Refunds: a statement of money given back, under the number the source gives it.

A refund that is said again otherwise is a correction, and what was said before is kept: statements
are added under its number with ``~2``, ``~3``, ..., and those they stand in for are *withdrawn*. Another
amount adds the difference, so a running total, such as Shopify's Refunded Amount, comes out right.
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

if TYPE_CHECKING:
    from stamgast.collect.run import Group, Run


def write_refunds(run: Run) -> None:
    """Write the new refund statements, and which ones they withdraw."""
    groups = run.of_kind("refunds")
    if not groups:
        return
    run.create("refund_said", union_all([_said(run, group) for group in groups]))
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


def _said(run: Run, group: Group) -> exp.Select:
    namespace = run.params.bind(run.mapping.order_namespace + ":")
    now = fill("make_timestamptz(_now)", now=num(run.now))
    head = exp.Subquery(this=heads(group), alias=exp.TableAlias(this=exp.to_identifier("head")))
    columns: dict[str, Sql] = {
        "first_line": col("first_line"),
        "identity_id": col("identity_id"),
        "seq": col("seq"),
        "base_key": fill("concat(_n, _x)", n=namespace, x=col("number")),
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
    }
    return exp.select(*place(group), *(as_(sql, column) for column, sql in columns.items())).from_(
        head
    )


_AGAIN = """
CREATE OR REPLACE TEMP TABLE refund_again AS
SELECT DISTINCT base_key FROM refund_said
WHERE base_key IN (SELECT refund_key FROM lake_refund_statement WHERE source = $source)
UNION
SELECT base_key FROM refund_said GROUP BY base_key HAVING count(*) > 1
"""
"""Refunds that were said before, or twice in this import: the first saying has the plain key."""

_STATEMENTS = """
SELECT identity_id, base_key AS refund_key, order_key, "at", received_at, amount, source, currency,
    approximate, said
FROM refund_said ANTI JOIN refund_again USING (base_key)
UNION ALL
SELECT c.identity_id, c.refund_key, c.order_key, make_timestamptz(c.at_us), s.received_at, c.amount,
    s.source, s.currency, c.approximate, c.said
FROM refund_corrected AS c
CROSS JOIN (SELECT received_at, source, currency FROM refund_said LIMIT 1) AS s
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
    last: int = 0
    """The highest number that a statement of it has."""
    live: dict[str, Given] = field(default_factory=dict)
    added: dict[str, Given] = field(default_factory=dict)
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
        key = self.base_key if self.last == 1 else f"{self.base_key}~{self.last}"
        self.live[key] = self.added[key] = one


def _corrected(run: Run) -> list[Refund]:
    """The refunds that are said again, with what this import adds to them and withdraws."""
    rows = run.db.run(_KNOWN, {"source": run.source})
    found: dict[str, Refund] = {}
    for base_key, key, number, withdrawn, *given in rows:
        refund = found.setdefault(base_key, Refund(base_key=base_key))
        refund.last = number
        if not withdrawn:
            refund.live[key] = Given(*given)
    for base_key, *given in run.db.run(_NEW):
        found.setdefault(base_key, Refund(base_key=base_key)).say(Given(*given))
    return list(found.values())


_GIVEN = 'identity_id, order_key, epoch_us("at"), amount, approximate, said'
_KNOWN = f"""
SELECT r.base_key, r.refund_key, r.number, w.refund_key IS NOT NULL, {_GIVEN}
FROM (
    SELECT *,
        unnest(list_distinct([refund_key, regexp_replace(refund_key, '~[0-9]+$', '')])) AS base_key,
        coalesce(TRY_CAST(regexp_extract(refund_key, '~([0-9]+)$', 1) AS INTEGER), 1) AS number
    FROM lake_refund_statement WHERE source = $source
) AS r
SEMI JOIN refund_again USING (base_key)
LEFT JOIN lake_withdrawn_refund AS w ON w.refund_key = r.refund_key
ORDER BY r.base_key, number
"""  # noqa: S608 - constant text
_NEW = f"""
SELECT base_key, {_GIVEN} FROM refund_said SEMI JOIN refund_again USING (base_key)
ORDER BY file, first_line, section
"""  # noqa: S608 - constant text


def _table(corrected: list[Refund]) -> pa.Table:
    rows = [(key, *one) for refund in corrected for key, one in refund.added.items()]
    columns = list(zip(*rows, strict=True)) or [()] * 7
    schema = pa.schema(
        [
            ("refund_key", pa.string()),
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


# --- who exists -----------------------------------------------------------------------------------


def rectify_first_seen(run: Run) -> None:
    """Whoever loses a refund exists from their other rows on; to be called when all is written."""
    if not run.db.run("SELECT 1 FROM new_withdrawn_refund LIMIT 1"):
        return
    run.session.replace(
        "first_seen",
        _FIRST_SEEN,
        {"batch": run.session.batch},
        order_by=LAKE["first_seen"].order,
        keep_batch=True,
    )


_FIRST_SEEN = """
WITH gone AS (
    SELECT refund_key FROM lake_withdrawn_refund UNION SELECT refund_key FROM new_withdrawn_refund
),
refund AS (FROM lake_refund_statement UNION ALL FROM new_refund_statement),
asked AS (
    SELECT DISTINCT identity_id FROM refund SEMI JOIN new_withdrawn_refund USING (refund_key)
),
dated AS (
    SELECT identity_id, valid_from AS "at" FROM lake_order_statement
    UNION ALL SELECT identity_id, valid_from FROM new_order_statement
    UNION ALL SELECT identity_id, "at" FROM refund ANTI JOIN gone USING (refund_key)
    UNION ALL SELECT identity_id, occurred_at FROM lake_event
    UNION ALL SELECT identity_id, occurred_at FROM new_event
    UNION ALL SELECT identity_id, "at" FROM lake_customer_statement
    UNION ALL SELECT identity_id, "at" FROM new_customer_statement
)
SELECT identity_id, min(first_at) AS first_at, max(batch) AS batch
FROM (
    SELECT identity_id, first_at, batch FROM lake_first_seen ANTI JOIN asked USING (identity_id)
    UNION ALL
    SELECT identity_id, first_at, batch FROM new_first_seen ANTI JOIN asked USING (identity_id)
    UNION ALL
    SELECT identity_id, "at", CAST($batch AS INTEGER) FROM dated SEMI JOIN asked USING (identity_id)
    WHERE "at" IS NOT NULL
)
GROUP BY identity_id
"""
"""One row of each: a table that is one file has an identity once."""
