"""What the OpenAPI document says of schedules, meter lists and devices."""

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_ID: dict[str, Any] = {"type": "integer", "minimum": 1}
_INSTANT: dict[str, Any] = {"type": "string", "format": "date-time"}
_NUMBER = {
    "description": "At most 6 digits before the point and 2 after it.",
    "anyOf": [
        {"type": "string", "pattern": r"^-?[0-9]{1,6}(\.[0-9]{1,2})?$"},
        {"type": "number"},
    ],
}


def _object(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties}


def _gives(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": schema}},
    }


def _list_of(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _takes(schema: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


_SCHEDULE = {
    **_object(
        {
            "date": {"type": ["string", "null"], "format": "date"},
            "unit": _TEXT,
            "currency": _TEXT,
            "prices": _list_of(
                _object({"datetime": _TEXT, "price": {"type": ["string", "number"]}})
            ),
        },
        "unit",
        "currency",
    ),
    "description": "As it was given; a market's file in the same form.",
}
_SUBMITTED_SCHEDULE = _object({"id": _ID, "created": _INSTANT, "schedule": _SCHEDULE})
_METER = _object(
    {"meter_id": _TEXT, "ven_id": _TEXT, "device_id": _TEXT, "valid_from": _INSTANT},
    "valid_from",
)
_METER_LIST = _object({"id": _ID, "created": _INSTANT, "meters": _list_of(_METER)})
_DEVICE = _object(
    {
        "id": _ID,
        "device_id": _TEXT,
        "ven_id": _TEXT,
        "statusOn": {"type": "boolean"},
        "registerConsumed": {**_TEXT, "examples": ["1234.50"]},
        "registerProduced": {**_TEXT, "examples": ["0.00"]},
    }
)
_GIVEN_DEVICE = {
    "device_id": {**_TEXT, "pattern": r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,255}$"},
    "ven_id": {**_TEXT, "pattern": r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$"},
    "statusOn": {"type": "boolean"},
    "registerConsumed": _NUMBER,
    "registerProduced": _NUMBER,
}
_STATE = ("statusOn", "registerConsumed", "registerProduced")

GIVES_A_SCHEDULE = _gives("The schedule.", _SCHEDULE)
GIVES_SUBMITTED_SCHEDULE = _gives("The schedule, as kept.", _SUBMITTED_SCHEDULE)
GIVES_SUBMITTED_PRICES = _gives("Schedules.", _list_of(_SUBMITTED_SCHEDULE))
NO_SCHEDULE_TODAY = {"description": "None was published today; no body."}
GIVES_METER_LIST = _gives("The list, as kept.", _METER_LIST)
GIVES_METER_LISTS = _gives("Meter lists.", _list_of(_METER_LIST))
GIVES_DEVICE = _gives("The device.", _DEVICE)
GIVES_DEVICES = _gives("Devices.", _list_of(_DEVICE))
TAKES_DEVICE = _takes(_object(_GIVEN_DEVICE, *_STATE))
TAKES_DEVICE_CHANGES = _takes(_object(_GIVEN_DEVICE, *_GIVEN_DEVICE))
