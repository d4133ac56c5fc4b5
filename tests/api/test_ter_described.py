"""What TER partners and readers of the feed get is what the OpenAPI document says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis

from ter_pipelines.store.lake import Lake
from tests.api.api_at_work import NISC, PLAIN_DAY, PRAIS, Door, running_api, schedule_of
from tests.api.public_feed import ask, corrected, withdrawn
from tests.api.test_ter_changes import send
from tests.pricing.prices_of_days import LONG_DAY, digits_of, put_in_lake, submitted

FEED = "/public/v1/prices"
LINE = {"meter_id": "1", "ven_id": "v", "device_id": "d", "valid_from": "2025-11-03"}
DEVICE = {"device_id": "47", "ven_id": "ven-1"}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


def test_the_feed_is_as_described(door: Door, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "data")
    put_in_lake(lake, LONG_DAY, submitted(LONG_DAY, digits_of(LONG_DAY)))
    schema = schemathesis.openapi.from_url(f"{door.url}/openapi.json")
    days, day = schema[FEED]["GET"], schema[f"{FEED}/{{date}}"]["GET"]

    first = ask(door, f"/{LONG_DAY}")
    corrected(lake)
    second = ask(door, f"/{PLAIN_DAY}")
    some = ask(door, "?from=2025-11-01")
    unchanged = ask(door, f"/{LONG_DAY}", If_None_Match=first.headers["ETag"])
    withdrawn(lake)
    missing = ask(door, f"/{PLAIN_DAY}")
    wrong = ask(door, "/someday")

    days.validate_response(some)
    for answer in (first, second, unchanged, missing, wrong):
        day.validate_response(answer)
    codes = [a.status_code for a in (first, second, some, unchanged, missing, wrong)]
    assert codes == [200, 200, 200, 304, 404, 400]


def test_what_partners_are_answered_is_as_described(door: Door) -> None:
    schema = schemathesis.openapi.from_url(f"{door.url}/openapi.json")
    prices, revised = schedule_of(PLAIN_DAY), schedule_of(PLAIN_DAY, price=0.2)
    sent = [
        ("POST", "/prices/", "/prices/", prices, PRAIS),
        ("GET", "/prices/", "/prices/", None, PRAIS),
        ("PUT", "/prices/1/", "/prices/{submission_id}/", revised, PRAIS),
        ("PATCH", "/prices/2/", "/prices/{submission_id}/", {}, PRAIS),
        ("DELETE", "/prices/2/", "/prices/{submission_id}/", None, PRAIS),
        ("GET", "/prices/2/", "/prices/{submission_id}/", None, PRAIS),
        ("GET", "/prices/today/", "/prices/today/", None, None),
        ("POST", "/meters/", "/meters/", {"meters": LINE}, NISC),
        ("GET", "/meters/", "/meters/", None, NISC),
        ("DELETE", "/meters/1/", "/meters/{submission_id}/", None, NISC),
        ("POST", "/devices/", "/devices/", DEVICE, NISC),
        ("POST", "/devices/", "/devices/", DEVICE, NISC),
        ("GET", "/devices/", "/devices/", None, NISC),
        ("PATCH", "/devices/1/", "/devices/{number}/", {"statusOn": True}, NISC),
        ("DELETE", "/devices/1/", "/devices/{number}/", None, NISC),
    ]

    codes = []
    for method, path, described, body, auth in sent:
        answer = send(door, method, path, body, auth)
        schema[described][method].validate_response(answer)
        codes.append(answer.status_code)

    assert codes == [
        201, 200, 200, 400, 204, 404, 200,
        201, 200, 404,
        201, 400, 200, 200, 204,
    ]  # fmt: skip
