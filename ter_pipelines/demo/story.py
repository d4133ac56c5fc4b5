"""The story of the demonstration, step by step, and its ending."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed

from ter_pipelines.demo import examples, proof
from ter_pipelines.demo.outside import Commands, Operator, running_devices
from ter_pipelines.demo.stage import MEMBERS_METER, Stage, events_of, look
from ter_pipelines.demo.summary import Summary, print_summary
from ter_pipelines.processes import StoppedError, System, running_system
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.settings import Settings, read_settings
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import (
    DAY,
    days_of_month,
    operating_day_of,
)
from ter_pipelines.vocab.errors import RemoteError

EXIT_OK, EXIT_DIFFERENT = 0, 1
POLL_SECONDS = 3
QUIET_SECONDS = 6
STEP_TAKES_AT_MOST_SECONDS = 900
DONE = {
    "prices_arrived": "Every price is published.",
    "meters_arrived": "The newest meter list is mapped.",
    "month_is_over": "Every closed month is settled.",
}


def run_demo(*, devices: int, as_json: bool, stay: bool) -> int:
    """Run the whole story once in a fresh folder.

    Args:
        devices: How many devices take part.
        as_json: Whether the last line is one JSON object.
        stay: Whether the system is left running until Ctrl-C.

    Returns:
        0, or 1 when the proof found a difference.
    """
    remarks = Console(stderr=True)
    home = Path(".ter") / f"demo-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    with examples.price_file_server() as feed_url:
        settings = _settings_of_demo(home, feed_url)
        remarks.print(f"A fresh system starts in {home} ...", highlight=False)
        with running_system(settings) as system, _progress(remarks) as progress:
            stage = _stage(system, settings, devices, progress)
            summary = _play(stage)
            progress.stop()
            _end(summary, as_json=as_json)
            if stay:
                remarks.print(
                    f"It stays at {system.addresses.dagster} and "
                    f"{system.addresses.api}; stop: Ctrl-C."
                )
                with suppress(StoppedError):
                    system.wait()
    return EXIT_DIFFERENT if summary.proof.differences else EXIT_OK


def _settings_of_demo(home: Path, feed_url: str) -> Settings:
    return read_settings().model_copy(
        update={
            "home": home.absolute(),
            "programme": examples.EXAMPLES / "programme.toml",
            "registry_url": f"sqlite:///{home.absolute()}/registry.sqlite",
            "dagster_port": 0,
            "api_port": 0,
            "vtn_port": 0,
            "vtn_control_port": 0,
            "vtn_poll_seconds": POLL_SECONDS,
            "month_quiet_seconds": QUIET_SECONDS,
            "price_feed_url": feed_url,
        }
    )


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description:<44}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        Elapsed(),
    )
    with Progress(*columns, console=console) as progress:
        yield progress


def _stage(
    system: System, settings: Settings, devices: int, progress: Progress
) -> Stage:
    home = Path(system.addresses.home)
    return Stage(
        system=system,
        settings=settings,
        programme=settings.read_programme(),
        fleet=examples.devices(devices),
        logs=home / "devices",
        operator=Operator(system.addresses.dagster),
        vtn=Vtn(system.addresses.vtn_control, settings.read_vtn_key),
        progress=progress,
    )


def _play(stage: Stage) -> Summary:
    commands = Commands(stage.settings, stage.system.addresses)
    price_partner = commands.add_partner("price-partner", "prices")
    metering_partner = commands.add_partner("metering-partner", "meters")
    tokens = commands.enrol([device.ven_id for device in stage.fleet])
    schedules = examples.schedules()
    tomorrow = operating_day_of(datetime.now(UTC), stage.programme.zone) + DAY
    tomorrows = examples.schedule_for(tomorrow, stage.programme.zone)
    history = proof.published_prices(
        schedules.values(),
        examples.feed_file(),
        examples.FEED_DAY,
        stage.programme.zone,
        stage.programme.price_feed_location_id,
    )
    metering_partner.post("/meters/", examples.meter_list(stage.fleet))
    bodies = [*schedules.values(), tomorrows]
    for body in stage.progress.track(
        bodies, description="Price partner posts schedules"
    ):
        price_partner.post("/prices/", body)
    stage.operator.launch("fetch_prices", str(examples.FEED_DAY))
    fleet = {
        "vtn_url": stage.system.addresses.vtn,
        "zone": stage.programme.zone.key,
        "history_prices": examples.by_day(history, stage.programme.zone),
    }
    with running_devices(stage.fleet, tokens, fleet, stage.logs):
        _wait_for_devices(stage, len(bodies) + 1, tomorrow)
        _wait_for_settlement(stage)
        _look_at_devices(stage, tomorrow)
        people = (
            commands.add_partner("operator", "operator"),
            commands.add_partner("member", "member", MEMBERS_METER),
        )
        return look(stage, history, tomorrow, people)


def _wait_for_devices(stage: Stage, days: int, tomorrow: date) -> None:
    """Wait until prices are published and told, and the month is reported."""
    month_days = len(days_of_month(examples.MONTH))
    _wait(
        stage,
        "Price days published",
        days,
        lambda: stage.operator.materialized()["core/price_curve"],
    )
    _wait(
        stage,
        "Devices that answered tomorrow's prices",
        len(stage.fleet),
        lambda: sum(1 for e in events_of(stage, tomorrow) if e.opt == "optIn"),
    )
    _wait(
        stage,
        "Device days reported and acknowledged",
        month_days * len(stage.fleet),
        lambda: sum(_days_reported(stage, device) for device in stage.fleet),
    )


def _wait_for_settlement(stage: Stage) -> None:
    """Wait until every sensor has looked after the last report and found nothing."""
    month_days = len(days_of_month(examples.MONTH))
    _wait(
        stage,
        "Days settled",
        month_days,
        lambda: stage.operator.materialized()["core/settled_hour"],
    )
    since = time.time()
    last_seq = _last_report(stage)
    wanted = {**DONE, "usage_arrived": f"Every report up to {last_seq} is settled"}

    def satisfied() -> int:
        said = {name: stage.operator.sensor_says(name) for name in wanted}
        return sum(
            when > since and words.startswith(wanted[name])
            for name, (when, words) in said.items()
        )

    _wait(stage, "Sensors with nothing left to do", len(wanted), satisfied)


def _look_at_devices(stage: Stage, tomorrow: date) -> None:
    """Have it noted how the devices take part, which else is done once an hour."""
    stage.operator.launch("look_at_vens", str(tomorrow))
    lake = Lake(stage.settings.lake_root)
    _wait(
        stage,
        "Devices looked at",
        len(stage.fleet),
        lambda: lake.read(tables.VEN_PARTICIPATION, [tomorrow])["ven_id"].n_unique(),
    )


def _wait(stage: Stage, what: str, goal: int, count: Callable[[], int]) -> None:
    task = stage.progress.add_task(what, total=goal)
    deadline = time.monotonic() + STEP_TAKES_AT_MOST_SECONDS
    while True:
        done = count()
        stage.progress.update(task, completed=done)
        if done >= goal:
            return
        stage.system.check_alive()
        if failed := stage.operator.failures():
            raise RemoteError(
                f"{what}: runs failed: {', '.join(failed)}; see "
                f"{stage.system.addresses.dagster}/runs and {stage.settings.home}/logs"
            )
        if time.monotonic() > deadline:
            raise RemoteError(
                f"{what}: got {done} of {goal}; see {stage.settings.home}"
            )
        time.sleep(1)


def _days_reported(stage: Stage, device: examples.Device) -> int:
    log = stage.logs / f"{device.ven_id}.jsonl"
    if not log.is_file():
        return 0
    whole_lines = log.read_text().rpartition("\n")[0].splitlines()
    reports = [json.loads(line) for line in whole_lines]
    return len(
        {
            r["operating_day"]
            for r in reports
            if r["event"] == "report_sent" and r["acknowledged"]
        }
    )


def _last_report(stage: Stage) -> int:
    return max(head.seq for head in stage.vtn.report_heads(0))


def _end(summary: Summary, *, as_json: bool) -> None:
    print_summary(summary, Console())
    if as_json:
        sys.stdout.write(summary.as_json() + "\n")
