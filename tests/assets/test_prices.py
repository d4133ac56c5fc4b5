"""Price revisions, and what VENs are told."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc, operating_day_of
from tests.assets.conftest import Installation, failed_checks
from vtn_service.contract import VenStatus

NOV_3 = date(2025, 11, 3)


def prices_of(installation: Installation, day: date) -> list[Decimal]:
    return installation.lake.read(tables.PRICE_CURVE, [day])["price_per_kwh"].to_list()


def tomorrow_of(installation: Installation) -> date:
    today = operating_day_of(datetime.now(UTC), installation.programme.zone)
    return today + timedelta(days=1)


def test_the_newest_revision_before_the_day_wins(installation: Installation) -> None:
    installation.post_prices(NOV_3, ["0.10"] * 24)
    installation.post_prices(NOV_3, ["0.20"] * 24)

    result = installation.run("publish_prices", NOV_3, NOV_3)

    assert result.success
    assert failed_checks(result) == []
    assert set(prices_of(installation, NOV_3)) == {Decimal("0.20")}
    assert installation.lake.read(tables.PRICE_COMPONENT, [NOV_3]).height == 48


def test_a_revision_during_the_day_binds_only_the_hours_to_come(
    installation: Installation,
) -> None:
    ten_o_clock = datetime(2025, 11, 3, 15, 0, tzinfo=UTC)
    installation.post_prices(NOV_3, ["0.10"] * 24)
    installation.post_prices(NOV_3, ["0.20"] * 24, received_at=ten_o_clock)

    installation.run("publish_prices", NOV_3, NOV_3)

    curve = prices_of(installation, NOV_3)
    assert curve == [Decimal("0.10")] * 10 + [Decimal("0.20")] * 14


def test_a_day_published_after_it_is_over_has_its_newest_revision(
    installation: Installation,
) -> None:
    later = datetime(2025, 12, 1, tzinfo=UTC)
    installation.post_prices(NOV_3, ["0.10"] * 24, received_at=later)
    installation.post_prices(NOV_3, ["0.20"] * 24, received_at=later)

    installation.run("publish_prices", NOV_3, NOV_3)

    assert set(prices_of(installation, NOV_3)) == {Decimal("0.20")}


def test_every_enabled_ven_is_told_once_and_a_late_one_too(
    installation: Installation,
) -> None:
    tomorrow = tomorrow_of(installation)
    hours = len(interval_starts_utc(tomorrow, installation.programme.zone))
    roster = installation.vtn.roster
    roster += [VenStatus("ven-1", "", is_enabled=True)]
    roster += [VenStatus("ven-2", "", is_enabled=False)]
    installation.post_prices(tomorrow, ["0.10"] * hours)

    installation.run("publish_prices", tomorrow, tomorrow)
    installation.run("publish_prices", tomorrow, tomorrow)
    roster += [VenStatus("ven-3", "", is_enabled=True)]
    result = installation.run("publish_prices", tomorrow, tomorrow)

    assert result.success
    told = installation.lake.read(tables.PRICE_EVENT, [tomorrow])
    assert told["ven_id"].to_list() == ["ven-1", "ven-3"]
    assert {ven for ven, _ in installation.vtn.book} == {"ven-1", "ven-3"}


def test_a_day_that_is_over_is_told_to_nobody(installation: Installation) -> None:
    installation.vtn.roster.append(VenStatus("ven-1", "", is_enabled=True))
    installation.post_prices(NOV_3, ["0.10"] * 24)

    result = installation.run("publish_prices", NOV_3, NOV_3)

    assert result.success
    assert installation.vtn.book == {}


def test_an_implausible_price_binds_nobody(installation: Installation) -> None:
    installation.post_prices(NOV_3, ["0.10"] * 24)
    installation.post_prices(NOV_3, ["9.99"] * 24)

    result = installation.run("publish_prices", NOV_3, NOV_3)

    assert result.success
    assert failed_checks(result) == ["no_submission_is_refused"]
    assert set(prices_of(installation, NOV_3)) == {Decimal("0.10")}


def test_a_day_with_only_implausible_prices_is_not_published(
    installation: Installation,
) -> None:
    installation.post_prices(NOV_3, ["9.99"] * 24)

    result = installation.run("publish_prices", NOV_3, NOV_3)

    assert failed_checks(result) == [
        "every_day_is_published",
        "no_submission_is_refused",
    ]
    assert prices_of(installation, NOV_3) == []


def test_a_price_file_that_is_damaged_is_told_and_the_others_are_read(
    installation: Installation,
) -> None:
    installation.post_prices(NOV_3, ["0.10"] * 24)
    damaged = installation.registry.price_submissions_of(NOV_3)[0]
    landed = installation.lake.root.parent / "landing" / damaged.path
    landed.write_bytes(b"{}")
    installation.post_prices(NOV_3, ["0.20"] * 24)

    result = installation.run("publish_prices", NOV_3, NOV_3)

    assert result.success
    assert failed_checks(result) == ["every_submission_is_read"]
    assert set(prices_of(installation, NOV_3)) == {Decimal("0.20")}


def test_a_revision_is_told_to_those_who_had_the_old_one(
    installation: Installation,
) -> None:
    tomorrow = tomorrow_of(installation)
    installation.vtn.roster.append(VenStatus("ven-1", "", is_enabled=True))
    hours = len(interval_starts_utc(tomorrow, installation.programme.zone))
    installation.post_prices(tomorrow, ["0.10"] * hours)
    installation.run("publish_prices", tomorrow, tomorrow)
    installation.post_prices(tomorrow, ["0.20"] * hours)

    installation.run("publish_prices", tomorrow, tomorrow)

    told = installation.lake.read(tables.PRICE_EVENT, [tomorrow])
    assert told["modification_number"].to_list() == [0, 1]
