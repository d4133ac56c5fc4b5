"""Contract messages survive the journey, and say what is wrong with others."""

import json
from dataclasses import replace

import pytest

from vtn_service.contract import (
    Event,
    EventInterval,
    EventSignal,
    Message,
    Report,
    ReportColumns,
    ReportHead,
    ReportPoint,
    ReportValue,
    TouchedSpan,
)

PRICES = EventSignal(
    signal_name="ELECTRICITY_PRICE",
    signal_type="price",
    item_name="currencyPerKWh",
    item_units="USD",
    intervals=[EventInterval("2025-11-02T05:00:00Z", 3600, "0.10")],
)
EVENT = Event(market_context="http://market.example", signals=[PRICES])
RECEIVED = "2025-11-02T05:00:00Z"
POINTS = [ReportPoint(*"abcdefghi"), ReportPoint(*"jklmnopqr")]
COLUMNS = ReportColumns(
    point=[1, 0],
    start_text=["s1", "s2"],
    duration_text=["d1", "d2"],
    value_text=["v1", "v2"],
    data_quality=["q1", "q2"],
    confidence=["c1", "c2"],
    accuracy=["a1", "a2"],
    online=["", "true"],
    manual_override=["", "false"],
)
REPORT = Report(1, "0012", RECEIVED, "ab", POINTS, COLUMNS)
HEAD = ReportHead(1, "0012", RECEIVED, [TouchedSpan(RECEIVED, "2025-11-02T06:00:00Z")])


@pytest.mark.parametrize("message", [EVENT, REPORT, HEAD])
def test_a_message_reads_back_what_it_wrote(message: Message) -> None:
    sent = json.loads(json.dumps(message.to_json()))

    assert type(message).from_json(sent) == message


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"priority": "1"}, "Event.priority: got '1', expected a whole number"),
        ({"is_cancelled": 0}, "Event.is_cancelled: got 0, expected true or false"),
        ({"signals": {}}, "Event.signals: got {}, expected a list"),
        ({"signals": [1]}, r"Event.signals\[0\]: got 1, expected an object"),
        ({"resource_ids": [1]}, r"Event.resource_ids\[0\]: got 1, expected text"),
        ({"colour": 1}, "Event: got unknown colour"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Event.from_json({**EVENT.to_json(), **changes})


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"item_units": 5}, r"signals\[0\].item_units: got 5, expected text"),
        ({"is_ac": 1}, r"signals\[0\].is_ac: got 1, expected true or false"),
        ({"intervals": [{}]}, r"intervals\[0\]: expected start_utc, duration_seconds"),
        (
            {"intervals": [{"start_utc": "", "duration_seconds": True, "value": ""}]},
            r"intervals\[0\].duration_seconds: got True, expected a whole number",
        ),
    ],
)
def test_what_is_wrong_in_a_signal_is_named(
    changes: dict[str, object], complaint: str
) -> None:
    signal = {**PRICES.to_json(), **changes}

    with pytest.raises(ValueError, match=complaint):
        Event.from_json({**EVENT.to_json(), "signals": [signal]})


def test_only_an_object_is_a_message() -> None:
    with pytest.raises(ValueError, match="Event: got None, expected an object"):
        Event.from_json(None)  # type: ignore[arg-type]


def test_a_reports_values_have_their_points_registration() -> None:
    assert REPORT.values == [
        ReportValue(*[*"jklmnopqr", *"s1 d1 v1 q1 c1 a1".split(), "", ""]),
        ReportValue(*[*"abcdefghi", *"s2 d2 v2 q2 c2 a2 true false".split()]),
    ]


@pytest.mark.parametrize(
    ("points", "complaint"),
    [
        ([0], r"columns: got lengths \[1, 2\], expected one"),
        ([0, 1, 0], r"columns: got lengths \[2, 3\], expected one"),
        ([0, 2], "point: got 2, expected 0 to 1"),
        ([0, -1], "point: got -1, expected 0 to 1"),
    ],
)
def test_columns_that_do_not_fit_are_named(points: list[int], complaint: str) -> None:
    report = replace(REPORT, columns=replace(COLUMNS, point=points))

    with pytest.raises(ValueError, match=complaint):
        _ = report.values
