"""Some of the profiles with their rows, so that a question can be answered roughly at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.store.database import quoted
from stamgast.store.few import FewRows

if TYPE_CHECKING:
    from stamgast.model.log import Instant
    from stamgast.store.database import Database
    from stamgast.store.few import Shortcuts

SAMPLE = "stamgast_sample_"
"""Before the names of its tables."""
WANTED = 16_000
"""So many profiles are in a sample."""
SMALL = 20_000
"""A shop of so many profiles at most is not sampled: everybody is counted as fast."""
_HELD = """
    SELECT table_name FROM duckdb_tables() WHERE temporary AND starts_with(table_name, $prefix)
    """


class Sample:
    """The profiles whose hash is least: the same ones whatever is asked.

    Their rows are looked up when a question reads them first, and kept in temporary tables of the
    connection. The log must not change while it lives.
    """

    def __init__(self, database: Database, shortcuts: Shortcuts, *, wanted: int = 0) -> None:
        """Chooses them. ``wanted``: so many, of any shop. Another one of the connection ends."""
        self._database = database
        for (name,) in database.run(_HELD, {"prefix": SAMPLE}):
            database.run(f"DROP TABLE temp.{quoted(name)}")
        self.rows = FewRows(database.connection, shortcuts, SAMPLE)
        """Their rows."""
        database.run(
            f"CREATE OR REPLACE TEMP TABLE {SAMPLE}all AS "  # noqa: S608 - our own name
            "SELECT profile_id, first_at FROM presence WHERE profile_id IS NOT NULL"
        )
        self.of = self._count("all")
        """How many profiles there are."""
        self.size = 0
        """How many are in it; 0: the shop is so small that none is made."""
        if wanted or self.of > SMALL:
            self.rows.begin(
                f"SELECT * FROM {SAMPLE}all ORDER BY hash(profile_id), profile_id LIMIT $wanted",  # noqa: S608 - our own name
                {"wanted": wanted or WANTED},
            )
            self.size = self._count("profile")
        database.run(f"DROP TABLE {SAMPLE}all")

    def ask(self, t: Instant) -> None:
        """Make the table ``ask`` of those who exist at an instant."""
        self._database.run(
            "CREATE OR REPLACE TEMP TABLE ask AS SELECT profile_id, $t::BIGINT AS t "  # noqa: S608 - our own name
            f"FROM {SAMPLE}profile WHERE first_at <= $t",
            {"t": t},
        )

    def _count(self, table: str) -> int:
        return int(self._database.run(f"SELECT count(*) FROM {SAMPLE}{table}")[0][0])  # noqa: S608 - our own name
