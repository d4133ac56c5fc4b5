"""A PostgreSQL server that the tests start themselves, from Debian's package.

It lives in a temporary folder, is reached by a socket there, and waits for the disk as
a real one does. It never runs as root, which PostgreSQL refuses: then it is the user
`postgres`, which the package makes.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, Self

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

SECONDS = 30
USER = "ter"
_READY = "ready to accept connections"
_PROGRAMS = "usr/lib/postgresql/*/bin/initdb"


class PostgresServer:
    """A running server; every test makes itself a database, or what seems to be one."""

    def __init__(self, programs: Path, folder: Path) -> None:
        """Make the server's files and start it.

        Args:
            programs: Folder of `initdb` and `postgres`.
            folder: An empty folder, which becomes the server's.
        """
        self._programs = programs
        self._folder = folder
        self._names = (f"test_{number}" for number in count(1))
        self._shared = ""
        self._owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            ids = {"user": owner.pw_uid, "group": owner.pw_gid}
            self._owner = {**ids, "extra_groups": []}
        made = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        initdb = self._begin("initdb", f"--username={USER}", *made)
        assert initdb.wait(SECONDS) == 0, self._log
        reached = ("-k", str(folder), "-c", "listen_addresses=")
        self._process = self._begin("postgres", *reached)
        self._wait_until_ready()

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
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(SECONDS)

    def new_database(self, options: str = "") -> str:
        """Make an empty database and give its SQLAlchemy URL."""
        name = next(self._names)
        self.run(f"CREATE DATABASE {name} TEMPLATE template0 {options}")
        return self.url(name)

    def new_schema(self) -> str:
        """Make an empty schema and give the URL of a database that seems to be it.

        Much quicker to make than a database, which brings hundreds of files.
        """
        if not self._shared:
            self._shared = self.new_database()
        name = next(self._names)
        self.run(f"CREATE SCHEMA {name}", self._shared)
        return f"{self._shared}&options=-csearch_path%3D{name}"

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

    def set(self, name: str, value: str) -> None:
        """Change a setting of the server, and wait until new connections have it."""
        self.run(f"ALTER SYSTEM SET {name} = '{value}'")
        self.run("SELECT pg_reload_conf()")
        until = monotonic() + SECONDS
        while self.run(f"SHOW {name}") != [(value,)]:
            assert monotonic() < until, f"{name} is still not {value}"

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

    def _begin(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a program, which does not outlive us however we end."""
        with_us = ("setpriv", "--pdeathsig", "QUIT")
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - the package's, our own arguments
                [*with_us, self._programs / program, "-D", "data", *arguments],
                cwd=self._folder,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
                stdout=log,
                stderr=log,
                **self._owner,
            )

    def _wait_until_ready(self) -> None:
        until = monotonic() + SECONDS
        while _READY not in self._log:
            assert monotonic() < until, self._log
            with suppress(subprocess.TimeoutExpired):
                pytest.fail(f"ended with {self._process.wait(0.02)}: {self._log}")

    @property
    def _log(self) -> str:
        return (self._folder / "log").read_text()
