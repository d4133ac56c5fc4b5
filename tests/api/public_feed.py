"""Asks the open price feed of a running API, with prices put in its lake."""

import csv
import io
from datetime import date, timedelta

import requests

from ter_pipelines.store.lake import Lake
from tests.api.api_at_work import TIMEOUT_SECONDS, Door
from tests.pricing.prices_of_days import (
    PLAIN_DAY,
    RECEIVED,
    put_in_lake,
    submitted,
)

PRICES = "/public/v1/prices"
MINUTE = timedelta(minutes=1)
DEAR, CHEAP = ["0.90"] * 24, ["0.10"] * 24


def ask(
    door: Door, path: str, *, method: str = "GET", **headers: str
) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"{door.url}{PRICES}{path}"
    return door.session.request(method, url, headers=named, timeout=TIMEOUT_SECONDS)


def rows_of(answer: requests.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def corrected(lake: Lake, day: date = PLAIN_DAY) -> None:
    later = submitted(day, CHEAP, submission=2, received_at=RECEIVED + MINUTE)
    put_in_lake(lake, day, submitted(day, DEAR), later)


def withdrawn(lake: Lake, day: date = PLAIN_DAY) -> None:
    gone_at = RECEIVED + MINUTE
    put_in_lake(lake, day, submitted(day, DEAR, withdrawn_at=gone_at))
