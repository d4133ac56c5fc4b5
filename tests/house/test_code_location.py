"""Dagster loads the code location with an empty home and no network."""

import subprocess
import sys
from pathlib import Path

from ter_pipelines.settings import Settings
from tests.house.tree import ROOT

SECONDS = 120
NO_NETWORK = '''
"""Refuse every connection that leaves this machine, and every look-up of a name."""
import sys

HERE = {"localhost", "127.0.0.1", "::1", None, ""}

def refuse(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        if arguments[1][0] not in HERE:
            raise OSError(f"no network in this test: {arguments[1]}")
    if event == "socket.getaddrinfo" and arguments[0] not in HERE:
        raise OSError(f"no network in this test: {arguments[0]}")

sys.addaudithook(refuse)
'''


def test_the_code_location_loads_with_an_empty_home_and_no_network(
    tmp_path: Path,
) -> None:
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(NO_NETWORK)
    (tmp_path / "dagster").mkdir()
    settings = Settings(home=tmp_path / "home")
    environ = {
        **settings.child_environ(),
        "PYTHONPATH": str(tmp_path / "guard"),
        "DAGSTER_HOME": str(tmp_path / "dagster"),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }

    done = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate",
         "-m", "ter_pipelines.definitions"],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=SECONDS,
        check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert list((tmp_path / "home").rglob("*")) == [], "loading must write nothing"
