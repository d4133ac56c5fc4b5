"""A stock openleadr VEN goes through the whole conversation."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from openleadr import OpenADRClient

from tests.vtn_service.at_work import (
    VtnAtWork,
    price_event,
    put,
    sha256,
    token_of,
)

SENT_AT = datetime(2025, 11, 2, 5, tzinfo=UTC)


def _read_meter(
    date_from: datetime, date_to: datetime, sampling_interval: timedelta
) -> list[tuple[datetime, Decimal]]:
    del date_from, date_to, sampling_interval
    return [(SENT_AT, Decimal("0.0600"))]


async def _converse(vtn: VtnAtWork, ven_id: str) -> list[dict[str, Any]]:
    """Register, take the event, send one report; give the events heard."""
    heard: list[dict[str, Any]] = []

    async def opt_in(event: dict[str, Any]) -> str:
        heard.append(event)
        return "optIn"

    url = vtn.url(token_of(ven_id), "").rstrip("/")
    client = OpenADRClient(ven_name="example-ven", vtn_url=url)
    client.add_handler("on_event", opt_in)
    client.add_report(
        callback=_read_meter,
        resource_id="device-1",
        measurement="energyReal",
        unit="Wh",
        scale="k",
        report_specifier_id="RealEnergy",
        r_id="energy",
        data_collection_mode="full",
        sampling_rate=timedelta(hours=1),
        report_duration=timedelta(hours=1),
    )
    try:
        await client.run()
        await client.update_report(client.report_requests[0]["report_request_id"])
        for _ in range(100):
            if await asyncio.to_thread(vtn.reports, ven_id):
                break
            await asyncio.sleep(0.05)
    finally:
        await client.stop()
    return heard


def test_an_openleadr_ven_hears_the_price_and_reports_its_usage(
    vtn: VtnAtWork,
) -> None:
    vtn.enrol(
        "stock-1", ven_name="example-ven", token_sha256=sha256(token_of("stock-1"))
    )
    put(vtn, "stock-1", "stock-e1", price_event(["0.11", "0.12"]))

    heard = asyncio.run(_converse(vtn, "stock-1"))

    prices = [
        interval["signal_payload"]
        for interval in heard[0]["event_signals"][0]["intervals"]
    ]
    assert prices == [0.11, 0.12]
    state = vtn.get("/events?first_day_utc=2000-01-01&last_day_utc=9999-12-31")
    opt = next(e for e in state if e["event_id"] == "stock-e1")
    assert (opt["opt"], opt["opt_modification_number"]) == ("optIn", 0)
    value = vtn.reports("stock-1")[0]["values"][0]
    assert value["value_text"] == "0.0600"
    assert (value["r_id"], value["resource_id"]) == ("energy", "device-1")
    assert (value["unit"], value["scale"]) == ("Wh", "k")
    assert value["duration_text"] == "PT1H"
