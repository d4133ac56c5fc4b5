"""What ends badly ends in a clear error, loses nothing, and goes on once it is mended.

A bad rate file, tags that overlap, missing prices, a full disk, a dead meter-data
system. The month is the three days of `test_month`.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from ter_pipelines.outbox import states_of, waiting
from ter_pipelines.registry.registry import Registry
from ter_pipelines.settings import read_settings
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.errors import DiskFullError, FieldError, RemoteError
from ter_pipelines.vocab.table import Table
from tests.accounts.at_hand import tag
from tests.accounts.installed import NOV_1, NOV_3, retail
from tests.assets.conftest import Installation, VtnInMemory, failed_checks
from tests.assets.small_disk import SmallDisk, small_disk
from tests.assets.test_month import (
    KEY,
    LAST_DAYS,
    METERS,
    MONTH,
    settled_month,
    totals,
)
from tests.pipeline.files_to_send import mdm_at, send_all
from tests.resources.mdm_stub import mdm_at_work
from tests.vocab.test_rate_file import FEE, PLAIN, changed

FIRST, LAST = LAST_DAYS[0], LAST_DAYS[-1]
USAGE = (tables.INTERVAL_USAGE, tables.REGISTER_READING, tables.QUARANTINED_USAGE)
STEPS: tuple[tuple[str, object, object, tuple[Table, ...]], ...] = (
    ("settle_usage", FIRST, LAST, USAGE),
    ("settle_usage", FIRST, LAST, (tables.VALIDATED_USAGE, tables.USAGE_CHANGE)),
    ("settle_usage", FIRST, LAST, (tables.SETTLED_HOUR,)),
    ("close_month", KEY, KEY, (tables.MONTHLY_SETTLEMENT,)),
    ("close_month", KEY, KEY, (tables.STATEMENT, tables.STATEMENT_HOUR)),
    ("close_month", KEY, KEY, (tables.CMEP_FILE,)),
)


def from_the_28th(installation: Installation) -> Installation:
    programme = replace(installation.programme, first_operating_day=FIRST)
    return replace(installation, programme=programme)


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """Let the programme begin on the 28th, so that its first month is three days."""
    return from_the_28th(installation)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "small") as made:
        yield made


@pytest.fixture
def on_small_disk(disk: SmallDisk, tmp_path: Path) -> Iterator[Installation]:
    """Give an installation whose lake is on a disk that can be filled."""
    registry = Registry(f"sqlite:///{tmp_path}/small.sqlite", tmp_path / "landed")
    registry.migrate()
    programme = read_settings({}).read_programme()
    lake = Lake(disk.folder / "data")
    yield from_the_28th(Installation(lake, registry, VtnInMemory(), programme))
    registry.close()


def test_a_bad_rate_file_names_its_fields_and_a_mended_one_bills_the_month(
    installation: Installation, tmp_path: Path
) -> None:
    settled_month(installation)
    rate_file = tmp_path / "rate.toml"
    rate_file.write_text(
        changed("netting", '"week"', changed("adjustment_days", "-1")) + FEE
    )
    settings = read_settings({"TER_RATE": str(rate_file)})

    with pytest.raises(FieldError) as refused:
        settings.read_rate(installation.programme)

    assert set(refused.value.fields) == {
        "version[0].netting",
        "version[0].adjustment_days",
    }
    rate_file.write_text(PLAIN + FEE)
    installation.rate = settings.read_rate(installation.programme)
    result = installation.run("close_month", KEY, KEY)
    assert (result.success, failed_checks(result)) == (True, [])
    # 72 kWh at 0.10 and three days at 1.50
    assert totals(installation) == [("INITIAL", Decimal("11.70"))]


def test_tags_that_overlap_are_refused_and_the_account_stays_as_it_was(
    installation: Installation,
) -> None:
    at_work = retail(installation)
    for day, hours in ((NOV_1, 24), (NOV_3, 24)):
        at_work.post_lmp(day, ["30"] * hours)
    account_id = at_work.make()
    at_work.price(NOV_1, NOV_3)
    prices = at_work.prices(NOV_1)
    tags = [tag("2025-1-1", "2025-12-31", "1000")]
    overlapping = tag("2025-12-31", "2026-12-31", "2000")

    with pytest.raises(FieldError) as refused:
        at_work.change(account_id, capacity_tags_attributes=[*tags, overlapping])

    assert refused.value.fields == {
        "capacity_tags[1].start_date": ["overlaps another tag"]
    }
    at_work.price(NOV_1, NOV_3)
    assert at_work.prices(NOV_1) == prices != []
    kept = installation.registry.accounts.read(account_id)
    assert (kept.version, len(kept.account.capacity_tags)) == (1, 1)

    after = tag("2026-1-1", "2026-12-31", "2000")
    at_work.change(account_id, capacity_tags_attributes=[*tags, after])
    kept = installation.registry.accounts.read(account_id)
    assert (kept.version, len(kept.account.capacity_tags)) == (2, 2)


def test_a_missing_price_names_its_hours_and_the_month_waits_for_it(
    installation: Installation,
) -> None:
    _arrived(installation, lacks=LAST_DAYS[1])

    days = installation.run("settle_usage", FIRST, LAST)
    month = installation.run("close_month", KEY, KEY)

    assert "every_hour_is_priced" in failed_checks(days)
    assert _told(days, "every_hour_is_priced").count("2025-11-29T05:00:00Z") == 1
    assert _told(days, "every_hour_is_priced").count("price.missing") == 24
    assert "every_meter_can_be_billed" in failed_checks(month)
    assert "unpriced_seconds 86400" in _told(month, "every_meter_can_be_billed")
    assert totals(installation) == []

    installation.post_prices(LAST_DAYS[1], ["0.10"] * 24)
    installation.run("publish_prices", LAST_DAYS[1], LAST_DAYS[1])
    installation.run("settle_usage", LAST_DAYS[1], LAST_DAYS[1])
    installation.run("close_month", KEY, KEY)
    assert [str(amount) for _, amount in totals(installation)] == ["7.20"]


def test_a_full_disk_stops_each_step_and_the_next_run_finishes_it(
    disk: SmallDisk, on_small_disk: Installation
) -> None:
    _arrived(on_small_disk)
    for job, first, last, only in STEPS:
        before = _files(disk.folder)

        with disk.full():
            stopped = on_small_disk.run(job, first, last, only=only)
            left = _files(disk.folder)

        assert not stopped.success, only
        assert "there is no room to write it" in _failure(stopped)
        assert "Make room on that disk and run this again" in _failure(stopped)
        assert left == before
        assert on_small_disk.run(job, first, last, only=only).success, only

    assert [str(amount) for _, amount in totals(on_small_disk)] == ["7.20"]
    assert on_small_disk.lake.read(tables.CMEP_FILE, [MONTH]).height == 1


def test_nothing_is_sent_that_a_full_disk_cannot_note(
    disk: SmallDisk, on_small_disk: Installation
) -> None:
    settled_month(on_small_disk)
    on_small_disk.run("close_month", KEY, KEY)
    lake = on_small_disk.lake
    with mdm_at_work() as stub:
        with disk.full(), pytest.raises(DiskFullError, match="no room to write"):
            send_all(lake, mdm_at(stub.url))
        assert stub.calls == []

        assert send_all(lake, mdm_at(stub.url)) == ["DELIVERED"]

    assert len(stub.calls) == 1


def test_a_dead_meter_data_system_is_waited_for_and_gets_its_file_once(
    installation: Installation,
) -> None:
    settled_month(installation)
    installation.run("close_month", KEY, KEY)
    lake = installation.lake
    with mdm_at_work() as dead:
        pass

    for _ in range(3):
        with pytest.raises(RemoteError, match=r"PUT .*refused"):
            send_all(lake, mdm_at(dead.url))

    (file,) = waiting(lake, MONTH)
    assert states_of(lake, MONTH)[file["file_name"]]["state"] == "FAILED"
    with mdm_at_work() as alive:
        installation.mdm = mdm_at(alive.url)
        results = [installation.run("deliver_files", KEY, KEY) for _ in range(2)]
    assert [(r.success, failed_checks(r)) for r in results] == [(True, [])] * 2
    assert [call.query_name for call in alive.calls] == [file["file_name"]]
    assert hashlib.sha256(alive.calls[0].body).hexdigest() == file["sha256"]
    assert waiting(lake, MONTH) == []


def _arrived(installation: Installation, *, lacks: date | None = None) -> None:
    """Let the month's prices, meters and usage come; one day may lack prices."""
    for day in LAST_DAYS:
        if day != lacks:
            installation.post_prices(day, ["0.10"] * 24)
        installation.report(day, ["1.000"] * 24)
    installation.post_meters(METERS)
    installation.run("map_meters", "", "")
    installation.run("publish_prices", FIRST, LAST)
    installation.run("settle_usage", FIRST, LAST, only=[tables.VEN_REPORT])


def _told(result: dg.ExecuteInProcessResult, check: str) -> str:
    (found,) = (
        e for e in result.get_asset_check_evaluations() if e.check_name == check
    )
    return str(found.metadata["what"].value)


def _failure(result: dg.ExecuteInProcessResult) -> str:
    (event,) = [e for e in result.all_events if e.is_step_failure]
    return str(event.step_failure_data.error)


def _files(folder: Path) -> dict[str, str]:
    """Give every file there is with its hash."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "data").rglob("*"))
        if path.is_file()
    }
