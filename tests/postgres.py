"""A PostgreSQL server that the tests start themselves, from Debian's package.

It lives in a temporary folder, is reached by a socket there, and waits for the disk as
a real one does. It never runs as root, which PostgreSQL refuses: then it is the user
`postgres`, which the package makes.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Self

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

SECONDS = 30
USER = "ter"
_PROGRAMS = "usr/lib/postgresql/*/bin/initdb"


class PostgresServer:
    """A running server; every test makes itself a database."""

    def __init__(self, programs: Path, folder: Path) -> None:
        """Make the server's files and start it.

        Args:
            programs: Folder of `initdb` and `pg_ctl`.
            folder: An empty folder, which becomes the server's.
        """
        self._programs = programs
        self._folder = folder
        self._names = (f"test_{number}" for number in count(1))
        self._owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            ids = {"user": owner.pw_uid, "group": owner.pw_gid}
            self._owner = {**ids, "extra_groups": []}
        made = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._run("initdb", f"--username={USER}", *made)
        options = f"-k {folder} -c listen_addresses=''"
        self._run("pg_ctl", "start", "--wait", f"--log={folder}/log", "-o", options)

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """Give a server and stop it at the end; skip where there is none."""
        found = sorted(Path("/").glob(_PROGRAMS))
        if not found:
            pytest.skip("no PostgreSQL here: install Debian's package postgresql")
        folder = Path(tempfile.mkdtemp(prefix="ter-postgres-"))
        try:
            server = cls(found[-1].parent, folder)
            try:
                yield server
            finally:
                server.stop()
        finally:
            shutil.rmtree(folder)

    def stop(self) -> None:
        """End the server at once; what it holds is not needed any more."""
        self._run("pg_ctl", "stop", "--wait", "--mode=immediate")

    def new_database(self, options: str = "") -> str:
        """Make an empty database and give its SQLAlchemy URL."""
        name = next(self._names)
        self.run(f"CREATE DATABASE {name} TEMPLATE template0 {options}")
        return self.url(name)

    def url(self, name: str) -> str:
        """Give the SQLAlchemy URL of a database."""
        return f"postgresql://{USER}@/{name}?host={self._folder}"

    def run(
        self, statement: str, url: str = "", **values: object
    ) -> list[tuple[Any, ...]]:
        """Run a statement, outside of a transaction; give the rows, if any."""
        engine = create_engine(
            url or self.url("postgres"),
            isolation_level="AUTOCOMMIT",
            poolclass=NullPool,
        )
        with engine.connect() as connection:
            result = connection.execute(text(statement), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    def shut(self, url: str) -> None:
        """Cut off who is connected to a database, and let nobody in."""
        name = make_url(url).database
        self.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        self.cut_off(url)

    def open_again(self, url: str) -> None:
        """Let everybody into a database again."""
        name = make_url(url).database
        self.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    def cut_off(self, url: str) -> None:
        """End every connection to a database, whatever it does."""
        self.run(
            "SELECT pg_terminate_backend(pid, :milliseconds) FROM pg_stat_activity "
            "WHERE datname = :name",
            milliseconds=SECONDS * 1000,
            name=make_url(url).database,
        )

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603 - the package's programs, our own arguments
            [self._programs / program, f"--pgdata={self._folder}/data", *arguments],
            check=True,
            timeout=SECONDS,
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            stdout=subprocess.DEVNULL,
            **self._owner,
        )
