"""A day of rows: every second of every channel gets a state, and says why."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ter_pipelines.metering.mapping import MappedDevice, MeterMap
from ter_pipelines.metering.vee.day import DayFacts, find_strays
from ter_pipelines.metering.vee.day_gaps import registers_of
from ter_pipelines.vocab.clock import Span, day_span
from tests.metering.reported import at
from tests.metering.vee_at_hand import ZONE
from tests.metering.vee_days import (
    DEVICE,
    FACTS,
    Row,
    judged,
    missing,
    rows_of,
    states,
    usage,
    validated,
    whole_day,
)


def one(row: Row, hour: int = 3, facts: DayFacts = FACTS) -> Row:
    """Judge a row in the place of one of a plain day's hours."""
    plain = [r for r in whole_day() if r["interval_start_utc"] != at(hour)]
    found = validated([*plain, row], facts=facts)
    return next(r for r in found if r["interval_start_utc"] == at(hour))


def test_a_whole_plain_day_is_valid() -> None:
    rows = validated(whole_day())

    assert {(r["state"], r["rules_failed"], r["method"]) for r in rows} == {
        ("VALID", "", "")
    }
    assert [row["interval_start_utc"] for row in rows] == [at(h) for h in range(24)]


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2025, 3, 9), 23), (date(2025, 3, 10), 24), (date(2025, 11, 2), 25)],
)
def test_a_day_is_as_long_as_the_clock_makes_it(day: date, hours: int) -> None:
    span = day_span(day, ZONE)
    rows = [
        usage(0) | {"interval_start_utc": span.start_utc + timedelta(hours=h)}
        for h in range(hours)
    ]
    device = replace(DEVICE, span=span)

    whole = rows_of(judged(rows, [device]))
    silent = rows_of(judged([], [device]))

    assert states(whole) == ["VALID"] * hours
    assert states(silent) == ["MISSING"] * hours
    assert judged(rows, [device])[0].findings == []


def test_a_gap_of_two_hours_is_two_missing_rows() -> None:
    rows = validated(whole_day(without=[7, 8]))

    assert missing(rows) == [(at(7), 3600), (at(8), 3600)]
    assert len(rows) == 24
    lost = [row for row in rows if row["state"] == "MISSING"]
    assert {(r["energy_kwh"], r["version"], r["rules_failed"]) for r in lost} == {
        (None, 0, "usage.missing")
    }


def test_a_gap_is_cut_as_the_channels_intervals_are() -> None:
    quarters = [usage(i / 4, "0.25", seconds=900) for i in range(96)]

    rows = validated([q for i, q in enumerate(quarters) if i not in {4, 5}])

    assert missing(rows) == [(at(1), 900), (at(1.25), 900)]


def test_a_gap_inside_an_hour_is_missing_for_its_seconds() -> None:
    day = whole_day(without=[7])
    quarters = [usage(7, seconds=900), usage(7.5, seconds=900)]

    assert missing(validated(day + quarters)) == [(at(7.25), 900), (at(7.75), 900)]


def test_a_device_is_only_expected_while_it_is_mapped() -> None:
    old = MappedDevice("TER0001", "ven-1", "0012", Span(at(0), at(10.5)))
    new = MappedDevice("TER0002", "ven-1", "0012", Span(at(10.5), at(24)))

    rows = validated([], [old, new])

    assert missing(rows)[10:12] == [(at(10), 1800), (at(10.5), 1800)]
    assert [row["meter_id"] for row in rows] == ["TER0001"] * 11 + ["TER0002"] * 14


def test_a_device_mapped_twice_in_a_day_is_not_expected_between() -> None:
    morning = replace(DEVICE, span=Span(at(0), at(2)))
    evening = replace(DEVICE, span=Span(at(20), at(24)))

    rows = validated([usage(1), usage(21)], [morning, evening])

    assert missing(rows) == [(at(h), 3600) for h in (0, 20, 22, 23)]


def test_each_direction_of_a_device_has_its_own_day() -> None:
    taken = whole_day("2", direction="delivered")
    given_back = whole_day("1", direction="received", without=[5])

    rows = validated([*taken, *given_back])

    assert len(rows) == 48
    assert [r["direction"] for r in rows if r["state"] == "MISSING"] == ["received"]


@pytest.mark.parametrize(
    ("kwh", "seconds", "direction", "state"),
    [
        ("26.4", 3600, "net", "VALID"),
        ("26.400001", 3600, "net", "SUSPECT"),
        ("-27.5", 3600, "net", "VALID"),
        ("-27.500001", 3600, "net", "SUSPECT"),
        ("26.4", 3600, "delivered", "VALID"),
        ("26.400001", 3600, "delivered", "SUSPECT"),
        ("27.5", 3600, "received", "VALID"),
        ("27.500001", 3600, "received", "SUSPECT"),
        ("-0.000001", 3600, "delivered", "SUSPECT"),
        ("0", 3600, "received", "VALID"),
        ("6.6", 900, "net", "VALID"),
        ("6.600001", 900, "net", "SUSPECT"),
    ],
)
def test_a_device_can_as_much_as_the_programme_says_and_a_tenth(
    kwh: str, seconds: int, direction: str, state: str
) -> None:
    row = usage(0, kwh, seconds=seconds, direction=direction)

    assert states(validated([row]))[0] == state


@pytest.mark.parametrize("factor", ["1", "1.5"])
def test_the_tenth_is_the_programmes(factor: str) -> None:
    at_most = Decimal(24) * Decimal(factor)
    facts = replace(
        FACTS, settings=replace(FACTS.settings, device_limit_factor=Decimal(factor))
    )

    on_it = one(usage(3, str(at_most)), facts=facts)
    beyond = one(usage(3, str(at_most + Decimal("0.000001"))), facts=facts)

    assert "usage.beyond_device_limit" not in on_it["rules_failed"]
    assert "usage.beyond_device_limit" in beyond["rules_failed"]


