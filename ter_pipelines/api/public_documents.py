"""What the OpenAPI document says of the open price feed."""

from typing import Annotated, Any

from fastapi import Path, Query

from ter_pipelines.api.documents import answers

_MOST_VERSIONS = 2**31 - 1

FirstDay = Annotated[
    str | None,
    Query(
        alias="from",
        description="First day, `YYYY-MM-DD`, `today` or `tomorrow`; today if absent.",
        json_schema_extra={"format": "date"},
    ),
]
LastDay = Annotated[
    str | None,
    Query(
        alias="to",
        description="Last day; tomorrow if absent. At most 100 days.",
        json_schema_extra={"format": "date"},
    ),
]
DayName = Annotated[
    str,
    Path(description="`YYYY-MM-DD`, `today` or `tomorrow`, local to the programme."),
]
VersionNumber = Annotated[
    int | None,
    Query(
        ge=1, le=_MOST_VERSIONS, description="An earlier version; the newest if absent."
    ),
]
HourCount = Annotated[
    int, Query(ge=1, le=12, description="How many cheap and how many dear hours a day.")
]

_TEXT: dict[str, Any] = {"type": "string"}
_DATE: dict[str, Any] = {"type": "string", "format": "date"}
_INSTANT: dict[str, Any] = {"type": "string", "format": "date-time"}
_SHA256: dict[str, Any] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
    }


_VERSION = {
    "version": {"type": "integer", "minimum": 1},
    "sha256": {
        **_SHA256,
        "description": "Of the day's lines `start,end,value,unit`, as in the CSV.",
    },
    "published_at": _INSTANT,
}
_PRICE = _object(
    start=_INSTANT,
    end=_INSTANT,
    value={**_TEXT, "description": "Decimal digits, in `unit`.", "pattern": "^-?[0-9]"},
)
_DAY_PROPERTIES: dict[str, dict[str, Any]] = {
    "operating_day": _DATE,
    "unit": {**_TEXT, "examples": ["USD/kWh"]},
    "currency": {**_TEXT, "description": "ISO 4217.", "examples": ["USD"]},
    **_VERSION,
    "corrects": {
        "description": "The version that this one took the place of.",
        "anyOf": [_object(**_VERSION), {"type": "null"}],
    },
    "prices": {"type": "array", "items": _PRICE, "description": "23, 24 or 25 hours."},
}
_PROGRAMME = {
    "programme": _TEXT,
    "title": _TEXT,
    "zone": {**_TEXT, "description": "IANA zone of the operating days."},
}
_ONE_DAY = _object(**_PROGRAMME, **_DAY_PROPERTIES)
_SEVERAL = _object(
    **_PROGRAMME,
    **{"from": _DATE, "to": _DATE},
    days={"type": "array", "items": _object(**_DAY_PROPERTIES)},
    not_published={"type": "array", "items": _DATE},
)
_NOT_PUBLISHED = _object(code=_TEXT, detail=_TEXT)
_NOT_PUBLISHED["properties"]["expected_at"] = {
    "description": "When to look again; null where nobody can say.",
    "anyOf": [_INSTANT, {"type": "null"}],
}
_WRONG = {
    "type": "object",
    "description": "Parameter to the messages about it.",
    "additionalProperties": {"type": "array", "items": _TEXT},
}


def _answer(description: str, **content: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "content": {
            _MEDIA[name]: {"schema": schema} for name, schema in content.items()
        },
    }


_MEDIA = {"json": "application/json", "csv": "text/csv", "ics": "text/calendar"}
_UNCHANGED = {"description": "You have it: nothing changed."}
_BAD = _answer("Wrong in these parameters.", json=_WRONG)

DAYS: dict[int | str, dict[str, Any]] = {
    200: _answer("Prices by day and hour.", json=_SEVERAL, csv=_TEXT),
    304: _UNCHANGED,
    400: _BAD,
    **answers(429),
}
A_DAY: dict[int | str, dict[str, Any]] = {
    200: _answer("Prices by hour.", json=_ONE_DAY, csv=_TEXT),
    304: _UNCHANGED,
    400: _BAD,
    **answers(429),
    404: _answer("Not published (yet), or no such version.", json=_NOT_PUBLISHED),
}
A_CALENDAR: dict[int | str, dict[str, Any]] = {
    200: _answer("Cheap and dear hours.", ics=_TEXT),
    304: _UNCHANGED,
    **answers(429),
}
