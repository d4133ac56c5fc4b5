"""What Alembic runs to migrate: the steps, on the connection it is handed.

The caller has opened the transaction and commits it, so that a step that fails leaves
nothing behind. Use `migrate`; there is no alembic.ini.
"""

from alembic import context

from vtn_service.store.migrations import VERSION_TABLE
from vtn_service.store.schema import METADATA

NAME_ALEMBIC_LOADS_THIS_FILE_UNDER = "env_py"


def run_steps() -> None:
    """Run the steps that are asked for."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection, target_metadata=METADATA, version_table=VERSION_TABLE
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == NAME_ALEMBIC_LOADS_THIS_FILE_UNDER:
    run_steps()
