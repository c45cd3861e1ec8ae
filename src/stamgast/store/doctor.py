"""Is everything there, readable, and in agreement? Looks only, unless it is told to repair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import duckdb
import sqlalchemy as sa

from stamgast.errors import UserError
from stamgast.language.ast import Text
from stamgast.model.log import DAY_US, LEFT_EDGE_DAYS, LEFT_EDGE_PERCENT
from stamgast.store import catalogue as tables
from stamgast.store.database import Database, literal, quoted
from stamgast.store.faults import faults
from stamgast.store.files import PART, fingerprint, listed, on_disk, sweep
from stamgast.store.lake import LAKE, tables_of
from stamgast.store.lock import holder, writer_lock
from stamgast.store.orders import FoldSpec, fold_statements
from stamgast.store.owned import Vocabulary
from stamgast.store.quarantine import count, quarantined
from stamgast.store.refunds import live_refunds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.store.files import LakeFile
    from stamgast.store.reading import Reader
    from stamgast.store.shop import ShopStore


OF_SOMEBODY = ("first_seen", *(t for t in tables_of("said") if "identity_id" in LAKE[t].types))
"""Tables whose rows are of an identifier."""
MOST_EXAMPLES = 10
"""So many rows in quarantine are named."""
LOG_WAIT_MS = 500
"""So long the log waits for who is reading before it is said that it cannot be emptied."""

LONG_DAYS = 90
"""A shorter log says nothing about where it was cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found, in both languages, and what to do about it (None: nothing)."""

    level: Literal["ok", "warning", "error"]
    code: str
    message: Text
    hint: Text | None = None
    examples: tuple[str, ...] = ()
    """Some of what was found, newest first, such as ``orders.csv:7: total is not an amount``."""


def examine(
    store: ShopStore, *, history_from: int | None = None, repair: bool = False
) -> tuple[Finding, ...]:
    """Check the catalogue, the files and the data; every file of the lake is read in full.

    ``history_from``: the setting; when it is set nothing is said about customers who only look new.
    ``repair``: also sweep what no import owns, under the writer lock (UserError ``store.locked``);
    nothing that the catalogue lists is ever changed.
    """
    found = [*_operational(store)]
    if any(finding.level == "error" for finding in found):
        return tuple(found)
    if repair:
        found.append(_swept(store))
    found.extend(_lock(store))
    files = store.files()
    found.extend(_leftovers(store))
    broken = list(_broken(store, files))
    found.extend(
        broken
        or [
            _ok(
                "lake.files",
                f"{len(files)} files of the lake are whole",
                f"{len(files)} bestanden van het lake zijn heel",
            )
        ]
    )
    if not broken:
        with store.reading(Vocabulary()) as reader:
            found.append(_versions(reader))
            found.append(_identities(reader))
            if history_from is None:
                found.extend(_left_edge(reader))
    found.extend(_quarantine(store))
    found.extend(_log(store))
    return tuple(found)


def _ok(code: str, en: str, nl: str) -> Finding:
    return Finding(level="ok", code=code, message=Text(en=en, nl=nl))


# --- the operational store -------------------------------------------------------------------------


def _operational(store: ShopStore) -> Iterator[Finding]:
    try:
        with store.catalogue.reading() as connection:
            said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
            dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    except UserError as error:
        said, dangling = [error.message], []
    if said == ["ok"] and not dangling:
        yield _ok("store.sound", "the operational store is sound", "de operationele opslag is gaaf")
        return
    yield Finding(
        level="error",
        code="store.damaged",
        message=Text(
            en=f"the operational store is damaged: {'; '.join(said[:3])}",
            nl=f"de operationele opslag is beschadigd: {'; '.join(said[:3])}",
        ),
        hint=Text(
            en="put data/ back from a backup",
            nl="zet data/ terug uit een reservekopie",
        ),
    )


def _lock(store: ShopStore) -> Iterator[Finding]:
    who = holder(store.data)
    if who is not None:
        yield Finding(
            level="warning",
            code="store.locked",
            message=Text(
                en=f"the shop is being written by {who.en}",
                nl=f"in de winkel wordt geschreven door {who.nl}",
            ),
            hint=Text(
                en="what it writes is not looked at until it is ready",
                nl="wat het schrijft wordt pas bekeken als het klaar is",
            ),
        )


def _quarantine(store: ShopStore) -> Iterator[Finding]:
    found = count(store)
    many = found.waiting
    if many:
        yield Finding(
            level="warning",
            code="store.quarantine",
            message=Text(
                en=f"{many} {'row that was' if many == 1 else 'rows that were'} read could not be understood",
                nl=f"{many} {'gelezen rij werd' if many == 1 else 'gelezen rijen werden'} niet begrepen",
            ),
            hint=Text(
                en="correct the file or the mapping and ingest it again (`stamgast quarantine export FILE` "
                "writes them to mend), or `stamgast quarantine dismiss`; the newest:",
                nl="verbeter het bestand of de mapping en lees het opnieuw in (`stamgast quarantine export "
                "BESTAND` schrijft ze weg om te herstellen), of `stamgast quarantine dismiss`; de nieuwste:",
            ),
            examples=tuple(
                f"{row.file}:{row.line}: {row.reason}" if row.line else f"{row.file}: {row.reason}"
                for row in quarantined(store, waiting=True)[: -MOST_EXAMPLES - 1 : -1]
            ),
        )
    if found.dismissed:
        yield _ok(
            "store.dismissed",
            f"{found.dismissed} {'row' if found.dismissed == 1 else 'rows'} in quarantine "
            f"{'was' if found.dismissed == 1 else 'were'} dismissed by hand",
            f"{found.dismissed} apart gezette {'rij is' if found.dismissed == 1 else 'rijen zijn'} "
            "met de hand afgedaan",
        )


# --- files -----------------------------------------------------------------------------------------


def _log(store: ShopStore) -> Iterator[Finding]:
    """Empty the log of the operational store after an erasure, if a program that read kept it."""
    if not store.catalogue.erased_somebody() or store.catalogue.flush(LOG_WAIT_MS):
        return
    yield Finding(
        level="warning",
        code="privacy.log",
        message=Text(
            en="another program reads the store, so its log may still hold somebody who was erased",
            nl="een ander programma leest de opslag, dus het logboek ervan kan iemand die gewist is "
            "nog bevatten",
        ),
        hint=Text(
            en="close programs that have the shop open and run `stamgast doctor` again",
            nl="sluit programma's die de winkel open hebben en draai `stamgast doctor` opnieuw",
        ),
    )


def _leftovers(store: ShopStore) -> Iterator[Finding]:
    with store.catalogue.reading() as connection:
        known = {file.path for file in listed(connection)}
        dropped = set(connection.execute(sa.select(tables.dropped_file.c.path)).scalars())
    orphans = sorted(on_disk(store.lake) - known - dropped)
    if not orphans:
        yield _ok(
            "lake.no_leftovers",
            "no import left anything behind",
            "geen enkele import liet iets achter",
        )
        return
    unfinished = sum(path.endswith(PART) for path in orphans)
    yield Finding(
        level="warning",
        code="lake.leftovers",
        message=Text(
            en=f"{len(orphans)} files belong to no import ({unfinished} unfinished): one was ended "
            "half-way, or is busy; no answer reads them",
            nl=f"{len(orphans)} bestanden horen bij geen import ({unfinished} onaf): er is er een "
            "halverwege gestopt, of nog bezig; geen antwoord leest ze",
        ),
        hint=Text(
            en="the next import removes them, or `stamgast doctor --repair` now",
            nl="de volgende import ruimt ze op, of `stamgast doctor --repair` nu",
        ),
    )


def _swept(store: ShopStore) -> Finding:
    now = store.clock.now()
    with writer_lock(store.data, "doctor", now), faults(store.lake):
        gone = sweep(store.lake, store.catalogue, now)
    return _ok("lake.swept", f"{len(gone)} files removed", f"{len(gone)} bestanden verwijderd")


def _broken(store: ShopStore, files: tuple[LakeFile, ...]) -> Iterator[Finding]:
    database = store.database()
    try:
        for file in files:
            finding = _file(store, database, file)
            if finding is not None:
                yield finding
    finally:
        database.close()


def _file(store: ShopStore, database: Database, file: LakeFile) -> Finding | None:
    """The first thing wrong with a file; None: nothing."""
    path = store.lake / file.path
    if not path.is_file():
        return _bad_file("lake.file_missing", file, "is missing", "ontbreekt")
    if fingerprint(path) != (file.bytes, file.fingerprint):
        return _bad_file("lake.file_changed", file, "was changed", "is veranderd")
    columns = ", ".join(quoted(name) for name in file.columns)
    try:
        rows = database.run(
            f"SELECT count(*), bit_xor(hash({columns})) FROM "  # noqa: S608 - names are quoted
            f"read_parquet([{literal(str(path))}], hive_partitioning = false)"
        )
    except (UserError, duckdb.Error):
        return _bad_file("lake.file_broken", file, "cannot be read", "is onleesbaar")
    if rows[0][0] != file.rows:
        return _bad_file("lake.file_rows", file, "has lost rows", "is rijen kwijt")
    return None


def _bad_file(code: str, file: LakeFile, en: str, nl: str) -> Finding:
    return Finding(
        level="error",
        code=code,
        message=Text(
            en=f"data/lake/{file.path} ({file.rows} rows) {en}",
            nl=f"data/lake/{file.path} ({file.rows} rijen) {nl}",
        ),
        hint=Text(
            en="put it back from a backup",
            nl="zet het terug uit een reservekopie",
        ),
    )


# --- data ------------------------------------------------------------------------------------------


def _versions(reader: Reader) -> Finding:
    """Whether the stored states of orders are those that the statements give."""
    reader.db.run("CREATE OR REPLACE TEMP VIEW live_refund AS " + live_refunds())
    reader.db.run(
        "CREATE OR REPLACE TEMP VIEW live_statement AS "
        "FROM lake_order_statement ANTI JOIN lake_withdrawn_statement USING (seq)"
    )
    spec = FoldSpec(statements="live_statement", refunds="live_refund", who="identity_id")
    versions, loose = fold_statements(spec)
    wrong = _difference(reader, versions.sql(dialect="duckdb", identify=True), "order_version") + (
        _difference(reader, loose.sql(dialect="duckdb", identify=True), "loose_refund")
    )
    if wrong == 0:
        return _ok(
            "orders.consistent",
            "the states of orders follow from what was said about them",
            "de toestanden van bestellingen volgen uit wat erover gezegd is",
        )
    return Finding(
        level="error",
        code="orders.inconsistent",
        message=Text(
            en=f"{wrong} states of orders or refunds do not follow from what was said about them",
            nl=f"{wrong} toestanden van bestellingen of terugbetalingen volgen niet uit wat erover "
            "gezegd is",
        ),
        hint=Text(
            en="please report this: it is a mistake of Stamgast",
            nl="meld dit alstublieft: het is een fout van Stamgast",
        ),
    )


def _difference(reader: Reader, folded: str, table: str) -> int:
    """How many rows are in only one of the two; columns the fold does not give are left out."""
    given = [name for name, _ in reader.db.describe(folded)]
    held = {name for name, _ in reader.db.describe(f"SELECT * FROM owned_{table}")}  # noqa: S608 - ours
    columns = ", ".join(quoted(name) for name in given if name in held)
    rows = reader.db.run(
        f"""
        WITH folded AS ({folded}), said AS (SELECT {columns} FROM folded),
        stored AS (SELECT {columns} FROM owned_{table}),
        more AS (FROM said EXCEPT ALL FROM stored), less AS (FROM stored EXCEPT ALL FROM said)
        SELECT (SELECT count(*) FROM more) + (SELECT count(*) FROM less)
        """  # noqa: S608 - names are quoted
    )
    return int(rows[0][0])


def _identities(reader: Reader) -> Finding:
    """Whether every row is of an identifier that exists, and every profile id stands for itself."""
    keys = " UNION ALL ".join(
        f"SELECT DISTINCT identity_id FROM lake_{table} WHERE identity_id IS NOT NULL"  # noqa: S608 - our own names
        for table in OF_SOMEBODY
    )
    rows = reader.db.run(
        f"""
        WITH key AS ({keys}), unknown AS (
            SELECT identity_id FROM key
            WHERE identity_id NOT IN (SELECT identifier_id FROM lake_identifier
                -- said by hand of somebody whose import was undone: it waits with the identifier
                UNION ALL SELECT identifier_id FROM lake_former_identifier)),
        chained AS (
            SELECT profile_id FROM lake_person
            WHERE profile_id IN (SELECT identifier_id FROM lake_person))
        SELECT (SELECT count(*) FROM unknown), (SELECT count(*) FROM chained)
        """  # noqa: S608 - table names of our own
    )
    unknown, chained = rows[0]
    if not unknown and not chained:
        return _ok(
            "identity.consistent",
            "every row belongs to a known identifier",
            "elke rij hoort bij een bekende identificatie",
        )
    return Finding(
        level="error",
        code="identity.inconsistent",
        message=Text(
            en=f"{unknown} identities are not known, {chained} profiles point on to another",
            nl=f"{unknown} identiteiten zijn onbekend, {chained} profielen verwijzen door",
        ),
        hint=Text(
            en="please report this: it is a mistake of Stamgast",
            nl="meld dit alstublieft: het is een fout van Stamgast",
        ),
    )


def _left_edge(reader: Reader) -> Iterator[Finding]:
    """Whether many customers seem to begin where the log begins: they are older than it looks."""
    rows = reader.db.run(
        """
        WITH begun AS (
            SELECT profile_id, min(ordered_at) AS first_at FROM order_version
            WHERE profile_id IS NOT NULL AND counts GROUP BY profile_id),
        edge AS (SELECT min(ordered_at) AS from_at, max(ordered_at) AS to_at FROM order_version)
        SELECT count(*), count(*) FILTER (first_at <= from_at + $early), any_value(to_at - from_at)
        FROM begun CROSS JOIN edge
        """,
        {"early": LEFT_EDGE_DAYS * DAY_US},
    )
    customers, early, span = rows[0]
    if not customers or span < LONG_DAYS * DAY_US or 100 * early < LEFT_EDGE_PERCENT * customers:
        return
    percent = 100 * early // customers
    yield Finding(
        level="warning",
        code="log.left_edge",
        message=Text(
            en=f"{percent} % of the customers seem to buy first in the first {LEFT_EDGE_DAYS} days of "
            "the log: most will have bought before it begins",
            nl=f"{percent} % van de klanten lijkt voor het eerst te kopen in de eerste "
            f"{LEFT_EDGE_DAYS} dagen van het log: de meeste kochten vermoedelijk al eerder",
        ),
        hint=Text(
            en="import older orders, or set history_from to the day the log begins",
            nl="importeer oudere bestellingen, of zet history_from op de dag waarop het log begint",
        ),
    )
