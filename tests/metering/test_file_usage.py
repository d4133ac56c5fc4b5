"""Values of usage files: on their meters, in versions, never twice, never lost."""

from datetime import timedelta
from decimal import Decimal

from ter_pipelines.metering.readings import Row
from ter_pipelines.metering.usage import DayOfUsage, sort_out
from tests.metering.reported import (
    DAY,
    RECEIVED,
    at,
    energies,
    meter_of_all,
    reasons,
    value_row,
)

STEP = Decimal("0.01")


def file_row(hours: float = 0, kwh: str | None = "1.250", **changes: object) -> Row:
    """Give a good hourly value of a Green Button file, changed as said."""
    return {
        "submission_id": 1,
        "position": 0,
        "source": "green-button",
        "received_at": RECEIVED,
        "reference": f"entry 7, hour {hours:g}",
        "device_id": "House/1",
        "direction": "delivered",
        "is_register": False,
        "interval_start_text": "as sent",
        "interval_start_utc": at(hours),
        "duration_seconds": 3600,
        "value_text": "1250",
        "unit": "uom 72",
        "power_of_ten": 0,
        "energy_kwh": None if kwh is None else Decimal(kwh),
        "step_kwh": None,
        "state": "RAW",
        "marks": "",
        "published_at": None,
        "reason": "",
        "explanation": "",
        **changes,
    }


def filed(*rows: Row) -> DayOfUsage:
    result = sort_out([], meter_of_all, DAY, filed=rows)
    assert result.accounted_for == len(rows)
    return result


def test_a_value_is_usage_of_the_device_that_its_source_and_name_make() -> None:
    (row,) = filed(file_row()).usage

    assert (row["ven_id"], row["device_id"]) == ("green-button", "House/1")
    assert (row["direction"], row["energy_kwh"]) == ("delivered", Decimal("1.250"))
    assert row["source_reference"] == "file 1, entry 7, hour 0"
    assert (row["meter_id"], row["quality"]) == ("TER0001", "RAW")


def test_the_same_day_in_the_next_file_is_a_repeat() -> None:
    result = filed(file_row(), file_row(submission_id=2))

    assert (energies(result), result.repeats) == ([("1.250", 1)], 1)


def test_another_value_is_a_version_and_the_later_file_wins() -> None:
    result = filed(file_row(0, "0.707"), file_row(0, "0.721"))

    assert (energies(result), result.replaced) == ([("0.721", 2)], 1)


def test_what_was_published_before_does_not_win_by_coming_later() -> None:
    result = filed(
        file_row(0, "0.721", published_at=RECEIVED),
        file_row(0, "0.707", published_at=RECEIVED - timedelta(hours=1)),
    )

    assert energies(result) == [("0.721", 2)]


def test_delivered_and_received_are_two_channels() -> None:
    result = filed(file_row(0, "1"), file_row(0, "2", direction="received"))

    assert [(r["direction"], str(r["energy_kwh"])) for r in result.usage] == [
        ("delivered", "1"),
        ("received", "2"),
    ]


def test_net_usage_beside_its_two_directions_would_count_twice() -> None:
    result = filed(
        file_row(0, "1"),
        file_row(0, "2", direction="received"),
        file_row(0, "-1", direction="net"),
    )

    assert energies(result) == [("1", 1), ("2", 1)]
    assert [reason for reason, _ in reasons(result)] == ["usage.net_beside_directions"]


def test_hours_over_quarters_that_were_heard_earlier_are_refused() -> None:
    result = filed(file_row(0.25, "0.3", duration_seconds=900), file_row(0, "1.2"))

    assert energies(result) == [("0.3", 1)]
    assert reasons(result) == [("usage.overlaps", "file 1, entry 7, hour 0")]


def test_what_the_reader_refused_is_in_quarantine_with_its_reason() -> None:
    result = filed(
        file_row(
            kwh=None,
            direction="",
            interval_start_utc=None,
            duration_seconds=None,
            reason="time.fractional",
            explanation="got 1721154384.66136",
        )
    )

    (row,) = result.quarantined
    assert (row["reason"], row["ven_id"]) == ("time.fractional", "green-button")
    assert (row["interval_start_text"], row["duration_text"]) == ("as sent", "")


def test_gas_is_counted_and_is_neither_usage_nor_refused() -> None:
    result = filed(file_row(direction="", kwh=None))

    assert (result.usage, result.quarantined, result.other_values) == ([], [], 1)


