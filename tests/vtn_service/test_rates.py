"""Points that share no rate are asked for apart; each at a rate that it offers."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openleadr import OpenADRClient

from tests.vtn_service import messages
from tests.vtn_service.asked import asks_of, durations, polled, put_ask
from tests.vtn_service.at_work import VtnAtWork, registered, sha256, token_of
from tests.vtn_service.fortress import FortressVen
from tests.vtn_service.messages import Point, report_offer
from tests.vtn_service.taken_apart import offer_of
from vtn_service.openadr.instants import iso_duration, parse_duration
from vtn_service.openadr.rates import points_by_rate

FAST = Point("fast", shortest="PT1M", longest="PT1M")
SLOW = Point("slow", shortest="PT1H", longest="PT1H")
BOTH = report_offer("usage", [FAST, SLOW])
MINUTES = st.integers(0, 180)


def _asked(*rates: tuple[str, str], wants_hour: bool = True) -> dict[str, str]:
    """Give the rIDs by period asked for, of points `a`, `b` ... of such rates."""
    points = [
        offer_of(r_id, min_period=shortest, max_period=longest)
        for r_id, (shortest, longest) in zip("abcdef", rates, strict=False)
    ]
    asked = points_by_rate(points, wants_hour=wants_hour)
    return {
        iso_duration(period): "".join(point.r_id for point in of_period)
        for period, of_period in asked.items()
    }


@pytest.mark.parametrize(
    ("rates", "asked"),
    [
        ([("PT1M", "PT1M"), ("PT1H", "PT1H")], {"PT1H": "b", "PT1M": "a"}),
        ([("PT15M", "PT15M"), ("PT15M", "PT24H")], {"PT15M": "ab"}),
        ([("PT1M", "PT15M"), ("PT5M", "PT1H")], {"PT5M": "ab"}),
        (
            [("PT1M", "PT1M"), ("PT1M", "PT24H"), ("PT2H", "PT4H")],
            {"PT1H": "b", "PT1M": "a", "PT2H": "c"},
        ),
        (
            [("PT1M", "PT5M"), ("PT5M", "PT9M"), ("PT10M", "PT10M")],
            {"PT5M": "ab", "PT10M": "c"},
        ),
        (
            [("", ""), ("PT1M", "PT1M"), ("PT2H", "")],
            {"PT1H": "a", "PT1M": "b", "PT2H": "c"},
        ),
        ([("PT1H", "PT1M"), ("PT1M", "PT1M")], {"PT1H": "a", "PT1M": "b"}),
    ],
)
def test_as_few_periods_are_asked_for_as_the_points_allow(
    rates: Sequence[tuple[str, str]], asked: dict[str, str]
) -> None:
    assert _asked(*rates) == asked


def test_a_status_is_asked_for_as_often_as_it_is_offered() -> None:
    asked = _asked(
        ("PT30S", "PT30S"), ("PT30S", "PT1H"), ("PT2H", "PT4H"), wants_hour=False
    )

    assert asked == {"PT30S": "ab", "PT2H": "c"}


@given(
    rates=st.lists(st.tuples(MINUTES, MINUTES).map(sorted), min_size=1, max_size=6),
    wants_hour=st.booleans(),
)
def test_every_point_is_asked_for_once_and_within_what_it_offers(
    rates: list[list[int]], *, wants_hour: bool
) -> None:
    told = [(f"PT{low}M", f"PT{high}M") for low, high in rates]

    asked = _asked(*told, wants_hour=wants_hour)

    assert sorted("".join(asked.values())) == list("abcdef"[: len(rates)])
    for text, r_ids in asked.items():
        period = parse_duration(text)
        for r_id in r_ids:
            low, high = (timedelta(minutes=m) for m in rates["abcdef".index(r_id)])
            assert period is not None
            assert low <= period <= (high or timedelta.max)


def test_a_battery_is_asked_for_its_fast_and_its_slow_points_one_after_the_other(
    vtn: VtnAtWork,
) -> None:
    battery = FortressVen(vtn, "fast-1")
    battery.register()
    battery.offer(BOTH)
    battery.answer("oadrRegisteredReport", battery.poll())

    slow, fast = (battery.take_request() for _ in range(2))

    assert (slow.texts("rID"), durations(slow)) == (["slow"], ["PT1H", "PT1H", "PT0S"])
    assert (fast.texts("rID"), durations(fast)) == (["fast"], ["PT1M", "PT1H", "PT0S"])
    assert slow.texts("reportRequestID") != fast.texts("reportRequestID")
    assert battery.poll().kind == "oadrResponse"
    assert set(asks_of(vtn, "fast-1").values()) == {"answered"}


def _offered(vtn: VtnAtWork, ven_id: str) -> list[str]:
    """Offer both; give the requests, of which one is inside and one is polled."""
    offer = messages.register_report(ven_id, BOTH)
    inside = vtn.say(ven_id, "EiReport", offer)
    asked = polled(vtn, ven_id)
    assert (inside.texts("rID"), asked.texts("rID")) == (["slow"], ["fast"])
    return inside.texts("reportRequestID") + asked.texts("reportRequestID")


def test_a_value_without_duration_lasts_as_long_as_its_own_request_asks(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "fast-2")
    slow, fast = _offered(vtn, "fast-2")

    reports = [
        messages.report(
            [
                messages.interval(
                    messages.value(r_id, "1"), start="2025-11-02T05:00:00Z"
                )
            ],
            request_id=request_id,
        )
        for r_id, request_id in (("fast", fast), ("slow", slow))
    ]
    vtn.say("fast-2", "EiReport", messages.update_report("fast-2", *reports))

    (stored,) = vtn.reports("fast-2")
    lasts = {value["r_id"]: value["duration_text"] for value in stored["values"]}
    assert lasts == {"fast": "PT1M", "slow": "PT1H"}


def test_reports_of_every_rate_are_cancelled_and_asked_for_anew(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "fast-3")
    asked = _offered(vtn, "fast-3")

    told = []
    for kind in ("cancel_reports", "reports"):
        put_ask(vtn, "fast-3", kind, kind=kind)
        told += [polled(vtn, "fast-3") for _ in range(2)]

    kinds = [said.kind for said in told]
    assert kinds == ["oadrCancelReport"] * 2 + ["oadrCreateReport"] * 2
    for two in (told[:2], told[2:]):
        assert [said.texts("reportRequestID")[0] for said in two] == asked


async def _stock_client(vtn: VtnAtWork) -> list[dict[str, Any]]:
    """Run a stock client that asks first, to its first poll; give its requests."""
    vtn.enrol("fast-4", token_sha256=sha256(token_of("fast-4")))
    url = vtn.url(token_of("fast-4"), "").rstrip("/")
    client = OpenADRClient(ven_name="example-ven", vtn_url=url)
    for r_id, rate in (("fast", timedelta(minutes=1)), ("slow", timedelta(hours=1))):
        client.add_report(
            callback=lambda: [(datetime(2025, 11, 2, 5, tzinfo=UTC), 0.06)],
            resource_id=f"device-{r_id}",
            measurement="energyReal",
            report_specifier_id="RealEnergy",
            r_id=r_id,
            unit="Wh",
            sampling_rate=rate,
        )
    try:
        await client.query_registration()
        await client.create_party_registration()
        await client.register_reports(client.reports)
        await client._poll()  # noqa: SLF001 - the client's own clock is too slow
    finally:
        await client.stop()
    return [dict(request) for request in client.report_requests]


def test_a_stock_client_takes_both_requests(vtn: VtnAtWork) -> None:
    requests = asyncio.run(_stock_client(vtn))

    assert [(r["r_ids"], r["granularity"]) for r in requests] == [
        (["slow"], timedelta(hours=1)),
        (["fast"], timedelta(minutes=1)),
    ]
