"""What the OpenAPI document says of accounts and their prices."""

from typing import Any

from ter_pipelines.accounts.account import STATUSES
from ter_pipelines.accounts.shadow_price import PARTS
from ter_pipelines.accounts.states import STATES
from ter_pipelines.api.documents import takes

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_ANY_TEXT: dict[str, Any] = {"type": "string"}
_OPTIONAL: dict[str, Any] = {"type": ["string", "null"]}
_NUMBER: dict[str, Any] = {"type": "number"}
_GIVEN_NUMBER: dict[str, Any] = {"type": ["string", "number"]}
_GIVEN_DATE: dict[str, Any] = {
    "type": "string",
    "description": "YYYY-M-D",
    "examples": ["2018-6-1"],
}
_DATE: dict[str, Any] = {"type": "string", "format": "date"}
_INTEGER: dict[str, Any] = {"type": "integer"}
_PARTS = (*PARTS, "total_price_per_mwh")
_TEXTS = (
    "account_number", "location", "city", "state", "load_zone", "utility",
    "load_profile", "voltage", "rate_class",
)  # fmt: skip


def _object(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties}


def _list_of(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _gives(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": schema}},
    }


def _tags(day: dict[str, Any], number: dict[str, Any]) -> dict[str, Any]:
    return _list_of(_object({"start_date": day, "end_date": day, "value_kw": number}))


def _usages(day: dict[str, Any], number: dict[str, Any]) -> dict[str, Any]:
    return _list_of(_object({"starts_on": day, "ends_on": day, "volume_kwh": number}))


_GIVEN_TAGS = _tags(_GIVEN_DATE, _GIVEN_NUMBER)
_GIVEN_ACCOUNT = {
    "type": "object",
    "description": "Lists may be named with or without `_attributes`. A new account "
    "needs all but rep, flow dates, status and summary usages.",
    "properties": {
        **dict.fromkeys(_TEXTS, _TEXT),
        "rep": _OPTIONAL,
        "flow_start": {**_GIVEN_DATE, "type": ["string", "null"]},
        "flow_end": {**_GIVEN_DATE, "type": ["string", "null"]},
        "status": {"enum": list(STATUSES)},
        "summary_usages_attributes": _usages(_GIVEN_DATE, _GIVEN_NUMBER),
        "capacity_tags_attributes": _GIVEN_TAGS,
        "transmission_tags_attributes": _GIVEN_TAGS,
    },
}
_PERIOD = _object(
    {
        "id": _INTEGER,
        "starts_on": _DATE,
        "ends_on": _DATE,
        **dict.fromkeys(_PARTS, _ANY_TEXT),
    }
)
_ACCOUNT = _object(
    {
        "id": _INTEGER,
        **dict.fromkeys(_TEXTS, _ANY_TEXT),
        "rep": _OPTIONAL,
        "flow_start": {"type": ["string", "null"], "format": "date"},
        "flow_end": {"type": ["string", "null"], "format": "date"},
        "status": {"enum": list(STATUSES)},
        "intervalization_status": {"enum": list(STATES)},
        "rt_lmp_price": {"anyOf": [_PERIOD, {"type": "null"}]},
        "summary_usages": _usages(_DATE, _NUMBER),
        "capacity_tags": _tags(_DATE, _NUMBER),
        "transmission_tags": _tags(_DATE, _NUMBER),
    }
)
_HOUR = _object(
    {"id": _INTEGER, "recorded_on": _DATE, "hour": _INTEGER, "volume_kwh": _NUMBER}
)
_GIVEN_HOUR = _object(
    {
        "recorded_on": _GIVEN_DATE,
        "hour": {**_INTEGER, "minimum": 1, "maximum": 25},
        "volume_kwh": _GIVEN_NUMBER,
    }
)
_PRICED = _object(
    {
        "price_date": _DATE,
        "hour": _INTEGER,
        "interval_start": {"type": "string", "format": "date-time"},
        **dict.fromkeys(_PARTS, _NUMBER),
        "volume_kwh": _NUMBER,
        "flags": _list_of({"type": "string"}),
    }
)

TAKES_ACCOUNT = takes("account", _GIVEN_ACCOUNT)
TAKES_HOURS = takes("interval_usages", _list_of(_GIVEN_HOUR))
GIVES_ACCOUNT = _gives("The account.", _ACCOUNT)
GIVES_ACCOUNTS = _gives("Accounts.", _list_of(_ACCOUNT))
GIVES_HOURS = _gives("Measured hours.", _list_of(_HOUR))
GIVES_PRICES = _gives("The hours of the day.", _list_of(_PRICED))
GIVES_PERIOD = _gives("The period's price, per MWh.", _PERIOD)
