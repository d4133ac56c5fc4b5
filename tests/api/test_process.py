"""The API as its own process: ready, at work, stopped, and unable to start."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.api.api_at_work import (
    PLAIN_DAY,
    PRAIS,
    PROGRAMME,
    TIMEOUT_SECONDS,
    opened_registry,
    schedule_of,
)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ter_pipelines.api", *arguments]


def environment(home: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "TER_HOME": str(home),
        "TER_PROGRAMME": str(PROGRAMME),
        **more,
    }


@contextmanager
def process(home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the API on a free port; give the process and its address."""
    with subprocess.Popen(  # noqa: S603
        command("--port", "0"),
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            assert running.stdout is not None
            ready = running.stdout.readline()
            found = re.fullmatch(
                r"TER API ready at (http://127\.0\.0\.1:\d+)/\n", ready
            )
            assert found is not None, ready
            yield running, found[1]
        finally:
            running.kill()


def could_not_start(
    home: Path, *arguments: str, **variables: str
) -> tuple[int, str, str]:
    ended = subprocess.run(  # noqa: S603
        command(*arguments),
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_takes_prices_stops_and_keeps_them(
    tmp_path: Path, stop: signal.Signals
) -> None:
    with process(tmp_path) as (running, url):
        with opened_registry(tmp_path) as registry:
            registry.people.add(*PRAIS, ["prices"])
        taken = requests.post(
            f"{url}/prices/",
            json=schedule_of(PLAIN_DAY),
            auth=PRAIS,
            timeout=TIMEOUT_SECONDS,
        )
        running.send_signal(stop)
        more, log = running.communicate(timeout=TIMEOUT_SECONDS)

    assert taken.status_code == 201
    assert running.returncode == 0, log
    assert more == ""
    assert "Traceback" not in log
    assert PRAIS[1] not in log
    with opened_registry(tmp_path) as registry:
        (kept,) = registry.submissions("prices")
        assert len(registry.body(kept)) > 0


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        code, out, error = could_not_start(tmp_path, "--port", port)

    assert (code, out) == (2, "")
    assert f"cannot listen on 127.0.0.1 port {port}" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("port", ["70000", "http"])
def test_a_port_that_is_none_is_said(tmp_path: Path, port: str) -> None:
    code, _, error = could_not_start(tmp_path, "--port", port)

    assert code == 2
    assert port in error
    assert "Traceback" not in error


def test_a_programme_without_unit_and_currency_is_named(tmp_path: Path) -> None:
    programme = tmp_path / "programme.toml"
    programme.write_text(
        re.sub(r"(?m)^(currency|price_unit) = .*$", "", PROGRAMME.read_text())
    )

    code, out, error = could_not_start(tmp_path, TER_PROGRAMME=str(programme))

    assert (code, out) == (2, "")
    assert "currency: is missing" in error
    assert "price_unit: is missing" in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"TER_PROGRAMME": "/nowhere.toml"}, "TER_PROGRAMME"),
        ({"TER_REGISTRY_URL": "nonsense"}, "TER_REGISTRY_URL"),
        ({"TER_NONSENSE": "1"}, "TER_NONSENSE"),
    ],
)
def test_wrong_settings_are_named(
    tmp_path: Path, variables: dict[str, str], named: str
) -> None:
    code, out, error = could_not_start(tmp_path, **variables)

    assert (code, out) == (2, "")
    assert named in error
    assert "Traceback" not in error
