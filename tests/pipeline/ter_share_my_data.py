"""`ter share-my-data` here, and its listener as a process of its own."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from ter_pipelines.cli import app
from ter_pipelines.registry.registry import Registry
from ter_pipelines.vocab.errors import TerError
from tests.flow.at_work import SECONDS, environment, ter
from tests.resources.custodian_at_work import (
    SECRET,
    CustodianAtWork,
    authority,
)


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    told: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""

    @property
    def failed(self) -> list[str]:
        """Name the steps that failed."""
        return [step["step"] for step in self.told if not step["is_ok"]]


def share_my_data(custodian: CustodianAtWork, *words: str, file: Path | None) -> Done:
    """Run `ter share-my-data ...` here; it tells neither secret nor token."""
    environ = {
        "TER_HOME": str(custodian.folder),
        "TER_SHARE_MY_DATA": str(file) if file else None,
    }
    result = CliRunner().invoke(app, ["share-my-data", *words], env=environ)
    error = result.exception
    is_ours = isinstance(error, TerError | OSError)
    assert error is None or is_ours or isinstance(error, SystemExit), result.output
    secrets = [SECRET, *custodian.given]
    assert [s for s in secrets if s in f"{result.output} {error}"] == []
    told = [json.loads(line) for line in result.stdout.splitlines()]
    return Done(2 if is_ours else result.exit_code, told, str(error or result.stderr))


@contextmanager
def registry_of(home: Path) -> Iterator[Registry]:
    registry = Registry(f"sqlite:///{home}/registry.sqlite", home / "landing")
    yield registry
    registry.close()


@contextmanager
def listening(custodian: CustodianAtWork, *words: str) -> Iterator[str]:
    """Run `ter share-my-data listen` on a free port; give where notices go."""
    cert, key = authority().issue_server("us.example").write(custodian.folder, "door")
    environ = environment(custodian.folder, TER_SHARE_MY_DATA=str(custodian.toml()))
    more = [str(custodian.folder / w) if w.endswith(".crt") else w for w in words]
    listen = ["share-my-data", "listen", "--port", "0", "--cert", cert, "--key", key]
    with subprocess.Popen(  # noqa: S603
        ter(*listen, *more),
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            assert ready.startswith("Listening at https://127.0.0.1:"), ready
            yield ready.removeprefix("Listening at ").strip()
            process.send_signal(signal.SIGTERM)
            assert process.wait(SECONDS) == 0
        finally:
            process.kill()
