"""Uploads of interval usage: the hours of a day are 23, 24 or 25."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ter_pipelines.accounts.bodies import MeteredHour, read_metered_hours
from ter_pipelines.vocab.errors import FieldError
from tests.accounts.at_hand import CLOCKS_GO_BACK, CLOCKS_GO_FORWARD, EASTERN


def hours(*rows: tuple[object, object, object]) -> dict[str, Any]:
    names = ("recorded_on", "hour", "volume_kwh")
    return {"interval_usages": [dict(zip(names, row, strict=True)) for row in rows]}


def test_an_upload_is_read_as_documented() -> None:
    found = read_metered_hours(hours(("2018-10-1", "1", "10.5")), EASTERN)

    assert found == [MeteredHour(date(2018, 10, 1), 1, Decimal("10.5"))]


@pytest.mark.parametrize(
    ("day", "last"),
    [(CLOCKS_GO_FORWARD, 23), (date(2025, 11, 3), 24), (CLOCKS_GO_BACK, 25)],
)
def test_an_upload_has_the_hours_of_the_day(day: date, last: int) -> None:
    taken = read_metered_hours(hours((str(day), str(last), "1")), EASTERN)

    with pytest.raises(FieldError) as caught:
        read_metered_hours(hours((str(day), str(last + 1), "1")), EASTERN)

    assert taken[0].hour == last
    assert caught.value.fields == {
        "interval_usages[0].hour": [f"is not one of the day's hours, 1 to {last}"]
    }


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (None, ["interval_usages"]),
        ({"interval_usages": [], "more": 1}, ["interval_usages"]),
        ({"interval_usages": {}}, ["interval_usages"]),
        (hours(("2018-10-1", "1.5", "1")), ["interval_usages[0].hour"]),
        (hours(("2018-10-1", "0", "1")), ["interval_usages[0].hour"]),
        (hours(("2018-10-1", "1", None)), ["interval_usages[0].volume_kwh"]),
        (hours(("2018-10-1", "1", "1"), ("2018-10-01", "1", "2")),
         ["interval_usages[1].hour"]),
    ],
)  # fmt: skip
def test_an_upload_that_is_wrong_is_refused_at_its_field(
    given: object, fields: list[str]
) -> None:
    with pytest.raises(FieldError) as caught:
        read_metered_hours(given, EASTERN)

    assert list(caught.value.fields) == fields
