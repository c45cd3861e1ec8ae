# ruff: noqa: S608 - views take no parameters: their text is made of our own names and quoted constants
"""Lines of orders: on which statement they hang, and what the catalogue says of their product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.store.database import literal

if TYPE_CHECKING:
    from collections.abc import Collection

GOODS_COLUMNS = (
    "product_id",
    "sku",
    "name",
    "category",
    "brand",
    "quantity",
    "unit_price",
    "amount",
    "gross",
    "discount",
    "coupon",
    "line_kind",
)
PRODUCT_KEYS = ("product_id", "sku")
FROM_CATALOGUE = ("category", "brand")
"""What the catalogue says of the product of an event that does not say it itself."""
FROM_ALWAYS = "(-9223372036854775807)"
"""The first version of a product stands in for what came before it."""
FOR_EVER = "9223372036854775807"


def with_lines_seq(statements: str, joined: str) -> str:
    """The statements with ``lines_seq``: the ``seq`` of the one that their lines hang on.

    Lines hang on the first statement of a saying, the only one with ``said``; of one made of an order
    and its lines, said apart, on the statement that ``joined`` names.
    """
    return f"""
        SELECT s.*, coalesce(j.lines_seq, h.lines_seq, s.seq) AS lines_seq
        FROM ({statements}) AS s
        LEFT JOIN ({joined}) AS j ON j.seq = s.seq
        LEFT JOIN (
            SELECT later.seq, max(first.seq) AS lines_seq
            FROM ({statements}) AS later JOIN ({statements}) AS first
                ON first.order_key = later.order_key AND first.seq < later.seq
                AND first.source = later.source AND first.said IS NOT NULL
            WHERE later.said IS NULL GROUP BY later.seq) AS h ON h.seq = s.seq
        """


def line_holder() -> str:
    """The view ``line_holder``: the statements whose lines hang on another one."""
    said = with_lines_seq("SELECT * FROM lake_order_statement", "SELECT * FROM lake_joined_order")
    return f"SELECT seq, lines_seq FROM ({said}) WHERE lines_seq <> seq"


def statement_line() -> str:
    """The view ``statement_line``: every line, by the ``seq`` of the statement that it hangs on."""
    columns = ", ".join(_typed(name) for name in GOODS_COLUMNS)
    return (
        f"SELECT statement_seq AS lines_seq, line_no, {columns}, CAST(NULL AS DATE) AS launched "
        "FROM lake_order_line"
    )


def _typed(name: str) -> str:
    if name == "quantity":
        return "CAST(quantity * 10000 AS BIGINT) AS quantity"
    return f'"{name}"'


def product_version(*, some: bool, told: str = "lake_product") -> str:
    """The view ``product_version``: what the catalogue says of a product from an instant to the next.

    A product is found by its id, and by its article number if that is no product's id. Of what was
    said at one instant the last counts, column by column: a feed that leaves one out says nothing
    of it. What a later feed only says again is no version: a product has few. ``told``: a table or
    a query in brackets with what feeds said.
    """
    if not some:
        return (
            'SELECT NULL::VARCHAR AS "key", NULL::BIGINT AS from_at, NULL::BIGINT AS until_at, '
            "NULL::VARCHAR AS category, NULL::VARCHAR AS brand, NULL::DATE AS launched WHERE false"
        )
    return f"""
        WITH told AS (
            SELECT product_id, sku, epoch_us(valid_from) AS from_at, seq, category, brand, launched
            FROM {told}),
        keyed AS (
            SELECT product_id AS "key", * EXCLUDE (product_id, sku) FROM told
            WHERE product_id IS NOT NULL
            UNION ALL
            SELECT sku, * EXCLUDE (product_id, sku) FROM told WHERE sku IS NOT NULL
                AND sku IS DISTINCT FROM product_id
                AND sku NOT IN (SELECT product_id FROM told WHERE product_id IS NOT NULL)),
        ordered AS (
            SELECT "key", from_at, seq,
                last_value(category IGNORE NULLS) OVER before AS category,
                last_value(brand IGNORE NULLS) OVER before AS brand,
                last_value(launched IGNORE NULLS) OVER before AS launched,
                row_number() OVER (PARTITION BY "key", from_at ORDER BY seq DESC) AS place,
                min(from_at) OVER (PARTITION BY "key") AS first_at
            FROM keyed WINDOW before AS (PARTITION BY "key" ORDER BY from_at, seq)),
        stood AS (
            SELECT *, struct_pack(category, brand, launched) AS told,
                lag(struct_pack(category, brand, launched)) OVER versions AS told_before
            FROM ordered WHERE place = 1 WINDOW versions AS (PARTITION BY "key" ORDER BY from_at))
        SELECT "key", CASE WHEN from_at = first_at THEN {FROM_ALWAYS} ELSE from_at END AS from_at,
            coalesce(lead(from_at) OVER (PARTITION BY "key" ORDER BY from_at), {FOR_EVER}) AS until_at,
            category, brand, launched
        FROM stood WHERE from_at = first_at OR told IS DISTINCT FROM told_before
        """


def event_product(events: str, declared: Collection[str]) -> str:
    """The view ``event_product``: of which product an event is, where it leaves category or brand open.

    ``declared``: the event properties of type text. What is not declared is missing.
    """
    known = {
        name: f'"p_{name}"' if name in declared else "CAST(NULL AS VARCHAR)"
        for name in (*PRODUCT_KEYS, *FROM_CATALOGUE)
    }
    return f"""
        SELECT profile_id, "occurred_at us" AS occurred_at, {known["product_id"]} AS product_id,
            {known["sku"]} AS sku
        FROM {events}
        WHERE coalesce({known["product_id"]}, {known["sku"]}) IS NOT NULL
            AND ({known["category"]} IS NULL OR {known["brand"]} IS NULL)
        """


def told_event(events: str, declared: Collection[str]) -> str:
    """The view ``told_event``: events with category and brand of the catalogue where they have none.

    The product's version in force at the event's instant counts. ``declared``: the event properties of
    type text; with nothing to find a product by, or nothing to fill, the events are as they are.
    """
    keys = [f'x."p_{name}"' for name in PRODUCT_KEYS if name in declared]
    filled = [name for name in FROM_CATALOGUE if name in declared]
    if not keys or not filled:
        return f"SELECT * FROM {events}"
    key = (
        keys[0]
        if len(keys) == 1
        else (
            f'CASE WHEN {keys[0]} IN (SELECT "key" FROM product_version) THEN {keys[0]} ELSE {keys[1]} END'
        )
    )
    values = ", ".join(f'coalesce(x."p_{name}", p."{name}") AS "p_{name}"' for name in filled)
    return f"""
        SELECT x.* EXCLUDE ("product key") REPLACE ({values})
        FROM (SELECT x.*, {key} AS "product key" FROM {events} AS x) AS x
        LEFT JOIN product_version AS p ON p."key" = x."product key"
            AND x."occurred_at us" >= p.from_at AND x."occurred_at us" < p.until_at
        """


def order_line(versions: str, zone: str, *, catalogue: bool) -> str:
    """The lines of the states in ``versions``, as ``model.tables.ORDER_LINE``."""
    day = f"CAST(timezone({literal(zone)}, make_timestamptz(v.ordered_at)) AS DATE)"
    from_line = ", ".join(f'l."{name}"' for name in (*GOODS_COLUMNS, "launched"))
    # to fill up with zeros costs twice as much as all else of an id, and most lines are of the first ten
    line_id = (
        "CASE WHEN l.line_no BETWEEN 0 AND 9 THEN concat(v.order_key, '#000000000', l.line_no) "
        "ELSE concat(v.order_key, '#', lpad(CAST(l.line_no AS VARCHAR), 10, '0')) END"
    )
    head = (
        f"SELECT v.profile_id, {line_id} AS line_id, v.order_key, v.ordered_at, "
        f"{day} AS day, v.valid_from, v.valid_to, v.counts, v.order_id, "
    )
    joined = f"FROM {versions} AS v JOIN statement_line AS l ON l.lines_seq = v.lines_seq"
    if not catalogue:
        return f"{head} {from_line} {joined}"
    return f"""
        SELECT * EXCLUDE ("key", p_category, p_brand, p_launched)
            REPLACE (coalesce(category, p_category) AS category, coalesce(brand, p_brand) AS brand,
                coalesce(launched, p_launched) AS launched)
        FROM (
            SELECT x.*, p.category AS p_category, p.brand AS p_brand, p.launched AS p_launched
            FROM (
                {head} {from_line},
                    CASE WHEN l.product_id IN (SELECT "key" FROM product_version)
                        THEN l.product_id ELSE l.sku END AS "key"
                {joined}) AS x
            LEFT JOIN product_version AS p
                ON p."key" = x."key" AND x.ordered_at >= p.from_at AND x.ordered_at < p.until_at)
        """
