"""Meter lists are read in every spelling that occurs, and refused field by field."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ter_pipelines.metering.meter_list import MeterEntry, read_meter_list
from ter_pipelines.vocab.errors import FieldError, FormatError

ZONE = ZoneInfo("America/New_York")
LINE = {"meter_id": "0001", "ven_id": "ven-1", "device_id": "47"}
ENTRY = MeterEntry("0001", "ven-1", "47")


def read(document: object) -> tuple[MeterEntry, ...]:
    return read_meter_list(json.dumps(document).encode(), zone=ZONE)


def errors_of(document: object) -> dict[str, list[str]]:
    with pytest.raises(FieldError) as refused:
        read(document)
    return refused.value.fields


def test_a_list_is_read_in_its_order() -> None:
    other = {"meter_id": "0002", "ven_id": "ven-1", "device_id": "48"}

    entries = read({"meters": [other, LINE]})

    assert entries == (MeterEntry("0002", "ven-1", "48"), ENTRY)


def test_the_older_spelling_as_a_single_object_is_read() -> None:
    body = b'{ "meters": { "meterID": "0001", "VEN_ID": "999", "device_id": "47" } }'

    assert read_meter_list(body, zone=ZONE) == (MeterEntry("0001", "999", "47"),)


def test_leading_zeros_of_identifiers_stay() -> None:
    (entry,) = read({"meters": [{**LINE, "meter_id": "0012", "device_id": "007"}]})

    assert (entry.meter_id, entry.device_id) == ("0012", "007")


@pytest.mark.parametrize(
    ("valid_from", "expected"),
    [
        ("2025-11-01", datetime(2025, 11, 1, 4, tzinfo=UTC)),
        ("2025-11-03", datetime(2025, 11, 3, 5, tzinfo=UTC)),
        ("2025-11-01T00:00:00-04:00", datetime(2025, 11, 1, 4, tzinfo=UTC)),
        ("2025-11-01T0:0:0+0000", datetime(2025, 11, 1, tzinfo=UTC)),
        (None, None),
    ],
)
def test_valid_from_is_an_instant_or_the_local_midnight_of_a_date(
    valid_from: str | None, expected: datetime | None
) -> None:
    (entry,) = read({"meters": [{**LINE, "valid_from": valid_from}]})

    assert entry.valid_from == expected


@pytest.mark.parametrize(
    "valid_from",
    [
        "2025-11-01T00:00:00",
        "2025-02-30",
        "20251101",
        "tomorrow",
        20251101,
        "0001-01-01T00:00:00+14:00",
        ["2025-11-01"],
        "",
    ],
)
def test_a_valid_from_that_is_no_instant_is_refused(valid_from: object) -> None:
    errors = errors_of({"meters": [LINE, {**LINE, "valid_from": valid_from}]})

    assert list(errors) == ["meters[1].valid_from"]
    assert "expected a date" in errors["meters[1].valid_from"][0]


def test_every_wrong_field_of_every_line_is_named_at_once() -> None:
    errors = errors_of(
        {
            "meters": [
                {"ven_id": "ven-1", "device_id": "47"},
                {"meter_id": 12, "VEN_ID": "", "device_id": "a b"},
                "0001",
                LINE,
            ]
        }
    )

    assert errors["meters[0].meter_id"] == ["This field is required."]
    assert errors["meters[1].meter_id"] == ["got the number 12, not text"]
    assert "got ''" in errors["meters[1].VEN_ID"][0]
    assert "got 'a b'" in errors["meters[1].device_id"][0]
    assert "expected an object" in errors["meters[2]"][0]
    assert len(errors) == 5


def test_half_a_character_is_no_identifier_and_no_json() -> None:
    with pytest.raises(FormatError, match="got half a surrogate pair"):
        read({"meters": [{**LINE, "device_id": "\ud800"}]})


@pytest.mark.parametrize("value", [None, True, 1.5, [], {}, "x" * 257])
def test_what_is_no_identifier_is_refused(value: object) -> None:
    errors = errors_of({"meters": [{**LINE, "device_id": value}]})

    assert list(errors) == ["meters[0].device_id"]
    assert len(errors["meters[0].device_id"][0].encode()) < 300


@pytest.mark.parametrize(
    "document", [{}, [], "meters", 7, None, {"meter": [LINE]}, [LINE]]
)
def test_a_body_without_the_key_is_told_that_it_is_required(document: object) -> None:
    assert errors_of(document) == {"meters": ["This field is required."]}


@pytest.mark.parametrize("meters", [[], None, "0001", 7])
def test_meters_that_are_no_list_of_meters_are_refused(meters: object) -> None:
    assert list(errors_of({"meters": meters})) == ["meters"]


def test_unknown_keys_are_named() -> None:
    in_line = errors_of({"meters": [{**LINE, "valid_form": "2025-11-01"}]})
    outside = errors_of({"meters": [LINE], "devices": []})

    assert "got unknown 'valid_form'" in in_line["meters[0]"][0]
    assert "got unknown 'devices'" in outside["meters"][0]


def test_both_spellings_of_one_field_are_refused() -> None:
    errors = errors_of({"meters": [{**LINE, "meterID": "0002"}]})

    assert errors == {
        "meters[0].meter_id": ["got both meter_id and meterID, expected one"]
    }


def test_a_device_with_two_meters_is_refused_where_it_stands_again() -> None:
    other = {**LINE, "device_id": "48"}

    errors = errors_of({"meters": [LINE, other, {**LINE, "meter_id": "0002"}]})

    assert errors == {
        "meters[2]": [
            "got device 47 of VEN ven-1 with meter 0002, expected it once; meters[0] "
            "has 0001"
        ]
    }


def test_a_device_with_two_beginnings_is_refused() -> None:
    errors = errors_of({"meters": [LINE, {**LINE, "valid_from": "2025-11-01"}]})

    assert list(errors) == ["meters[1]"]


def test_a_line_that_is_only_repeated_counts_once() -> None:
    assert read({"meters": [LINE, LINE]}) == (ENTRY,)


def test_the_same_device_id_behind_two_vens_is_two_devices() -> None:
    other = {**LINE, "ven_id": "ven-2", "meter_id": "0002"}

    assert len(read({"meters": [LINE, other]})) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"meters": NaN}',
        b'{"meters": [], "meters": []}',
        b"[" * 100_000,
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(FormatError, match="JSON parse error - "):
        read_meter_list(body, zone=ZONE)
