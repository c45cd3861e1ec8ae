"""What was said before: rows of groups that a source repeats are marked, and go no further.

Content is what the mapped columns say, text trimmed. The lines of an order are compared as a
multiset: by their number and two sums of 64-bit hashes of the lines, made in this very session, so
that no engine's hash is ever stored. A first import asks none of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from stamgast.collect.groups import good_lines
from stamgast.collect.kinds import OF_PERSONS
from stamgast.collect.money import converts
from stamgast.collect.orders import (
    ORDERS,
    cancelled,
    cancelled_from,
    changed_from,
    line_values,
    used_line_fields,
)
from stamgast.collect.said import said
from stamgast.collect.singles import mark_lines, same_hash, suspected
from stamgast.collect.sql import fill, union_all
from stamgast.language.sql.terms import Sql, as_, col, name, num, tab
from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.collect.rows import FileRows
    from stamgast.collect.run import Group, Run

LINE_COLUMNS = tuple(
    column
    for column, _ in LAKE["order_line"].columns
    if column not in {"identity_id", "order_key", "statement_seq", "ordered_at", "line_no"}
)


def mark_repeats(run: Run) -> None:
    """Set ``repeated`` in the groups of every kind."""
    _orders(run, run.of_kind(*ORDERS))
    _refunds(run, run.of_kind("refunds"))
    _plain(run, run.of_kind("coupons", "events"), "event", "message_id")
    _plain(run, run.of_kind(*OF_PERSONS), "customer_statement", "said")
    for group in run.of_kind("products"):
        _products(run, group)


def _known(run: Run, table: str) -> bool:
    if not run.session.had(table):
        return False
    query = f"SELECT 1 FROM lake_{table} WHERE source = $source LIMIT 1"  # noqa: S608 - our own tables
    return bool(run.db.run(query, {"source": run.source}))


def _update(run: Run, groups: Sequence[Group], table: str) -> None:
    """Mark the rows of groups that ``table`` (file, section, first_line, repeated) calls repeated."""
    for group in groups:
        of_group = fill(
            '"repeated" AND "file" = _file AND "section" = _section',
            file=num(group.file),
            section=num(group.section.number),
        )
        mark_lines(run, group, exp.select(col("first_line")).from_(tab(table)).where(of_group))


def place(group: Group) -> list[Sql]:
    """``file`` and ``section`` as constants, for rows of a group."""
    return [
        as_(exp.cast(num(group.file), "int"), "file"),
        as_(exp.cast(num(group.section.number), "int"), "section"),
    ]


def _products(run: Run, group: Group) -> None:
    """A row is repeated when the source said the same of the product last, or of the same instant."""
    row = exp.select(col("first_line"), col("product_id"), col("at"), as_(said(group), "said"))
    run.create("product_said", row.from_(tab(group.table)))
    run.db.run(
        "CREATE OR REPLACE TEMP TABLE product_repeat AS "
        "WITH told AS (SELECT product_id, said, row_number() OVER ("
        "PARTITION BY product_id ORDER BY valid_from DESC, seq DESC) AS place "
        "FROM lake_product WHERE source = $source) "
        "SELECT DISTINCT n.first_line FROM product_said AS n JOIN told AS t "
        'ON t.product_id = n.product_id AND t.said = n.said AND (t.place = 1 OR n."at" IS NOT NULL)',
        {"source": run.source},
    )
    mark_lines(run, group, exp.select(col("first_line")).from_(tab("product_repeat")))


# --- events, customers ----------------------------------------------------------------------------


def _plain(run: Run, groups: list[Group], lake: str, key: str) -> None:
    """A row is repeated when the same was said in the lake, or before in this import.

    The same: for an event its message id; for a customer what it says.
    """
    if not groups:
        return
    known = _known(run, lake)
    if not known and not _may_repeat_itself(run, groups):
        return
    suspects = suspected() if key == "message_id" and not known else exp.true()
    run.create("plain_said", union_all([_said_plain(group, key, suspects) for group in groups]))
    old = {
        "message_id": "SELECT message_id AS key, '' AS said FROM lake_event WHERE source = $source",
        "said": "SELECT said AS key, '' AS said FROM lake_customer_statement "
        "WHERE source = $source",
    }[key]
    run.db.run(
        "CREATE OR REPLACE TEMP TABLE plain_known AS "  # noqa: S608 - constants
        f"SELECT DISTINCT key, said FROM ({old}) SEMI JOIN plain_said USING (key, said)",
        {"source": run.source},
    )
    run.db.run(_PLAIN_REPEAT)
    _update(run, groups, "plain_repeat")


# Nearly all rows are said once, so their order is looked at only where two have the same hash.
_PLAIN_REPEAT = """
CREATE OR REPLACE TEMP TABLE plain_repeat AS
WITH twice AS (
    SELECT hash(key, said) AS hashed FROM plain_said GROUP BY hashed HAVING count(*) > 1
),
suspect AS (
    SELECT n.*, k.key IS NOT NULL AS known
    FROM plain_said AS n
    LEFT JOIN plain_known AS k ON k.key = n.key AND k.said = n.said
    WHERE k.key IS NOT NULL OR hash(n.key, n.said) IN (SELECT hashed FROM twice)
)
SELECT file, section, first_line,
    known OR row_number() OVER (PARTITION BY key, said ORDER BY file, first_line) > 1 AS repeated
