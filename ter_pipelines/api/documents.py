"""What the OpenAPI document says of bodies that are read by hand, for exactness."""

from typing import Any

_TEXT = {"type": "string"}
_ID = {"type": "string", "minLength": 1, "maxLength": 128}
_DETAIL = {
    "type": "object",
    "required": ["detail"],
    "properties": {"detail": _TEXT},
}
_ANY_DETAIL = {"type": "object", "required": ["detail"]}
_FIELDS = {
    "type": "object",
    "description": "Field path to the messages about it.",
    "additionalProperties": {"type": "array", "items": _TEXT},
}
_PRICE = {
    "type": "object",
    "required": ["datetime", "price"],
    "additionalProperties": False,
    "properties": {
        "datetime": {**_TEXT, "description": "Start of the hour, with its offset."},
        "price": {"type": ["string", "number"]},
    },
}
_SCHEDULE = {
    "type": "object",
    "required": ["date", "prices"],
    "additionalProperties": False,
    "properties": {
        "date": {"type": "string", "format": "date", "description": "Published on."},
        "unit": {**_TEXT, "description": "Such as USD/kWh; the programme's if absent."},
        "currency": {**_TEXT, "description": "ISO 4217; the programme's if absent."},
        "prices": {"type": "array", "items": _PRICE, "description": "A whole day."},
    },
}
_METER = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "meter_id": _ID,
        "meterID": {**_ID, "description": "Another spelling of meter_id."},
        "ven_id": _ID,
        "VEN_ID": {**_ID, "description": "Another spelling of ven_id."},
        "device_id": _ID,
        "valid_from": {**_TEXT, "description": "A date, or an instant with offset."},
    },
    "required": ["device_id"],
}


def answers(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Describe the error answers a route can give."""
    return {code: _ERRORS[code] for code in codes}


def takes(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Describe a JSON body of one named member."""
    body = {"type": "object", "required": [name], "properties": {name: schema}}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": body}},
        }
    }


def _error(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": schema}},
    }


_ERRORS: dict[int, dict[str, Any]] = {
    400: _error("Wrong in these fields, or not JSON.", {"anyOf": [_FIELDS, _DETAIL]}),
    401: _error("No user, or the wrong password.", _DETAIL),
    403: _error("The user lacks the role.", _DETAIL),
    404: _error("There is none.", _DETAIL),
    413: _error("The body is too large.", _DETAIL),
    415: _error("The body is not JSON by its media type.", _DETAIL),
    409: _error("Somebody else changed it, or the request was begun.", _DETAIL),
    422: _error("Wrong in these fields.", {"anyOf": [_FIELDS, _DETAIL, _ANY_DETAIL]}),
    429: _error("Too many requests; see Retry-After.", _DETAIL),
    503: _error("The registry does not answer; try again.", _DETAIL),
}
TAKES_SCHEDULE = takes("schedule", _SCHEDULE)
TAKES_METERS = takes(
    "meters", {"anyOf": [_METER, {"type": "array", "items": _METER, "minItems": 1}]}
)
