"""A reported value finds its point, and is turned into that point's unit exactly."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.metering.points import Placer, Sent, is_plausible
from ter_pipelines.vocab.points import (
    Point,
    TelemetrySettings,
    read_telemetry_settings,
    shipped_settings,
)

SHIPPED = shipped_settings()


def sent(
    reference: str = "r1", unit: str = "W", scale: str = "", **changes: str
) -> Sent:
    said = {
        "source": "openadr",
        "ven_id": "ven-1",
        "device_id": "0012",
        "report_type": "usage",
        "reading_type": "Direct Read",
        **changes,
    }
    return Sent(point_reference=reference, unit=unit, scale=scale, **said)


def settings_with(*matches: Mapping[str, object]) -> TelemetrySettings:
    settings, errors = read_telemetry_settings({"matches": list(matches)})
    assert errors == {}
    return settings


def said(
    value: str, who: Sent, settings: TelemetrySettings = SHIPPED
) -> tuple[str, str, str]:
    """Give the point, the value in its unit, and the unit."""
    placement = Placer(settings).place(who)
    number = placement.value_of(Decimal(value))
    point = placement.point
    name, unit = (point.name, point.unit) if point else ("", placement.unit)
    return name, f"{number.normalize():f}", unit


@pytest.mark.parametrize(
    ("value", "who", "expected"),
    [
        ("5000", sent(), ("power", "5", "kW")),
        ("5", sent(scale="k"), ("power", "5", "kW")),
        ("5", sent(unit="kW", scale="none"), ("power", "5", "kW")),
        ("-0.001", sent(unit="W", scale="m"), ("power", "-0.000000001", "kW")),
        ("240.5", sent(unit="V"), ("voltage", "240.5", "V")),
        ("5", sent(unit="A", scale="m"), ("current", "0.005", "A")),
        ("59.98", sent(unit="Hz"), ("frequency", "59.98", "Hz")),
        ("212", sent(unit="fahrenheit"), ("temperature", "100", "celsius")),
        ("0", sent(unit="fahrenheit"), ("temperature", "-17.777777778", "celsius")),
        ("-40", sent(unit="°F"), ("temperature", "-40", "celsius")),
        ("81.2", sent("Pack_SOC", "%"), ("state_of_charge", "81.2", "%")),
        ("812", sent("soc", "permille"), ("state_of_charge", "81.2", "%")),
        ("99", sent("StateOfHealth", "percent"), ("state_of_health", "99", "%")),
        ("3", sent("voltage_thd_l1", "%"), ("distortion", "3", "%")),
        ("1", sent(unit="VA", scale="k"), ("apparent_power", "1", "kVA")),
        ("1", sent(unit="VARh", scale="k"), ("reactive_energy", "1", "kvarh")),
        ("7", sent(unit="count"), ("pulses", "7", "count")),
        ("5", sent("power_l2", "W"), ("power_of_phase", "0.005", "kW")),
        ("5", sent("dc_power", "kW"), ("dc_power", "5", "kW")),
        ("9", sent("x", "kW", reading_type="Peak"), ("power_demand", "9", "kW")),
        (
            "9",
            sent("x", "kW", report_type="setPoint"),
            ("power_set_point", "9", "kW"),
        ),
        (
            "9",
            sent("x", "Wh", "k", report_type="storedEnergy"),
            ("stored_energy", "9", "kWh"),
        ),
        (
            "0.98",
            sent("x", "", report_type="powerFactor"),
            ("power_factor", "0.98", "1"),
        ),
        (
            "98",
            sent("power_factor", "%", source="modbus"),
            ("power_factor", "0.98", "1"),
        ),
        (
            "4",
            sent("state", "code", source="modbus", report_type=""),
            ("operating_state", "4", "code"),
        ),
    ],
)
def test_a_value_is_of_a_point_in_its_unit(
    value: str, who: Sent, expected: tuple[str, str, str]
) -> None:
    assert said(value, who) == expected


@pytest.mark.parametrize("unit", ["", "unitless", "%"])
@pytest.mark.parametrize("scale", ["", "none", "d"])
def test_a_fortress_state_of_charge_is_per_mille_whatever_is_registered(
    unit: str, scale: str
) -> None:
    who = sent("MBMU_system_SOC", unit, scale)

    assert said("1000", who) == ("state_of_charge", "100", "%")
    assert said("812", who) == ("state_of_charge", "81.2", "%")


@pytest.mark.parametrize("reference", ["BatteryDisharging", "BatteryDischarging"])
def test_discharging_is_known_in_both_spellings(reference: str) -> None:
    assert said("5", sent(reference, "kW"))[0] == "discharging_power"


@pytest.mark.parametrize(
    ("who", "unit"),
    [
        (sent("x", "furlong"), "furlong"),
        (sent("x", "furlong", "k"), "k furlong"),
        (sent("x", "W", "kilo"), "kilo W"),
        (sent("x", "w"), "w"),
        (sent("soc", ""), ""),
        (sent("tank", "%"), "%"),
        (sent("x", "W", reading_type="Projected"), "W"),
        (sent("x", "W", reading_type="Contract"), "W"),
        (sent("x", "W", report_type="baseline"), "W"),
    ],
)
def test_what_fits_nothing_has_no_point_and_stays_as_it_was_sent(
    who: Sent, unit: str
) -> None:
    assert said("5000", who) == ("", "5000", unit)


def test_a_wrong_declaration_is_believed_until_the_catalogue_knows_better() -> None:
    who = sent("BatteryCharging", "W", "k", ven_id="ven-7")
    other = sent("BatteryCharging", "W", "k", ven_id="ven-8")
    mended = settings_with(
        {
            "point": "charging_power",
            "ven_id": "ven-7",
            "point_reference": "BatteryCharging",
            "scale_is": "none",
        }
    )

    assert said("100000", who) == ("charging_power", "100000", "kW")
    assert said("100000", who, mended) == ("charging_power", "100", "kW")
    assert said("100000", other, mended) == ("charging_power", "100000", "kW")


def test_a_match_can_turn_the_sign() -> None:
    inverter = {"point": "power", "device_id": "roof*", "times": "-1"}

    who = sent("P", "kW", device_id="Roof-1")

    assert said("5", who, settings_with(inverter)) == ("power", "-5", "kW")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source", "modbus"),
        ("ven_id", "ven-2"),
        ("device_id", "0013"),
        ("point_reference", "r?1"),
        ("units", ["kW"]),
        ("report_types", ["setPoint"]),
        ("reading_types", ["Mean"]),
    ],
)
def test_everything_a_match_states_must_fit(name: str, value: object) -> None:
    fitting = {
        "source": "openadr", "ven_id": "ven-?", "device_id": "00*",
        "point_reference": "R[12]", "units": ["V", "W"], "report_types": ["usage"],
        "reading_types": ["Direct Read"],
    }  # fmt: skip
    match: dict[str, object] = {"point": "power_demand", **fitting}

    assert said("1", sent(), settings_with(match))[0] == "power_demand"
    assert said("1", sent(), settings_with({**match, name: value}))[0] == "power"


@pytest.mark.parametrize(
    ("value", "is_good"),
    [("-1000.001", False), ("-1000", True), ("1000", True), ("1000.001", False)],
)
def test_a_limit_is_plausible_and_what_is_beyond_it_is_not(
    value: str,
    is_good: bool,  # noqa: FBT001
) -> None:
    assert is_plausible(Decimal(value), SHIPPED.points["power"]) is is_good


def test_a_point_without_limits_takes_everything() -> None:
    open_ended = Point(name="x", meaning="X.", unit="x", units={})

    assert is_plausible(Decimal(10) ** 20, open_ended)
    assert is_plausible(-(Decimal(10) ** 20), open_ended)


@given(
    st.decimals(-(10**6), 10**6, places=3),
    st.sampled_from(["celsius", "fahrenheit", "degC", "°F"]),
)
def test_a_temperature_is_never_more_than_half_a_step_off(
    value: Decimal, unit: str
) -> None:
    placement = Placer(SHIPPED).place(sent("t", unit))

    kept = placement.value_of(value)

    exact = value if unit in {"celsius", "degC"} else (value - 32) * 5 / 9
    assert abs(kept - exact) <= Decimal("0.0000000005")
