"""A week of both kinds of VENs over a VTN that is killed in the middle of it."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from ter_pipelines.registry.registry import Registry
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.settings import read_settings
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc
from tests.assets.conftest import Installation, VtnInMemory
from tests.flow.week_clients import FortressClient, TerClient
from tests.vtn_service.at_work import KEY, VtnAtWork, price_event, put
from vtn_service.contract import CONTROL_PREFIX

pytestmark = pytest.mark.flow
DAYS = [date(2025, 11, 1) + timedelta(days=n) for n in range(7)]
HOURS_OF_THE_WEEK = 7 * 24 + 1
TER, FORTRESS = "ven-ter", "ven-fortress"
TER_DEVICE, FORTRESS_DEVICE = "example-device-001", "eSpire1"
METERS = (
    f'{{"meters": [{{"meter_id": "0012", "ven_id": "{TER}", "device_id":'
    f' "{TER_DEVICE}"}}, {{"meter_id": "0013", "ven_id": "{FORTRESS}", "device_id":'
    f' "{FORTRESS_DEVICE}"}}]}}'
)


@dataclass
class Week:
    """What the two clients said was taken, and what the lake holds of it."""

    ter: TerClient
    fortress: FortressClient
    vtn: VtnAtWork
    installation: Installation

    def usage(self, ven_id: str) -> list[tuple[datetime, Decimal]]:
        """Give every interval the lake has of a VEN, in order."""
        rows = self.installation.lake.read(tables.INTERVAL_USAGE, DAYS)
        return sorted(
            (row["interval_start_utc"], row["energy_kwh"])
            for row in rows.iter_rows(named=True)
            if row["ven_id"] == ven_id
        )

    def drain(self) -> None:
        """Take the reports of the whole week into the lake."""
        self.installation.door = _door(self.vtn)
        result = self.installation.run("settle_usage", DAYS[0], DAYS[-1])
        assert result.success


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    folder = tmp_path_factory.mktemp("week")
    vtn = VtnAtWork(folder)
    registry = Registry(f"sqlite:///{folder}/registry.sqlite", folder / "landing")
    registry.migrate()
    programme = read_settings({}).read_programme()
    installation = Installation(
        Lake(folder / "data"), registry, VtnInMemory(), programme
    )
    installation.post_meters(METERS)
    assert installation.run("map_meters", "", "").success
    try:
        yield asyncio.run(_lived(vtn, installation))
    finally:
        vtn.end()
        registry.close()


async def _lived(vtn: VtnAtWork, installation: Installation) -> Week:
    """Live the week: reports every day, a kill on Wednesday, a revised price."""
    zone = installation.programme.zone
    vtn.enrol(TER)
    ter = TerClient(TER, TER_DEVICE)
    fortress = FortressClient(vtn, FORTRESS, FORTRESS_DEVICE)
    _tell_prices(vtn, ["0.11", "0.12"])
    week = Week(ter, fortress, vtn, installation)
    ter.finds(vtn)
    try:
        await ter.run()
        await asyncio.to_thread(fortress.start)
        for n, day in enumerate(DAYS):
            starts = interval_starts_utc(day, zone)
            is_wednesday = n == len(DAYS) // 2
            await ter.report({s: _ter_wh(s) for s in starts})
            await asyncio.to_thread(
                fortress.report,
                {s: _fortress_kwh(s) for s in starts},
                interrupt=(lambda: _kill(vtn)) if is_wednesday else (lambda: None),
            )
            fortress.again(starts[:2])
            if is_wednesday:
                ter.finds(vtn)
                _tell_prices(vtn, ["0.13", "0.12"])
                fortress.take_events()
                await asyncio.to_thread(week.drain)
            await ter.say_status()
            await ter._poll()  # noqa: SLF001 - the client's own clock is too slow
    finally:
        await ter.stop()
    await asyncio.to_thread(week.drain)
    return week


def test_every_interval_of_the_ter_client_is_in_the_lake_once(week: Week) -> None:
    assert week.usage(TER) == sorted(
        (start, wh / 1000) for start, wh in week.ter.acknowledged.items()
    )
    assert len(week.ter.acknowledged) == HOURS_OF_THE_WEEK


def test_every_interval_of_the_fortress_client_is_in_the_lake_once(
    week: Week,
) -> None:
    assert week.usage(FORTRESS) == sorted(week.fortress.acknowledged.items())
    assert len(week.fortress.acknowledged) == HOURS_OF_THE_WEEK


def test_the_fortress_client_is_asked_in_its_own_order(week: Week) -> None:
    assert week.fortress.asked == [
        "oadrRegisteredReport 0",
        "oadrRegisterReport",
        "oadrCreateReport",
    ]


def test_both_hear_the_prices_and_their_revision(week: Week) -> None:
    assert list(dict.fromkeys(week.fortress.heard)) == [
        f"prices-{FORTRESS} 0",
        f"prices-{FORTRESS} 1",
    ]
    assert list(dict.fromkeys(week.ter.heard)) == [
        f"prices-{TER} 0",
        f"prices-{TER} 1",
    ]


def test_what_is_no_energy_is_telemetry_and_nothing_is_quarantined(
    week: Week,
) -> None:
    lake = week.installation.lake
    telemetry = lake.read(tables.TELEMETRY_VALUE, DAYS).iter_rows(named=True)

    told = Counter((row["ven_id"], row["point"], row["quality"]) for row in telemetry)

    assert told == {
        (FORTRESS, "power", "RAW"): HOURS_OF_THE_WEEK,
        (FORTRESS, "state_of_charge", "RAW"): HOURS_OF_THE_WEEK,
        (TER, "is_online", "RAW"): 1,
        (TER, "manual_override", "RAW"): 1,
    }
    assert lake.read(tables.QUARANTINED_USAGE, DAYS).is_empty()


def _door(vtn: VtnAtWork) -> Vtn:
    return Vtn(vtn.control.removesuffix(CONTROL_PREFIX), lambda: KEY)


def _tell_prices(vtn: VtnAtWork, prices: list[str]) -> None:
    for ven_id in (TER, FORTRESS):
        put(vtn, ven_id, f"prices-{ven_id}", price_event(prices))


def _kill(vtn: VtnAtWork) -> None:
    vtn.end(signal.SIGKILL)


def _ter_wh(start: datetime) -> Decimal:
    return Decimal(1000 + start.hour * 10 + start.day)


def _fortress_kwh(start: datetime) -> Decimal:
    return Decimal(f"-0.{start.day:02}{start.hour:02}")
