"""What a source says of a value, its sign, and what a device can do."""

from dataclasses import replace
from decimal import Decimal

import pytest

from ter_pipelines.metering.vee.series import (
    SUSPECT,
    Direction,
    Interval,
    Mark,
)
from ter_pipelines.metering.vee.value_rules import (
    Limits,
    find_beyond_device_limit,
    find_kvarh_mismatch,
    find_marked,
    find_negative,
    find_on_inactive_meter,
    find_suspect_quality,
    rated_limits,
)
from ter_pipelines.vocab.errors import InputError
from tests.metering.vee_at_hand import (
    HOURLY,
    SUBJECT,
    at,
    codes,
    interval,
    seen,
    series,
    span,
)


@pytest.mark.parametrize(
    ("mark", "code"),
    [
        (Mark.TEST_MODE, "usage.test_mode"),
        (Mark.OVERFLOW, "usage.overflow"),
        (Mark.OUTAGE, "usage.outage"),
    ],
)
def test_a_mark_of_the_source_is_found(mark: Mark, code: str) -> None:
    intervals = [interval(0), interval(1, marks=frozenset({mark}))]

    findings = find_marked(HOURLY, intervals)

    assert codes(findings) == [code]
    assert seen(findings) == [(1, "not marked", mark.name)]


def test_every_mark_of_an_interval_is_found_and_a_restoration_is_none() -> None:
    marks = frozenset({Mark.TEST_MODE, Mark.OUTAGE, Mark.RESTORATION})

    findings = find_marked(HOURLY, [interval(0, marks=marks)])

    assert codes(findings) == ["usage.test_mode", "usage.outage"]


def test_a_value_that_its_source_doubts_is_found() -> None:
    intervals = [interval(0), interval(1, state=SUSPECT)]

    assert seen(find_suspect_quality(SUBJECT, intervals)) == [(1, "RAW", "SUSPECT")]


@pytest.mark.parametrize("direction", ["delivered", "received", "net"])
@pytest.mark.parametrize("kwh", ["0.000001", "0", "-0.000001"])
def test_only_a_net_channel_may_be_below_zero(kwh: str, direction: Direction) -> None:
    channel = replace(HOURLY, direction=direction)

    findings = find_negative(channel, [interval(3, kwh)])

    is_wrong = kwh.startswith("-") and direction != "net"
    assert seen(findings) == ([(3, "0", kwh)] if is_wrong else [])


@pytest.mark.parametrize(
    ("kwh", "seconds", "limit"),
    [
        ("5.5", 3600, None),
        ("5.500001", 3600, "5.5"),
        ("-3.3", 3600, None),
        ("-3.300001", 3600, "-3.3"),
        ("1.375", 900, None),
        ("1.375001", 900, "1.375"),
        # A seventh of an hour has no end as a decimal; the limit is held exactly.
        ("0.785714", 514, "0.785278"),
        ("0.785277", 514, None),
        ("0", 3600, None),
    ],
)
def test_energy_is_held_against_rated_power_times_hours_times_1_1(
    kwh: str, seconds: int, limit: str | None
) -> None:
    limits = rated_limits(
        import_kw=Decimal(5), export_kw=Decimal(3), factor=Decimal("1.1")
    )

    findings = find_beyond_device_limit(
        SUBJECT, [interval(0, kwh, seconds=seconds)], limits
    )

    assert seen(findings) == ([(0, limit, kwh)] if limit else [])


def test_a_load_gives_nothing() -> None:
    limits = rated_limits(
        import_kw=Decimal(5), export_kw=Decimal(0), factor=Decimal("1.1")
    )

    findings = find_beyond_device_limit(SUBJECT, series("0 -0.001 5"), limits)

    assert seen(findings) == [(1, "0", "-0.001")]


@pytest.mark.parametrize(
    ("hours", "kwh", "is_found"),
    [(1, "0.001", False), (2, "0.001", True), (3, "0.001", True),
     (4, "0.001", False), (3, "0", False), (3, "-0.5", True)],
)  # fmt: skip
def test_energy_on_a_meter_that_is_off_is_found(
    hours: float, kwh: str, *, is_found: bool
) -> None:
    channel = replace(HOURLY, inactive=(span(2, 4),))

    findings = find_on_inactive_meter(channel, [interval(hours, kwh)])

    assert seen(findings) == ([(hours, "0", kwh)] if is_found else [])


@pytest.mark.parametrize(
    ("kwh", "kvarh", "is_found"),
    [("1", "0.2", False), ("0", "0", False), ("0", "0.2", True), ("1", "0", True),
     ("-1", "-0.2", False), ("0", None, False)],
)  # fmt: skip
def test_reactive_and_active_energy_come_together(
    kwh: str, kvarh: str | None, *, is_found: bool
) -> None:
    reactive = {} if kvarh is None else {at(0): Decimal(kvarh)}

    findings = find_kvarh_mismatch(HOURLY, [interval(0, kwh)], reactive)

    observed = f"{kwh} kWh {kvarh} kVARh"
    assert seen(findings) == ([(0, "both or neither", observed)] if is_found else [])


def test_no_rule_of_values_speaks_of_nothing_or_of_what_is_missing() -> None:
    limits = Limits(Decimal(1), Decimal(2))
    channel = replace(HOURLY, direction="delivered", inactive=(span(0, 24),))

    for intervals in ([], [interval(0, None)]):
        assert find_marked(channel, intervals) == []
        assert find_suspect_quality(SUBJECT, intervals) == []
        assert find_negative(channel, intervals) == []
        assert find_beyond_device_limit(SUBJECT, intervals, limits) == []
        assert find_on_inactive_meter(channel, intervals) == []
        assert find_kvarh_mismatch(channel, intervals, {at(0): Decimal(1)}) == []


@pytest.mark.parametrize("seconds", [0, -1])
def test_an_interval_without_length_is_refused(seconds: int) -> None:
    with pytest.raises(InputError, match="got no duration"):
        interval(0, seconds=seconds)


def test_missing_is_exactly_what_has_no_energy() -> None:
    with pytest.raises(InputError, match="expected MISSING exactly where"):
        Interval(at(0), 3600, None)
    with pytest.raises(InputError, match="expected MISSING exactly where"):
        Interval(at(0), 3600, Decimal(0), "MISSING")
