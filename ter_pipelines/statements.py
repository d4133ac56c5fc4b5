"""Statements as they were issued, found in the lake: whole, or only their totals."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ter_pipelines.settlement.document import Statement, statements_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.errors import InputError

FIRST_MONTH, LAST_MONTH = "0000-01", "9999-12"
_MONTH = re.compile(r"(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Totals:
    """Which statements' totals are wanted.

    Args:
        first_month: Written `2025-11`.
        last_month: Written alike.
        meter_ids: Of these meters; None for all.
        text: What the meter must have in its name.
        at_most: How many.
        skipped: How many before them.
    """

    first_month: str = FIRST_MONTH
    last_month: str = LAST_MONTH
    meter_ids: frozenset[str] | None = None
    text: str = ""
    at_most: int = 50
    skipped: int = 0


def is_month(text: str) -> bool:
    """Tell whether the text is a billing month.

    >>> is_month("2025-11"), is_month("2025-1"), is_month("2025-13")
    (True, False, False)
    """
    return _MONTH.fullmatch(text) is not None


def versions_of(lake: Lake, meter_id: str, month: str) -> list[Statement]:
    """Give every version of a meter's statement of a month, with its hours.

    Raises:
        InputError: If the month is not written like one.
    """
    if not is_month(month):
        raise InputError(f"month {month[:20]!r}: expected one such as 2025-11")
    values = {"wanted_meter": meter_id, "billing_month": month}
    lines = lake.run("statement_lines", values).rows(named=True)
    hours = lake.run("statement_hours", values).rows(named=True)
    components = lake.run("statement_parts", values).rows(named=True)
    return statements_of(lines, hours, components)


def until_version(found: Sequence[Statement], version: int | None) -> list[Statement]:
    """Give the versions up to one; all of them if none is named.

    Raises:
        InputError: If there is no such version, saying which there are.
    """
    wanted = found[-1].version if version is None else version
    until = [each for each in found if each.version <= wanted]
    if not until or until[-1].version != wanted:
        about = found[-1]
        raise InputError(
            f"meter {about.meter_id}, {about.billing_month}: got version {wanted}, "
            f"expected 1 to {about.version}"
        )
    return until


def totals_of(lake: Lake, wanted: Totals) -> list[dict[str, Any]]:
    """Give what statements asked for and their newest totals, the newest month first.

    Returns:
        Rows of `statement_totals`.
    """
    rows = lake.run(
        "statement_totals",
        {
            "first_month": wanted.first_month,
            "last_month": wanted.last_month,
            "wanted_text": wanted.text,
            "is_any_meter_flag": wanted.meter_ids is None,
            "wanted_meter_ids": sorted(wanted.meter_ids or ()),
            "page_size_count": wanted.at_most,
            "skipped_count": wanted.skipped,
        },
    )
    return rows.rows(named=True)
