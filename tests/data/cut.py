"""Cut the slices of real data that the suite runs on out of the published sets.

    python tests/data/cut.py FOLDER_WITH_THE_SETS [TARGET]

The folder holds ``complete_journey_slice/transactions.parquet``, ``retentioneering_ecom/ecom_clickstream.parquet``,
``online_retail_2009_2010/online_retail_2009_2010.parquet`` and
``online_retail_2010_2011/online_retail_2010_2011.parquet``. Columns, types, text (trailing spaces
included) and the order of rows stay as they were; the rules are in the LICENCE.md files.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

COMPLETE_JOURNEY = """
SELECT * EXCLUDE (file_row_number)
FROM read_parquet($source, file_row_number = true)
WHERE household_id % 40 = 0
ORDER BY file_row_number
"""

# Every 25th customer whole, and of a few days the lines without a customer: the first day of each
# year, one with an adjustment (A506401), the one with a C line of positive quantity (C496350), one
# inside the days that both files hold (2010-12-06), and one with the three A563185..7.
ONLINE_RETAIL = """
SELECT * EXCLUDE (file_row_number)
FROM read_parquet($source, file_row_number = true)
WHERE customer_id % 25 = 0
   OR (customer_id IS NULL AND invoice_date::DATE IN (
       DATE '2009-12-01', DATE '2010-02-01', DATE '2010-04-29', DATE '2010-12-06',
       DATE '2011-08-12'))
ORDER BY file_row_number
"""

# The users whose number ends in 3 or 7.
RETENTIONEERING = """
SELECT * EXCLUDE (file_row_number)
FROM read_parquet($source, file_row_number = true)
WHERE right(user_id, 1) IN ('3', '7')
ORDER BY file_row_number
"""

CUTS = (
    (
        RETENTIONEERING,
        "retentioneering_ecom/ecom_clickstream",
        "retentioneering_ecom/ecom_clickstream",
    ),
    (COMPLETE_JOURNEY, "complete_journey_slice/transactions", "complete_journey/transactions"),
    (
        ONLINE_RETAIL,
        "online_retail_2009_2010/online_retail_2009_2010",
        "online_retail/online_retail_2009_2010",
    ),
    (
        ONLINE_RETAIL,
        "online_retail_2010_2011/online_retail_2010_2011",
        "online_retail/online_retail_2010_2011",
    ),
)


def cut(sources: Path, target: Path) -> None:
    """Write the slices under ``target``; the same sources give the same rows."""
    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = true")
    for query, source, slice_name in CUTS:
        connection.execute(
            f"CREATE OR REPLACE TABLE slice AS {query}",
            {"source": str(sources / f"{source}.parquet")},
        )
        path = target / f"{slice_name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        connection.execute(
            "COPY slice TO $path (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19)",
            {"path": str(path)},
        )
        rows = connection.execute("SELECT count(*) FROM slice").fetchall()[0][0]
        print(f"{path}: {rows} rows, {path.stat().st_size} bytes")  # noqa: T201 - a script


if __name__ == "__main__":
    cut(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent)
