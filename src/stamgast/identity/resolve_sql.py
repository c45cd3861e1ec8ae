"""The queries of ``identity.resolve``: over ``lake_...`` (what was there) and ``new_...`` (what the session wrote)."""

from __future__ import annotations

KNOWN = """
    known AS (
        SELECT identifier_id, kind, value, first_seq FROM lake_identifier
        UNION ALL
        SELECT identifier_id, kind, value, first_seq FROM new_identifier
    )"""

TOUCHED = f"""
WITH linked AS (
    SELECT DISTINCT unnest(identifier_ids) AS identifier_id FROM new_link
), touched AS (
    SELECT DISTINCT coalesce(p.profile_id, l.identifier_id) AS profile_id
    FROM linked AS l LEFT JOIN lake_person AS p ON p.identifier_id = l.identifier_id
), member AS (
    SELECT profile_id AS identifier_id, profile_id FROM touched
    UNION ALL
    SELECT p.identifier_id, p.profile_id
    FROM lake_person AS p JOIN touched ON touched.profile_id = p.profile_id
), {KNOWN}
SELECT known.identifier_id, known.kind, known.first_seq, member.profile_id
FROM known JOIN member ON member.identifier_id = known.identifier_id
ORDER BY known.identifier_id
"""  # noqa: S608 - constants of this file
"""The identifiers of every person that a new link touches, with the person."""

ALL_LINKS = """
SELECT first_seq, identifier_ids FROM lake_link
UNION ALL
SELECT first_seq, identifier_ids FROM new_link
"""

ALL_IDENTIFIERS = f"WITH {KNOWN} SELECT * FROM known ORDER BY identifier_id"  # noqa: S608 - likewise

ORDERED_LINKS = f"""
WITH every AS (
    SELECT first_seq, identifier_ids, batch FROM lake_link
    UNION ALL
    SELECT first_seq, identifier_ids, batch FROM new_link
), part AS (
    SELECT first_seq, batch, unnest(identifier_ids) AS identifier_id,
        generate_subscripts(identifier_ids, 1) AS place FROM every
), {KNOWN}, ordered AS (
    SELECT part.first_seq, part.batch, list(part.identifier_id ORDER BY
        coalesce(list_position($kinds, known.kind), {2**31 - 1}), part.place) AS identifier_ids
    FROM part JOIN known USING (identifier_id) GROUP BY part.first_seq, part.batch
)
SELECT min(first_seq) AS first_seq, identifier_ids, arg_min(batch, first_seq) AS batch
FROM ordered GROUP BY identifier_ids
"""  # noqa: S608 - likewise
"""Every link, its identifiers strongest first by the kinds of now."""

SHARED_MARKS = f"""
WITH {KNOWN}, shared AS (
    SELECT known.identifier_id FROM known
    JOIN (SELECT unnest($kinds::VARCHAR[]) AS kind, unnest($values::VARCHAR[]) AS value) AS s
        ON s.kind = known.kind AND s.value = known.value
)
SELECT m.device_id, m.person_id FROM lake_mark AS m
WHERE m.device_id IN (SELECT identifier_id FROM shared)
"""  # noqa: S608 - likewise
MARKS = f"""
SELECT device_id, "at", seq, person_id, batch FROM (FROM lake_mark UNION ALL FROM new_mark)
WHERE device_id NOT IN (SELECT device_id FROM ({SHARED_MARKS}))
"""  # noqa: S608 - likewise
"""Marks of devices that are shared by now mark nobody."""

RESTATED = f"""
WITH turned AS (
    (SELECT identifier_id, profile_id FROM lake_person
        EXCEPT SELECT identifier_id, profile_id FROM new_person)
    UNION ALL
    (SELECT identifier_id, profile_id FROM new_person
        EXCEPT SELECT identifier_id, profile_id FROM lake_person)
    UNION ALL FROM ({SHARED_MARKS})
)
SELECT DISTINCT unnest([identifier_id, profile_id]) AS identity_id FROM turned
"""  # noqa: S608 - likewise
"""Who is another person by other rules: refreshes ask them again."""

CHANGED = """
SELECT 1 FROM (
    SELECT identifier_id, profile_id FROM folded_person
    EXCEPT SELECT identifier_id, profile_id FROM lake_person
) LIMIT 1
"""
"""Without a verdict persons only grow, so a change is a row that was not there."""

PERSON = """
SELECT identifier_id, profile_id FROM lake_person
WHERE identifier_id NOT IN (SELECT identifier_id FROM folded_among)
UNION ALL
SELECT identifier_id, profile_id FROM folded_person
"""

SAID = """
said AS (
    SELECT first_seq, batch FROM lake_link UNION ALL SELECT first_seq, batch FROM new_link
)"""

MERGES = f"""
WITH {SAID}
SELECT seq, kept_id, joined_id, batch FROM lake_merge
WHERE joined_id NOT IN (SELECT identifier_id FROM folded_among)
UNION ALL
SELECT f.seq, f.kept_id, f.joined_id,
    CAST(coalesce(s.batch, m.batch, $batch) AS INTEGER) AS batch
FROM folded_merge AS f
LEFT JOIN said AS s ON s.first_seq = f.seq
LEFT JOIN lake_merge AS m
    ON f.seq IS NULL AND m.seq IS NULL AND m.kept_id = f.kept_id AND m.joined_id = f.joined_id
ORDER BY seq NULLS FIRST
"""  # noqa: S608 - constants of this file
"""Batch: that of the message, so that withdrawing a verdict leaves no trace; of a verdict: its own."""

REJECTED = f"""
WITH {SAID}
SELECT seq, identifier_id, from_id, reason, batch FROM lake_rejected_link
WHERE identifier_id NOT IN (SELECT identifier_id FROM folded_among)
UNION ALL
SELECT f.seq, f.identifier_id, f.from_id, f.reason,
    CAST(coalesce(s.batch, r.batch, $batch) AS INTEGER) AS batch
FROM folded_rejected AS f
LEFT JOIN said AS s ON s.first_seq = f.seq
LEFT JOIN lake_rejected_link AS r
    ON f.seq IS NULL AND r.seq IS NULL AND r.identifier_id = f.identifier_id
    AND r.from_id = f.from_id
ORDER BY seq NULLS FIRST, identifier_id
"""  # noqa: S608 - likewise
