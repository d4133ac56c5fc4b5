"""The worked example of docs/vee.md, number by number."""

from decimal import Decimal

import pytest

from ter_pipelines.metering.vee.estimation import Evidence, estimate
from ter_pipelines.metering.vee.series import Interval
from ter_pipelines.metering.vee.total_rules import (
    find_high_or_low,
    find_spikes,
    find_sum_differences,
    spans_that_agree,
)
from ter_pipelines.vocab.clock import Span
from tests.metering.vee_at_hand import (
    DEFAULTS,
    HOURLY,
    QUARTERS,
    ZONE,
    codes,
    interval,
    kwh_of,
    local_day,
    register,
    series,
    span,
)

DAY = span(0, 24)
SPIKY = (
    "0.8 0.7 0.7 0.6 0.6 0.7 1.1 1.4 1.2 1.0 0.9 0.9 "
    "1.0 0.9 9.6 1.1 1.5 2.4 2.8 2.6 2.2 1.7 1.2 0.9"
)
# Five hours from noon are missing on Tuesday; three weekdays before tell their use.
REFERENCES = {
    local_day(3): "0.60 0.55 0.70 1.10 1.60",
    local_day(31, 10): "0.80 0.65 0.80 1.30 1.90",
    local_day(30, 10): "0.70 0.60 0.90 1.20 1.60",
}
KNOWN = ["0.965"] * 17 + ["0.967", "0.968"]


def reference_day(day: Span, afternoon: str) -> list[Interval]:
    values = ["1"] * 12 + afternoon.split() + ["1"] * 7
    return series(" ".join(values), start=day.start_utc)


def history() -> list[Interval]:
    return [i for day, text in REFERENCES.items() for i in reference_day(day, text)]


def tuesday() -> list[Interval]:
    text = " ".join([*KNOWN[:12], *["-"] * 5, *KNOWN[12:]])
    return series(text)


def test_a_spike_fails() -> None:
    (finding,) = find_spikes(HOURLY, series(SPIKY), [DAY], DEFAULTS)

    assert finding.span == span(14, 15)
    assert finding.facts["observed"] == "2.6923"
    assert (finding.facts["highest_kwh"], finding.facts["third_kwh"]) == ("9.6", "2.6")


def test_the_same_day_without_the_spike_passes() -> None:
    day = series(SPIKY.replace("9.6", "2.0"))

    highest, _, third = sorted(kwh_of(day), reverse=True)[:3]

    assert find_spikes(HOURLY, day, [DAY], DEFAULTS) == []
    ratio = (Decimal(highest) - Decimal(third)) / Decimal(third)
    assert round(ratio, 4) == Decimal("0.1667")


def test_four_quarter_hours_are_interpolated() -> None:
    intervals = series("0.300 - - - - 0.550", seconds=900)

    result = estimate(QUARTERS, intervals, span(0, 1.5), Evidence(zone=ZONE), DEFAULTS)

    assert kwh_of(result.estimates) == ["0.350", "0.400", "0.450", "0.500"]
    assert sum(e.energy_kwh for e in result.estimates) == Decimal("1.700")


def test_five_hours_come_from_three_like_days() -> None:
    intervals = [*history(), *tuesday()]

    result = estimate(HOURLY, intervals, DAY, Evidence(zone=ZONE), DEFAULTS)

    assert kwh_of(result.estimates) == ["0.700", "0.600", "0.800", "1.200", "1.700"]
    assert {e.method for e in result.estimates} == {"like_days"}
    assert sum(e.energy_kwh for e in result.estimates) == Decimal("5.000")


def test_and_are_scaled_to_the_register() -> None:
    registers = register((0, "1000.000"), (24, "1023.740"))
    evidence = Evidence(zone=ZONE, registers=registers)

    result = estimate(HOURLY, [*history(), *tuesday()], DAY, evidence, DEFAULTS)

    assert kwh_of(result.estimates) == ["0.756", "0.648", "0.864", "1.296", "1.836"]
    scaling = result.estimates[0].scaling
    assert scaling is not None
    assert (scaling.known_kwh, scaling.needed_kwh) == (
        Decimal("18.340"),
        Decimal("5.4"),
    )
    assert scaling.factor is not None
    assert Decimal(scaling.factor.numerator) / scaling.factor.denominator == Decimal(
        "1.08"
    )

    filled = [i for i in tuesday() if i.energy_kwh is not None]
    filled += [
        interval(12 + n, str(e.energy_kwh)) for n, e in enumerate(result.estimates)
    ]
    windows = registers.windows(HOURLY)
    assert spans_that_agree(filled, windows, DEFAULTS) == [DAY]
    total = sum((i.energy_kwh or Decimal(0) for i in filled), start=Decimal(0))
    assert windows[0].difference_kwh - total == 0


def test_a_sum_that_differs_fails() -> None:
    windows = register((0, "1000.000"), (24, "1023.740")).windows(HOURLY)
    intervals = series(" ".join(["0.9625"] * 24))

    (finding,) = find_sum_differences(HOURLY, intervals, windows, DEFAULTS)

    assert finding.facts["intervals_kwh"] == "23.1"
    assert (finding.facts["observed"], finding.facts["percent"]) == ("0.64", "2.696")


@pytest.mark.parametrize(
    ("total", "code", "ratio"),
    [("23.74", None, "1.019"), ("8.2", "usage.low", "0.352"),
     ("61.0", "usage.high", "2.618")],
)  # fmt: skip
def test_a_total_is_held_against_the_average_of_five(
    total: str, code: str | None, ratio: str
) -> None:
    past = [Decimal(kwh) for kwh in "22.1 24.0 23.3 21.9 25.2".split()]

    findings = find_high_or_low(HOURLY, series(total), span(0, 1), past, DEFAULTS)

    assert codes(findings) == ([code] if code else [])
    assert [f.facts["observed"] for f in findings] == ([ratio] if code else [])
    assert round(Decimal(total) * 5 / sum(past), 3) == Decimal(ratio)
