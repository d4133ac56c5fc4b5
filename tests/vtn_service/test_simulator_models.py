"""The simulated devices' own models: money-wise, within limits, always the same."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from vtn_service.simulator.deliveries import Delivery, deliveries_of, value_text
from vtn_service.simulator.fleet import (
    KINDS,
    SCALES,
    Device,
    Fleet,
    PricedHour,
    read_fleet,
)
from vtn_service.simulator.models import plan_day
from vtn_service.simulator.price_events import read_price_events

EASTERN = ZoneInfo("America/New_York")
MIDNIGHT = datetime(2025, 11, 3, 5, tzinfo=UTC)
# Cheap 02:00 to 05:00, dear 17:00 to 19:00, otherwise 5 cents.
PRICES = ["0.05"] * 2 + ["0.03"] * 4 + ["0.05"] * 11 + ["0.48", "0.45", "0.40"]
PRICES += ["0.05"] * 4
HOURS = [
    PricedHour(MIDNIGHT + timedelta(hours=i), Decimal(price))
    for i, price in enumerate(PRICES)
]
FLAT = [PricedHour(hour.start_utc, Decimal("0.05")) for hour in HOURS]
VENS = [f"ven-{i:02d}" for i in range(12)]


def device(
    kind: str, ven_id: str = "ven-01", scale: str = "k", quirk: str = ""
) -> Device:
    return Device(ven_id, "token", "device", kind, "Wh", scale, quirk)


def cost(energy: list[Decimal]) -> Decimal:
    return sum(
        (kwh * hour.price for kwh, hour in zip(energy, HOURS, strict=True)),
        start=Decimal(0),
    )


def history(*days: str) -> Fleet:
    hours = {date.fromisoformat(day): tuple(HOURS) for day in days}
    return Fleet("http://127.0.0.1:1", EASTERN, hours, ())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ven_id", VENS)
def test_a_device_pays_less_than_one_that_ignores_prices(
    kind: str, ven_id: str
) -> None:
    aware = plan_day(device(kind, ven_id), HOURS, EASTERN)
    blind = plan_day(device(kind, ven_id), FLAT, EASTERN)

    assert len(aware) == len(HOURS)
    assert cost(aware) < cost(blind)


@pytest.mark.parametrize("ven_id", VENS)
def test_a_battery_gives_back_ninety_percent_within_its_power(ven_id: str) -> None:
    energy = plan_day(device("battery", ven_id), HOURS, EASTERN)

    flows = [kwh - Decimal("0.018") for kwh in energy]
    taken = sum(kwh for kwh in flows if kwh > 0)
    given = -sum(kwh for kwh in flows if kwh < 0)
    assert max(abs(kwh) for kwh in flows) <= 5
    assert abs(given - taken * Decimal("0.9")) <= Decimal("0.002")
    assert {i for i, kwh in enumerate(flows) if kwh > 0} <= {2, 3, 4, 5}
    assert flows[17] < 0


def test_a_battery_rests_when_the_spread_does_not_pay() -> None:
    energy = plan_day(device("battery"), FLAT, EASTERN)

    assert set(energy) == {Decimal("0.018")}


@pytest.mark.parametrize("ven_id", VENS)
def test_a_car_charges_at_home_in_the_cheap_hours_until_full(ven_id: str) -> None:
    energy = plan_day(device("ev", ven_id), HOURS, EASTERN)

    assert Decimal("4.5") <= sum(energy) <= 17
    assert max(energy) <= Decimal("7.2")
    assert {i for i, kwh in enumerate(energy) if kwh} <= {2, 3, 4, 5}


def test_a_heat_pump_heats_ahead_of_the_dear_hours() -> None:
    aware = plan_day(device("heat_pump"), HOURS, EASTERN)
    blind = plan_day(device("heat_pump"), FLAT, EASTERN)

    assert aware[17] < blind[17]
    assert aware[15] > blind[15]
    assert min(aware) > 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hours", [HOURS[:23], HOURS, [*HOURS, PricedHour(
    MIDNIGHT + timedelta(hours=24), Decimal("-0.02"))]])  # fmt: skip
def test_days_of_any_length_are_planned_to_the_watt_hour(
    kind: str, hours: list[PricedHour]
) -> None:
    energy = plan_day(device(kind), hours, EASTERN)

    assert len(energy) == len(hours)
    assert {kwh.as_tuple().exponent for kwh in energy} == {-3}


def test_devices_differ_but_each_stays_the_same() -> None:
    first = plan_day(device("ev", "ven-01"), HOURS, EASTERN)
    again = plan_day(device("ev", "ven-01"), HOURS, EASTERN)
    other = plan_day(device("ev", "ven-02"), HOURS, EASTERN)

    assert first == again
    assert first != other


@pytest.mark.parametrize("scale", SCALES)
def test_values_are_exact_in_the_declared_scale(scale: str) -> None:
    wh = {"none": Decimal(1), "k": Decimal(1000), "M": Decimal(1_000_000)}

    sent = deliveries_of(device("battery", scale=scale), history("2025-11-03"))

    texts = [text for _, text in sent[0].intervals]
    kwh = plan_day(device("battery"), HOURS, EASTERN)
    assert [Decimal(text) * wh[scale] for text in texts] == [1000 * k for k in kwh]
    assert value_text(Decimal("0.000"), scale=scale).strip("0") in {"", "."}


@pytest.mark.parametrize("quirk", ["sends_a_day_twice", "sends_two_days_out_of_order",
                                   "leaves_a_two_hour_gap"])  # fmt: skip
def test_a_quirk_needs_no_more_than_a_day(quirk: str) -> None:
    one = deliveries_of(device("ev", quirk=quirk), history("2025-11-03"))
    none = deliveries_of(device("ev", quirk=quirk), history())

    assert {d.operating_day for d in one} == {date(2025, 11, 3)}
    assert none == []


def test_a_gap_is_two_hours_in_the_middle_of_the_month() -> None:
    days = [f"2025-11-0{i}" for i in range(1, 6)]
    gappy = device("ev", quirk="leaves_a_two_hour_gap")

    sent = deliveries_of(gappy, history(*days))

    assert [len(day.intervals) for day in sent] == [24, 24, 22, 24, 24]
    assert isinstance(sent[2], Delivery)
    left_out = set(HOURS) - {
        hour for hour in HOURS if hour.start_utc in dict(sent[2].intervals)
    }
    assert len(left_out) == 2


def fleet_file(**changes: object) -> bytes:
    entry: dict[str, object] = {
        "ven_id": "0012", "token": "t", "device_id": "d", "kind": "ev",
        "unit": "Wh", "scale": "k", "quirk": "",
    }  # fmt: skip
    entry |= {name: value for name, value in changes.items() if name in entry}
    whole: dict[str, object] = {
        "vtn_url": "http://127.0.0.1:1/",
        "zone": "America/New_York",
        "history_prices": {"2025-11-01": [["2025-11-01T04:00:00Z", "0.035"]]},
        "devices": [entry],
    }
    whole |= {name: value for name, value in changes.items() if name in whole}
    return json.dumps(whole).encode()


def test_a_fleet_file_is_read_as_text_and_decimals() -> None:
    fleet = read_fleet(fleet_file())

    assert fleet.devices[0].ven_id == "0012"
    assert fleet.vtn_url == "http://127.0.0.1:1"
    assert fleet.history[date(2025, 11, 1)] == (
        PricedHour(datetime(2025, 11, 1, 4, tzinfo=UTC), Decimal("0.035")),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ven_id", "../../etc"), ("ven_id", 12), ("token", "a/b"), ("kind", "toaster"),
        ("unit", "kWh"), ("scale", "G"), ("quirk", "sleeps"), ("vtn_url", "ftp://x"),
        ("zone", "Mars/Olympus"), ("devices", []), ("history_prices", []),
        ("history_prices", {"2025-11-31": [["2025-11-01T04:00:00Z", "1"]]}),
        ("history_prices", {"2025-11-01": [["2025-11-01T04:00:00", "1"]]}),
        ("history_prices", {"2025-11-01": [["2025-11-01T04:00:00Z", "NaN"]]}),
        ("history_prices", {"2025-11-01": [["2025-11-01T04:00:00Z"]]}),
    ],
)  # fmt: skip
def test_a_wrong_field_of_a_fleet_file_is_named(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        read_fleet(fleet_file(**{name: value}))


EVENT = """
    <e xmlns="http://docs.oasis-open.org/ns/energyinterop/201110"
       xmlns:x="urn:ietf:params:xml:ns:icalendar-2.0"
       xmlns:s="urn:ietf:params:xml:ns:icalendar-2.0:stream"><eiEvent>
     <eventDescriptor><eventID>0012</eventID><modificationNumber>3</modificationNumber>
      <eventStatus>far</eventStatus></eventDescriptor>
     <eiActivePeriod><x:properties><x:dtstart>
      <x:date-time>2025-11-02T04:00:00Z</x:date-time>
     </x:dtstart></x:properties></eiActivePeriod>
     <eiEventSignals>{signals}</eiEventSignals></eiEvent></e>"""
SIGNAL = """<eiEventSignal><s:intervals>{intervals}</s:intervals>
     <signalName>{name}</signalName><signalType>{kind}</signalType></eiEventSignal>"""
INTERVAL = """<interval><x:duration><x:duration>PT1H</x:duration></x:duration>
     <signalPayload><payloadFloat><value>{}</value></payloadFloat></signalPayload>
    </interval>"""


def signal(name: str, kind: str, *values: str) -> str:
    intervals = "".join(INTERVAL.format(value) for value in values)
    return SIGNAL.format(intervals=intervals, name=name, kind=kind)


def test_prices_without_own_starts_follow_each_other() -> None:
    prices = signal("ELECTRICITY_PRICE", "price", "0.10", "-0.0120")

    [event] = read_price_events(EVENT.format(signals=prices))

    assert (event.event_id, event.modification_number) == ("0012", 3)
    assert [(i.start_utc.hour, i.price) for i in event.intervals] == [
        (4, "0.10"),
        (5, "-0.0120"),
    ]


def test_prices_are_found_among_other_signals() -> None:
    dispatch = signal("LOAD_DISPATCH", "setpoint", "-100")
    factor = signal("ELECTRICITY_PRICE", "priceMultiplier", "2")
    prices = signal("ELECTRICITY_PRICE", "price", "0.10")

    [event] = read_price_events(EVENT.format(signals=dispatch + factor + prices))

    assert [interval.price for interval in event.intervals] == ["0.10"]
    assert read_price_events(EVENT.format(signals=dispatch + factor)) == []


def test_the_example_devices_make_a_fleet() -> None:
    path = Path(__file__).parents[2] / "examples" / "devices.json"
    listed = json.loads(path.read_text())["devices"]
    for entry in listed:
        del entry["meter_id"]
        entry["token"] = f"token-of-{entry['ven_id']}"

    fleet = read_fleet(fleet_file(devices=listed))

    assert [d.ven_id for d in fleet.devices] == [e["ven_id"] for e in listed]
