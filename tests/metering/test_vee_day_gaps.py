"""What becomes of a day's gaps: held, zero, or estimated from what lies around."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from ter_pipelines.metering.mapping import MappedDevice
from ter_pipelines.metering.vee.day import DayFacts
from ter_pipelines.metering.vee.day_gaps import (
    Surroundings,
    neighbour_of,
    registers_of,
    resolve_channel,
)
from ter_pipelines.metering.vee.series import Interval, Mark
from ter_pipelines.vocab.clock import day_span
from ter_pipelines.vocab.vee_settings import GapPolicy
from tests.metering.reported import at
from tests.metering.vee_at_hand import DEFAULTS, ZONE
from tests.metering.vee_days import (
    DEVICE,
    FACTS,
    MAPPED,
    Row,
    edit,
    judged,
    states,
    usage,
    whole_day,
)

HOUSE = replace(DEVICE, ven_id="green-button")
OF_HOUSE = replace(
    FACTS,
    meter_map=replace(
        MAPPED, by_device={("green-button", "0012"): MAPPED.by_device["ven-1", "0012"]}
    ),
)
NOTHING = Surroundings(zone=ZONE)


def resolved(
    rows: Sequence[Row],
    policy: GapPolicy = "estimate",
    surroundings: Surroundings = NOTHING,
    *,
    device: MappedDevice = HOUSE,
    facts: DayFacts = OF_HOUSE,
) -> list[Row]:
    told = [row | {"ven_id": device.ven_id} for row in rows]
    (channel,) = judged(told, [device], facts)
    return resolve_channel(channel, policy, surroundings, DEFAULTS).rows()


def around(*days: int, kwh: str = "1") -> list[Interval]:
    """Give whole good days so many days away."""
    return [
        Interval(at(24 * day + hour), 3600, Decimal(kwh), "VALID")
        for day in days
        for hour in range(24)
    ]


def kwh(rows: Sequence[Row]) -> list[str]:
    return [str(row["energy_kwh"]) for row in rows if row["state"] == "ESTIMATED"]


def test_a_held_gap_stays_as_it_is() -> None:
    day = whole_day(without=[7, 8])

    assert (
        resolved(day, "hold")
        == judged([row | {"ven_id": "green-button"} for row in day], [HOUSE], OF_HOUSE)[
            0
        ].rows()
    )


def test_a_gap_becomes_zero_where_the_programme_says_so() -> None:
    rows = resolved([*whole_day(without=[7, 3]), usage(3, quality="SUSPECT")], "zero")

    assert [i for i, s in enumerate(states(rows)) if s == "ESTIMATED"] == [3, 7]
    assert kwh(rows) == ["0", "0"]
    assert [(r["method"], r["rules_failed"]) for r in (rows[3], rows[7])] == [
        ("zero", "usage.suspect_quality"),
        ("zero", "usage.missing"),
    ]


def test_two_hours_are_a_line_and_keep_the_rule_that_spoke() -> None:
    day = [*whole_day(without=[6, 7, 8, 9]), usage(6, "1.0"), usage(9, "2.5")]

    rows = resolved(day)

    assert kwh(rows) == ["1.500", "2.000"]
    assert {(r["method"], r["rules_failed"], r["version"]) for r in rows[7:9]} == {
        ("interpolated", "usage.missing", 0)
    }


def test_a_line_reaches_over_midnight_to_the_next_day() -> None:
    following = Surroundings(zone=ZONE, around=around(1, kwh="3"))

    alone = resolved(whole_day(without=[23]))
    beside = resolved(whole_day(without=[23]), surroundings=following)

    assert (kwh(alone), alone[23]["method"]) == (["1.000"], "flat")
    assert (kwh(beside), beside[23]["method"]) == (["2.000"], "interpolated")


def test_a_gap_that_is_too_long_with_the_other_day_is_no_line() -> None:
    following = [i for i in around(1, 2) if i.interval_start_utc >= at(26)]
    surroundings = Surroundings(zone=ZONE, around=following)

    rows = resolved(whole_day("5", without=[23]), surroundings=surroundings)

    assert (kwh(rows), rows[23]["method"]) == (["1.000"], "like_days")


def test_longer_gaps_are_the_average_of_like_days() -> None:
    weekdays = [*around(1, kwh="1"), *around(2, kwh="2"), *around(3, kwh="6")]
    saturday = around(5, kwh="100")
    surroundings = Surroundings(zone=ZONE, around=[*weekdays, *saturday])

    rows = resolved(whole_day(without=[3, 4, 5]), surroundings=surroundings)

    assert kwh(rows) == ["3.000"] * 3
    assert rows[3]["method"] == "like_days"


def test_both_autumn_hours_come_from_the_one_of_the_like_day() -> None:
    long_day, before = date(2025, 11, 2), date(2025, 10, 26)
    span, like = day_span(long_day, ZONE), day_span(before, ZONE)
    whole = [
        Interval(like.start_utc + timedelta(hours=h), 3600, Decimal(h), "VALID")
        for h in range(24)
    ]
    surroundings = Surroundings(zone=ZONE, around=whole)

    rows = resolved([], device=replace(HOUSE, span=span), surroundings=surroundings)

    assert len(rows) == 25
    assert kwh(rows)[:4] == ["0.000", "1.000", "1.000", "2.000"]


def test_a_spring_day_has_nothing_for_the_hour_that_is_not() -> None:
    short_day, before = date(2025, 3, 9), date(2025, 3, 2)
    span, like = day_span(short_day, ZONE), day_span(before, ZONE)
    whole = [
        Interval(like.start_utc + timedelta(hours=h), 3600, Decimal(h), "VALID")
        for h in range(24)
    ]
    surroundings = Surroundings(zone=ZONE, around=whole)

    rows = resolved([], device=replace(HOUSE, span=span), surroundings=surroundings)

    assert len(rows) == 23
    assert kwh(rows)[:3] == ["0.000", "1.000", "3.000"]


def test_a_device_that_follows_prices_is_left_to_a_person_with_the_reason() -> None:
    surroundings = Surroundings(zone=ZONE, around=around(1, 2, 3))

    rows = resolved(
        whole_day(without=[3, 4, 5, 9]),
        surroundings=surroundings,
        device=DEVICE,
        facts=FACTS,
    )

    assert [r["rules_failed"] for r in rows[3:6]] == [
        "usage.missing,estimate.controllable_device"
    ] * 3
    assert (rows[9]["state"], rows[9]["method"]) == ("ESTIMATED", "interpolated")


def test_estimates_add_up_to_the_dial() -> None:
    readings = dials((6, "100"), (10, "103.500"))
    surroundings = Surroundings(zone=ZONE, registers=registers_of(readings))

    rows = resolved(whole_day(without=[7, 8]), surroundings=surroundings)

    assert kwh(rows) == ["0.750", "0.750"]


def test_a_dial_that_is_read_beyond_the_day_is_shared_with_the_other_days() -> None:
    # From hour 6 of the day before to hour 24 of the day: 42 hours, 40 of them known.
    readings = dials((-18, "0"), (24, "43"))
    known = [i for i in around(-1) if i.interval_start_utc != at(-4)]
    surroundings = Surroundings(
        zone=ZONE, around=known, registers=registers_of(readings)
    )

    rows = resolved(whole_day(without=[7]), surroundings=surroundings)

    assert kwh(rows) == ["1.500"]


def test_gaps_before_a_device_was_ever_heard_are_left() -> None:
    undated = Surroundings(zone=ZONE, heard_from=at(2))
    never = Surroundings(zone=ZONE, heard_from=at(24))

    rows = resolved(whole_day(without=[0, 1, 7]), "zero", undated)
    silent = resolved([], "zero", never)

    assert [i for i, s in enumerate(states(rows)) if s != "VALID"] == [0, 1, 7]
    assert [rows[h]["state"] for h in (0, 1, 7)] == ["MISSING", "MISSING", "ESTIMATED"]
    assert set(states(silent)) == {"MISSING"}


def test_what_a_person_edited_is_no_gap_and_bounds_a_line() -> None:
    facts = replace(OF_HOUSE, edits=[edit("edit", 7, 8, "4", ven_id="green-button")])

    rows = resolved(whole_day(without=[7, 8]), facts=facts)

    assert (rows[7]["state"], rows[7]["energy_kwh"]) == ("ADJUSTED", 4)
    assert (rows[8]["state"], kwh(rows)) == ("ESTIMATED", ["2.500"])


def test_a_neighbour_keeps_its_marks() -> None:
    row = usage(0, marks="OUTAGE,RESTORATION", state="VALID")

    assert neighbour_of(row).marks == {Mark.OUTAGE, Mark.RESTORATION}


@pytest.mark.parametrize(
    ("event", "count"), [("", 1), ("RESET", 0), ("EXCHANGE", 0), ("ROLLOVER", 0)]
)
def test_a_dial_that_began_anew_bounds_no_window(event: str, count: int) -> None:
    first, last = dials((6, "100"), (10, "104"))
    registers = registers_of([first, last | {"event": event}])
    (channel,) = judged(whole_day())

    assert registers is not None
    assert len(registers.windows(channel.day.channel)) == count
    assert registers_of([]) is None


def dials(*readings: tuple[float, str]) -> list[Row]:
    def row(read_at: datetime, reading: str) -> Row:
        return {
            "read_at": read_at,
            "reading_kwh": Decimal(reading),
            "step_kwh": Decimal("0.001"),
            "event": "",
        }

    return [row(at(hours), reading) for hours, reading in readings]
