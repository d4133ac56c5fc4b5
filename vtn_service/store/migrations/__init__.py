"""How a store comes to the tables of today, step by step (Alembic)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from vtn_service.store.database import StoreError
from vtn_service.store.schema import METADATA

VERSION_TABLE = "vtn_version"  # not Alembic's name, which may be another's there
_HERE = str(Path(__file__).parent)


def migrate(connection: Connection) -> None:
    """Bring a store to the tables of today; does nothing if it is there.

    Args:
        connection: In a writing transaction, so that of several processes that start
            at once one migrates.

    Raises:
        StoreError: If its tables are not of this version or an earlier one.
    """
    config = Config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("script_location", _HERE.replace("%", "%%"))
    config.attributes["connection"] = connection
    _require_ours(connection, ScriptDirectory.from_config(config))
    command.upgrade(config, "head")


def _require_ours(connection: Connection, steps: ScriptDirectory) -> None:
    now = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    version = now.get_current_revision()
    if version is None:
        if there := METADATA.tables.keys() & inspect(connection).get_table_names():
            raise StoreError(
                f"got tables of no version we know ({', '.join(sorted(there))}), "
                "expected a store or an empty database"
            )
    elif version not in {step.revision for step in steps.walk_revisions()}:
        raise StoreError(
            f"its tables are of version {version}, expected {steps.get_current_head()} "
            "or earlier: start the version of the VTN that made them, or a later one"
        )
