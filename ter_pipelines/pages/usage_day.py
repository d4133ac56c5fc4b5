"""What the page of a device's day says: its intervals, and why they are as they are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from ter_pipelines.formats.svg_bars import Bar, bar_picture
from ter_pipelines.pages import wording
from ter_pipelines.pages.usage import STATES, share
from ter_pipelines.pages.wording import NOTHING
from ter_pipelines.vocab.clock import day_span

Row = Mapping[str, Any]
Context = dict[str, Any]

_LACKING = frozenset({"MISSING", "SUSPECT"})
_DIRECTIONS = {"delivered": "used", "received": "given back", "net": "net"}
_SUMS = {
    "delivered": "Energy used",
    "received": "Energy given back",
    "net": "Net energy",
}
_USUAL_SECONDS = 24 * 3600
_LABEL_HOURS = 3


def told_intervals(rows: Sequence[Row], day: date, zone: ZoneInfo) -> Context:
    """Give what the page says of a day's intervals.

    Args:
        rows: Of `device_intervals`; not empty.
        day: Whose; it has 23, 24 or 25 hours.
        zone: By whose clock.
    """
    span = day_span(day, zone)
    is_odd = (span.end_utc - span.start_utc).total_seconds() != _USUAL_SECONDS
    return {
        "meters": ", ".join(sorted({row["meter_id"] for row in rows})),
        "has_directions": len({row["direction"] for row in rows}) > 1,
        "hours": int((span.end_utc - span.start_utc).total_seconds()) // 3600,
        "is_odd": is_odd,
        "facts": _facts(rows),
        "picture": Markup(picture_of_day(rows, day, zone)),  # noqa: S704
        "intervals": [_interval(row, zone, is_odd=is_odd) for row in rows],
    }


def told_remarks(rows: Iterable[Row], zone: ZoneInfo) -> Context:
    """Give what could not be used of a day, and what was changed.

    Args:
        rows: Of `device_remarks`.
        zone: By whose clock.
    """
    told: Context = {"unused": [], "changed": []}
    for row in rows:
        told[row["kind"]].append(
            {
                "about": row["about"] or NOTHING,
                "said": row["said"] or NOTHING,
                "reason": row["reason"] or NOTHING,
                "explanation": row["explanation"] or NOTHING,
                "by_whom": row["by_whom"] or NOTHING,
                "noted": wording.moment(row["noted_at"], zone),
            }
        )
    return told


def picture_of_day(rows: Sequence[Row], day: date, zone: ZoneInfo) -> str:
    """Draw what was used above the line and given back below, and where it lacks."""
    slots: dict[datetime, list[Row]] = {}
    for row in rows:
        slots.setdefault(row["interval_start_utc"], []).append(row)
    bars = [_bar(start, slots[start], zone) for start in sorted(slots)]
    lacking = sum(row["state"] in _LACKING for row in rows)
    return bar_picture(
        bars,
        title=f"Energy of every interval of {wording.day_name(day)}, kWh",
        description=f"{len(rows)} intervals, {lacking} of them missing or in doubt. "
        "The table below has the figures.",
        words=wording.short,
    )


def _bar(start: datetime, rows: Sequence[Row], zone: ZoneInfo) -> Bar:
    local = start.astimezone(zone)
    known = [_signed(row) for row in rows if row["energy_kwh"] is not None]
    states = {row["state"] for row in rows}
    worst = next((s for s in reversed(STATES) if s in states), "VALID")
    is_labelled = local.minute == 0 and local.hour % _LABEL_HOURS == 0
    return Bar(
        label=f"{local:%H}" if is_labelled else "",
        above=sum((kwh for kwh in known if kwh > 0), Decimal(0)),
        below=sum((kwh for kwh in known if kwh < 0), Decimal(0)),
        hint=f"{local:%H:%M %Z}: {'; '.join(_said(row) for row in rows)}",
        kind="" if worst == "VALID" else worst.lower(),
    )


def _said(row: Row) -> str:
    kwh, direction, state = row["energy_kwh"], row["direction"], row["state"]
    amount = "" if kwh is None else f"{wording.energy(kwh)} kWh, "
    return (
        f"{_DIRECTIONS.get(direction, direction)}: {amount}{STATES.get(state, state)}"
    )


def _signed(row: Row) -> Decimal:
    """Give energy as it is drawn: what is given back hangs below the line."""
    kwh: Decimal = row["energy_kwh"]
    return -kwh if row["direction"] == "received" else kwh


def _facts(rows: Sequence[Row]) -> list[Context]:
    whole = sum(row["duration_seconds"] for row in rows)
    facts: list[Context] = []
    for direction in sorted({row["direction"] for row in rows}):
        known = [
            row["energy_kwh"]
            for row in rows
            if row["direction"] == direction and row["energy_kwh"] is not None
        ]
        facts.append(
            {
                "name": _SUMS.get(direction, direction),
                "value": f"{wording.energy(sum(known, Decimal(0)))} kWh",
            }
        )
    for state, said in STATES.items():
        seconds = sum(r["duration_seconds"] for r in rows if r["state"] == state)
        if seconds:
            facts.append({"name": said.capitalize(), "value": share(seconds, whole)})
    return facts


def _interval(row: Row, zone: ZoneInfo, *, is_odd: bool) -> Context:
    local = row["interval_start_utc"].astimezone(zone)
    kwh, received = row["energy_kwh"], row["received_at"]
    return {
        "time": f"{local:%H:%M %Z}" if is_odd else f"{local:%H:%M}",
        "length": wording.length(row["duration_seconds"]),
        "direction": _DIRECTIONS.get(row["direction"], row["direction"]),
        "energy": NOTHING if kwh is None else wording.energy(kwh),
        "kind": row["state"].lower(),
        "state": STATES.get(row["state"], row["state"]),
        "why": ", ".join(filter(None, [row["rules_failed"], row["method"]])) or NOTHING,
        "version": row["version"] or NOTHING,
        "source": row["source"] or NOTHING,
        "reference": row["source_reference"] or "",
        "received": NOTHING if received is None else wording.moment(received, zone),
    }
