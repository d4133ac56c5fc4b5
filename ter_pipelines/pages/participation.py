"""What the page of participation says: who was told a day's prices, who answered.

Pure functions.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.pages import wording
from ter_pipelines.pages.wording import NOTHING

Row = Mapping[str, Any]
Context = dict[str, Any]

CERTIFICATE_IS_NEAR_ITS_END = timedelta(days=30)
_KINDS = {
    "in": "told, and opted in",
    "told": "told, no answer yet",
    "out": "told, and opted out",
    "waiting": "not told yet",
    "none": "no event",
    "off": "switched off",
}


def told_vens(
    rows: Sequence[Row],
    of_days: Iterable[Row],
    days: Sequence[date],
    *,
    zone: ZoneInfo,
    now: datetime,
) -> list[Context]:
    """Give a row for each VEN.

    Args:
        rows: Of `participation_day`, in its order.
        of_days: Of `participation_days`.
        days: The columns; the last one is the day the rest of the row is about.
        zone: By whose clock times are.
        now: What certificates are held against.
    """
    found = {(row["ven_id"], row["operating_day"]): row for row in of_days}
    return [
        {
            "ven": row["ven_id"],
            **_of_day(row, zone, now),
            "week": [_cell(found.get((row["ven_id"], day)), day) for day in days],
        }
        for row in rows
    ]


def told_summary(rows: Sequence[Row], day: date, zone: ZoneInfo) -> Context:
    """Give how many took part in a day.

    Args:
        rows: Of `participation_day`.
        day: The day.
        zone: By whose clock times are.
    """
    if not rows:
        return {"amount": "", "amount_is": "", "facts": [], "seen": ""}
    first = rows[0]
    addressed, told = first["all_addressed"], first["all_told"]
    return {
        "amount": f"{told:,} of {addressed:,}" if addressed else "None",
        "amount_is": "devices were told the prices of this day"
        if addressed
        else f"of the devices has prices of {wording.day_name(day)} yet",
        "facts": [
            {"name": name, "value": f"{first[column]:,}"}
            for name, column in (
                ("Opted in", "all_opted_in"),
                ("Opted out", "all_opted_out"),
                ("Silent", "all_silent"),
                ("On the roster", "vens"),
            )
        ],
        "seen": wording.moment(first["all_seen_at"], zone),
    }


def kind_of(row: Row) -> str:
    """Give in one word how a VEN took part in a day."""
    if not row["is_enabled"]:
        return "off"
    if row["event_id"] is None:
        return "none"
    if row["delivered_at"] is None:
        return "waiting"
    if not row["is_answered"]:
        return "told"
    return "out" if row["opt"] == "optOut" else "in"


def legend() -> list[Context]:
    """Give what the colours mean."""
    return [{"kind": kind, "said": said} for kind, said in _KINDS.items()]


def _of_day(row: Row, zone: ZoneInfo, now: datetime) -> Context:
    kind, ends_at = kind_of(row), row["certificate_expires_at"]
    return {
        "kind": kind,
        "said": _KINDS[kind],
        "told": _moment(row["delivered_at"], zone),
        "answer": _answer(row),
        "answered": _moment(row["opt_at"], zone),
        "reported": _moment(row["last_report_at"], zone),
        "silent": ""
        if row["silent_since"] is None
        else _moment(row["silent_since"], zone),
        "certificate": NOTHING
        if ends_at is None
        else f"{ends_at.astimezone(zone):%Y-%m-%d}",
        "is_near_its_end": ends_at is not None
        and ends_at - now < CERTIFICATE_IS_NEAR_ITS_END,
        "revision": NOTHING
        if row["modification_number"] is None
        else row["modification_number"],
    }


def _answer(row: Row) -> str:
    if row["opt"] is None:
        return NOTHING
    said = "in" if row["opt"] == "optIn" else "out"
    return said if row["is_answered"] else f"{said}, to an earlier revision"


def _cell(row: Row | None, day: date) -> Context:
    kind = "unknown" if row is None else kind_of(row)
    said = _KINDS.get(kind, "not looked at")
    return {"kind": kind, "day": day, "said": f"{wording.day_name(day)}: {said}"}


def _moment(instant: datetime | None, zone: ZoneInfo) -> str:
    return NOTHING if instant is None else wording.short_moment(instant, zone)
