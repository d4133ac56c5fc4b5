"""What the page of usage says: how complete which device's day is. Pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import quote

from ter_pipelines.pages import wording

Row = Mapping[str, Any]
Context = dict[str, Any]

ALL_OF_IT = 100
_LEVELS = ((95, "most"), (50, "half"), (0, "little"))
STATES = {
    "VALID": "measured",
    "ADJUSTED": "adjusted by hand",
    "ESTIMATED": "estimated",
    "SUSPECT": "in doubt, not billed",
    "MISSING": "missing",
}


@dataclass(frozen=True)
class DayOfDevice:
    """How complete a device's day is.

    Args:
        seconds: Time that should be there.
        unbilled_seconds: Part of it that is missing or in doubt.
        changed_seconds: Part of it that was estimated or adjusted.
    """

    seconds: int
    unbilled_seconds: int
    changed_seconds: int

    @property
    def percent(self) -> int:
        """Give the share that is billed, rounded down: 100 is all of it."""
        billed = self.seconds - self.unbilled_seconds
        return billed * ALL_OF_IT // self.seconds if self.seconds else 0

    @property
    def kind(self) -> str:
        """Give the class of its cell."""
        if self.unbilled_seconds == self.seconds:
            return "nothing"
        if self.unbilled_seconds:
            return next(kind for least, kind in _LEVELS if self.percent >= least)
        return "changed" if self.changed_seconds else "whole"

    @property
    def said(self) -> str:
        """Say it in words."""
        if self.unbilled_seconds == self.seconds:
            return "nothing billed"
        if self.unbilled_seconds:
            lacking = wording.length(self.unbilled_seconds)
            return f"{self.percent} % billed, {lacking} lacking"
        if self.changed_seconds:
            return f"complete, {wording.length(self.changed_seconds)} estimated"
        return "complete"


def told_devices(
    devices: Iterable[Row], of_days: Iterable[Row], days: Sequence[date]
) -> list[Context]:
    """Give a row for each device, with a cell for each day.

    Args:
        devices: Of `usage_devices`, in their order.
        of_days: Of `usage_days`.
        days: The columns.
    """
    found = {
        (row["ven_id"], row["device_id"], row["operating_day"]): DayOfDevice(
            row["seconds"], row["unbilled_seconds"], row["changed_seconds"]
        )
        for row in of_days
    }
    return [
        {
            "device": row["device_id"],
            "ven": row["ven_id"],
            "meters": row["meter_ids"],
            "lacking": row["lacking_seconds"]
            and wording.length(row["lacking_seconds"]),
            "cells": [
                _cell(row, day, found.get((row["ven_id"], row["device_id"], day)))
                for day in days
            ],
        }
        for row in devices
    ]


def told_columns(days: Sequence[date]) -> Context:
    """Give the months and days that stand above the cells."""
    months = [
        {"name": f"{first:%B %Y}", "short": f"{first:%b}", "days": len(list(rest)) + 1}
        for _, of_month in groupby(days, key=lambda day: (day.year, day.month))
        for first, rest in [(next(of_month), of_month)]
    ]
    return {
        "months": months,
        "days": [
            {
                "number": day.day,
                "name": wording.day_name(day),
                "letter": f"{day:%a}"[:2],
            }
            for day in days
        ],
    }


def told_states(states: Iterable[Row]) -> Context:
    """Give the share of all time that is billed, and what the rest is.

    Args:
        states: Of `usage_states`.
    """
    seconds = {row["state"]: row["seconds"] for row in states}
    whole = sum(seconds.values())
    lacking = seconds.get("MISSING", 0) + seconds.get("SUSPECT", 0)
    return {
        "share": share(whole - lacking, whole) if whole else "",
        "facts": [
            {"name": STATES[state].capitalize(), "value": share(of_state, whole)}
            for state in STATES
            if (of_state := seconds.get(state, 0))
        ],
    }


def share(part: int, whole: int) -> str:
    """Write a share in per cent: it is 100 only where nothing lacks, 0 only for none.

    >>> share(9_999_999, 10_000_000), share(10, 10), share(1, 1_000_000), share(1, 8)
    ('99.99 %', '100 %', '0.01 %', '12.50 %')
    """
    if part == whole:
        return "100 %"
    hundredths = max(part * 10_000 // whole, 1) if part else 0
    return f"{hundredths // 100}.{hundredths % 100:02d} %"


def day_address(ven_id: str, device_id: str, day: date) -> str:
    """Give the address of the page of a device's day.

    >>> day_address("green-button", "UsagePoint/01", date(2025, 11, 2))
    '/pages/usage/green-button/UsagePoint%2F01/2025-11-02'
    """
    return f"/pages/usage/{quote(ven_id, safe='')}/{quote(device_id, safe='')}/{day}"


def _cell(row: Row, day: date, of_day: DayOfDevice | None) -> Context | None:
    if of_day is None:
        return None
    return {
        "href": day_address(row["ven_id"], row["device_id"], day),
        "kind": of_day.kind,
        "text": str(of_day.percent) if of_day.unbilled_seconds else "",
        "said": f"{wording.day_name(day)}: {of_day.said}",
    }