FROM suspect
"""


def _may_repeat_itself(run: Run, groups: Sequence[Group]) -> bool:
    """Whether the files of this import could say the same twice; made ids are different in a file."""
    [group, *others] = groups
    if group.kind in OF_PERSONS:
        return True
    return bool(others or "message_id" in group.section.fields) and same_hash(run, groups)


def _said_plain(group: Group, key: str, suspects: Sql) -> exp.Select:
    if key == "message_id":
        found: list[Sql] = [col("stored_id"), exp.Literal.string("")]
    else:
        found = [said(group), exp.Literal.string("")]
    return (
        exp.select(*place(group), col("first_line"), as_(found[0], "key"), as_(found[1], "said"))
        .from_(tab(group.table))
        .where(fill('"trouble" IS NULL'), suspects)
    )


# --- refunds --------------------------------------------------------------------------------------


def _refunds(run: Run, groups: list[Group]) -> None:
    """A refund is repeated when the source's latest saying of it was the same, as with orders."""
    if not groups or not (len(groups) > 1 or _known(run, "refund_statement")):
        return
    namespace = run.params.bind(run.mapping.order_namespace + ":")
    parts: list[exp.Query] = [
        exp.select(
            *place(group),
            col("first_line"),
            as_(fill("concat(_n, _x)", n=namespace, x=col("number")), "key"),
            as_(said(group), "said"),
        )
        .from_(tab(group.table))
        .where(fill('"trouble" IS NULL'))
        for group in groups
    ]
    run.create("refund_news", union_all(parts))
    run.db.run(_REFUND_PRIOR, {"source": run.source, "again": _imported_again(run, groups)})
    run.older += _older(run, "refund_prior")
    _update(run, groups, "refund_prior")


_REFUND_PRIOR = """
CREATE OR REPLACE TEMP TABLE refund_prior AS
WITH told AS (
    SELECT -1 AS file, -1 AS section,
        number AS first_line, base_key AS key, said, FALSE AS again
    FROM lake_refund_statement
    WHERE source = $source AND said IS NOT NULL AND base_key IN (SELECT key FROM refund_news)
    UNION ALL
    SELECT file, section, first_line, key, said, list_contains($again::INT[], file)
    FROM refund_news
)
SELECT
    file, section, first_line,
    said IS NOT DISTINCT FROM last_value(CASE WHEN NOT again THEN said END IGNORE NULLS)
        OVER earlier
    OR again AND row_number() OVER (
        PARTITION BY key, said ORDER BY file, first_line, section
    ) > 1 AS repeated,
    said IS NOT DISTINCT FROM last_value(CASE WHEN NOT again THEN said END IGNORE NULLS)
        OVER earlier AS as_last
FROM told
WINDOW earlier AS (
    PARTITION BY key ORDER BY file, first_line, section
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
)
QUALIFY file >= 0
"""


# --- orders ---------------------------------------------------------------------------------------


