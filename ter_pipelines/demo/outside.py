"""The doors of the running system, as those outside use them.

Partners speak REST, an operator uses what the Dagster UI uses (GraphQL), devices are
processes of their own, commands are the `ter` command.
"""

import json
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import requests

from ter_pipelines.addresses import Addresses
from ter_pipelines.demo.examples import Device
from ter_pipelines.settings import PREFIX, Settings
from ter_pipelines.vocab.errors import RemoteError

TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Partner:
    """A partner system with its name and password."""

    name: str
    password: str
    api: str

    def get(self, path: str) -> str:
        """Open a page; gives its text.

        Raises:
            RemoteError: If the answer is not 200.
        """
        response = requests.get(
            self.api + path, auth=(self.name, self.password), timeout=TIMEOUT_SECONDS
        )
        if response.status_code != requests.codes.ok:
            raise RemoteError(
                f"GET {path} answered {response.status_code}, expected 200: "
                f"{response.text[:300]}"
            )
        return response.text

    def post(self, path: str, body: bytes) -> Mapping[str, Any]:
        """Send a JSON body.

        Raises:
            RemoteError: If the answer is not 201.
        """
        response = requests.post(
            self.api + path,
            data=body,
            auth=(self.name, self.password),
            headers={"Content-Type": "application/json"},
            timeout=TIMEOUT_SECONDS,
        )
        if response.status_code != requests.codes.created:
            raise RemoteError(
                f"POST {path} answered {response.status_code}, expected 201: "
                f"{response.text[:300]}"
            )
        answer: Mapping[str, Any] = response.json()
        return answer


class Commands:
    """The `ter` command, run against the system's home folder."""

    def __init__(self, settings: Settings, addresses: Addresses) -> None:
        """Use the same settings as the system."""
        self.addresses = addresses
        self.environ = {
            **settings.child_environ(),
            f"{PREFIX}VTN_CONTROL_URL": addresses.vtn_control,
        }

    def add_partner(self, name: str, role: str, *meter_ids: str) -> Partner:
        """Add a user with a password made on the spot."""
        password = secrets.token_urlsafe(18)
        meters = [f"--meter={meter_id}" for meter_id in meter_ids]
        self._ter(
            ["user", "add", name, "--role", role, "--password-stdin", *meters],
            said=password,
        )
        return Partner(name, password, self.addresses.api)

    def enrol(self, ven_ids: Sequence[str]) -> dict[str, str]:
        """Put devices on the VTN's roster; give their tokens."""
        printed = self._ter(["vtn", "enrol", *ven_ids])
        enrolled = [json.loads(line) for line in printed.splitlines()]
        return {device["ven_id"]: device["token"] for device in enrolled}

    def _ter(self, arguments: Sequence[str], said: str = "") -> str:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "ter_pipelines", *arguments],
            input=said + "\n",
            capture_output=True,
            text=True,
            env=self.environ,
            check=False,
        )
        if done.returncode != 0:
            raise RemoteError(f"ter {arguments[0]} {arguments[1]}: {done.stderr}")
        return done.stdout


@contextmanager
def running_devices(
    devices: Sequence[Device],
    tokens: Mapping[str, str],
    fleet: Mapping[str, Any],
    folder: Path,
) -> Iterator[None]:
    """Run the simulated devices, each on an OpenADR client, while the context lasts."""
    folder.mkdir(parents=True)
    members = [
        {**{k: v for k, v in asdict(d).items() if k != "meter_id"}, "token": t}
        for d in devices
        for t in [tokens[d.ven_id]]
    ]
    fleet_file = folder / "fleet.json"
    fleet_file.touch(mode=0o600)
    fleet_file.write_text(json.dumps({**fleet, "devices": members}))
    command = [sys.executable, "-m", "vtn_service.simulator"]
    command += ["--fleet", str(fleet_file), "--log-folder", str(folder)]
    with (folder / "simulator.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Operator:
    """Somebody in the Dagster UI: launches jobs, looks at sensors and runs."""

    def __init__(self, dagster_url: str) -> None:
        """Use the UI's own door."""
        self.url = f"{dagster_url}/graphql"

    def launch(self, job: str, partition: str) -> str:
        """Launch a job for one partition; give the run's id."""
        location, repository = self._repository()
        parameters = {
            "selector": {
                "repositoryLocationName": location,
                "repositoryName": repository,
                "jobName": job,
            },
            "runConfigData": "{}",
            "executionMetadata": {
                "tags": [{"key": "dagster/partition", "value": partition}]
            },
        }
        answer = self._ask(_LAUNCH, {"parameters": parameters})["launchRun"]
        if answer["__typename"] != "LaunchRunSuccess":
            raise RemoteError(f"launching {job} for {partition}: {answer}")
        run_id: str = answer["run"]["runId"]
        return run_id

    def sensor_says(self, sensor: str) -> tuple[float, str]:
        """Give the time and the words of a sensor's last look; no words for runs."""
        location, repository = self._repository()
        selector = {
            "repositoryLocationName": location,
            "repositoryName": repository,
            "sensorName": sensor,
        }
        answer = self._ask(_SENSOR, {"selector": selector})["sensorOrError"]
        ticks = answer["sensorState"]["ticks"]
        if not ticks:
            return 0.0, ""
        return ticks[0]["timestamp"], ticks[0]["skipReason"] or ticks[0]["status"]

    def materialized(self) -> dict[str, int]:
        """Count the materialized partitions of each asset."""
        nodes = self._ask(_ASSETS, {})["assetNodes"]
        return {
            "/".join(node["assetKey"]["path"]): stats["numMaterialized"]
            for node in nodes
            if (stats := node["partitionStats"])
        }

    def failures(self) -> list[str]:
        """Name the runs that failed, with their job."""
        runs = self._ask(_FAILED, {})["runsOrError"]["results"]
        return [f"{run['jobName']} {run['runId']}" for run in runs]

    def _repository(self) -> tuple[str, str]:
        nodes = self._ask(_REPOSITORY, {})["repositoriesOrError"]["nodes"]
        if not nodes:
            raise RemoteError(f"{self.url}: no code location; see logs/code-server.log")
        return nodes[0]["location"]["name"], nodes[0]["name"]

    def _ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        response = requests.post(
            self.url,
            json={"query": query, "variables": variables},
            timeout=TIMEOUT_SECONDS,
        )
        answer = response.json()
        if "data" not in answer or answer.get("errors"):
            raise RemoteError(f"{self.url}: {answer.get('errors')}")
        data: dict[str, Any] = answer["data"]
        return data


_REPOSITORY = """
{ repositoriesOrError {
    ... on RepositoryConnection { nodes { name location { name } } } } }
"""
_LAUNCH = """
mutation ($parameters: ExecutionParams!) {
  launchRun(executionParams: $parameters) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
_SENSOR = """
query ($selector: SensorSelector!) {
  sensorOrError(sensorSelector: $selector) {
    ... on Sensor { sensorState { ticks(limit: 1) { timestamp status skipReason } } }
  }
}
"""
_ASSETS = """
{ assetNodes { assetKey { path } partitionStats { numMaterialized } } }
"""
_FAILED = """
{ runsOrError(filter: {statuses: [FAILURE]}) {
    ... on Runs { results { runId jobName } } } }
"""
