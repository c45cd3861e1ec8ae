# ruff: noqa: S608 - text of our own names; what is asked is bound
"""What a person is looked for by, beside identifiers: words of a name, a postcode, an order's number.

The lake table ``lookup`` keeps them sorted by kind and word, so that a question reads one row group of
each file. It says under which identity a word was ever said; whose that is, and whether it still holds,
is looked up when somebody asks. So a merge re-writes nothing; an undo and an erasure make it anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from stamgast.store.lake import LAKE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from stamgast.store.database import Database
    from stamgast.store.writing import WriteSession

Kind: TypeAlias = Literal["name", "postcode", "order"]

RULES = "lookup"
"""Under this name the store keeps by which rules the table was made; none: there is none yet."""
VERSION = "1"

NAMES = ("name", "first_name", "last_name", "company")
POSTCODE = "postcode"
_WORDS = r"regexp_extract_all(strip_accents(lower({text})), '[\p{{L}}\p{{N}}]+')"
_BARE = r"upper(regexp_replace({text}, '[^\p{{L}}\p{{N}}]', '', 'g'))"


def _terms(prefix: str) -> str:
    """``identity_id, kind, term`` of the attributes and orders in the views with this prefix."""
    names = ", ".join(f"'{name}'" for name in NAMES)
    number = "coalesce(order_id, regexp_extract(order_key, '[^:]*$'))"
    return f"""
        SELECT DISTINCT identity_id, kind, term FROM (
            SELECT identity_id, 'name' AS kind, unnest({_WORDS.format(text="value")}) AS term
            FROM {prefix}attribute WHERE name IN ({names})
            UNION ALL
            SELECT identity_id, 'postcode', {_BARE.format(text="value")}
            FROM {prefix}attribute WHERE name = '{POSTCODE}'
            UNION ALL
            SELECT identity_id, 'order', {_BARE.format(text=number)} FROM {prefix}order_statement)
        WHERE identity_id IS NOT NULL AND term <> ''
        """


def write_lookup(session: WriteSession) -> None:
    """Add what this session wrote; a shop without the table gets it of all there is."""
    order = LAKE["lookup"].order
    if session.rules_of(RULES) == VERSION:
        session.write("lookup", _terms("new_"), order_by=order)
    else:
        both = f"{_terms('lake_')} UNION {_terms('new_')}"
        session.replace("lookup", both, order_by=order)
        session.record_rules(RULES, VERSION)


def make_lookup(session: WriteSession) -> None:
    """Make it anew of what is in the lake: after an undo or an erasure."""
    session.replace("lookup", _terms("lake_"), order_by=LAKE["lookup"].order)
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
        wanted = self.bare(number)
        rows = self._db.run(
            f"""
            SELECT DISTINCT o.profile_id FROM owned_order_version AS o
            WHERE o.valid_to IS NULL AND o.profile_id IS NOT NULL
                AND o.order_key IN (
                    SELECT s.order_key FROM lake_order_statement AS s
                    WHERE s.identity_id IN (SELECT identity_id FROM {self._source}
                            WHERE kind = 'order' AND term = $number)
                        AND {_BARE.format(text="coalesce(s.order_id, regexp_extract(s.order_key, '[^:]*$'))")} = $number)
            ORDER BY 1
            """,
            {"number": wanted},
        )
        return tuple(int(row[0]) for row in rows)
