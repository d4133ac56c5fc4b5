"""What partners take back: prices before the hour, events, meters; never the past."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ter_pipelines import freshness
from ter_pipelines.price_days import price_day, price_versions
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import (
    DAY,
    day_span,
    interval_starts_utc,
    operating_day_of,
)
from tests.assets.conftest import Installation, failed_checks
from tests.pricing.prices_of_days import ZONE
from tests.resources.test_vtn import door_of
from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork, registered
from vtn_service.contract import VenStatus

NOV_3 = date(2025, 11, 3)
VEN = "ven-1"


@pytest.fixture
def vtn(tmp_path: Path) -> Iterator[VtnAtWork]:
    vtn = VtnAtWork(tmp_path)
    registered(vtn, VEN)
    yield vtn
    vtn.end()


def today() -> date:
    return operating_day_of(datetime.now(UTC), ZONE)


def flat(day: date, price: str) -> list[str]:
    return [price] * len(interval_starts_utc(day, ZONE))


def is_published(installation: Installation, day: date) -> bool:
    registry = installation.registry
    newest = registry.newest_price_submission_ids()
    gone = registry.withdrawn("prices")
    return freshness.find_unpublished(installation.lake, newest, day, gone) == []


def test_a_withdrawal_asks_for_the_day_again_until_it_is_made(
    installation: Installation,
) -> None:
    installation.post_prices(NOV_3, flat(NOV_3, "0.10"))
    installation.run("publish_prices", NOV_3, NOV_3)
    before = is_published(installation, NOV_3)

    installation.registry.withdraw(1)
    withdrawn = is_published(installation, NOV_3)
    installation.run("publish_prices", NOV_3, NOV_3)

    assert (before, withdrawn) == (True, False)
    assert is_published(installation, NOV_3)


def test_the_past_keeps_the_prices_that_devices_were_told(
    installation: Installation,
) -> None:
    installation.post_prices(NOV_3, flat(NOV_3, "0.10"))
    installation.run("publish_prices", NOV_3, NOV_3)
    before = price_day(installation.lake, NOV_3)

    installation.registry.withdraw(1)
    result = installation.run("publish_prices", NOV_3, NOV_3)

    assert result.success
    assert price_day(installation.lake, NOV_3) == before
    rows = installation.lake.read(tables.PRICE_COMPONENT, [NOV_3])
    assert rows["withdrawn_at"].null_count() == 0


def test_tomorrow_has_the_revision_before_and_a_version_more(
    installation: Installation,
) -> None:
    tomorrow = today() + DAY
    installation.post_prices(tomorrow, flat(tomorrow, "0.10"))
    later = datetime.now(UTC)
    installation.post_prices(tomorrow, flat(tomorrow, "0.20"), received_at=later)
    installation.run("publish_prices", tomorrow, tomorrow)

    installation.registry.withdraw(2)
    installation.run("publish_prices", tomorrow, tomorrow)

    prices = price_day(installation.lake, tomorrow)
    assert prices is not None
    assert {hour.price_per_kwh for hour in prices.hours} == {Decimal("0.10")}
    assert (prices.version.number, prices.version.submission_id) == (3, 1)
    assert prices.corrects is not None
    assert prices.corrects.submission_id == 2


def test_a_withdrawn_day_cancels_its_events_and_a_new_one_tells_them_again(
    installation: Installation, vtn: VtnAtWork
) -> None:
    tomorrow = today() + DAY
    door = installation.door = door_of(vtn)
    lake, registry = installation.lake, installation.registry

    def publish() -> tuple[list[str], list[str]]:
        assert installation.run("publish_prices", tomorrow, tomorrow).success
        said = vtn.say(VEN, "EiEvent", messages.request_event(VEN))
        assert freshness.find_untold(lake, [VEN], today()) == []
        return said.texts("eventStatus"), said.texts("value")[:1]

    installation.post_prices(tomorrow, flat(tomorrow, "0.10"))
    told = publish()
    registry.withdraw(1)
    cancelled = publish()
    again_cancelled = publish()
    after = datetime.now(UTC) + timedelta(seconds=1)
    installation.post_prices(tomorrow, flat(tomorrow, "0.10"), received_at=after)
    told_again = publish()

    assert told == (["far"], ["0.1"])
    assert cancelled == again_cancelled == (["cancelled"], ["0.1"])
    assert told_again == (["far"], ["0.1"])
    events = lake.read(tables.PRICE_EVENT, [tomorrow]).sort("modification_number")
    hours = len(flat(tomorrow, ""))
    assert events["intervals"].to_list() == [hours, 0, hours]
    assert [v.number for v in price_versions(lake, tomorrow)] == [1, 2]
    assert [event.is_cancelled for event in door.events(day_span(tomorrow, ZONE))] == [
        False
    ]


def test_who_was_not_told_hears_nothing_of_a_withdrawn_day(
    installation: Installation,
) -> None:
    tomorrow = today() + DAY
    installation.post_prices(tomorrow, flat(tomorrow, "0.10"))
    installation.registry.withdraw(1)
    installation.vtn.roster += [VenStatus(VEN, "", is_enabled=True)]

    result = installation.run("publish_prices", tomorrow, tomorrow)

    assert result.success
    assert installation.vtn.book == {}
    assert freshness.find_untold(installation.lake, [VEN], today()) == []


def test_a_withdrawn_meter_list_is_as_if_it_had_not_been_sent(
    installation: Installation,
) -> None:
    line = '{"meters": [{"meter_id": "%s", "ven_id": "ven-1", "device_id": "d"}]}'
    installation.post_meters(line % "m-1")
    installation.post_meters(line % "m-2")
    installation.run("map_meters", NOV_3, NOV_3)
    newest = installation.registry.newest_submission_id("meters")
    installation.registry.withdraw(newest)
    is_mapped = freshness.is_mapped(installation.lake, newest, 1)

    result = installation.run("map_meters", NOV_3, NOV_3)

    mapping = installation.lake.read(tables.METER_MAPPING)
    assert not is_mapped
    assert failed_checks(result) == []
    assert mapping["meter_id"].to_list() == ["m-1"]
    assert mapping["valid_to"].to_list() == [None]
    assert freshness.is_mapped(installation.lake, newest, 1)
    assert installation.lake.read(tables.RAW_METER_MAPPING).height == 2
