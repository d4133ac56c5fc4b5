"""The ISO-NE web service's answer: lists, single hours, empty days, and refusals."""

import json
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.formats.price_files import read_iso_ne_json
from ter_pipelines.pricing.schedule import require_whole_day
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.prices import PriceSchedule
from tests.formats.market_files import DAYS, EASTERN, PLAIN_DAY

Entry = dict[str, object]


def entry(start: datetime, lmp: str = "45.23", location: str = "4002") -> Entry:
    stamp = start.astimezone(EASTERN).isoformat(timespec="milliseconds")
    return {
        "BeginDate": stamp,
        "Location": {
            "@LocId": location, "@LocType": "LOAD ZONE", "$": ".Z.NEWHAMPSHIRE",
        },
        "LmpTotal": Decimal(lmp),
        "EnergyComponent": Decimal("44.81"),
        "CongestionComponent": Decimal("-0.12"),
        "LossComponent": Decimal("0.53"),
    }  # fmt: skip


def body_of(inner: object) -> bytes:
    numbers = json.dumps(
        {"HourlyLmps": {"HourlyLmp": inner}}, default=lambda n: f"#{n}#"
    )
    return numbers.replace('"#', "").replace('#"', "").encode()


def entries(day: date, location: str = "4002") -> list[Entry]:
    starts = interval_starts_utc(day, EASTERN)
    return [entry(start, location=location) for start in starts]


ONE, TWO = entries(PLAIN_DAY)[:2]


def read(body: bytes, location: str | None = "4002") -> PriceSchedule:
    return read_iso_ne_json(body, location_id=location)


def refusal_of(body: bytes, location: str | None = "4002") -> str:
    with pytest.raises(FormatError) as refused:
        read(body, location)
    return str(refused.value)


@pytest.mark.parametrize(("day", "hours"), DAYS)
def test_an_answer_covers_a_local_day(day: date, hours: int) -> None:
    got = read(body_of(entries(day)))

    starts = [h.interval_start_utc for h in got.hours if h.component == "energy"]
    assert starts == interval_starts_utc(day, EASTERN)
    assert len(starts) == hours
    assert require_whole_day(got.hours, EASTERN) == day


def test_a_single_hour_comes_without_a_list() -> None:
    assert read(body_of(ONE)) == read(body_of([ONE]))


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"HourlyLmps": ""}', b'{"HourlyLmps": {}}',
     b'{"HourlyLmps": {"HourlyLmp": ""}}', b'{"HourlyLmps": {"HourlyLmp": []}}'],
)  # fmt: skip
def test_a_day_without_prices_has_no_hours(body: bytes) -> None:
    assert read(body).hours == ()


def test_components_are_exact_and_sum_to_the_lmp() -> None:
    got = read(body_of(ONE))

    parts = {hour.component: hour.price_per_kwh for hour in got.hours}
    assert parts == {
        "energy": Decimal("0.04481"),
        "congestion": Decimal("-0.00012"),
        "loss": Decimal("0.00053"),
        "rounding": Decimal("0.00001"),
    }
    assert {hour.field for hour in got.hours} == {"HourlyLmps.HourlyLmp[0]"}


def test_only_the_wanted_location_is_taken() -> None:
    other = entry(interval_starts_utc(PLAIN_DAY, EASTERN)[0], "45.21", "4001")

    got = read(body_of([other, ONE]))

    assert {hour.field for hour in got.hours} == {"HourlyLmps.HourlyLmp[1]"}
    assert "2 locations ('4001', '4002')" in refusal_of(body_of([other, ONE]), None)
    assert "'4003'" in refusal_of(body_of([other, ONE]), "4003")


def test_components_may_differ_from_the_lmp_by_two_cents_and_no_more() -> None:
    start = interval_starts_utc(PLAIN_DAY, EASTERN)[0]

    near = read(body_of(entry(start, "45.24")))

    assert near.hours[-1].price_per_kwh == Decimal("0.00002")
    assert "0.03" in refusal_of(body_of(entry(start, "45.25")))


def test_an_hour_given_twice_is_refused_with_both_places() -> None:
    message = refusal_of(body_of([ONE, ONE]))

    assert "HourlyLmp[1].BeginDate" in message
    assert "HourlyLmp[0]" in message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"BeginDate": "2025-11-14T00:00:00.000"}, "BeginDate"),
        ({"BeginDate": None}, "BeginDate: got null"),
        ({"BeginDate": "noon"}, "'noon'"),
        ({"LmpTotal": "NaN"}, "LmpTotal"),
        ({"LmpTotal": True}, "LmpTotal: got true"),
        ({"EnergyComponent": ""}, "EnergyComponent"),
        ({"LossComponent": Decimal("0.000001")}, "8 places"),
        ({"Location": "4002"}, "Location"),
        ({"Location": {"@LocId": None}}, "@LocId"),
    ],
)
def test_a_wrong_value_is_named_by_its_place(change: Entry, said: str) -> None:
    message = refusal_of(body_of([ONE, {**TWO, **change}]))

    assert "HourlyLmps.HourlyLmp[1]" in message
    assert said in message


@pytest.mark.parametrize("key", sorted(ONE))
def test_a_missing_value_is_named(key: str) -> None:
    message = refusal_of(body_of({name: ONE[name] for name in ONE if name != key}))

    assert f"HourlyLmps.HourlyLmp[0].{key}: is missing" in message


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'{"HourlyLmps": 3}', b'{"HourlyLmps":{"HourlyLmp":3}}'],
)
def test_an_answer_of_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(FormatError, match=r"ISO-NE answer, HourlyLmps|JSON parse"):
        read(body)


@settings(max_examples=50)
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["HourlyLmps", "HourlyLmp", *ONE]), inner
    ),
))  # fmt: skip
def test_any_json_is_read_or_refused_in_our_words(document: object) -> None:
    body = json.dumps(document).encode()

    try:
        got = read(body)
    except FormatError:
        return

    assert got.hours == ()
