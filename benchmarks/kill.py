"""`python -m benchmarks.kill`: kill the VTN under load, again and again, and count.

Careful clients report days of usage to a VTN that runs as a process of its own; one
that hears no answer says the same bytes again. The process is killed (SIGKILL) at
random moments and started again on the same store and ports. In the end every
acknowledged message must be stored once, nothing else may be, and what the pipeline
makes of it must be, hour by hour, what was acknowledged last. A kill ends the process,
not the machine: what a power cut does to a disk is not tried here.

Exit codes: 0 fine, 1 something was lost, doubled or differs.
"""

import hashlib
import random
import secrets
import signal
import socket
import sqlite3
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import dagster as dg
import typer

from benchmarks.backfill import (
    EXIT_FOUND,
    EXIT_OK,
    QUIET,
    Installation,
    definitions_of,
    require_success,
)
from benchmarks.careful import HOURS, MOST_REPORTS_A_VEN, Client, Load, Sent
from benchmarks.landed import RunningVtn, land_prices_and_meters, well_behaved_devices
from ter_pipelines.assets.usage import USAGE_TABLES
from ter_pipelines.demo.examples import MONTH
from ter_pipelines.partitions import RANGE_END_TAG, RANGE_START_TAG
from ter_pipelines.registry.registry import Registry
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.settings import read_settings
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span, days_of_month
from ter_pipelines.vocab.errors import RemoteError, TerError
from tests.vtn_service.at_work import KEY, VtnAtWork
from vtn_service.contract import CONTROL_PREFIX

VENS = 8
MOST_KILLS = 1000
LONGEST_LIFE_SECONDS = 0.8
# Below the ports that systems give to callers: on one of those, a client that knocks
# while nobody listens may be given the very port, reach itself, and keep the VTN out.
PORTS = range(20_000, 32_000)


@dataclass(frozen=True)
class Outcome:
    """What was found in the end; `differing` counts hours."""

    acknowledged: int
    stored: int
    drained: int
    lost: int
    doubled: int
    never_sent: int
    hours: int
    differing: int

    @property
    def is_exact(self) -> bool:
        """Tell whether nothing was lost, doubled, invented or changed."""
        return not (self.lost or self.doubled or self.never_sent or self.differing)


