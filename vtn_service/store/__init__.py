"""The event book and report inbox: SQLAlchemy Core over SQLite, durable on return."""
