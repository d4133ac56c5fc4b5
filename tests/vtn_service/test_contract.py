"""Contract messages survive the journey, and say what is wrong with others."""

import json

import pytest

from vtn_service.contract import (
    Event,
    EventInterval,
    Message,
    Report,
    ReportHead,
    ReportValue,
    TouchedSpan,
)

EVENT = Event(
    market_context="http://market.example",
    signal_name="ELECTRICITY_PRICE",
    signal_type="price",
    item_name="currencyPerKWh",
    item_units="USD",
    intervals=[EventInterval("2025-11-02T05:00:00Z", 3600, "0.10")],
)
RECEIVED = "2025-11-02T05:00:00Z"
REPORT = Report(1, "0012", RECEIVED, "ab", [ReportValue(*"abcdefghijklm")])
HEAD = ReportHead(1, "0012", RECEIVED, [TouchedSpan(RECEIVED, "2025-11-02T06:00:00Z")])


@pytest.mark.parametrize("message", [EVENT, REPORT, HEAD])
def test_a_message_reads_back_what_it_wrote(message: Message) -> None:
    sent = json.loads(json.dumps(message.to_json()))

    assert type(message).from_json(sent) == message


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"item_units": 5}, "Event.item_units: got 5, expected text"),
        ({"is_cancelled": 0}, "Event.is_cancelled: got 0, expected true or false"),
        ({"intervals": {}}, "Event.intervals: got {}, expected a list"),
        ({"intervals": [1]}, r"Event.intervals\[0\]: got 1, expected an object"),
        (
            {"intervals": [{"start_utc": "", "duration_seconds": True, "value": ""}]},
            r"Event.intervals\[0\].duration_seconds: got True, expected a whole number",
        ),
        ({"intervals": [{}]}, r"intervals\[0\]: expected start_utc, duration_seconds"),
        ({"colour": 1}, "Event: got unknown colour"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Event.from_json({**EVENT.to_json(), **changes})


def test_only_an_object_is_a_message() -> None:
    with pytest.raises(ValueError, match="Event: got None, expected an object"):
        Event.from_json(None)  # type: ignore[arg-type]
