"""What the page of a device's day says: odd days, both directions, hostile words."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from ter_pipelines.pages.templates import Site, fill
from ter_pipelines.pages.usage_day import picture_of_day, told_intervals, told_remarks
from ter_pipelines.vocab.clock import interval_starts_utc

NEW_YORK = ZoneInfo("America/New_York")
PLAIN_DAY = date(2025, 11, 4)
DAY_CLOCKS_GO_BACK = date(2025, 11, 2)
DAY_CLOCKS_GO_FORWARD = date(2026, 3, 8)
CAME_AT = datetime(2025, 11, 5, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>"


def interval(start: datetime, kwh: str | None = "1", **more: object) -> dict[str, Any]:
    return {
        "meter_id": "0012",
        "direction": "delivered",
        "interval_start_utc": start,
        "duration_seconds": 3600,
        "energy_kwh": None if kwh is None else Decimal(kwh),
        "state": "VALID" if kwh else "MISSING",
        "rules_failed": "",
        "method": "",
        "version": 1,
        "source": "openadr",
        "source_reference": "report-1",
        "received_at": CAME_AT,
        **more,
    }


def whole(day: date, *, minutes: int = 60) -> list[dict[str, Any]]:
    return [
        interval(start, duration_seconds=minutes * 60)
        for start in interval_starts_utc(day, NEW_YORK, interval_minutes=minutes)
    ]


def kinds_in(svg: str, kind: str) -> list[Any]:
    found = etree.fromstring(svg.encode()).xpath(f"//*[@class='{kind}']")
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("day", "hours", "times"),
    [
        (PLAIN_DAY, 24, ["00:00", "01:00", "02:00", "03:00"]),
        (
            DAY_CLOCKS_GO_BACK,
            25,
            ["00:00 EDT", "01:00 EDT", "01:00 EST", "02:00 EST"],
        ),
        (
            DAY_CLOCKS_GO_FORWARD,
            23,
            ["00:00 EST", "01:00 EST", "03:00 EDT", "04:00 EDT"],
        ),
    ],
)
def test_a_day_has_the_hours_it_has(day: date, hours: int, times: list[str]) -> None:
    told = told_intervals(whole(day), day, NEW_YORK)

    assert told["hours"] == hours
    assert [row["time"] for row in told["intervals"]][:4] == times
    assert len(kinds_in(told["picture"], "touch")) == hours


def test_quarter_hours_are_drawn_one_by_one_and_labelled_by_the_hour() -> None:
    svg = picture_of_day(whole(PLAIN_DAY, minutes=15), PLAIN_DAY, NEW_YORK)

    labels = [
        text for text in etree.fromstring(svg.encode()).itertext() if text == "03"
    ]
    assert len(kinds_in(svg, "above")) == 96
    assert labels == ["03"]


def test_what_is_given_back_hangs_below_what_is_used() -> None:
    (start, *_) = interval_starts_utc(PLAIN_DAY, NEW_YORK)
    rows = [interval(start, "2"), interval(start, "3", direction="received")]

    told = told_intervals(rows, PLAIN_DAY, NEW_YORK)

    assert len(kinds_in(told["picture"], "above")) == 1
    assert len(kinds_in(told["picture"], "below")) == 1
    assert told["has_directions"]
    assert [fact["value"] for fact in told["facts"]][:2] == ["2.000 kWh", "3.000 kWh"]


def test_a_net_export_hangs_below_and_an_estimate_is_marked() -> None:
    first, second, *_ = interval_starts_utc(PLAIN_DAY, NEW_YORK)
    rows = [
        interval(first, "-2", direction="net"),
        interval(second, "1", direction="net", state="ESTIMATED", method="linear"),
    ]

    told = told_intervals(rows, PLAIN_DAY, NEW_YORK)

    assert len(kinds_in(told["picture"], "below")) == 1
    assert len(kinds_in(told["picture"], "estimated")) == 1
    assert told["facts"][0] == {
        "name": "Net energy",
        "value": "\N{MINUS SIGN}1.000 kWh",
    }
    assert told["intervals"][1]["why"] == "linear"


def test_what_devices_send_is_text_on_the_page() -> None:
    (start, *_) = interval_starts_utc(PLAIN_DAY, NEW_YORK)
    row = interval(start, source=HOSTILE, source_reference=HOSTILE, method=HOSTILE)
    remark = {
        "kind": "unused",
        "about": HOSTILE,
        "said": HOSTILE,
        "reason": "usage.not_a_number",
        "explanation": HOSTILE,
        "by_whom": HOSTILE,
        "noted_at": CAME_AT + timedelta(hours=1),
    }
    page = {
        "device": HOSTILE,
        "ven": HOSTILE,
        "day_name": "a day",
        **dict.fromkeys(("back", "csv", "before", "after"), "/pages/usage"),
        **told_intervals([row], PLAIN_DAY, NEW_YORK),
        **told_remarks([remark], NEW_YORK),
    }

    html = fill("usage_day.html", {**page, "site": Site("Rate", user=HOSTILE)})

    assert HOSTILE not in html
    assert html.count("&lt;script&gt;") >= 8
