"""What a person's hand does: rules of the last fold, undone imports, and who was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "fold_rule",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "undone_batch",
        sa.Column("batch", sa.Integer, sa.ForeignKey("import_batch.id"), primary_key=True),
        sa.Column("undone_by", sa.Integer, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
    )
    op.create_table(
        "import_mapping",
        sa.Column("batch", sa.Integer, sa.ForeignKey("import_batch.id"), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "erasure",
        sa.Column("batch", sa.Integer, sa.ForeignKey("import_batch.id"), primary_key=True),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
    )
    op.create_table(
        "erased_identifier",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("at", sa.Integer, nullable=False),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
