"""Schema changes of the operational store, run in-process by Alembic in one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from stamgast.store.catalogue import newer

if TYPE_CHECKING:
    import sqlalchemy as sa


def config(connection: sa.Connection) -> Config:
    """Alembic's configuration for a connection that is in a transaction of ours."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def upgrade(connection: sa.Connection, path: Path) -> None:
    """Bring the tables to the newest revision; ``path`` is for the message only.

    Raises UserError ``store.newer`` when the file has a revision that this version does not know.
    """
    settings = config(connection)
    revision = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    if revision is not None and revision not in known:
        raise newer(path, revision)
    command.upgrade(settings, "head")
