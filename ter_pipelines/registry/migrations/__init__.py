"""How a database comes to the tables of today, step by step (Alembic)."""
