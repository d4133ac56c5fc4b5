"""`ter up`: one system a home folder, said where, and gone without a trace."""

import json
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.flow.at_work import (
    PROGRAMME,
    environment,
    finished,
    processes_of,
    system_at_work,
    wait_until,
)

pytestmark = pytest.mark.flow
HEALTH = {"Dagster UI": "/server_info", "API": "/healthz", "VTN": "/"}


def code_location_of(dagster_url: str) -> str:
    """Give the name under which Dagster keeps cursors and switches."""
    nodes = "{ ... on RepositoryConnection { nodes { location { name } } } }"
    query = f"{{ repositoriesOrError {nodes} }}"
    answer = requests.post(
        f"{dagster_url}/graphql", json={"query": query}, timeout=20
    ).json()
    name: str = answer["data"]["repositoriesOrError"]["nodes"][0]["location"]["name"]
    return name


@dataclass(frozen=True)
class Lived:
    """What a system said and answered until it was killed."""

    home: Path
    addresses: dict[str, str]
    answered: dict[str, int]
    location: str
    second: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Start a system, see who is there, try to start a second, and kill the first."""
    home = tmp_path_factory.mktemp("killed") / "home"
    with system_at_work(home) as system:
        system.wait_until_up()
        answered = {
            name: requests.get(system.addresses[name] + path, timeout=20).status_code
            for name, path in HEALTH.items()
        }
        location = code_location_of(system.addresses["Dagster UI"])
        second = finished(["up"], system.environ)
        system.process.kill()
        system.end()
        wait_until(lambda: not processes_of(home), "its processes are gone")
    return Lived(home, system.addresses, answered, location, second)


def test_it_says_where_it_is_and_is_alone(killed: Lived) -> None:
    said = killed.second.stderr.splitlines()[-1]

    assert killed.location == "ter_pipelines"
    assert killed.answered == {"Dagster UI": 200, "API": 200, "VTN": 404}
    assert (killed.second.returncode, killed.second.stdout) == (2, "")
    assert said.startswith(f"ter: {killed.home} is in use")
    assert all(address in said for address in killed.addresses.values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_while_it_starts_leaves_nothing(
    tmp_path: Path, number: signal.Signals
) -> None:
    home = tmp_path / "home"
    with system_at_work(home) as system:
        wait_until((home / "logs" / "code-server.log").exists, "processes are started")

        system.process.send_signal(number)
        code, remarks = system.end()

        assert code == 0, remarks
        assert "Traceback" not in remarks
        assert processes_of(home) == []


def test_after_a_kill_another_one_starts_and_ends_with_any_of_its_processes(
    killed: Lived,
) -> None:
    home = killed.home
    with system_at_work(home) as system:
        system.wait_until_up()
        (api,) = (p for p in processes_of(home) if "ter_pipelines.api" in p.cmdline())
        api.kill()
        code, remarks = system.end()

        assert code == 2
        assert "ter: api ended with exit code -9" in remarks
        assert str(home / "logs" / "api.log") in remarks
        assert processes_of(home) == []


@pytest.mark.parametrize("name", ["DAGSTER", "API", "VTN", "VTN_CONTROL"])
def test_a_taken_port_is_named_with_its_variable(tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environ = environment(tmp_path / "home", **{f"TER_{name}_PORT": str(port)})

        refused = finished(["up"], environ)

    assert refused.returncode == 2
    said = refused.stderr.splitlines()[-1]
    assert said.startswith(f"ter: Port {port} of 127.0.0.1 is taken")
    assert f"TER_{name}_PORT" in said
    assert processes_of(tmp_path / "home") == []


def test_one_port_for_two_doors_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = str(held.getsockname()[1])

    refused = finished(
        ["up"],
        environment(tmp_path / "home", TER_API_PORT=port, TER_VTN_PORT=port),
    )

    assert refused.returncode == 2
    assert f"Port {port} of 127.0.0.1 is taken" in refused.stderr


def test_a_programme_without_currency_does_not_start(tmp_path: Path) -> None:
    programme = tmp_path / "programme.toml"
    lines = PROGRAMME.read_text().splitlines()
    kept = [line for line in lines if not line.startswith("currency")]
    programme.write_text("\n".join(kept))

    refused = finished(
        ["up"], environment(tmp_path / "home", TER_PROGRAMME=str(programme))
    )

    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1] == f"ter: {programme}: currency: is missing"
    assert not (tmp_path / "home").exists()


def test_what_a_killed_system_says_of_itself_is_not_believed(tmp_path: Path) -> None:
    left_behind = {
        "home": str(tmp_path),
        "dagster": "http://127.0.0.1:1",
        "vtn": "http://127.0.0.1:1",
        "vtn_control": "http://127.0.0.1:1",
        "api": "http://127.0.0.1:1",
        "code_server": "http://127.0.0.1:1",
    }
    (tmp_path / "run.json").write_text(json.dumps(left_behind))
    with socket.create_server(("127.0.0.1", 0)) as held:
        control = f"http://127.0.0.1:{held.getsockname()[1]}"
    environ = environment(
        tmp_path, TER_VTN_CONTROL_URL=control, TER_VTN_CONTROL_KEY="example-key"
    )

    refused = finished(["vtn", "enrol", "ven-1"], environ)

    assert refused.returncode == 2
    assert control in refused.stderr
