"""Quarantine that heals: of which record a row is, what became of it, and the rows beside it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the table; rows that are there already are of their import's source."""
    for name in ("source", "kind", "key", "why", "beside", "closed", "closed_who", "closed_note"):
        op.add_column("quarantine", sa.Column(name, sa.Text))
    for name in ("closed_by", "closed_at"):
        op.add_column("quarantine", sa.Column(name, sa.Integer))
    op.execute(
        "UPDATE quarantine SET why = reason, source = "
        "(SELECT source FROM import_batch WHERE import_batch.id = quarantine.batch)"
    )
    op.create_index("quarantine_waiting", "quarantine", ["source", "closed"])
