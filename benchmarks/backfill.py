"""`python -m benchmarks.backfill`: settle the example month from landed data, timed.

Every job runs once over the whole month, as a backfill would: price components ->
curve -> event, meter lists, VEN reports -> interval usage -> validated usage ->
settled hours, then month -> statement -> CMEP file. The floor is the same reports and
prices read and multiplied once in plain Python; its amounts must be the pipeline's.

Exit codes: 0 fine, 1 the chain took too long or an amount differs.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import dagster as dg

from benchmarks.landed import (
    RunningVtn,
    land_prices_and_meters,
    price_files,
    report_the_month,
    running_vtn,
    well_behaved_devices,
)
from ter_pipelines.accounts.market import NO_MARKET
from ter_pipelines.assets import jobs
from ter_pipelines.definitions import all_assets
from ter_pipelines.demo.examples import MONTH, Device
from ter_pipelines.partitions import RANGE_END_TAG, RANGE_START_TAG
from ter_pipelines.price_book import PriceBook
from ter_pipelines.registry.registry import Registry
from ter_pipelines.resources.mdm import Mdm
from ter_pipelines.resources.price_feed import PriceFeed
from ter_pipelines.resources.share_my_data import ShareMyData
from ter_pipelines.settings import Settings, read_settings
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import days_of_month, month_span, parse_instant
from ter_pipelines.vocab.errors import TerError
from ter_pipelines.vocab.plain_rate import plain_rate
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.units import to_kwh

EXIT_OK, EXIT_FOUND = 0, 1
MOST_SECONDS = 60
PARTITION_TAG = "dagster/partition"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
T = TypeVar("T")
JOBS = ("publish_prices", "map_meters", "settle_usage", "close_month")


@dataclass(frozen=True)
class Installation:
    """What the jobs run with."""

    settings: Settings
    programme: Programme
    registry: Registry
    lake: Lake
    vtn: RunningVtn


def main() -> int:
    """Fill, settle, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=10, help="how many")
    devices = parser.parse_args().devices
    if devices < 1:
        parser.error(f"--devices: got {devices}, expected at least 1")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_FOUND))
    with tempfile.TemporaryDirectory(prefix="ter-backfill-") as folder:
        settings = read_settings().model_copy(
            update={"home": Path(folder), "registry_url": ""}
        )
        registry = Registry(settings.registry_address, settings.landing_root)
        try:
            with running_vtn(settings) as vtn:
                here = Installation(
                    settings,
                    settings.read_programme(),
                    registry,
                    Lake(settings.lake_root),
                    vtn,
                )
                return measure(here, well_behaved_devices(devices))
        finally:
            registry.close()


def measure(here: Installation, devices: Sequence[Device]) -> int:
    """Fill the inboxes, run the jobs and the floor, print seconds and the ratio."""
    print(f"{len(devices)} devices, {len(days_of_month(MONTH))} days of {MONTH}")
    land_prices_and_meters(here.registry, devices)
    filling, _ = timed(
        lambda: report_the_month(
            here.vtn, devices, here.programme, here.settings.home / "devices"
        )
    )
    print(f"  reports sent and kept {filling:8.2f} s (not counted)")
    seconds = run_jobs(here)
    floor_seconds, expected = timed(lambda: amounts_in_plain_python(here, devices))
    chain = sum(seconds.values())
    print(f"  chain                 {chain:8.2f} s, at most {MOST_SECONDS} s")
    print(f"  plain Python, once    {floor_seconds:8.2f} s")
    print(f"  chain / plain Python  {chain / floor_seconds:8.1f}")
    differing = find_differing_amounts(here, expected)
    for meter_id in differing:
        print(f"  DIFFERS {meter_id}")
    print(f"  {len(expected)} meters' amounts compared: {len(differing)} differ")
    return EXIT_OK if chain <= MOST_SECONDS and not differing else EXIT_FOUND


def run_jobs(here: Installation) -> dict[str, float]:
    """Run every job over the month; give the seconds of each."""
    days = days_of_month(MONTH)
    month = {RANGE_START_TAG: str(days[0]), RANGE_END_TAG: str(days[-1])}
    tags: dict[str, dict[str, str]] = {
        "publish_prices": month,
        "map_meters": {},
        "settle_usage": month,
        "close_month": {PARTITION_TAG: f"{MONTH}-01"},
    }
    definitions = definitions_of(here)
    seconds = {}
    dagster_home = here.settings.home / "dagster"
    dagster_home.mkdir()
    with dg.DagsterInstance.local_temp(str(dagster_home)) as instance:
        for name in JOBS:
            job = definitions.resolve_job_def(name)
            seconds[name], result = timed(
                lambda job=job, name=name: job.execute_in_process(  # type: ignore[misc]
                    instance=instance,
                    tags=tags[name],
                    run_config=QUIET,
                    raise_on_error=False,
                )
            )
            require_success(name, result)
            print(f"  {name:<22}{seconds[name]:8.2f} s")
    return seconds


def definitions_of(here: Installation) -> dg.Definitions:
    """Make the code location with the resources of this installation."""
    return dg.Definitions(
        assets=all_assets(),
        jobs=list(jobs.ALL),
        resources={
            "lake": here.lake,
            "registry": here.registry,
            "vtn": here.vtn.client,
            "price_feed": PriceFeed(""),
            "mdm": Mdm(None),
            "market": NO_MARKET,
            "share_my_data": ShareMyData(None, here.programme.zone),
            "programme": here.programme,
            "rate": plain_rate(here.programme),
        },
        executor=dg.in_process_executor,
    )


def require_success(name: str, result: dg.ExecuteInProcessResult) -> None:
    """Stop at a job that failed, or one whose check did.

    Raises:
        TerError: Naming them.
    """
    failed = [c for c in result.get_asset_check_evaluations() if not c.passed]
    if not result.success or failed:
        raise TerError(f"{name} failed; checks: {[c.check_name for c in failed]}")


def amounts_in_plain_python(
    here: Installation, devices: Sequence[Device]
) -> dict[str, Decimal]:
    """Read the same reports and prices once and give each meter's exact amount."""
    price_of: dict[object, Decimal] = {}
    book = PriceBook(here.programme, plain_rate(here.programme))
    for day, (format_name, body) in price_files().items():
        for hour in book.read(format_name, body, day).hours:
            start = hour.interval_start_utc
            price_of[start] = price_of.get(start, Decimal(0)) + hour.price_per_kwh
    meter_of = {(d.ven_id, d.device_id): str(d.meter_id) for d in devices}
    amounts = dict.fromkeys(meter_of.values(), Decimal(0))
    span = month_span(MONTH, here.programme.zone)
    for report in here.vtn.client.reports(span.start_utc, span.end_utc):
        for value in report.values:
            kwh = to_kwh(
                Decimal(value.value_text), unit=value.unit, scale=value.scale or "none"
            )
            price = price_of[parse_instant(value.start_text)]
            amounts[meter_of[report.ven_id, value.resource_id]] += kwh * price
    return amounts


def find_differing_amounts(
    here: Installation, expected: dict[str, Decimal]
) -> list[str]:
    """Name the meters whose exact settled amount is not the expected one."""
    settled = {
        row["meter_id"]: row["import_amount"] + row["export_amount"]
        for row in here.lake.read(tables.MONTHLY_SETTLEMENT, [MONTH]).rows(named=True)
    }
    meter_ids = sorted(settled.keys() | expected.keys())
    return [m for m in meter_ids if settled.get(m) != expected.get(m)]


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Do something; give the seconds it took and its result."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


if __name__ == "__main__":
    sys.exit(main())
