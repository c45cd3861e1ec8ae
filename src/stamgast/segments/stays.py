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

ROW_INSTANTS = """
    SELECT DISTINCT profile_id, u AS t FROM (
        SELECT profile_id, valid_from AS u FROM order_version
        UNION ALL SELECT profile_id, valid_to FROM order_version
        UNION ALL SELECT profile_id, valid_from FROM loose_refund
        UNION ALL SELECT profile_id, valid_to FROM loose_refund
        UNION ALL SELECT profile_id, occurred_at FROM event
        UNION ALL SELECT profile_id, "at" FROM attribute
        UNION ALL SELECT profile_id, "at" FROM extension
        UNION ALL SELECT profile_id, "at" FROM consent
        UNION ALL SELECT profile_id, first_at FROM presence)
    WHERE profile_id IS NOT NULL AND u > $start AND u <= $end
    """
"""At which instants after ``$start`` up to ``$end`` a row of a profile came or went."""
NEWS = f"CREATE OR REPLACE TEMP TABLE news AS {ROW_INSTANTS}"
"""These instants, looked up once for all that a refresh asks."""
WITH_NEWS = """
    SELECT profile_id FROM news
    UNION ALL SELECT profile_id FROM late
    UNION ALL SELECT profile_id FROM due WHERE until <= {end:d}
    """
"""Whom a refresh may ask, but for segments on shop statistics."""

_NAMED = f"CASE name WHEN 'stage' THEN '{STAGE_STAY}' || state ELSE name END"
"""Under which name a stay is kept."""

KNOWN_STAYS = f"""
    CREATE OR REPLACE TEMP TABLE known_stay AS
    SELECT profile_id, segment,
        CASE WHEN starts_with(segment, '{STAGE_STAY}') THEN 'stage' ELSE segment END AS name,
        CASE WHEN starts_with(segment, '{STAGE_STAY}') THEN substr(segment, {len(STAGE_STAY) + 1})
            ELSE 'in' END AS state,
        epoch_us(entered_at) AS entered, epoch_us(left_at) AS departed
    FROM membership
    """  # noqa: S608 - a constant of ours

TOUCHED = """
    CREATE OR REPLACE TEMP TABLE touched AS
    WITH said AS (
        SELECT profile_id, epoch_us(valid_from) AS since_us FROM owned_order_version
        WHERE batch > $batch AND epoch_us(valid_from) <= $at
        UNION ALL SELECT profile_id, epoch_us("at") FROM owned_loose_refund
        WHERE batch > $batch AND epoch_us("at") <= $at
        UNION ALL SELECT profile_id, epoch_us(occurred_at) FROM owned_event
        WHERE batch > $batch AND epoch_us(occurred_at) <= $at
        UNION ALL SELECT profile_id, epoch_us("at") FROM owned_attribute
        WHERE batch > $batch AND ("at" IS NULL OR epoch_us("at") <= $at)
        UNION ALL SELECT profile_id, epoch_us("at") FROM owned_extension
        WHERE batch > $batch AND epoch_us("at") <= $at
        UNION ALL SELECT profile_id, epoch_us("at") FROM owned_consent
        WHERE batch > $batch AND ("at" IS NULL OR epoch_us("at") <= $at)
        UNION ALL SELECT coalesce(m.profile_id, s.identity_id), epoch_us(s.first_at)
        -- rows that make somebody exist and no order or refund theirs are in none of the above
        FROM lake_first_seen AS s LEFT JOIN first_profile_of AS m USING (identity_id)
        WHERE s.batch > $batch AND epoch_us(s.first_at) <= $at
        UNION ALL SELECT coalesce(m.profile_id, v.identity_id), epoch_us(v.ordered_at)
        FROM lake_order_version AS v LEFT JOIN first_profile_of AS m USING (identity_id)
        WHERE v.batch <= $batch
            AND v.order_key IN (SELECT order_key FROM lake_replaced WHERE batch > $batch)
        UNION ALL SELECT coalesce(m.profile_id, r.identity_id), epoch_us(r."at")
        FROM lake_refund_statement AS r LEFT JOIN first_profile_of AS m USING (identity_id)
        WHERE r.refund_key IN (SELECT refund_key FROM lake_withdrawn_refund WHERE batch > $batch)
        UNION ALL SELECT coalesce(m.profile_id, g.kept_id), NULL
        FROM lake_merge AS g LEFT JOIN first_profile_of AS m ON m.identity_id = g.kept_id
        WHERE g.batch > $batch
        UNION ALL SELECT coalesce(m.profile_id, i.id), NULL
        FROM (SELECT unnest([device_id, person_id]) AS id FROM lake_mark WHERE batch > $batch) AS i
        LEFT JOIN first_profile_of AS m ON m.identity_id = i.id
        UNION ALL SELECT profile_id, since_us FROM late_line
        UNION ALL SELECT coalesce(m.profile_id, h.identity_id), NULL
        FROM lake_restated AS h LEFT JOIN first_profile_of AS m USING (identity_id)
        WHERE h.batch > $batch
    )
    SELECT profile_id, min(coalesce(since_us, $start)) AS since_us FROM said GROUP BY profile_id
    """
"""Profiles of which something dated up to ``$at`` was said in a batch after ``$batch``, and since when
it matters: its instant, ``$start`` when it has none. Without a profile: of nobody, which the shop's own
figures count."""
LATE = """
    CREATE OR REPLACE TEMP TABLE late AS
    WITH known AS (
        SELECT coalesce(m.profile_id, i.identifier_id) AS profile_id, i.kind, i.batch
        FROM lake_identifier AS i LEFT JOIN first_profile_of AS m ON m.identity_id = i.identifier_id
    ), kinds AS (
        SELECT profile_id, kind, min(batch) AS batch FROM known
        WHERE profile_id IN (SELECT profile_id FROM known WHERE batch > $batch)
        GROUP BY profile_id, kind
    )
    SELECT profile_id, since_us FROM touched WHERE profile_id IS NOT NULL
    UNION ALL
    SELECT profile_id, $start::BIGINT FROM kinds ANTI JOIN touched USING (profile_id)
    GROUP BY profile_id HAVING min(batch) <= $batch AND max(batch) > $batch
    """
"""Those who are asked again: also who was known before and is now by another kind of identifier, which
holds at every instant."""

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
    SELECT profile_id, min(until) AS until FROM due JOIN presence USING (profile_id)
    WHERE until > $t GROUP BY profile_id
    """


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
