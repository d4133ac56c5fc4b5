"""Each reported value is energy, telemetry or neither, and is told once."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.metering.readings import Row
from ter_pipelines.metering.telemetry_values import is_energy, is_telemetry
from ter_pipelines.metering.usage import sort_out
from tests.metering.reported import DAY, at, meter_of_all, value_row
from tests.metering.telemetry_rows import kept, power_row

GRAIN = ("ven_id", "device_id", "point", "measured_at", "source_reference")


@pytest.mark.parametrize(
    ("changes", "is_kept"),
    [
        ({"value_text": "1.5"}, True),
        ({"value_text": "plenty"}, False),
        ({"value_text": "NaN"}, False),
        ({"value_text": ""}, False),
        ({"value_text": "9999999999999999"}, True),
        ({"value_text": "1e16"}, False),
        ({"value_text": "1e13", "scale": "k"}, False),
        ({"scale": "kilo"}, True),
        ({"interval_start_text": "yesterday"}, False),
        ({"interval_start_text": ""}, False),
        ({"interval_start_text": "2025-11-03T12:00:00"}, False),
        ({"interval_start_text": "2025-11-03T12:00:00.5Z"}, True),
        ({"interval_start_text": "2025-11-03T04:59:59Z"}, False),
        ({"interval_start_text": "2025-11-03T05:00:00Z"}, True),
        ({"interval_start_text": "2025-11-04T05:00:00Z"}, False),
        ({"duration_text": ""}, True),
        ({"duration_text": "PT0S"}, True),
        ({"duration_text": "P1D"}, True),
        ({"duration_text": "P2D"}, False),
        ({"duration_text": "-PT1H"}, False),
        ({"received_at": at(1) - timedelta(minutes=5)}, True),
        ({"received_at": at(1) - timedelta(minutes=5, seconds=1)}, False),
        ({"resource_id": ""}, False),
        ({"resource_id": "", "report_name": "TELEMETRY_STATUS"}, True),
        ({"online": "true"}, True),
        ({"online": "perhaps"}, False),
    ],
)
def test_a_value_needs_a_number_or_status_and_a_place_on_its_day(
    changes: dict[str, object],
    is_kept: bool,  # noqa: FBT001
) -> None:
    row = power_row(0, "1", **changes)

    assert is_telemetry(row, DAY) is is_kept
    assert (kept(row).kept, kept(row).elsewhere) == (int(is_kept), int(not is_kept))


@pytest.mark.parametrize(
    ("changes", "energy"),
    [
        ({"unit": "Wh"}, True),
        ({"unit": "KWH"}, True),
        ({"unit": "GWh"}, True),
        ({"unit": "Wh", "reading_type": "Projected"}, True),
        ({"unit": "Wh", "report_name": "HISTORY_USAGE"}, True),
        ({"unit": "Wh", "report_name": "TELEMETRY_STATUS"}, False),
        ({"unit": "Wh", "report_type": "storedEnergy"}, False),
        ({"unit": "Wh", "report_type": "targetEnergyStorage"}, True),
        ({"unit": "W"}, False),
        ({"unit": "VARh"}, False),
        ({"unit": ""}, False),
        ({"unit": "", "resource_id": ""}, True),
    ],
)
def test_energy_of_a_usage_report_is_no_telemetry(
    changes: dict[str, object],
    energy: bool,  # noqa: FBT001
) -> None:
    row = value_row(0, "1", **changes)

    assert is_energy(row) is energy
    assert is_telemetry(row, DAY) is not energy


ROWS = st.lists(
    st.builds(
        value_row,
        hours=st.sampled_from([-1, 0, 0.25, 1, 24]),
        value=st.sampled_from(["1", "1.0", "2", "-3", "NaN", "", "1e300"]),
        report_seq=st.integers(1, 3),
        position=st.integers(0, 3),
        resource_id=st.sampled_from(["0012", "12", ""]),
        report_name=st.sampled_from(["TELEMETRY_USAGE", "TELEMETRY_STATUS", ""]),
        report_type=st.sampled_from(["usage", "storedEnergy", "setPoint", "?"]),
        reading_type=st.sampled_from(["", "Peak", "Projected"]),
        r_id=st.sampled_from(["r1", "MBMU_system_SOC"]),
        unit=st.sampled_from(["", "Wh", "W", "celsius", "?"]),
        scale=st.sampled_from(["", "none", "k", "T", "?"]),
        duration_text=st.sampled_from(["PT1H", "PT0S", "", "P9D"]),
        online=st.sampled_from(["", "", "true", "?"]),
    ),
    max_size=25,
)


@given(rows=ROWS)
@settings(deadline=None)
def test_every_value_has_one_fate_and_every_kept_one_can_be_stored(
    rows: list[Row],
) -> None:
    numbered = [{**row, "position": n} for n, row in enumerate(rows)]

    result = kept(*numbered)

    fit = [row for row in numbered if is_telemetry(row, DAY)]
    told = {row["source_reference"] for row in result.values}
    grain = [tuple(row[name] for name in GRAIN) for row in result.values]
    assert len(rows) - result.elsewhere == len(fit)
    assert not any(is_energy(row) for row in fit)
    assert told <= {f"report {r['report_seq']} value {r['position']}" for r in fit}
    assert len(told) == result.kept
    assert len(grain) == len(set(grain))


@given(rows=ROWS)
@settings(deadline=None)
def test_each_value_is_usage_or_telemetry_or_quarantined_and_never_two_of_them(
    rows: list[Row],
) -> None:
    numbered = [{**row, "position": n} for n, row in enumerate(rows)]

    telemetry = kept(*numbered)
    usage = sort_out(numbered, meter_of_all, DAY)

    fates = [
        {row["source_reference"] for row in told}
        for told in (telemetry.values, usage.usage, usage.quarantined)
    ]
    assert sum(map(len, fates)) == len(set[str]().union(*fates))
    assert usage.other_values == len(rows) - telemetry.elsewhere
    assert usage.accounted_for == telemetry.accounted_for == len(rows)
