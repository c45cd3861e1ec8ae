"""What was sent where: an export through the gate, and its decision on each profile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "export",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("as_of", sa.Integer, nullable=False),
        sa.Column("segment", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("members", sa.Integer, nullable=False),
        sa.Column("sent", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "decision",
        sa.Column("export", sa.Integer, sa.ForeignKey("export.id"), primary_key=True),
        sa.Column("profile", sa.Integer, primary_key=True),
        sa.Column("yes", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("decision_profile", "decision", ["profile"])