def _orders(run: Run, groups: list[Group]) -> None:
    """Also makes ``prior``: what is known of each order that was said before (see ``orders``)."""
    if not groups or not (len(groups) > 1 or _known(run, "order_statement")):
        return
    run.create("order_said", union_all([_said_order(run, group) for group in groups]))
    run.db.run(
        "CREATE OR REPLACE TEMP TABLE candidate AS SELECT order_key FROM order_said WHERE order_key IN "
        "(SELECT order_key FROM lake_order_statement WHERE source = $source) UNION "
        "SELECT order_key FROM order_said GROUP BY order_key, part HAVING count(*) > 1",
        {"source": run.source},
    )
    if not run.db.run("SELECT 1 FROM candidate LIMIT 1"):
        return
    run.knows_orders = True
    _hash_lines(run, groups)
    run.db.run(_SAYINGS, {"source": run.source})
    run.db.run(_PRIOR, {"again": _imported_again(run, groups)})
    run.older += _older(run, "prior")
    run.most_begun = int(run.db.run("SELECT coalesce(max(len(begun)), 0) FROM prior")[0][0])
    _update(run, groups, "prior")


def read_before(run: Run, files: Sequence[FileRows]) -> list[str]:
    """The paths of the files that were imported before, and are not read as news."""
    if run.again:
        return []
    seen = run.session.imported(file.source.sha256 for file in files)
    return [str(file.source.path) for file in files if file.source.sha256 in seen]


def _imported_again(run: Run, groups: Sequence[Group]) -> list[int]:
    """The numbers of the files that were imported before (unless as news), or stand twice here."""
    files = {group.file: group.rows.source.sha256 for group in groups}
    seen = set() if run.again else set(run.session.imported(files.values()))
    again: list[int] = []
    for number in sorted(files):
        if files[number] in seen:
            again.append(number)
        seen.add(files[number])
    return again


def _older(run: Run, prior: str) -> int:
    """How many rows are repeated only because their file was imported before."""
    query = f"SELECT count(*) FROM {prior} WHERE repeated AND NOT as_last"  # noqa: S608 - our own
    return int(run.db.run(query)[0][0])


def _said_order(run: Run, group: Group) -> exp.Select:
    namespace = run.params.bind(run.mapping.order_namespace + ":")
    since: Sql = exp.cast(exp.null(), "timestamptz")
    gone = cancelled(run, group)
    if not isinstance(gone, exp.Boolean):
        since = fill("CASE WHEN _c THEN _x END", c=gone, x=cancelled_from(run, group, prior=False))
    return (
        exp.select(
            *place(group),
            col("first_line"),
            as_(fill("concat(_n, _x)", n=namespace, x=col("number")), "order_key"),
            as_(exp.Literal.string(group.kind), "part"),
            as_(said(group), "said"),
            as_(
                fill(
                    'list_distinct(["ordered_at", _changed, _gone])',
                    changed=changed_from(group),
                    gone=since,
                ),
                "begun",
            ),
            as_(col("ordered_at"), "ordered"),
            as_(since.copy(), "gone_from"),
        )
        .from_(tab(group.table))
        .where(fill('"trouble" IS NULL'))
    )


def _hash_lines(run: Run, groups: list[Group]) -> None:
    """``hashed_new`` and ``hashed_old``: lines and two sums of hashes, of the candidates' sayings."""
    parts: list[exp.Query] = []
    for group in groups:
        if group.kind != "order_lines":
            continue
        namespace = run.params.bind(run.mapping.order_namespace + ":")
        values = line_values(group, "g" if converts(run, group) else None)
        types = LAKE["order_line"].types
        columns = [exp.cast(values[one], types[one]) for one in LINE_COLUMNS]
        key = fill("concat(_n, _x)", n=namespace, x=col("number", "g"))
        lines = (
            exp.select(
                col("first_line", "g"),
                *(as_(sql, column) for column, sql in zip(LINE_COLUMNS, columns, strict=True)),
            )
            .from_(good_lines(group, used_line_fields(group)))
            .join(tab(group.table, "g"), on=fill('"g"."key" = "good"."key"'))
            .where(
                fill('"g"."trouble" IS NULL'),
                exp.In(
                    this=key, query=exp.select(col("order_key")).from_(tab("candidate")).subquery()
                ),
            )
        )
        parts.append(
            exp.select(*place(group), col("first_line"), *_hashes())
            .from_(exp.Subquery(this=lines, alias=exp.TableAlias(this=name("line"))))
            .group_by(col("first_line"))
        )
    if parts:
        run.create("hashed_new", union_all(parts))
    else:
        run.db.run(
            "CREATE OR REPLACE TEMP TABLE hashed_new (file INT, section INT, first_line BIGINT, "
            "many BIGINT, hash_a HUGEINT, hash_b HUGEINT)"
        )
    old = (
        exp.select(col("statement_seq"), *_hashes())
        .from_(tab("lake_order_line"))
        .where(fill('"order_key" IN (SELECT "order_key" FROM "candidate")'))
        .group_by(col("statement_seq"))
    )
    run.create("hashed_old", old)


