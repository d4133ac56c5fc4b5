"""A reported value is usage of a mapped device, or it says why it cannot be used."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from ter_pipelines.metering.readings import (
    Unusable,
    is_usage,
    read_duration,
    read_value,
)
from tests.metering.reported import MIDNIGHT, at, meter_of_all, value_row


def why_not(**changes: object) -> Unusable:
    with pytest.raises(Unusable) as refusal:
        read_value(value_row(**changes), meter_of_all)  # type: ignore[arg-type]
    return refusal.value


def test_a_good_value_is_placed_in_time_and_on_its_meter() -> None:
    reading = read_value(value_row(value="-0.300"), meter_of_all)

    assert (reading.meter_id, reading.ven_id, reading.device_id) == (
        "TER0001",
        "ven-1",
        "0012",
    )
    assert reading.interval_start_utc == MIDNIGHT
    assert (reading.duration_seconds, reading.end_utc) == (3600, at(1))
    assert str(reading.energy_kwh) == "-0.300000"
    assert reading.quality == "RAW"
    assert reading.source_reference == "report 1 value 0"


def test_a_start_is_taken_in_any_offset() -> None:
    row = value_row(interval_start_text="2025-11-03T00:00:00-05:00")

    assert read_value(row, meter_of_all).interval_start_utc == MIDNIGHT


@pytest.mark.parametrize(
    ("value", "unit", "scale"),
    [("1250", "Wh", "none"), ("1.25", "Wh", "k"), ("1.25", "kWh", ""),
     ("0.00125", "MWh", "none")],
)  # fmt: skip
def test_the_registered_unit_and_scale_say_what_a_number_is(
    value: str, unit: str, scale: str
) -> None:
    reading = read_value(value_row(value=value, unit=unit, scale=scale), meter_of_all)

    assert reading.energy_kwh == Decimal("1.25")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"resource_id": ""}, "report.point_not_registered"),
        ({"unit": ""}, "report.point_not_registered"),
        ({"interval_start_text": "yesterday"}, "report.bad_time"),
        ({"interval_start_text": "2025-11-03T05:00:00"}, "report.bad_time"),
        ({"interval_start_text": "2025-11-03T05:00:00.5Z"}, "report.bad_time"),
        ({"interval_start_text": "0001-01-01T00:00:00+05:00"}, "report.bad_time"),
        ({"interval_start_text": "9999-12-31T23:30:00Z"}, "report.bad_time"),
        ({"duration_text": ""}, "report.bad_duration"),
        ({"duration_text": "PT25H"}, "report.bad_duration"),
        ({"value_text": "NaN"}, "report.bad_value"),
        ({"value_text": "1e308"}, "report.bad_value"),
        ({"value_text": ""}, "report.bad_value"),
        ({"value_text": "1,2"}, "report.bad_value"),
        ({"unit": "W"}, "report.bad_value"),
        ({"scale": "kilo"}, "report.bad_value"),
        (
            {"data_quality": "No New Value - Previous Value Used"},
            "usage.no_new_value",
        ),
        ({"interval_start_text": "2025-11-04T05:30:00Z"}, "usage.in_the_future"),
    ],
)
def test_a_value_that_cannot_be_used_says_why(
    changes: dict[str, object], reason: str
) -> None:
    why = why_not(**changes)

    assert why.reason == reason
    assert why.explanation


def test_a_device_that_is_not_mapped_is_named_with_the_instant() -> None:
    with pytest.raises(Unusable) as refusal:
        read_value(value_row(), lambda _device, _instant: None)

    assert refusal.value.reason == "device.not_mapped"
    assert refusal.value.explanation == (
        "no meter list maps 'ven-1' device '0012' at 2025-11-03T05:00:00Z; "
        "add it to the meter list"
    )


def test_the_mapping_is_asked_for_the_start_of_the_interval() -> None:
    def before_one(_device: tuple[str, str], instant: datetime) -> str:
        return "OLD" if instant < at(1) else "NEW"

    assert read_value(value_row(0), before_one).meter_id == "OLD"
    assert read_value(value_row(1), before_one).meter_id == "NEW"


@pytest.mark.parametrize(("seconds", "is_taken"), [(300, True), (301, False)])
def test_a_devices_clock_may_be_five_minutes_ahead(
    seconds: int,
    is_taken: bool,  # noqa: FBT001
) -> None:
    row = value_row(received_at=at(1) - timedelta(seconds=seconds))

    if is_taken:
        assert read_value(row, meter_of_all).end_utc == at(1)
    else:
        with pytest.raises(Unusable, match=r"usage\.in_the_future"):
            read_value(row, meter_of_all)


@pytest.mark.parametrize(
    ("quality", "kept"),
    [
        ("", "RAW"),
        ("Quality Good - Non Specific", "RAW"),
        ("Quality Bad - Non Specific", "SUSPECT"),
        ("something unheard of", "SUSPECT"),
    ],
)
def test_quality_that_is_not_plainly_good_is_suspect(quality: str, kept: str) -> None:
    reading = read_value(value_row(data_quality=quality), meter_of_all)

    assert reading.quality == kept


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT1H", 3600), ("PT15M", 900), ("PT1S", 1), ("P1D", 86400), ("PT24H", 86400),
     ("PT1H30M", 5400), ("P0DT1H", 3600), ("PT3600S", 3600), ("PT1440M", 86400)],
)  # fmt: skip
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert read_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "PT0S", "P0D", "-PT1H", "PT86401S", "P1DT1S", "P1M", "P1W",
     "PT1.5H", "1H", "pt1h", "PT99999H", "PT1H ", "P999D"],
)  # fmt: skip
def test_a_duration_of_nothing_or_over_a_day_or_unclear_is_refused(text: str) -> None:
    with pytest.raises(Unusable, match=r"report\.bad_duration"):
        read_duration(text)


@pytest.mark.parametrize(
    ("name", "is_energy"),
    [
        ("TELEMETRY_USAGE", True),
        ("HISTORY_USAGE", True),
        ("METADATA_TELEMETRY_USAGE", True),
        ("TELEMETRY_STATUS", False),
        ("x-OTHER", False),
        ("", False),
    ],
)
def test_only_usage_reports_mean_energy(
    name: str,
    is_energy: bool,  # noqa: FBT001
) -> None:
    assert is_usage(value_row(report_name=name)) is is_energy
