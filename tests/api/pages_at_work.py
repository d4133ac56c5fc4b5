"""An installation as the pages show it: prices, three devices, a gap, two looks.

November 2 has 25 hours. On it the heater of meter 0012 lacks three of them, and the
car of meter 0013 has one that was estimated.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, interval_starts_utc
from ter_pipelines.vocab.table import Table
from tests.api.api_at_work import (
    DAY_CLOCKS_GO_BACK,
    PLAIN_DAY,
    PRAIS,
    TIMEOUT_SECONDS,
    ZONE,
    Door,
    running_api,
    schedule_of,
)

TODAY, TOMORROW = PLAIN_DAY - DAY, PLAIN_DAY
HEATER = ("ven-1", "heater-1", "0012")
CAR = ("ven-2", "car-2", "0013")
POINT = ("green-button", "RetailCustomer/1/UsagePoint/01", "0014")
MISSING_HOURS = range(4, 7)
ESTIMATED_HOUR = 12
CHEAP_HOURS, DEAR_HOURS = range(2, 6), range(17, 21)
CAME_AT = datetime(2025, 11, 3, 9, 30, tzinfo=UTC)
SIGN_IN = "/pages/sign-in"


@contextmanager
def pages(home: Path, *, tomorrow: bool = True) -> Iterator[Door]:
    """Run the API with a filled lake.

    Args:
        home: Its folder.
        tomorrow: Whether tomorrow's prices are published.
    """
    lake = Lake(home / "data")
    fill_usage(lake)
    fill_participation(lake)
    with running_api(home) as door:
        for day in (DAY_CLOCKS_GO_BACK, TODAY, *([TOMORROW] if tomorrow else [])):
            answer = door.post("/prices/", schedule_of(day), PRAIS)
            fill_prices(lake, day, answer.json()["id"])
        yield door


def look(
    door: Door, path: str, user: tuple[str, str] | None = None
) -> requests.Response:
    """Open a page, and go nowhere from there."""
    return door.session.get(
        door.url + path, auth=user, timeout=TIMEOUT_SECONDS, allow_redirects=False
    )


def send(
    door: Door, path: str, form: dict[str, str], **headers: str
) -> requests.Response:
    """Send a form as a page of ours does."""
    return door.session.post(
        door.url + path,
        data=form,
        headers={"Origin": door.url, **headers},
        timeout=TIMEOUT_SECONDS,
        allow_redirects=False,
    )


def fill_prices(lake: Lake, day: date, submission_id: int) -> None:
    """Publish a day: cheap early, dear in the evening."""
    rows = []
    for place, start in enumerate(interval_starts_utc(day, ZONE)):
        price = "0.02" if place in CHEAP_HOURS else "0.10"
        rows.append(
            {
                "interval_start_utc": start,
                "duration_seconds": 3600,
                "price_per_kwh": Decimal("0.325" if place in DEAR_HOURS else price),
                "currency": "USD",
                "submission_id": submission_id,
                "source": "post",
                "published_at": CAME_AT,
            }
        )
    _replace(lake, tables.PRICE_CURVE, day, rows)


def fill_usage(lake: Lake) -> None:
    """Write three days of three devices."""
    begin = interval_starts_utc(DAY_CLOCKS_GO_BACK - DAY, ZONE)[0]
    _replace(
        lake,
        tables.METER_MAPPING,
        "",
        [
            {
                "ven_id": ven,
                "device_id": device,
                "meter_id": meter,
                "valid_from": begin,
                "valid_to": None,
                "submission_id": 1,
            }
            for ven, device, meter in (HEATER, CAR, POINT)
        ],
    )
    for day in (DAY_CLOCKS_GO_BACK - DAY, DAY_CLOCKS_GO_BACK, TODAY):
        checked = [row for of in (HEATER, CAR, POINT) for row in _intervals(of, day)]
        told = [_as_told(row) for row in checked if row["state"] == "VALID"]
        _replace(lake, tables.VALIDATED_USAGE, day, checked)
        _replace(lake, tables.INTERVAL_USAGE, day, told)
    _replace(lake, tables.QUARANTINED_USAGE, DAY_CLOCKS_GO_BACK, [_unused()])
    _replace(lake, tables.USAGE_CHANGE, DAY_CLOCKS_GO_BACK, [_change()])


def fill_participation(lake: Lake) -> None:
    """Write two looks at today: the car answers between them, the heater is silent."""
    look_at = datetime(2025, 11, 3, 12, tzinfo=UTC)
    first = [_part("ven-1", look_at), _part("ven-2", look_at)]
    second = [
        _part("ven-1", look_at + timedelta(hours=1), silent_since=look_at),
        _part("ven-2", look_at + timedelta(hours=1), opt="optIn", is_answered=True),
    ]
    for after, rows in enumerate((first, second)):
        frame = frame_of(tables.VEN_PARTICIPATION, rows)
        lake.publish(tables.VEN_PARTICIPATION, TODAY, frame, after=after)


def _intervals(device: tuple[str, str, str], day: date) -> list[dict[str, Any]]:
    return [
        _interval(device, start, _state(device, day, place))
        for place, start in enumerate(interval_starts_utc(day, ZONE))
    ]


def _state(device: tuple[str, str, str], day: date, place: int) -> str:
    if day == DAY_CLOCKS_GO_BACK and device == HEATER and place in MISSING_HOURS:
        return "MISSING"
    if day == DAY_CLOCKS_GO_BACK and device == CAR and place == ESTIMATED_HOUR:
        return "ESTIMATED"
    return "VALID"


def _interval(
    device: tuple[str, str, str], start: datetime, state: str
) -> dict[str, Any]:
    ven, device_id, meter = device
    return {
        "meter_id": meter,
        "ven_id": ven,
        "device_id": device_id,
        "direction": "delivered",
        "interval_start_utc": start,
        "duration_seconds": 3600,
        "energy_kwh": None if state == "MISSING" else Decimal("1.250"),
        "state": state,
        "rules_failed": "" if state == "VALID" else "gap",
        "method": "linear" if state == "ESTIMATED" else "",
        "version": 0 if state == "MISSING" else 1,
    }


def _as_told(row: dict[str, Any]) -> dict[str, Any]:
    of = dict(row)
    for name in ("state", "rules_failed", "method"):
        del of[name]
    return of | {
        "quality": "RAW",
        "marks": "",
        "source": "openadr",
        "source_reference": "report-7:3",
        "received_at": CAME_AT,
    }


def _unused() -> dict[str, Any]:
    return {
        "reason": "usage.not_a_number",
        "explanation": "value: got 'NaN', expected a number",
        "ven_id": HEATER[0],
        "device_id": HEATER[1],
        "interval_start_text": "2025-11-02T08:00:00Z",
        "duration_text": "PT1H",
        "value_text": "NaN",
        "unit": "Wh",
        "scale": "none",
        "source": "openadr",
        "source_reference": "report-7:4",
        "received_at": CAME_AT,
    }


def _change() -> dict[str, Any]:
    start = interval_starts_utc(DAY_CLOCKS_GO_BACK, ZONE)[ESTIMATED_HOUR]
    return {
        "meter_id": CAR[2],
        "ven_id": CAR[0],
        "device_id": CAR[1],
        "direction": "delivered",
        "interval_start_utc": start,
        "duration_seconds": 3600,
        "change": 1,
        "state_before": "MISSING",
        "energy_before_kwh": None,
        "state_after": "ESTIMATED",
        "energy_after_kwh": Decimal("1.250"),
        "rule": "linear",
        "changed_by": "vee",
        "reason": "between 11:00 and 13:00",
        "changed_at": CAME_AT,
    }


def _part(ven_id: str, seen_at: datetime, **more: object) -> dict[str, Any]:
    return {
        "ven_id": ven_id,
        "is_enabled": True,
        "event_id": f"event-{ven_id}",
        "modification_number": 0,
        "delivered_at": seen_at - timedelta(hours=2),
        "opt": None,
        "opt_at": None,
        "is_answered": False,
        "last_poll_at": seen_at,
        "last_report_at": seen_at,
        "has_reported": True,
        "silent_since": None,
        "certificate_expires_at": seen_at + timedelta(days=10),
        "seen_at": seen_at,
        **more,
    }


def _replace(
    lake: Lake, table: Table, partition: object, rows: list[dict[str, Any]]
) -> None:
    lake.replace(table, partition, frame_of(table, rows))
