"""An event's status by the clock, at both sides of every limit."""

from datetime import UTC, datetime

import pytest

from vtn_service.openadr.events import status_of
from vtn_service.store.events import LiveEvent


def _live(*, is_cancelled: bool = False) -> LiveEvent:
    span = "2025-11-02T05:00:00Z", "2025-11-02T06:00:00Z"
    return LiveEvent("e1", 0, "", *span, *span, is_cancelled=is_cancelled)


@pytest.mark.parametrize(
    ("clock", "status"),
    [
        ("03:59:59.999999", "far"),
        ("04:00:00", "near"),
        ("04:59:59", "near"),
        ("05:00:00", "active"),
        ("05:59:59", "active"),
        ("05:59:59.999999", "active"),
        ("06:00:00", "completed"),
    ],
)
def test_the_status_follows_the_clock(clock: str, status: str) -> None:
    now = datetime.fromisoformat(f"2025-11-02T{clock}+00:00").astimezone(UTC)

    assert status_of(_live(), now) == status


def test_cancelled_is_cancelled_at_any_time() -> None:
    now = datetime(2025, 11, 2, 5, 30, tzinfo=UTC)

    assert status_of(_live(is_cancelled=True), now) == "cancelled"
