"""Statements as JSON lines, as `ter settle` prints them, read for the next version."""

from collections.abc import Mapping
from typing import Any

from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.strict_json import parse_json, read_number, shown

LARGEST_FILE_BYTES = 1 << 26
_TEXTS = ("meter_id", "billing_month", "currency", "content_sha256")


def read_statements(body: bytes, name: str) -> list[list[dict[str, Any]]]:
    """Read statements; give the lines of each, as a later version needs them.

    Args:
        body: JSON lines, a statement each.
        name: How errors call it.

    Raises:
        FormatError: At the first line that is no statement, with its number.
    """
    if len(body) > LARGEST_FILE_BYTES:
        raise FormatError(f"{name}: got more bytes than {LARGEST_FILE_BYTES}")
    statements: list[list[dict[str, Any]]] = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            try:
                said = parse_json(line, max_bytes=LARGEST_FILE_BYTES)
                statements.append(_rows(said))
            except (ValueError, FormatError) as error:
                raise FormatError(f"{name}, line {number}: {error}") from None
    return statements


def _rows(statement: object) -> list[dict[str, Any]]:
    said = _object(statement)
    head: dict[str, Any] = {field: said.get(field) for field in _TEXTS}
    lines = said.get("lines")
    if (
        not isinstance(lines, list)
        or not lines
        or not all(type(value) is str for value in head.values())
    ):
        raise ValueError(
            f"expected a statement with {', '.join(_TEXTS)}, version and lines, as "
            "`ter settle` prints it"
        )
    head["version"] = int(read_number(said.get("version")))
    return [
        head
        | {
            "line_code": line.get("line_code"),
            "amount": read_number(line.get("amount")),
        }
        for line in map(_object, lines)
    ]


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError(f"got {shown(value)}, expected an object")  # noqa: TRY004
    return value