def test_an_interval_of_no_length_or_over_a_day_is_refused() -> None:
    result = filed(
        file_row(0, duration_seconds=0),
        file_row(1, duration_seconds=86_401),
        file_row(0, duration_seconds=86_400),
    )

    assert [reason for reason, _ in reasons(result)] == ["usage.bad_duration"] * 2
    assert len(result.usage) == 1


def test_an_interval_that_had_not_ended_is_refused() -> None:
    result = filed(file_row(25, received_at=at(25)))

    assert reasons(result) == [("usage.in_the_future", "file 1, entry 7, hour 25")]


def test_a_dial_reading_is_kept_apart_and_the_newest_holds() -> None:
    result = filed(
        file_row(0, "11823.4", is_register=True),
        file_row(0, "11823.4", is_register=True, submission_id=2),
        file_row(0, "11824.4", is_register=True, submission_id=3, step_kwh=STEP),
    )

    (row,) = result.registers
    assert (row["reading_kwh"], row["step_kwh"]) == (
        Decimal("11824.4"),
        STEP,
    )
    assert (row["read_at"], result.repeats, result.replaced) == (at(0), 1, 1)
    assert result.usage == []


def test_files_and_reports_of_one_day_stand_side_by_side() -> None:
    result = sort_out(
        [value_row(0, "1.0")], meter_of_all, DAY, filed=[file_row(0, "2.0")]
    )

    assert [row["ven_id"] for row in result.usage] == ["ven-1", "green-button"]
    assert result.accounted_for == 2


def told(result: DayOfUsage) -> list[tuple[str, str]]:
    """Give the energy that holds, by direction."""
    return sorted((row["direction"], str(row["energy_kwh"])) for row in result.usage)


def test_net_usage_stands_where_only_one_direction_is_told() -> None:
    result = filed(
        file_row(0, "-0.5", direction="net"), file_row(0, "1", direction="delivered")
    )

    assert told(result) == [("net", "-0.5")]
    assert [reason for reason, _ in reasons(result)] == ["usage.net_beside_directions"]


def test_a_stray_value_of_one_direction_leaves_the_net_day_as_it_is() -> None:
    net = [file_row(hour, "1", direction="net") for hour in range(24)]

    result = filed(*net, file_row(7, "0.001", duration_seconds=900))

    assert len(result.usage) == 24
    assert len(result.quarantined) == 1


def test_both_directions_in_quarters_fill_the_hour_of_the_net() -> None:
    quarters = [
        file_row(i / 4, "0.2", direction=direction, duration_seconds=900)
        for direction in ("delivered", "received")
        for i in range(4)
    ]

    whole = filed(file_row(0, "0", direction="net"), *quarters)
    holed = filed(file_row(0, "0", direction="net"), *quarters[:-1])

    assert [row["direction"] for row in whole.usage].count("net") == 0
    assert [row["direction"] for row in holed.usage] == ["net"]


def test_hours_go_before_a_total_of_the_day_whichever_came_first() -> None:
    hours = [file_row(hour, "1") for hour in range(24)]

    result = filed(file_row(0, "24", duration_seconds=86_400), *hours)

    assert energies(result) == [("1", 1)] * 24
    assert [reason for reason, _ in reasons(result)] == ["usage.overlaps"]


def test_what_was_confirmed_later_is_not_undone_by_what_was_published_between() -> None:
    days = [RECEIVED + timedelta(days=n) for n in (0, 2, 1)]

    result = filed(
        *(
            file_row(0, kwh, published_at=day)
            for kwh, day in zip(["5", "5", "4"], days, strict=True)
        )
    )
    dials = filed(
        *(
            file_row(0, kwh, published_at=day, is_register=True)
            for kwh, day in zip(["5", "5", "4"], days, strict=True)
        )
    )

    assert (energies(result), result.repeats, result.replaced) == ([("5", 2)], 1, 1)
    assert [row["reading_kwh"] for row in dials.registers] == [Decimal(5)]


def test_a_dial_reading_before_the_programme_is_refused() -> None:
    result = filed(file_row(-24, "11823.4", is_register=True))

    assert [reason for reason, _ in reasons(result)] == ["usage.out_of_range"]


def test_what_a_file_says_happened_to_the_power_is_said_of_the_usage() -> None:
    (row,) = filed(file_row(marks="OUTAGE")).usage

    assert row["marks"] == "OUTAGE"
