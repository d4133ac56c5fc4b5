"""The body of a device: digits kept exactly, everything else refused by its field."""

import json
from decimal import Decimal

import pytest

from ter_pipelines.metering.device_body import read_device, write_device
from ter_pipelines.vocab.errors import FieldError, FormatError

WHOLE = {"device_id": "47", "ven_id": "ven-1"}


def body(**more: object) -> bytes:
    return json.dumps({**WHOLE, **more}).encode()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (b'"0.1"', "0.10"),
        (b"0.1", "0.10"),
        (b"-0", "0.00"),
        (b'"-999999.99"', "-999999.99"),
        (b"999999.99", "999999.99"),
        (b"1.230", "1.23"),
        (b"1e3", "1000.00"),
    ],
)
def test_registers_keep_their_digits(given: bytes, told: str) -> None:
    text = body(registerConsumed="?").replace(b'"?"', given)

    assert write_device(read_device(text))["registerConsumed"] == told


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("1000000", "6 digits before"),
        ("-1000000.00", "6 digits before"),
        ("0.001", "2 decimal places"),
        ("1e30", "6 digits before"),
        ("NaN", "valid number"),
        ("", "valid number"),
        (None, "valid number"),
        (True, "valid number"),
        ([1], "valid number"),
    ],
)
def test_what_is_no_such_register_is_refused(given: object, says: str) -> None:
    with pytest.raises(FieldError) as told:
        read_device(body(registerProduced=given))

    assert says in told.value.fields["registerProduced"][0]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("statusOn", "true"),
        ("statusOn", 1),
        ("statusOn", None),
        ("device_id", 47),
        ("device_id", ""),
        ("ven_id", "a b"),
        ("VEN_ID", 999),
        ("VEN_ID", "ven-1"),
        ("volts", "230"),
    ],
)
def test_each_wrong_field_is_named(field: str, value: object) -> None:
    with pytest.raises(FieldError) as told:
        read_device(body(**{field: value}))

    assert list(told.value.fields) == [field]


@pytest.mark.parametrize("text", [b"[]", b'"47"', b"null", b"12"])
def test_what_is_no_object_is_refused(text: bytes) -> None:
    with pytest.raises(FieldError) as told:
        read_device(text)

    assert list(told.value.fields) == ["non_field_errors"]


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(FormatError, match="JSON parse error"):
        read_device(b"{")


def test_a_change_keeps_what_it_does_not_name() -> None:
    known = read_device(body(statusOn=True, registerConsumed="1.00"))

    changed = read_device(b'{"registerProduced": 2}', known=known, is_whole=False)

    assert (changed.status_on, changed.register_consumed) == (True, Decimal("1.00"))
    assert changed.register_produced == Decimal("2.00")
