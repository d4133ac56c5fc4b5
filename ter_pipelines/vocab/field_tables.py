"""Tables of a TOML file: their fields, and where in the file a wrong one stands."""

from collections.abc import Collection, Mapping
from typing import Any

from ter_pipelines.vocab.fields import Errors, Reader, read_fields


def read_table(
    value: object,
    readers: Mapping[str, Reader],
    *,
    whose: str,
    needed: Collection[str] = (),
) -> tuple[dict[str, Any], Errors]:
    """Read a table; name the fields that are missing, unknown or wrong."""
    if not isinstance(value, Mapping):
        return {}, {"": [f"got {value!r}, expected a table"]}
    values, errors = read_fields(value, readers, whose=whose)
    errors |= {name: ["is missing"] for name in needed if name not in value}
    return values, errors


def read_tables(
    value: object,
    readers: Mapping[str, Reader],
    *,
    whose: str,
    needed: Collection[str] = (),
) -> tuple[list[dict[str, Any]], Errors]:
    """Read a list of tables; a field of the second is called `[1].field`."""
    if not isinstance(value, list):
        return [], {"": [f"got {value!r}, expected a list of tables"]}
    tables, errors = [], Errors()
    for i, item in enumerate(value):
        values, wrong = read_table(item, readers, whose=whose, needed=needed)
        tables.append(values)
        errors |= under(f"[{i}]", wrong)
    return tables, errors


def under(path: str, errors: Errors) -> Errors:
    """Call the fields of a table by their place in the file.

    >>> under("fee", {"[0].code": ["is missing"], "": ["is no list"]})
    {'fee[0].code': ['is missing'], 'fee': ['is no list']}
    """
    return {
        f"{path}{'.' if name[:1] not in ('', '[') else ''}{name}": texts
        for name, texts in errors.items()
    }