def _hashes() -> list[Sql]:
    columns = [col(column) for column in LINE_COLUMNS]
    salted = [*columns, exp.Literal.string("b")]
    return [
        as_(fill("count(*)"), "many"),
        as_(fill("sum(_x)", x=exp.Anonymous(this="hash", expressions=columns)), "hash_a"),
        as_(fill("sum(_x)", x=exp.Anonymous(this="hash", expressions=salted)), "hash_b"),
    ]


_SAYINGS = """
CREATE OR REPLACE TEMP TABLE saying AS
WITH old AS (
    SELECT
        s.order_key,
        max(s.said) AS said,
        min(s.seq) AS seq,
        coalesce(list(DISTINCT s.valid_from) FILTER (NOT s.never_held), []) AS begun,
        max(s.ordered_at) AS ordered,
        max(s.valid_from) FILTER (NOT s.counts AND s.approximate) AS gone_from
    FROM (
        SELECT *, max(seq) FILTER (said IS NOT NULL) OVER (
            PARTITION BY order_key ORDER BY seq
        ) AS head, seq IN (SELECT seq FROM lake_withdrawn_statement) AS never_held
        FROM lake_order_statement
        WHERE source = $source AND order_key IN (SELECT order_key FROM candidate)
            AND seq NOT IN (SELECT seq FROM lake_joined_order)
    ) AS s
    GROUP BY s.order_key, s.head
)
SELECT
    -1 AS file, -1 AS section, o.seq AS first_line, o.order_key,
    CASE WHEN h.many IS NULL THEN 'orders' ELSE 'order_lines' END AS part, o.said, o.begun, o.ordered,
    o.gone_from,
    coalesce(h.many, 0) AS many, h.hash_a, h.hash_b
FROM old AS o
LEFT JOIN hashed_old AS h ON h.statement_seq = o.seq
UNION ALL
SELECT
    n.file, n.section, n.first_line, n.order_key, n.part, n.said, n.begun, n.ordered, n.gone_from,
    coalesce(h.many, 0), h.hash_a, h.hash_b
FROM order_said AS n
JOIN candidate USING (order_key)
LEFT JOIN hashed_new AS h
    ON h.file = n.file AND h.section = n.section AND h.first_line = n.first_line
"""

# A saying is repeated when the source's latest saying was the same: going back to what was said
# before that is news. Only a file that was imported before says nothing new with old sayings.
_PRIOR = """
CREATE OR REPLACE TEMP TABLE prior AS
WITH told AS (
    SELECT *, {'said': said, 'many': many, 'a': hash_a, 'b': hash_b} AS content,
        list_contains($again::INT[], file) AS again
    FROM saying
)
SELECT
    file, section, first_line, order_key,
    content IS NOT DISTINCT FROM last_value(CASE WHEN NOT again THEN content END IGNORE NULLS)
        OVER earlier
    OR again AND row_number() OVER (
        PARTITION BY order_key, part, content ORDER BY file, first_line, section
    ) > 1 AS repeated,
    content IS NOT DISTINCT FROM last_value(CASE WHEN NOT again THEN content END IGNORE NULLS)
        OVER earlier AS as_last,
    count(*) OVER earlier > 0 AS known,
    list_distinct(flatten(list(begun) OVER earlier)) AS begun,
    (last_value(CASE WHEN NOT again THEN {'at': ordered} END IGNORE NULLS) OVER earlier).at AS ordered,
    (last_value(CASE WHEN NOT again THEN {'since': gone_from} END IGNORE NULLS)
        OVER earlier).since AS gone_from
FROM told
WINDOW earlier AS (
    PARTITION BY order_key, part ORDER BY file, first_line, section
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
)
QUALIFY file >= 0
"""
