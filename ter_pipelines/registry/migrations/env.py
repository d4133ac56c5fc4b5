"""What Alembic runs to migrate: the steps, on the connection it is handed.

The caller has opened the transaction and commits it, so that a step that fails
leaves nothing behind. Use `registry.database.migrate`; there is no alembic.ini.
"""

from alembic import context

from ter_pipelines.registry.tables import metadata

NAME_ALEMBIC_LOADS_THIS_FILE_UNDER = "env_py"


def run_steps() -> None:
    """Run the steps that are asked for."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()


if __name__ == NAME_ALEMBIC_LOADS_THIS_FILE_UNDER:
    run_steps()
