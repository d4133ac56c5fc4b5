"""What the OpenAPI document says of this contract's bodies."""

from typing import Any

from ter_pipelines.api.documents import answers as common_answers

Schema = dict[str, Any]

_INT: Schema = {"type": "integer"}
_NUMBER: Schema = {"type": "number"}
_TEXT: Schema = {"type": "string"}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_WHEN: Schema = {
    **_TEXT,
    "description": "An instant with its offset, or a date: the start of the local day.",
}


def object_of(
    properties: dict[str, Schema], *, optional: frozenset[str] | set[str] = frozenset()
) -> Schema:
    """Describe a JSON object; what is not optional is required."""
    required = [name for name in properties if name not in optional]
    described: Schema = {"type": "object", "properties": properties}
    return {**described, "required": required} if required else described


def many(schema: Schema) -> Schema:
    """Describe a list."""
    return {"type": "array", "items": schema}


def takes(schema: Schema) -> Schema:
    """Describe the JSON body of a request."""
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def some_of(schema: Schema) -> Schema:
    """Describe a body of which any part may be left out."""
    return {name: value for name, value in schema.items() if name != "required"}


def answers(*codes: int, told: dict[int, Schema | None]) -> dict[int | str, Schema]:
    """Describe what a route answers.

    Args:
        codes: Of the refusals it can give.
        told: Code to schema, for what it answers otherwise; None for an empty body.
    """
    described: dict[int | str, Schema] = {}
    for code, schema in told.items():
        described[code] = {"description": "Done."}
        if schema is not None:
            described[code]["content"] = {"application/json": {"schema": schema}}
    for code in (*codes, 429):
        described[code] = _REFUSALS.get(code) or common_answers(code)[code]
    return described


def _refusal(description: str, *schemas: Schema) -> Schema:
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}
    content = {"application/json": {"schema": schema}}
    return {"description": description, "content": content}


