"""From what profiles were at instants to their stays: the steps of a refresh, on DuckDB tables.

Instants are BIGINT microseconds. A *state* is what a profile is of one name: ``in`` for a segment,
the stage for ``stage``, missing for neither; a *stay* an unbroken stretch of one state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.store.lines import product_version

if TYPE_CHECKING:
    from collections.abc import Iterable

STAGE_STAY = "stage:"
"""Stays in stages are kept under the name ``stage:<stage>``."""

_DATED = (
    ("order_version", "valid_from"),
    ("order_version", "valid_to"),
    ("loose_refund", "valid_from"),
    ("loose_refund", "valid_to"),
    ("event", "occurred_at"),
    ("attribute", "at"),
    ("extension", "at"),
    ("consent", "at"),
)
ROW_INSTANTS = " UNION ".join(
    f'SELECT profile_id, "{at}" AS t FROM {table} '  # noqa: S608 - our own names
    f'WHERE profile_id IS NOT NULL AND "{at}" > $start AND "{at}" <= $end'
    for table, at in (*_DATED, ("presence", "first_at"))
)
"""At which instants after ``$start`` up to ``$end`` a row of a profile came or went."""
_BETWEEN = "{at} > make_timestamptz($start) AND {at} <= make_timestamptz($end)"


def news(tables: Iterable[str]) -> str:
    """The table ``news``: these instants, looked up once for all that a refresh asks.

    On stored instants, so that files without any are passed over, and by each identity, which may be
    more than one of a profile. ``tables``: those with a file that has instants after ``$start``.
    """
    some = {*tables}
    if "event" in some:  # renewals that are purchases
        some.add("order_version")
    parts = [
        f'SELECT profile_id, epoch_us("{at}") AS t FROM owned_{table} '  # noqa: S608 - our own names
        f"WHERE {_BETWEEN.format(at=chr(34) + at + chr(34))} AND profile_id IS NOT NULL"
        for table, at in _DATED
        if table in some
    ]
    parts.append(
        "SELECT coalesce(m.profile_id, s.identity_id) AS profile_id, epoch_us(s.first_at) AS t "  # noqa: S608 - as above
        "FROM lake_first_seen AS s LEFT JOIN first_profile_of AS m USING (identity_id) "
        f"WHERE {_BETWEEN.format(at='s.first_at')}"
    )
    return f"CREATE OR REPLACE TEMP TABLE news AS {' UNION '.join(parts)}"


WITH_NEWS = """
    SELECT profile_id FROM news
    UNION ALL SELECT profile_id FROM late
    UNION ALL SELECT profile_id FROM due WHERE until <= {end:d}
    """
"""Whom a refresh may ask, but for segments on shop statistics."""

_NAMED = f"CASE name WHEN 'stage' THEN '{STAGE_STAY}' || state ELSE name END"
"""Under which name a stay is kept."""

_KNOWN_STAYS = f"""
    CREATE OR REPLACE TEMP TABLE known_stay AS
    SELECT profile_id, segment,
        CASE WHEN starts_with(segment, '{STAGE_STAY}') THEN 'stage' ELSE segment END AS name,
        CASE WHEN starts_with(segment, '{STAGE_STAY}') THEN substr(segment, {len(STAGE_STAY) + 1})
            ELSE 'in' END AS state,
        epoch_us(entered_at) AS entered, epoch_us(left_at) AS departed
    FROM {{membership}}
    """  # noqa: S608 - a constant of ours

TOUCHED: tuple[tuple[str, str], ...] = (
    (
        "order_version event",  # events: renewals that are purchases
        """
        SELECT profile_id, epoch_us(valid_from) AS since_us FROM owned_order_version
        WHERE batch > $batch AND epoch_us(valid_from) <= $at
        """,
    ),
    (
        "loose_refund",
        """
        SELECT profile_id, epoch_us("at") AS since_us FROM owned_loose_refund
        WHERE batch > $batch AND epoch_us("at") <= $at
        """,
    ),
    (
        "event",
        """
        SELECT profile_id, epoch_us(occurred_at) AS since_us FROM owned_event
        WHERE batch > $batch AND epoch_us(occurred_at) <= $at
        """,
    ),
    (
        "attribute",
        """
        SELECT profile_id, epoch_us("at") AS since_us FROM owned_attribute
        WHERE batch > $batch AND ("at" IS NULL OR epoch_us("at") <= $at)
        """,
    ),
    (
        "extension",
        """
        SELECT profile_id, epoch_us("at") AS since_us FROM owned_extension
        WHERE batch > $batch AND epoch_us("at") <= $at
        """,
    ),
    (
        "consent",
        """
        SELECT profile_id, epoch_us("at") AS since_us FROM owned_consent
        WHERE batch > $batch AND ("at" IS NULL OR epoch_us("at") <= $at)
        """,
    ),
    (
        "first_seen",  # rows that make somebody exist and no order or refund theirs are in none of the above
        """
        SELECT coalesce(m.profile_id, s.identity_id) AS profile_id, epoch_us(s.first_at) AS since_us
        FROM lake_first_seen AS s LEFT JOIN first_profile_of AS m USING (identity_id)
        WHERE s.batch > $batch AND epoch_us(s.first_at) <= $at
        """,
    ),
    (
        "replaced",
        """
        SELECT coalesce(m.profile_id, v.identity_id) AS profile_id, epoch_us(v.ordered_at) AS since_us
        FROM lake_order_version AS v LEFT JOIN first_profile_of AS m USING (identity_id)
        WHERE v.batch <= $batch
            AND v.order_key IN (SELECT order_key FROM lake_replaced WHERE batch > $batch)
        """,
    ),
    (
        "withdrawn_refund",
        """
        SELECT coalesce(m.profile_id, r.identity_id) AS profile_id, epoch_us(r."at") AS since_us
        FROM lake_refund_statement AS r LEFT JOIN first_profile_of AS m USING (identity_id)
        WHERE r.refund_key IN (SELECT refund_key FROM lake_withdrawn_refund WHERE batch > $batch)
        """,
    ),
    (
        "merge",
        """
        SELECT coalesce(m.profile_id, g.kept_id) AS profile_id, NULL::BIGINT AS since_us
        FROM lake_merge AS g LEFT JOIN first_profile_of AS m ON m.identity_id = g.kept_id
        WHERE g.batch > $batch
        """,
    ),
    (
        "mark",
        """
        SELECT coalesce(m.profile_id, i.id) AS profile_id, NULL::BIGINT AS since_us
        FROM (SELECT unnest([device_id, person_id]) AS id FROM lake_mark WHERE batch > $batch) AS i
        LEFT JOIN first_profile_of AS m ON m.identity_id = i.id
        """,
    ),
    (
        "mark",  # who had the device until somebody else was told to have had it then
        """
        SELECT coalesce(m.profile_id, k.person_id) AS profile_id, NULL::BIGINT AS since_us
        FROM lake_mark AS k JOIN (
            SELECT device_id, min("at") AS "at" FROM lake_mark WHERE batch > $batch GROUP BY device_id
        ) AS n USING (device_id)
        LEFT JOIN first_profile_of AS m ON m.identity_id = k.person_id
        WHERE k.batch <= $batch AND (epoch_us(n."at") <= $at OR n."at" < k."at")
        """,
    ),
    (
        "restated",
        """
        SELECT coalesce(m.profile_id, h.identity_id) AS profile_id, NULL::BIGINT AS since_us
        FROM lake_restated AS h LEFT JOIN first_profile_of AS m USING (identity_id)
        WHERE h.batch > $batch
        """,
    ),
)
"""Profiles of which something dated up to ``$at`` was said in a batch after ``$batch``, and since when
it matters: its instant, missing when it has none. Without a profile: of nobody, which the shop's own
figures count. Each with the tables a file of which, of such a batch, can have any."""
LATE = """
    CREATE OR REPLACE TEMP TABLE late AS
    SELECT profile_id, since_us FROM touched WHERE profile_id IS NOT NULL
    """
"""Those who are asked again."""
LATE_KINDS = """
    INSERT INTO late
    WITH known AS (
        SELECT coalesce(m.profile_id, i.identifier_id) AS profile_id, i.kind, i.batch
        FROM lake_identifier AS i LEFT JOIN first_profile_of AS m ON m.identity_id = i.identifier_id
    ), kinds AS (
        SELECT profile_id, kind, min(batch) AS batch FROM known
        WHERE profile_id IN (SELECT profile_id FROM known WHERE batch > $batch)
        GROUP BY profile_id, kind
    )
    SELECT profile_id, $start::BIGINT FROM kinds ANTI JOIN touched USING (profile_id)
    GROUP BY profile_id HAVING min(batch) <= $batch AND max(batch) > $batch
    """
"""Also who was known before and is now by another kind of identifier, which holds at every instant."""

NO_LATE_LINES = """
    CREATE OR REPLACE TEMP TABLE late_line AS
    SELECT NULL::BIGINT AS profile_id, NULL::BIGINT AS since_us WHERE false
    """
LATE_LINES = f"""
    CREATE OR REPLACE TEMP TABLE late_line AS
    WITH product_before AS ({product_version(some=True, told="(FROM lake_product WHERE batch <= $batch)")}),
    now_told AS (SELECT "key", from_at, category, brand, launched FROM product_version),
    told_before AS (SELECT "key", from_at, category, brand, launched FROM product_before),
    turned AS (SELECT DISTINCT "key" FROM (
        (FROM now_told EXCEPT FROM told_before) UNION ALL (FROM told_before EXCEPT FROM now_told))),
    named AS (
        SELECT v.profile_id, v.valid_from, v.ordered_at, l.product_id, l.sku
        FROM order_version AS v JOIN statement_line AS l ON l.lines_seq = v.lines_seq
        UNION ALL
        SELECT profile_id, occurred_at, occurred_at, product_id, sku FROM event_product),
    asked AS (
        SELECT *,
            CASE WHEN product_id IN (SELECT "key" FROM now_told) THEN product_id ELSE sku END
                AS key_now,
            CASE WHEN product_id IN (SELECT "key" FROM told_before) THEN product_id ELSE sku END
                AS key_before
        FROM named
        WHERE valid_from <= $at AND (product_id IN (FROM turned) OR sku IN (FROM turned)))
    SELECT a.profile_id, min(a.valid_from) AS since_us
    FROM asked AS a
    ASOF LEFT JOIN now_told AS n ON n."key" = a.key_now AND a.ordered_at >= n.from_at
    ASOF LEFT JOIN told_before AS b ON b."key" = a.key_before AND a.ordered_at >= b.from_at
    WHERE struct_pack(x := n.category, y := n.brand, z := n.launched)
        IS DISTINCT FROM struct_pack(x := b.category, y := b.brand, z := b.launched)
    GROUP BY a.profile_id
    """  # noqa: S608 - a constant of ours
"""Profiles with lines or events up to ``$at`` of which feeds in a batch after ``$batch`` made the
catalogue say something else, and since when these count."""

STAYS = f"""
    CREATE OR REPLACE TEMP TABLE found_stay AS
    WITH points AS (
        SELECT profile_id, name, state, s AS t, entered, again, true AS known FROM origin
        UNION ALL
        SELECT profile_id, name, state, t, t AS entered, false AS again, false AS known FROM state_at
    ), compared AS (
        SELECT *, lag(state) OVER (PARTITION BY profile_id, name ORDER BY t, known DESC) AS before
        FROM points
    ), changes AS (
        SELECT *, lead(t) OVER (PARTITION BY profile_id, name ORDER BY t) AS departed
        FROM compared WHERE known OR state IS DISTINCT FROM before
    )
    SELECT profile_id, {_NAMED} AS segment,
        entered, departed, known, again
    FROM changes WHERE state IS NOT NULL
    """  # noqa: S608 - a constant of ours
"""``origin``: the state in which each begins at ``s``, since when it has been in it, and whether that
was asked again (else it is the record of the last refresh)."""

DELTA = """
    SELECT profile_id, segment, entered, departed FROM found_stay
    WHERE again OR NOT known OR departed IS NOT NULL
    """
"""The stays that the record does not hold yet, or not with this end."""

WHOLE = """
    WITH fresh AS (SELECT profile_id, segment, entered, departed FROM delta_stay)
    SELECT * FROM fresh
    UNION ALL
    SELECT k.profile_id, k.segment, k.entered, k.departed FROM known_stay AS k
    WHERE NOT EXISTS (SELECT 1 FROM rewound AS r
            WHERE r.profile_id = k.profile_id AND r.name = k.name
                AND (k.departed IS NULL OR k.departed > r.s))
        AND NOT EXISTS (SELECT 1 FROM fresh AS f
            WHERE f.profile_id = k.profile_id AND f.segment = k.segment
                AND f.entered IS NOT DISTINCT FROM k.entered)
    """
"""The whole record anew: what was asked again in the place of what it said."""

NOBODY = """
    SELECT NULL::BIGINT AS profile_id, NULL::BIGINT AS entered, NULL::VARCHAR AS name WHERE false
    """
UNBROKEN = """
    SELECT k.profile_id, k.entered, k.name FROM known_stay AS k
    WHERE k.departed IS NULL
        AND NOT EXISTS (SELECT 1 FROM found_stay AS f
            WHERE f.profile_id = k.profile_id AND f.segment = k.segment
                AND f.entered IS NOT DISTINCT FROM k.entered AND f.departed IS NOT NULL)
        AND (NOT EXISTS (SELECT 1 FROM rewound AS r
                WHERE r.profile_id = k.profile_id AND r.name = k.name)
            OR EXISTS (SELECT 1 FROM found_stay AS f
                WHERE f.profile_id = k.profile_id AND f.segment = k.segment
                    AND f.entered IS NOT DISTINCT FROM k.entered AND f.departed IS NULL))
    """
"""Stays on record that have not ended by the instant brought forward to."""

FORGET_LATE = "DELETE FROM due WHERE profile_id IN (SELECT profile_id FROM late)"
"""Who is asked again from the start: maybe nobody is there any more."""
FORGET_JOINED = "DELETE FROM due WHERE profile_id IN (SELECT identity_id FROM first_profile_of)"
"""Those who are somebody else now."""

NEXT_ASKS = """
    SELECT profile_id, until AS t FROM (
        SELECT profile_id, until, lead(t) OVER (PARTITION BY profile_id ORDER BY t) AS following
        FROM answered)
    WHERE until <= $end AND (following IS NULL OR until < following)
    """
"""When answers given so far run out before the next one of the profile."""


LAST_ANSWERS = """
    SELECT profile_id, until FROM answered
    QUALIFY row_number() OVER (PARTITION BY profile_id ORDER BY t DESC) = 1
    """
"""Until when the latest answers hold."""

WORKING_TABLES = (
    """
    CREATE OR REPLACE TEMP TABLE origin (
        profile_id BIGINT, name VARCHAR, state VARCHAR, s BIGINT, entered BIGINT, again BOOLEAN)
    """,
    """
    CREATE OR REPLACE TEMP TABLE state_at (
        profile_id BIGINT, name VARCHAR, state VARCHAR, t BIGINT)
    """,
    "CREATE OR REPLACE TEMP TABLE rewound (profile_id BIGINT, name VARCHAR, s BIGINT)",
    """
    CREATE OR REPLACE TEMP TABLE due AS
    SELECT profile_id, epoch_us(valid_until) AS until FROM lake_due
    """,
    "CREATE OR REPLACE TEMP TABLE due_before AS FROM due",
)

_FRESH = """
    INSERT INTO delta_stay
    WITH now AS (
        SELECT profile_id, name, state, {named} AS segment
        FROM ({states}) WHERE state IS NOT NULL
    ), before AS (
        SELECT profile_id, segment, entered FROM known_stay
        WHERE departed IS NULL AND list_contains($changed, name)
    )
    SELECT profile_id, segment, CASE WHEN list_contains($changed, name) AND EXISTS (
            SELECT 1 FROM known_stay AS k WHERE k.name = now.name) THEN $t END, NULL
    FROM now WHERE NOT EXISTS (SELECT 1 FROM before AS b
        WHERE b.profile_id = now.profile_id AND b.segment = now.segment)
    UNION ALL
    SELECT profile_id, segment, entered, $t FROM before AS b
    WHERE NOT EXISTS (SELECT 1 FROM now
        WHERE b.profile_id = now.profile_id AND b.segment = now.segment)
    """

DUE = """
    SELECT profile_id, min(until) AS until FROM due WHERE until > $t GROUP BY profile_id
    """


def touched(tables: Iterable[str]) -> str:
    """The table ``touched``, when these are the tables that have files of batches after ``$batch``.

    One row per profile; ``since_us`` is ``$start`` for what has no instant of its own.
    """
    some = {*tables}
    parts = [text for of, text in TOUCHED if some.intersection(of.split())]
    parts.append("SELECT profile_id, since_us FROM late_line")
    return f"""
        CREATE OR REPLACE TEMP TABLE touched AS
        SELECT profile_id, min(coalesce(since_us, $start)) AS since_us
        FROM ({" UNION ALL ".join(parts)}) GROUP BY profile_id
        """  # noqa: S608 - constants of ours


def known_stays(membership: str) -> str:
    """The table ``known_stay`` of the stays on record in a table of ``membership``."""
    return _KNOWN_STAYS.format(membership=membership)


def fresh(states: str) -> str:
    """Names asked for the first time under their present meaning; ``states`` is what they say now."""
    return _FRESH.format(states=states, named=_NAMED)


def long_states(table: str, names: Iterable[str], *, stage: str = "stage") -> str:
    """The wide answers of ``table`` (with ``t``) as rows of ``profile_id, name, state, t``."""
    parts = []
    for name in names:
        column = f'"{name}"'
        state = column if name == stage else f"CASE WHEN {column} THEN 'in' END"
        parts.append(f"SELECT profile_id, '{name}' AS name, {state} AS state, t FROM {table}")  # noqa: S608 - names of definitions are letters, digits and underscores
    return " UNION ALL ".join(parts)


def least_until(names: Iterable[str]) -> str:
    """The first instant at which an answer of some name may change; NULL: never."""
    columns = ", ".join(f'"{name}__until"' for name in names)
    return f"least({columns})"
