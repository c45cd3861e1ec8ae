# ruff: noqa: S608 - text of our own names; what is asked is bound
"""What a person is looked for by, beside identifiers: words of a name, a postcode, an order's number.

The lake table ``lookup`` keeps them sorted by kind and word, so that a question reads one row group of
each file. It says under which identity a word was ever said; whose that is, and whether it still holds,
is looked up when somebody asks. So a merge re-writes nothing; an undo and an erasure make it anew.

A telephone number stands there from its last digit to its first, so that its last digits are a
beginning. For slips of the finger each distinct word of names stands there once more for each letter
that is left out of it (of nobody; its kind is ``near:`` and what is left): two words that are one
letter apart, or have two letters swapped, share one of those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from stamgast.store.database import Database
    from stamgast.store.writing import WriteSession

Kind: TypeAlias = Literal["name", "postcode", "order", "phone"]

RULES = "lookup"
"""Under this name the store keeps by which rules the table was made; none: there is none yet."""
VERSION = "3"

NAMES = ("name", "first_name", "last_name", "company")
POSTCODE = "postcode"
PHONE: Literal["phone"] = "phone"
NEAR = "near:"
SHORTEST_NEAR = 4
"""Shorter names are found as they are written only: too many are one letter apart."""
MOST_WORDS = 500
"""So many words of names that begin alike are looked for at once."""
_WORDS = r"regexp_extract_all(strip_accents(lower({text})), '[\p{{L}}\p{{N}}]+')"
_BARE = r"upper(regexp_replace({text}, '[^\p{{L}}\p{{N}}]', '', 'g'))"


def _terms(prefix: str, tables: Collection[str] = ("attribute", "order_statement")) -> str:
    """``identity_id, kind, term`` of the attributes, orders and numbers in the views with this prefix.

    ``tables``: of which of them there are rows.
    """
    names = ", ".join(f"'{name}'" for name in NAMES)
    number = "coalesce(order_id, regexp_extract(order_key, '[^:]*$'))"
    parts = [
        f"""
            SELECT identifier_id AS identity_id, '{PHONE}' AS kind,
                reverse(regexp_replace(value, '[^0-9]', '', 'g')) AS term
            FROM {prefix}identifier WHERE kind = '{PHONE}'"""
    ]
    if "attribute" in tables:
        parts += [
            f"""
            SELECT identity_id, 'name', unnest({_WORDS.format(text="value")})
            FROM {prefix}attribute WHERE name IN ({names})""",
            f"""
            SELECT identity_id, 'postcode', {_BARE.format(text="value")}
            FROM {prefix}attribute WHERE name = '{POSTCODE}'""",
        ]
    if "order_statement" in tables:
        parts.append(
            f"SELECT identity_id, 'order', {_BARE.format(text=number)} FROM {prefix}order_statement"
        )
    near = f"UNION ALL SELECT NULL, kind, term FROM ({_near(prefix, names)})"
    return f"""
        SELECT DISTINCT identity_id, kind, term FROM ({" UNION ALL ".join(parts)})
        WHERE identity_id IS NOT NULL AND term <> ''
        {near if "attribute" in tables else ""}
        """


def _near(prefix: str, names: str) -> str:
    """``kind, term``: each distinct word of names by what is left of it without one letter, or all of it.

    Sample: ``near:jnsen, jansen``, ``near:jasen, jansen``, ..., ``near:jansen, jansen``.
    """
    return f"""
        SELECT DISTINCT '{NEAR}' || substr(word, 1, n - 1) || substr(word, n + 1) AS kind, word AS term
        FROM (
            SELECT DISTINCT unnest({_WORDS.format(text="value")}) AS word
            FROM {prefix}attribute WHERE name IN ({names})) AS said,
            range(1, 65) AS letter(n)
        WHERE length(word) BETWEEN {SHORTEST_NEAR} AND 63 AND n <= length(word) + 1
        """


def _told(by: Callable[[str], bool]) -> list[str]:
    return [table for table in ("attribute", "order_statement") if by(table)]


def write_lookup(session: WriteSession) -> None:
    """Add what this session wrote; a shop without the table gets it of all there is."""
    order, new = LAKE["lookup"].order, _told(session.wrote)
    if session.rules_of(RULES) == VERSION:
        session.write("lookup", _terms("new_", new), order_by=order)
    else:
        both = f"{_terms('lake_', _told(session.had))} UNION {_terms('new_', new)}"
        session.replace("lookup", both, order_by=order)
        session.record_rules(RULES, VERSION)


def make_lookup(session: WriteSession) -> None:
    """Make it anew of what is in the lake: after an undo or an erasure."""
    session.replace("lookup", _terms("lake_", _told(session.had)), order_by=LAKE["lookup"].order)
    session.record_rules(RULES, VERSION)


class Lookup:
    """Who was ever called so, or had such a postcode or order."""

    def __init__(self, database: Database, *, made: bool) -> None:
        """``made``: whether the table is there; else attributes and orders are read."""
        self._db = database
        self._source = "lake_lookup" if made else f"({_terms('lake_')})"

    def words(self, text: str) -> tuple[str, ...]:
        """The words of a text, in the way in which words of names are kept."""
        rows = self._db.run(f"SELECT {_WORDS.format(text='$text')}", {"text": text})
        return tuple(str(word) for word in rows[0][0])

    def bare(self, text: str) -> str:
        """A postcode or number without blanks and signs, as those are kept."""
        return str(self._db.run(f"SELECT {_BARE.format(text='$text')}", {"text": text})[0][0])

    def profiles(self, kind: Kind, terms: Collection[str]) -> tuple[int, ...]:
        """The profiles under whose identities every one of the terms was said, by id."""
        wanted = sorted(set(terms))
        rows = self._db.run(
            f"""
            SELECT coalesce(m.profile_id, l.identity_id) AS profile_id
            FROM {self._source} AS l
            LEFT JOIN first_profile_of AS m ON m.identity_id = l.identity_id
            WHERE l.kind = $kind AND l.term IN (SELECT unnest($terms))
            GROUP BY 1 HAVING count(DISTINCT l.term) = $many ORDER BY 1
            """,
            {"kind": kind, "terms": wanted, "many": len(wanted)},
        )
        return tuple(int(row[0]) for row in rows)

    def beginning(self, kind: Kind, start: str, most: int = MOST_WORDS) -> tuple[str, ...]:
        """The terms that begin so, at most ``most``."""
        rows = self._db.run(
            f"SELECT DISTINCT term FROM {self._source} "
            "WHERE kind = $kind AND term >= $start AND term < $start || chr(1114111) "
            "ORDER BY term LIMIT $most",
            {"kind": kind, "start": start, "most": most},
        )
        return tuple(str(row[0]) for row in rows)

    def near(self, word: str) -> tuple[str, ...]:
        """The words of names with one letter wrong, missing, too many, or two swapped."""
        if len(word) < SHORTEST_NEAR - 1:
            return ()
        kinds = sorted({NEAR + word, *(NEAR + word[:n] + word[n + 1 :] for n in range(len(word)))})
        rows = self._db.run(
            f"""
            SELECT term FROM (
                SELECT DISTINCT term FROM {self._source}
                WHERE kind BETWEEN $least AND $most AND kind IN (SELECT unnest($kinds)))
            WHERE damerau_levenshtein(term, $word) = 1 ORDER BY term
            """,
            {"word": word, "kinds": kinds, "least": kinds[0], "most": kinds[-1]},
        )
        return tuple(str(row[0]) for row in rows)

    def any_of(self, kind: Kind, terms: Sequence[Collection[str]]) -> tuple[int, ...]:
        """The profiles under whose identities one of each of these was said, by id."""
        slots = [(n, term) for n, some in enumerate(terms) for term in sorted(set(some))]
        rows = self._db.run(
            f"""
            WITH wanted AS (SELECT unnest($slots::INTEGER[]) AS slot, unnest($terms::VARCHAR[]) AS term)
            SELECT coalesce(m.profile_id, l.identity_id) AS profile_id
            FROM (SELECT identity_id, term FROM {self._source}
                WHERE kind = $kind AND term BETWEEN $least AND $most) AS l
            JOIN wanted AS w USING (term)
            LEFT JOIN first_profile_of AS m ON m.identity_id = l.identity_id
            GROUP BY 1 HAVING count(DISTINCT w.slot) = $many ORDER BY 1
            """,
            {
                "kind": kind,
                "slots": [slot for slot, _ in slots],
                "terms": [term for _, term in slots],
                "least": min((term for _, term in slots), default=""),
                "most": max((term for _, term in slots), default=""),
                "many": len(terms),
            },
        )
        return tuple(int(row[0]) for row in rows)

    def known(self, kind: Kind, terms: Sequence[str]) -> frozenset[str]:
        """Those of the terms that anybody has."""
        rows = self._db.run(
            f"SELECT DISTINCT term FROM {self._source} "
            "WHERE kind = $kind AND term IN (SELECT unnest($terms::VARCHAR[]))",
            {"kind": kind, "terms": list(terms)},
        )
        return frozenset(str(row[0]) for row in rows)

    def buyers(self, number: str) -> tuple[int, ...]:
        """The profiles of the orders with this number, as each order is now, by id."""
        asked = {"number": self.bare(number)}
        said = f"SELECT identity_id FROM {self._source} WHERE kind = 'order' AND term = $number"
        if not self._db.run(f"{said} LIMIT 1", asked):
            return ()
        rows = self._db.run(
            f"""
            SELECT DISTINCT o.profile_id FROM owned_order_version AS o
            WHERE o.valid_to IS NULL AND o.profile_id IS NOT NULL
                AND o.order_key IN (
                    SELECT s.order_key FROM lake_order_statement AS s
                    WHERE s.identity_id IN ({said})
                        AND {_BARE.format(text="coalesce(s.order_id, regexp_extract(s.order_key, '[^:]*$'))")} = $number)
            ORDER BY 1
            """,
            asked,
        )
        return tuple(int(row[0]) for row in rows)
