"""The shop's figures at the midnight that a refresh knew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column."""
    op.add_column("refresh", sa.Column("statistics", sa.JSON))
