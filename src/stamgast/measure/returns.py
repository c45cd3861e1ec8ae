"""What came back: refunds by what was sent back, and why, as far as their sources say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from stamgast.measure.model import Cell, Drawing, Fact, Insight, Note, columns, share, split
from stamgast.model.log import DAY_US

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.measure.groups import Groups
    from stamgast.model.log import Instant
    from stamgast.store.database import Database

By: TypeAlias = Literal["category", "brand", "product", "reason"]

_SOLD: Mapping[By, str] = {
    "category": "l.category",
    "brand": "l.brand",
    "product": "coalesce(l.name, g.name, l.sku, l.product_id)",
}
_SAID: Mapping[By, str] = {
    "category": "coalesce(line->>'category', g.category)",
    "brand": "coalesce(line->>'brand', g.brand)",
    "product": "coalesce(line->>'name', g.name, line->>'sku', line->>'product_id')",
    "reason": "line->>'reason'",
}

_GOODS = """
    CREATE OR REPLACE TEMP TABLE insight_goods AS
    WITH named AS (
        SELECT "key", arg_max(name, struct_pack(bought := bought, at_us := at_us, name := name)) AS name
        FROM (
            SELECT unnest([product_id, sku]) AS "key", name, true AS bought, ordered_at AS at_us
            FROM order_line WHERE name IS NOT NULL AND ordered_at <= $t
            UNION ALL
            SELECT unnest([product_id, sku]), title, false, epoch_us(valid_from)
            FROM lake_product WHERE title IS NOT NULL)
        WHERE "key" IS NOT NULL GROUP BY "key"
    ), told AS (
        SELECT "key", category, brand FROM product_version WHERE from_at <= $t AND until_at > $t
    )
    SELECT * FROM named FULL JOIN told USING ("key")
    """
"""What goods are called, by product id and by article number: as sold last, else as the catalogue says;
and where they belong, by the catalogue."""

_KEYED = """LEFT JOIN insight_goods AS g ON g."key" = CASE
        WHEN {product} IN (SELECT "key" FROM insight_goods) THEN {product} ELSE {sku} END"""
_OF_LINE = _KEYED.format(product="line->>'product_id'", sku="line->>'sku'")
_OF_SOLD = _KEYED.format(product="l.product_id", sku="l.sku")

_GIVEN = """
    CREATE OR REPLACE TEMP TABLE insight_given AS
    WITH given AS (
        SELECT r.profile_id, r.refund_key, r.order_key, epoch_us(r."at") AS at_us, r.amount, r.said,
            r.base_key, r.number
        FROM owned_refund_statement AS r WHERE epoch_us(r."at") <= $t
    ), rest AS (
        SELECT v.order_key, any_value(v.refunded) - coalesce(sum(g.amount), 0) AS amount,
            min(g.refund_key) FILTER (g.amount IS NULL) AS refund_key
        FROM order_version AS v JOIN given AS g USING (order_key)
        WHERE v.valid_from <= $t AND (v.valid_to IS NULL OR v.valid_to > $t)
        GROUP BY v.order_key HAVING refund_key IS NOT NULL
    )
    SELECT g.profile_id, g.base_key, g.at_us, g.number, g.said,
        coalesce(g.amount, r.amount, 0)::BIGINT AS amount
    FROM given AS g LEFT JOIN rest AS r USING (refund_key)
    """
"""Every refund up to ``$t`` with what it gave back; one without amount gives the rest of its order."""

_RETURNED = """
    WITH refund AS (
        SELECT base_key, any_value(profile_id) AS profile_id, sum(amount)::BIGINT AS amount
        FROM insight_given WHERE at_us > $since GROUP BY base_key HAVING sum(amount) <> 0
    ), said AS (
        SELECT base_key, said->>'lines_said' AS lines FROM insight_given
        WHERE said->>'lines_said' IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY base_key ORDER BY number DESC) = 1
    ), line AS (
        SELECT base_key, unnest(from_json(lines, '["JSON"]')) AS line FROM said SEMI JOIN refund USING (base_key)
    ), named AS (
        SELECT base_key, {value} AS value, TRY_CAST(line->>'amount' AS BIGINT) AS amount
        FROM line {goods}
    ), counted AS (
        SELECT base_key, value, coalesce(amount, 0) AS amount FROM named
        UNION ALL
        SELECT r.base_key, NULL, r.amount - coalesce(n.amount, 0)
        FROM refund AS r LEFT JOIN (
            SELECT base_key, sum(amount)::BIGINT AS amount FROM named GROUP BY base_key) AS n USING (base_key)
        WHERE r.amount <> coalesce(n.amount, 0)
    )
    SELECT coalesce(g.part, ''), c.value, count(DISTINCT c.base_key), sum(c.amount)::BIGINT
    FROM counted AS c JOIN refund AS r USING (base_key)
    LEFT JOIN insight_group AS g ON g.profile_id = r.profile_id
    WHERE g.profile_id IS NOT NULL OR ($everybody AND r.profile_id IS NULL)
    GROUP BY ALL
    """
"""What the lines of a refund do not add up to is of nothing known."""

_BOUGHT = """
    SELECT coalesce(p.part, ''), {value}, coalesce(sum(l.amount), 0)::BIGINT
    FROM order_line AS l {goods}
    LEFT JOIN insight_group AS p ON p.profile_id = l.profile_id
    WHERE l.counts AND l.ordered_at > $since AND l.ordered_at <= $t AND l.valid_from <= $t
        AND (l.valid_to IS NULL OR l.valid_to > $t)
        AND (p.profile_id IS NOT NULL OR ($everybody AND l.profile_id IS NULL))
    GROUP BY ALL
    """


def returns(
    database: Database,
    bounds: tuple[Instant, Instant],
    by: By,
    groups: Groups,
    notes: tuple[Note, ...],
) -> Insight:
    """Refunds given after the first instant up to the second, by what came back.

    Of each value: how many refunds hold it, their amount, its share of all refunds, what was sold of
    it in the same time and the ratio of the two (missing by reason). What a line does not say of its
    product the catalogue does, and of its name other lines. A missing value: nobody said it, or a
    refund is of another amount than its lines. The amounts add up to all refunds.
    Reads ``insight_group``; without a restriction refunds and orders of nobody count too.
    """
    since, t = bounds
    everybody = not groups.only and groups.by is None
    asked = {"since": since, "everybody": everybody}
    database.run(_GIVEN, {"t": t})
    database.run(_GOODS, {"t": t})
    found = database.run(_RETURNED.format(value=_SAID[by], goods=_OF_LINE), asked)
    sold = {}
    if by in _SOLD:
        rows = database.run(_BOUGHT.format(value=_SOLD[by], goods=_OF_SOLD), asked | {"t": t})
        sold = {(part, value): int(amount) for part, value, amount in rows}
    whole: dict[str, int] = {}
    for part, _, _, amount in found:
        whole[part] = whole.get(part, 0) + int(amount)
    found.sort(key=lambda row: (row[0], row[1] is None, -row[3], row[1] or ""))
    cells: list[tuple[Cell, ...]] = []
    for part, value, number, amount in found:
        bought = sold.get((part, value)) if by in _SOLD else None
        ratio = None if not bought else share(amount, bought)
        cells.append((part, value, number, amount, share(amount, whole[part]), bought, ratio))
    head = columns(
        value="named",
        refunds="count",
        refunded_minor="money",
        share="share",
        sold_minor="money",
        return_share="share",
    )
    shown, rows_shown = split(groups.split_by, head, cells)
    facts = {
        "by": Fact(kind="word", value=by),
        "days": Fact(kind="count", value=(t - since) // DAY_US),
        "since": Fact(kind="instant", value=since),
        "refunded_minor": Fact(kind="money", value=sum(whole.values())),
    }
    return Insight(
        name="returns",
        as_of=t,
        columns=shown,
        rows=rows_shown,
        facts=facts | groups.facts,
        notes=(*notes, Note(key="returns_sold")),
        drawing=Drawing(form="bars", names=("value",), value="refunded_minor"),
    )