@pytest.mark.parametrize(
    ("change", "state", "rules"),
    [
        ({"quality": "SUSPECT"}, "SUSPECT", "usage.suspect_quality"),
        ({"quality": "a word we do not know"}, "SUSPECT", "usage.suspect_quality"),
        ({"marks": "TEST_MODE"}, "SUSPECT", "usage.test_mode"),
        ({"marks": "OVERFLOW"}, "SUSPECT", "usage.overflow"),
        ({"marks": "OUTAGE"}, "VALID", "usage.outage"),
        ({"marks": "RESTORATION"}, "VALID", ""),
        ({"energy_kwh": Decimal("2.8")}, "VALID", ""),
        ({"energy_kwh": Decimal("2.800001")}, "SUSPECT", "usage.spike"),
        (
            {"energy_kwh": Decimal(99), "marks": "OVERFLOW,OUTAGE"},
            "SUSPECT",
            "usage.overflow,usage.beyond_device_limit,usage.spike,usage.outage",
        ),
    ],
)
def test_every_rule_that_spoke_is_named_and_the_value_is_kept(
    change: Row, state: str, rules: str
) -> None:
    row = one(usage(3) | change)

    assert (row["state"], row["rules_failed"]) == (state, rules)
    assert row["energy_kwh"] == change.get("energy_kwh", 1)


@pytest.mark.parametrize("quality", ["ESTIMATED", "ADJUSTED"])
def test_what_the_source_estimated_or_adjusted_stands_and_says_so(quality: str) -> None:
    row = one(usage(3, "40", quality=quality))

    assert (row["state"], row["method"]) == (quality, "source")


@pytest.mark.parametrize(
    ("begin", "seconds", "codes"),
    [
        (0, 3600, set()),
        (0.5, 1800, {"usage.wrong_length", "usage.off_the_grid"}),
        (0.5, 3600, {"usage.off_the_grid", "usage.crosses_the_hour"}),
        (0, 3601, {"usage.wrong_length", "usage.crosses_the_hour"}),
    ],
)
def test_an_interval_that_is_cut_otherwise_is_suspect(
    begin: float, seconds: int, codes: set[str]
) -> None:
    rows = validated([*whole_day(without=[0, 1]), usage(begin, seconds=seconds)])

    found = next(r for r in rows if r["interval_start_utc"] == at(begin))
    assert set(filter(None, found["rules_failed"].split(","))) == codes
    assert found["state"] == ("SUSPECT" if codes else "VALID")


def test_a_value_of_one_second_does_not_cut_the_day_into_seconds() -> None:
    rows = validated([usage(3, "0.001", seconds=1)])

    lost = missing(rows)
    assert len(rows) == 25
    assert [(r["state"], r["rules_failed"]) for r in rows if r["energy_kwh"]] == [
        ("SUSPECT", "usage.wrong_length")
    ]
    assert sum(seconds for _, seconds in lost) == 24 * 3600 - 1
    assert (at(3) + timedelta(seconds=1), 3599) in lost


@pytest.mark.parametrize(("late", "is_taken"), [(180, True), (181, False)])
def test_a_value_from_after_it_was_received_is_rejected(
    late: int,
    is_taken: bool,  # noqa: FBT001
) -> None:
    received = at(24) - timedelta(seconds=late)

    rows = validated(whole_day(received_at=received))

    last = rows[-1]
    assert last["state"] == ("VALID" if is_taken else "MISSING")
    assert last["rules_failed"] == ("" if is_taken else "usage.in_the_future")


def test_intervals_that_do_not_add_up_to_the_dial_are_suspect() -> None:
    def facts(closing: str) -> DayFacts:
        readings = [
            {"read_at": at(h), "reading_kwh": Decimal(v), "event": "", "step_kwh": step}
            for h, v in ((6, "100"), (9, closing))
        ]
        registers = registers_of(readings)
        assert registers is not None
        key = judged([usage(0)])[0].day.key
        return replace(FACTS, registers={key: registers})

    step = Decimal("0.1")

    agreeing = validated(whole_day(), facts=facts("103.2"))
    differing = validated(whole_day(), facts=facts("103.201"))

    assert set(states(agreeing)) == {"VALID"}
    assert [i for i, s in enumerate(states(differing)) if s == "SUSPECT"] == [6, 7, 8]
    assert differing[6]["rules_failed"] == "usage.sum_check"


@pytest.mark.parametrize(
    ("ven_id", "codes"), [("green-button", ["usage.high"]), ("ven-1", [])]
)
def test_a_day_far_above_its_like_is_noted_unless_days_are_not_alike(
    ven_id: str, codes: list[str]
) -> None:
    device = replace(DEVICE, ven_id=ven_id)
    rows = whole_day(ven_id=ven_id)
    mapped = MeterMap({(ven_id, "0012"): FACTS.meter_map.by_device["ven-1", "0012"]})
    key = judged(rows, [device], replace(FACTS, meter_map=mapped))[0].day.key
    like = {key: [Decimal("11.999999")]}

    (channel,) = judged(
        rows, [device], replace(FACTS, meter_map=mapped, like_totals=like)
    )

    assert [f.code for f in channel.findings] == codes
    assert set(states(channel.rows())) == {"VALID"}


def test_usage_of_no_mapped_device_is_found_and_is_nobodys() -> None:
    row = usage(3, meter_id="TER0009")

    (finding,) = find_strays([row], FACTS)

    assert finding.code == "usage.wrong_meter"
    assert (finding.facts["observed"], finding.facts["limit"]) == ("TER0009", "TER0001")
