"""Statements that files say were issued before: each version once, and every one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ter_pipelines.settlement.versions import label_of
from ter_pipelines.vocab.errors import InputError

Row = Mapping[str, Any]


def distinct_statements(statements: Iterable[Sequence[Row]]) -> list[Row]:
    """Give the lines of statements, each once however often it is told.

    Args:
        statements: Lines of each, with its meter, month and version.

    Raises:
        InputError: If a version says two things, or one before it is not there.
    """
    told: dict[tuple[str, str], dict[int, Sequence[Row]]] = {}
    for lines in statements:
        head = lines[0]
        versions = told.setdefault((head["meter_id"], head["billing_month"]), {})
        if versions.setdefault(head["version"], lines) != lines:
            raise InputError(
                f"{_named(head)}: got two that say different things, expected the one "
                "that was issued"
            )
    for versions in told.values():
        _require_all(versions)
    return [
        row for of in told.values() for _, rows in sorted(of.items()) for row in rows
    ]


def _require_all(versions: Mapping[int, Sequence[Row]]) -> None:
    lacking = sorted(set(range(1, len(versions) + 1)) - versions.keys())
    if lacking:
        newest = max(versions)
        raise InputError(
            f"{_named(versions[newest][0])}: got it without {label_of(lacking[0])} of "
            "that month, expected every version before it; name its file, too"
        )


def _named(row: Row) -> str:
    label = label_of(row["version"])
    return f"statement of meter {row['meter_id']}, {row['billing_month']}, {label}"