def _maybe(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _at_most(length: int, example: str) -> Schema:
    return {**_TEXT, "minLength": 1, "maxLength": length, "examples": [example]}


_ERROR = object_of({"error": _TEXT})
_DETAIL = object_of({"detail": _TEXT})
_FIELDS: Schema = {
    "type": "object",
    "description": "Member to the messages about it.",
    "additionalProperties": many(_TEXT),
}
_REFUSALS: dict[int, Schema] = {
    400: _refusal("Wrong in these members, or not possible.", _FIELDS, _ERROR, _DETAIL),
    401: _refusal("Nobody, or a token that does not work.", _DETAIL, _ERROR),
    403: _refusal("The user may not.", _DETAIL, _ERROR),
    404: _refusal("There is none, or it is another's.", _ERROR, _DETAIL),
    409: _refusal("The same Idempotency-Key is being carried out.", _DETAIL),
    422: _refusal("The Idempotency-Key was used for another request.", _DETAIL),
    429: _refusal("Too many requests, or too many wrong passwords; wait.", _DETAIL),
}
CHANGED = (400, 401, 403, 409, 422, 503)
INFO = object_of({"info": _TEXT})

USER = object_of({"id": _INT, "username": _TEXT, "email": _maybe(_TEXT)})
SIGNED_IN = object_of({"user": USER, "token": _TEXT})
TAKES_REGISTRATION = object_of(
    {
        "username": _at_most(64, "johndoe"),
        "email": _at_most(254, "johndoe@example.com"),
        "password": {**_TEXT, "minLength": 12, "maxLength": 1024},
    }
)
TAKES_LOGIN = object_of(
    {"username": _at_most(128, "johndoe"), "password": _at_most(1024, "…")}
)
TAKES_USER_CHANGE = object_of({"is_active": {"type": "boolean"}})

_X = {"minimum": -180, "maximum": 180, "description": "Longitude, degrees."}
_Y = {"minimum": -90, "maximum": 90, "description": "Latitude, degrees."}
_PLACE: dict[str, Schema] = {
    "street": _at_most(128, "SunnyStreet"),
    "number": _at_most(32, "62"),
    "city": _at_most(128, "SilliconCity"),
    "zip_code": {**_TEXT, "pattern": r"^(\d{2}-\d{3}|\d{5}(-\d{4})?)$"},
    "coord_x": {**_maybe(_NUMBER), **_X},
    "coord_y": {**_maybe(_NUMBER), **_Y},
}
LOCATION = object_of({"id": _INT, **_PLACE, "user": _INT})
TAKES_LOCATION = object_of(
    {**_PLACE, "user": {**_INT, "description": "The signed-in user if left out."}},
    optional={"coord_x", "coord_y", "user"},
)
_HOST: dict[str, Schema] = {
    "ip": _at_most(255, "192.0.2.7"),
    "port": {**_INT, "minimum": 1, "maximum": 65535},
    "slave_address": {**_INT, "minimum": 0, "maximum": 255},
    "description": {**_TEXT, "maxLength": 256},
    "user": _INT,
    "location": _INT,
}
HOST = object_of({"id": _INT, **_HOST, "meter": _maybe(_INT)})
TAKES_HOST = object_of(
    {
        **_HOST,
        "meter": {"type": ["integer", "string"], "description": "Number or name."},
    },
    optional={"description", "user"},
)
TAKES_OWN_HOST = object_of({"description": _HOST["description"], "location": _INT})
ASSIGNMENT = object_of({"id": _INT, "host": _INT, "measurement": _TEXT})
TAKES_MEASUREMENTS = object_of({"measurements": {**many(_TEXT), "minItems": 1}})
ASSIGNMENT_ERRORS = many({"anyOf": [_FIELDS, {"type": "object"}]})

_VALUE = {"value": _NUMBER, "unit": _TEXT, "read_at": _INSTANT, "quality": _TEXT}
LATEST = object_of({"host": _INT, "measurement": _TEXT, **_VALUE})
VALUES = object_of(
    {"host": _INT, "measurement": _TEXT, "values": many(object_of(_VALUE))}
)
_SUMMARY = object_of(
    {
        "start": _INSTANT,
        "end": _INSTANT,
        "unit": _TEXT,
        "count": {**_INT, "description": "Good values."},
        "doubted": {**_INT, "description": "Values that are not good, not counted."},
        **{
            name: _maybe(_NUMBER)
            for name in ("minimum", "mean", "maximum", "first", "last")
        },
    }
)
AGGREGATES = object_of(
    {"host": _INT, "measurement": _TEXT, "step": _TEXT, "aggregates": many(_SUMMARY)}
)


def asks(**schemas: Schema) -> Schema:
    """Describe the query, all of it required."""
    parameters = [
        {"name": name.rstrip("_"), "in": "query", "required": True, "schema": schema}
        for name, schema in schemas.items()
    ]
    return {"parameters": parameters}


ASKS_RANGE = asks(from_=_WHEN, to=_WHEN)
ASKS_STEPS = asks(from_=_WHEN, to=_WHEN, step={"enum": ["hour", "day"]})

_KIND: Schema = {**_INT, "enum": [1, 2], "description": "1 of now, 2 adds up."}
_NAME = {**_at_most(128, "sdm330"), "pattern": r"^[A-Za-z0-9][A-Za-z0-9._:\-]*$"}
METER = object_of({"id": _INT, "name": _TEXT, "type": {**_INT, "enum": [1, 2]}})
TAKES_METER = object_of({"name": _NAME, "type": {**_INT, "enum": [1, 2]}})
MEASUREMENT = object_of({"measurement": _TEXT, "type": _KIND})
TAKES_MEASUREMENT = object_of({"measurement": _NAME, "type": _KIND})
_REGISTER: dict[str, Schema] = {
    "address": {**_INT, "minimum": 0, "maximum": 65535},
    "unit": _at_most(32, "A"),
    "type": {**_INT, "enum": [1, 2, 3], "description": "1 INT, 2 LONG, 3 FLOAT."},
    "function_code": {**_INT, "enum": [3, 4]},
    "measurement": _NAME,
    "word_order": {**_TEXT, "enum": ["big", "little"]},
    "is_signed": {"type": "boolean"},
    "scale": {**_NUMBER, "description": "What the number is multiplied by; not 0."},
    "direction": {
        "enum": ["delivered", "received", None],
        "description": "Of a counter of energy that usage is made of.",
    },
}
REGISTER = object_of({"id": _INT, "meter": _INT, **_REGISTER})
TAKES_REGISTER = object_of(
    {**_REGISTER, "meter": {"type": ["integer", "string"]}},
    optional={"word_order", "is_signed", "scale", "direction"},
)
