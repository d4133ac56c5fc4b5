"""`ter vtn` in this process: what it prints, and how it ends."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from ter_pipelines.cli import app
from ter_pipelines.vocab.errors import TerError
from tests.resources.test_vtn import door_of
from tests.vtn_service.at_work import KEY, VtnAtWork


@dataclass(frozen=True)
class Done:
    """A command that has ended; an error of ours is its text."""

    code: int
    printed: list[dict[str, Any]]
    remarks: str
    error: str


def control_of(vtn: VtnAtWork) -> str:
    """Give the address of a VTN's control door."""
    return door_of(vtn).base_url.removesuffix("/control/v1")


def ter_vtn(home: Path, control_url: str, *words: str) -> Done:
    """Run `ter vtn ...` against a control door."""
    environ = {
        "TER_HOME": str(home),
        "TER_VTN_CONTROL_URL": control_url,
        "TER_VTN_CONTROL_KEY": KEY,
    }
    result = CliRunner().invoke(app, ["vtn", *words], env=environ)
    error = result.exception
    is_ours = isinstance(error, TerError | OSError)
    assert error is None or is_ours or isinstance(error, SystemExit), result.output
    return Done(
        2 if is_ours else result.exit_code,
        [json.loads(line) for line in result.stdout.splitlines()],
        result.stderr,
        str(error) if is_ours else "",
    )
