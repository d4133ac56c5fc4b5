"""Which events may be told: the standard's table, exact values, one span of time."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vtn_service.event_bodies import START, event_of, interval_of, signal_of
from vtn_service.contract import Event, EventInterval, EventSignal
from vtn_service.openadr.events import check_event, distribution, outline_of, texts_of
from vtn_service.openadr.library import SCALES
from vtn_service.openadr.message import Message, parse_message
from vtn_service.openadr.prepared import write
from vtn_service.openadr.signals import ITEM_NAMES, check_signal
from vtn_service.store.events import LiveEvent, pack_event

UNITS = {
    "": [""],
    "currency": ["USD", "AED"],
    "currencyPerKW": ["CAD"],
    "currencyPerKWh": ["USD", "XTS"],
    "powerReal": ["W", "J/s"],
    "powerApparent": ["VA"],
    "powerReactive": ["VAR"],
    "energyReal": ["Wh"],
    "energyApparent": ["VAh"],
    "energyReactive": ["VARh"],
    "current": ["A"],
    "temperature": ["celsius", "fahrenheit"],
}
TYPES = sorted({kind for kinds in ITEM_NAMES.values() for kind in kinds})
ALLOWED = [
    (name, kind, item, unit)
    for name, kinds in ITEM_NAMES.items()
    for kind, items in kinds.items()
    for item in items
    for unit in UNITS[item]
]


def told(event: Event) -> Message:
    """Give the message that tells an event, which must be valid."""
    span = check_event(pack_event(event))
    live = LiveEvent("e1", 0, "", *span, *span)
    texts = texts_of(live, ven_id="v1", now=START)
    inner = outline_of(event, span).fill(texts)
    return parse_message(write("oadrDistributeEvent", distribution("VTN"), inner))


def texts(message: Message, name: str) -> list[str]:
    return [element.text or "" for element in message.element.iter(f"{{*}}{name}")]


def complaint_about(event: Event) -> str:
    with pytest.raises(ValueError, match="expected") as caught:
        check_event(pack_event(event))
    return str(caught.value)


@pytest.mark.parametrize(("name", "kind", "item", "unit"), ALLOWED)
def test_every_signal_of_the_standard_can_be_told(
    name: str, kind: str, item: str, unit: str
) -> None:
    signal = signal_of(
        value="1", signal_name=name, signal_type=kind, item_name=item, item_units=unit
    )

    message = told(event_of(signal))

    assert texts(message, "signalName") == [name]
    assert texts(message, "signalType") == [kind]
    assert texts(message, "value") == ["1"]
    assert texts(message, "itemUnits") == ([unit] if item else [])


def test_no_other_signal_can() -> None:
    allowed = {(name, kind, item) for name, kind, item, _ in ALLOWED}
    every = set(itertools.product([*ITEM_NAMES, "x-own"], [*TYPES, "x-own"], UNITS))

    for name, kind, item in sorted(every - allowed):
        signal = signal_of(
            value="1",
            signal_name=name,
            signal_type=kind,
            item_name=item,
            item_units=UNITS[item][0],
        )
        with pytest.raises(ValueError, match=r"^signals\[0\]\.(signal|item)_\w+: got"):
            check_signal(signal, "signals[0]")


@pytest.mark.parametrize("scale", SCALES)
def test_every_scale_of_the_schema_is_told(scale: str) -> None:
    signal = dispatch("-2.50", scale=scale)

    assert texts(told(event_of(signal)), "siScaleCode") == [scale]


def dispatch(value: str, **changes: Any) -> EventSignal:  # noqa: ANN401
    """Give a LOAD_DISPATCH setpoint of an hour."""
    kind = {"signal_name": "LOAD_DISPATCH", "signal_type": "setpoint"}
    item = {"item_name": "powerReal", "item_units": "W"}
    return signal_of([interval_of(value=value)], **(kind | item | changes))


def test_power_says_which_power() -> None:
    here = told(event_of(dispatch("1", scale="k")))
    elsewhere = told(event_of(dispatch("1", hertz="50", voltage="230.5", is_ac=False)))

    assert [texts(here, n) for n in ("hertz", "voltage", "ac")] == [
        ["60"], ["240"], ["true"],
    ]  # fmt: skip
    assert [texts(elsewhere, n) for n in ("hertz", "voltage", "ac")] == [
        ["50"], ["230.5"], ["false"],
    ]  # fmt: skip


def test_the_signals_of_one_event_are_told_apart_and_in_order() -> None:
    level = dispatch("1", signal_type="level", item_name="", item_units="")
    event = event_of(signal_of(), dispatch("-100"), level)

    first, second = told(event), told(event)

    ids = ["ELECTRICITY_PRICE-1", "LOAD_DISPATCH-2", "LOAD_DISPATCH-3"]
    assert texts(first, "signalID") == texts(second, "signalID") == ids
    assert texts(first, "value") == ["0.10", "-100", "1"]


def test_signals_may_divide_the_same_time_differently() -> None:
    quarters = [interval_of(i, seconds=900, value=str(i)) for i in range(4)]

    message = told(event_of(signal_of(), signal_of(quarters)))

    assert texts(message, "value") == ["0.10", "0", "1", "2", "3"]


@pytest.mark.parametrize(
    "other",
    [
        [interval_of(0), interval_of(1)],
        [interval_of(1)],
        [interval_of(0, seconds=3599)],
    ],
)
def test_signals_of_another_time_are_refused(other: list[EventInterval]) -> None:
    complaint = complaint_about(event_of(signal_of(), signal_of(other)))

    assert complaint.startswith("signals[1].intervals: got 2025-11-02T0")
    assert "expected 2025-11-02T05:00:00Z to 2025-11-02T06:00:00Z" in complaint


@settings(max_examples=30)
@given(st.from_regex(r"[+-]?[0-9]{1,38}(\.[0-9]{1,38})?", fullmatch=True))
def test_every_digit_is_told(value: str) -> None:
    assert texts(told(event_of(signal_of(value=value))), "value") == [value]


@pytest.mark.parametrize(
    "value",
    [
        *["NaN", "Infinity", "-INF", "1e3", "1E-3", "", " 1", "1 ", "1\n", "0,1"],
        *["0x1", "٣", ".5", "1.", "1_0", "--1", "1" * 39, "0." + "1" * 39],
    ],
)
def test_what_is_no_plain_decimal_is_refused(value: str) -> None:
    complaint = complaint_about(event_of(signal_of(value=value)))

    assert complaint.startswith("signals[0].intervals[0].value: got")


@pytest.mark.parametrize(
    ("name", "kind", "good", "bad"),
    [
        ("SIMPLE", "level", ["0", "3"], ["-1", "4", "1.0", "03"]),
        ("simple", "level", ["0", "3"], ["4"]),
        ("LOAD_DISPATCH", "level", ["-2", "0", "5"], ["0.5"]),
        ("LOAD_CONTROL", "x-loadControlLevelOffset", ["-2", "+2"], ["0.5"]),
        ("LOAD_CONTROL", "x-loadControlCapacity", ["0", "0.5", "1.0"], ["-1", "1.01"]),
    ],
)
def test_some_signals_know_only_some_values(
    name: str, kind: str, good: list[str], bad: list[str]
) -> None:
    def event(value: str) -> Event:
        what = {"signal_name": name, "signal_type": kind}
        hour = [interval_of(value=value)]
        return event_of(signal_of(hour, **what, item_name="", item_units=""))

    for value in good:
        assert texts(told(event(value)), "value") == [value]
    for value in bad:
        assert "value: got" in complaint_about(event(value))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"item_units": "XYZ"}, "item_units: got 'XYZ', expected an ISO 4217 code"),
        ({"item_units": ""}, "item_units"),
        ({"item_name": "currencyPerKW"}, "item_name"),
        ({"scale": "kilo"}, "scale: got 'kilo', expected"),
        ({"hertz": "fast"}, "hertz"),
        ({"voltage": "NaN"}, "voltage"),
        ({"signal_type": "setpoint"}, "signal_type: got 'setpoint', expected 'price'"),
        ({"signal_name": "PRICE"}, "signal_name"),
    ],
)
def test_a_wrong_signal_is_refused_by_field(
    changes: dict[str, str], named: str
) -> None:
    wrong = signal_of([interval_of()], **changes)

    complaint = complaint_about(event_of(signal_of(), wrong))

    assert complaint.startswith(f"signals[1].{named}")


def test_a_number_without_a_unit_has_no_scale() -> None:
    level = dispatch("1", signal_type="level", item_name="", item_units="", scale="k")

    complaint = complaint_about(event_of(level))

    assert complaint == "signals[0].scale: got 'k', expected 'none'"


@pytest.mark.parametrize(("count", "is_fine"), [(0, False), (1, True), (1440, True)])
def test_a_signal_has_so_many_intervals(
    count: int,
    is_fine: bool,  # noqa: FBT001
) -> None:
    signal = EventSignal(
        *("ELECTRICITY_PRICE", "price", "currencyPerKWh", "USD"),
        [interval_of(i, seconds=60) for i in range(count)],
    )

    if is_fine:
        assert check_signal(signal, "signals[0]")[0] == "2025-11-02T05:00:00Z"
    else:
        with pytest.raises(ValueError, match=r"intervals: got 0, expected 1 to 1440"):
            check_signal(signal, "signals[0]")


def test_and_no_more() -> None:
    signal = signal_of([interval_of(i, seconds=60) for i in range(1441)])

    assert "got 1441, expected 1 to 1440" in complaint_about(event_of(signal))


@pytest.mark.parametrize(
    ("seconds", "is_fine"),
    [(-1, False), (0, False), (1, True), (31_622_400, True), (31_622_401, False)],
)
def test_an_interval_lasts_a_second_to_a_year(
    seconds: int,
    is_fine: bool,  # noqa: FBT001
) -> None:
    event = event_of(signal_of([interval_of(seconds=seconds)]))

    if is_fine:
        told(event)
    else:
        assert "intervals[0].duration_seconds" in complaint_about(event)


def test_intervals_tile_their_time() -> None:
    for hours in ([0, 2], [0, 0], [1, 0]):
        signal = signal_of([interval_of(hour) for hour in hours])
        complaint = complaint_about(event_of(signal))
        assert complaint.startswith("signals[0].intervals[1].start_utc: got")


@pytest.mark.parametrize(
    "start",
    [
        *["2025-11-02T05:00:00", "2025-11-02T05:00:00+00:00", "2025-11-02", "now"],
        *["2025-11-02T05:00:00.5Z", "9999-12-31T23:00:00Z"],
    ],
)
def test_an_interval_starts_at_a_second_of_utc(start: str) -> None:
    signal = signal_of([EventInterval(start, 3600, "1")])

    assert "intervals[0].start_utc" in complaint_about(event_of(signal))


@pytest.mark.parametrize("hours", [23, 24, 25])
def test_a_day_of_any_length_is_told(hours: int) -> None:
    event = event_of(signal_of([interval_of(i) for i in range(hours)]))

    message = told(event)

    [of_event, *of_intervals] = filter(None, texts(message, "duration"))
    assert of_event == {23: "PT23H", 24: "P1D", 25: "P1DT1H"}[hours]
    assert of_intervals == ["PT1H"] * hours
    assert len(texts(message, "value")) == hours
