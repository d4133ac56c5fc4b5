"""What was not posted as JSON is still given in the partner's form."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ter_pipelines.registry.submissions import NewSubmission, Submission
from ter_pipelines.vocab.clock import iso_utc
from tests.api.api_at_work import PRAIS, Door, running_api

DAY = date(2025, 11, 4)
HEADER = (
    '"H","Date","Hour Ending","Location ID","Location Name","Location Type",'
    '"Locational Marginal Price","Energy Component","Congestion Component",'
    '"Marginal Loss Component"'
)
TYPES = '"H","Date","String","Number","String","String","$/MWh","$/MWh","$/MWh","$/MWh"'


def market_file() -> bytes:
    lines = [
        f'"D","11/04/2025","{hour:02d}",4002,"NAME","LOAD ZONE",{hour},{hour + 1},-1,0'
        for hour in range(1, 25)
    ]
    return "\r\n".join([HEADER, TYPES, *lines, '"T","24"', ""]).encode()


def land(door: Door, body: bytes, *, file_format: str = "iso-ne-da-csv") -> Submission:
    with door.registry() as registry:
        return registry.land(
            NewSubmission(
                kind="prices",
                source="iso-ne-da",
                format=file_format,
                submitted_by="price feed",
                body=body,
                received_at=datetime(2025, 11, 3, 21, 30, tzinfo=UTC),
                operating_day=DAY,
                publication_day=date(2025, 11, 3),
            )
        )


def test_a_market_file_is_listed_as_a_schedule_with_unit_and_currency(
    tmp_path: Path,
) -> None:
    with running_api(tmp_path) as door:
        landed = land(door, market_file())

        (listed,) = door.get("/prices/", PRAIS).json()
        today = door.get("/prices/today/").json()

    assert (listed["id"], listed["created"]) == (1, iso_utc(landed.received_at))
    assert listed["schedule"] == today
    assert (today["date"], today["unit"], today["currency"]) == (
        "2025-11-03",
        "USD/kWh",
        "USD",
    )
    assert len(today["prices"]) == 24
    assert today["prices"][0] == {"datetime": "2025-11-04T05:00:00Z", "price": "0.001"}
    assert today["prices"][23] == {"datetime": "2025-11-05T04:00:00Z", "price": "0.024"}


@pytest.mark.parametrize(
    ("body", "file_format"),
    [(b"not a market's file", "iso-ne-da-csv"), (b"{}", "unheard-of-json")],
)
def test_what_cannot_be_read_is_said_by_its_number(
    tmp_path: Path, body: bytes, file_format: str
) -> None:
    with running_api(tmp_path) as door:
        land(door, body, file_format=file_format)

        answer = door.get("/prices/1/", PRAIS)

    assert answer.status_code == 500
    assert "Submission 1" in answer.json()["detail"]
