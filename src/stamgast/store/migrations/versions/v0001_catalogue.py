"""The first tables: catalogue, imports, quarantine, verdicts, definitions, refreshes, counters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _imports()
    _lake()
    _rest()


def _imports() -> None:
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("started_at", sa.Integer, nullable=False),
        sa.Column("ended_at", sa.Integer, nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("mapping", sa.Text),
        sa.Column("counts", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "import_file",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "batch", sa.Integer, sa.ForeignKey("import_batch.id"), nullable=False, index=True
        ),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False, index=True),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("batch", sa.Integer, sa.ForeignKey("import_batch.id"), nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("line", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("row", sa.Text, nullable=False),
    )


def _lake() -> None:
    op.create_table(
        "lake_file",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("table", sa.Text, nullable=False, index=True),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("batch", sa.Integer, nullable=False),
        sa.Column("max_lead_us", sa.Integer),
        sa.Column("min_instant", sa.Integer),
        sa.Column("max_instant", sa.Integer),
        sa.Column("columns", sa.JSON, nullable=False),
    )
    op.create_table(
        "dropped_file",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("dropped_at", sa.Integer, nullable=False),
    )


def _rest() -> None:
    op.create_table(
        "verdict",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("a", sa.Integer, nullable=False),
        sa.Column("b", sa.Integer, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("withdrawn_at", sa.Integer),
        sa.CheckConstraint("kind IN ('same', 'never')", name="verdict_kind"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "applied_definition",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("applied_at", sa.Integer, nullable=False),
    )
    op.create_table(
        "refresh",
        sa.Column("batch", sa.Integer, sa.ForeignKey("import_batch.id"), primary_key=True),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("data_version", sa.Integer, nullable=False),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
