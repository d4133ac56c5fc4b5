"""DuckDB kept ready between queries, for a process that answers people.

To start DuckDB takes five times as long as a small query. Here it is started once;
every query gets a connection and a catalogue of its own, and both are gone after it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import count
from threading import Lock

import duckdb

from ter_pipelines.store.engine import Memory, Opens, add_views, config_of, connect
from ter_pipelines.vocab.table import Table


class ReadyEngine:
    """Opens connections to the one DuckDB of this process.

    Args:
        memory: What all queries of one moment may take together.
    """

    def __init__(self, memory: Memory) -> None:
        """Start nothing before the first query."""
        self._memory = memory
        self._lock = Lock()
        self._names = (f"query_{number}" for number in count())
        self._started: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def connect(
        self, views: Mapping[Table, str]
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a connection in UTC with a view `schema.name` per table."""
        with self._lock:
            if self._started is None:
                self._started = _start(self._memory)
            connection, name = self._started.cursor(), next(self._names)
        try:
            connection.execute(f"ATTACH ':memory:' AS {name}")
            try:
                connection.execute(f"USE {name}")
                add_views(connection, views)
                yield connection
            finally:
                connection.execute("USE memory")
                connection.execute(f"DETACH {name}")
        finally:
            connection.close()


def _start(memory: Memory) -> duckdb.DuckDBPyConnection:
    """Start DuckDB, which keeps nothing of a file: the next query may find another."""
    started = duckdb.connect(":memory:", config=config_of(memory))
    started.execute("SET GLOBAL enable_external_file_cache = false")
    return started


def opener(memory: Memory, *, stays_ready: bool) -> Opens:
    """Give what opens a connection for a query.

    Args:
        memory: What a query may take.
        stays_ready: Whether DuckDB is started once, or anew with every query.
    """
    if stays_ready:
        return ReadyEngine(memory).connect
    return partial(connect, ":memory:", memory=memory)