def main(
    *,
    kills: Annotated[
        int,
        typer.Option(envvar="KILLS", min=1, max=MOST_KILLS, help="How many."),
    ] = 100,
    seed: Annotated[
        int,
        typer.Option(default_factory=lambda: secrets.randbits(32), help="Of chance."),
    ],
) -> None:
    """Kill the VTN under load, again and again, and count what was lost."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_FOUND))
    print(f"{kills} kills, {VENS} VENs, seed {seed}", flush=True)
    began = time.monotonic()
    chance = random.Random(seed)  # noqa: S311 - when to kill is no secret
    with tempfile.TemporaryDirectory(prefix="ter-kill-") as folder:
        outcome = measure(Path(folder), kills, chance)
    for name in ("acknowledged", "stored", "drained", "lost", "doubled"):
        print(f"  {name:<14}{getattr(outcome, name):8d} reports")
    print(f"  {'never sent':<14}{outcome.never_sent:8d} reports")
    print(f"  {'differing':<14}{outcome.differing:8d} of {outcome.hours} hours")
    print(f"  {'kills':<14}{kills:8d}")
    print(f"  {'seconds':<14}{time.monotonic() - began:8.1f}")
    raise typer.Exit(EXIT_OK if outcome.is_exact else EXIT_FOUND)


def measure(home: Path, kills: int, chance: random.Random) -> Outcome:
    """Run the VTN, the clients and the killing, then compare."""
    settings = read_settings().model_copy(update={"home": home, "registry_url": ""})
    programme = settings.read_programme()
    devices = well_behaved_devices(VENS)
    registry = Registry(settings.registry_address, settings.landing_root)
    with closing(registry), running_vtn(home, chance) as vtn:
        land_prices_and_meters(registry, devices)
        load = Load(
            vtn,
            [(d, day_span(d, programme.zone).start_utc) for d in days_of_month(MONTH)],
        )
        clients = [
            Client(device, random.Random(chance.random()))  # noqa: S311
            for device in devices
        ]
        kill_under_load(load, clients, kills, chance)
        door = Vtn(vtn.control.removesuffix(CONTROL_PREFIX), lambda: KEY)
        lake = Lake(settings.lake_root)
        here = Installation(
            settings, programme, registry, lake, RunningVtn(vtn.devices, door)
        )
        days = sorted(set().union(*(client.days for client in clients)))
        drain(here, days)
    stored = read_store(home / "vtn.sqlite")
    return compare(clients, stored, lake, days)


@contextmanager
def running_vtn(home: Path, chance: random.Random) -> Iterator[VtnAtWork]:
    """Run a VTN on two free ports that it can be started again on."""
    ports = free_ports(chance)
    vtn = VtnAtWork(
        home,
        VTN_PORT=str(next(ports)),
        VTN_CONTROL_PORT=str(next(ports)),
        VTN_REQUESTS_PER_SECOND="1000",
    )
    try:
        yield vtn
    finally:
        vtn.end()


def free_ports(chance: random.Random) -> Iterator[int]:
    """Give ports of loopback that nobody listens on."""
    for port in chance.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                yield port


def kill_under_load(
    load: Load, clients: Sequence[Client], kills: int, chance: random.Random
) -> None:
    """Let the clients report while the VTN is killed and started again.

    Raises:
        RemoteError: If a client came to its end before the killing did.
    """
    for client in clients:
        client.introduce(load.vtn)
    with ThreadPoolExecutor(len(clients), "ven") as pool:
        work = [pool.submit(client.report_until_enough, load) for client in clients]
        try:
            for _ in range(kills):
                time.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))
                require_busy(work)
                load.vtn.end(signal.SIGKILL)
                load.vtn.start()
            load.enough.set()
            for done in work:
                done.result()
        finally:
            load.given_up.set()
    known = load.vtn.log.count('"is_new": false')
    repeats = sum(client.repeats for client in clients)
    print(f"  {repeats} answers missed; {known} repeats were known", flush=True)


def require_busy(work: Sequence[Future[None]]) -> None:
    """Stop where a client has stopped: a kill without load proves nothing.

    Raises:
        RemoteError: If one came to its bound; or what one of them raised.
    """
    for done in work:
        if done.done():
            done.result()
            raise RemoteError(f"a VEN sent {MOST_REPORTS_A_VEN} reports, the bound")


def drain(here: Installation, days: Sequence[date]) -> None:
    """Make `raw/ven_report` and `core/interval_usage` of the days as a run would.

    Raises:
        TerError: If a run or a check of it fails.
    """
    span = {RANGE_START_TAG: str(days[0]), RANGE_END_TAG: str(days[-1])}
    wanted = (tables.VEN_REPORT, *USAGE_TABLES)
    chosen = [dg.AssetKey(table.asset_key) for table in wanted]
    definitions = definitions_of(here)
    dagster_home = here.settings.home / "dagster"
    dagster_home.mkdir()
    with dg.DagsterInstance.local_temp(str(dagster_home)) as instance:
        for name, tags, assets in (
            ("map_meters", {}, None),
            ("settle_usage", span, chosen),
        ):
            result = definitions.resolve_job_def(name).execute_in_process(
                instance=instance,
                tags=tags,
                run_config=QUIET,
                asset_selection=assets,
                raise_on_error=False,
            )
            require_success(name, result)


def read_store(path: Path) -> dict[int, Sent]:
    """Give every stored report: by its number, who sent it and the hash of its bytes.

    Raises:
        TerError: If the file is damaged, or a hash in it is not that of the bytes.
    """
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
        (verdict,) = store.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise TerError(f"{path}: {verdict}")
        stored = {}
        for seq, ven_id, claimed, packed in store.execute(
            "SELECT seq, ven_id, body_sha256, body FROM report"
        ):
            digest = hashlib.sha256(zlib.decompress(packed)).hexdigest()
            if digest != claimed:
                raise TerError(f"report {seq}: got {claimed}, expected {digest}")
            stored[seq] = (ven_id, digest)
    return stored


def compare(
    clients: Sequence[Client],
    stored: Mapping[int, Sent],
    lake: Lake,
    days: Sequence[date],
) -> Outcome:
    """Compare what was acknowledged with what was stored and what was drained."""
    sent = set().union(*(client.sent for client in clients))
    acknowledged = set().union(*(client.acknowledged for client in clients))
    raw = lake.read(tables.VEN_REPORT, days).select("report_seq", "position")
    values = Counter(raw.unique().get_column("report_seq").to_list())
    drained = {stored.get(seq) for seq, count in values.items() if count == HOURS}
    copies = Counter(stored.values())
    expected = {place: kwh for c in clients for place, kwh in c.energy_kwh.items()}
    columns = ("ven_id", "device_id", "interval_start_utc", "energy_kwh")
    usage = lake.read(tables.INTERVAL_USAGE, days).select(columns).rows()
    got = {(ven, device, start): kwh for ven, device, start, kwh in usage}
    places = got.keys() | expected.keys()
    return Outcome(
        acknowledged=len(acknowledged),
        stored=len(stored),
        drained=len(values),
        lost=len(acknowledged - (copies.keys() & drained)),
        doubled=copies.total() - len(copies) + raw.height - raw.unique().height,
        never_sent=len(copies.keys() - sent) + len(values.keys() - stored.keys()),
        hours=len(places),
        differing=sum(got.get(place) != expected.get(place) for place in places)
        + (len(usage) - len(got)),
    )


if __name__ == "__main__":
    typer.run(main)
