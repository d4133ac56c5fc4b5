"""Alive and ready: said at both doors without a key, and true."""

import asyncio
import json
import re
import resource
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from aiohttp.test_utils import make_mocked_request
from sqlalchemy import Connection

from tests.postgres import PostgresServer
from tests.vtn_service import messages
from tests.vtn_service.at_work import SECONDS, VtnAtWork, sha256
from tests.vtn_service.seeing import DOORS, house_of, knock
from vtn_service.health import Readiness
from vtn_service.house import House
from vtn_service.store.schema import PULSE
from vtn_service.store.store import Store

READY = {"status": "ready"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house of its own, not open to anybody."""
    store = Store.open(f"sqlite:///{tmp_path}/vtn.sqlite")
    yield house_of(store)
    store.close()


async def asked(readiness: Readiness) -> tuple[int, dict[str, str]]:
    """Ask whether a house is ready; give the status and what is said."""
    response = await readiness.answer(make_mocked_request("GET", "/readyz"))
    return response.status, json.loads(response.text or "")


async def drop_pulse(house: House) -> None:
    """Let a house lose its table, as one whose database was exchanged."""

    def work(connection: Connection) -> None:
        PULSE.drop(connection)

    await house.store.write(work)


@pytest.mark.parametrize("door", DOORS)
def test_both_doors_are_alive_and_ready_and_ask_for_no_key(
    vtn: VtnAtWork, door: str
) -> None:
    alive, ready = knock(vtn, "/healthz", door), knock(vtn, "/readyz", door)

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, READY)


def test_a_token_that_is_a_word_of_ours_is_a_token(vtn: VtnAtWork) -> None:
    vtn.enrol("words-1", token_sha256=sha256("readyz"))

    response = requests.post(
        vtn.url("readyz", "OadrPoll"),
        data=messages.poll("words-1"),
        headers={"Content-Type": "application/xml"},
        timeout=SECONDS,
    )

    assert response.status_code == 200


def test_a_disk_that_takes_no_more_is_not_ready_until_it_does(tmp_path: Path) -> None:
    vtn = VtnAtWork(tmp_path)
    soft, hard = resource.prlimit(vtn.process.pid, resource.RLIMIT_FSIZE)
    try:
        resource.prlimit(vtn.process.pid, resource.RLIMIT_FSIZE, (16, hard))
        full = [knock(vtn, "/readyz", door) for door in DOORS]
        alive = [knock(vtn, "/healthz", door).status_code for door in DOORS]
        resource.prlimit(vtn.process.pid, resource.RLIMIT_FSIZE, (soft, hard))
        ready = all(becomes_ready(vtn, door) for door in DOORS)
    finally:
        vtn.end()

    assert [response.status_code for response in full] == [503, 503]
    for response in full:
        assert response.json()["status"] == "not ready"
        assert re.fullmatch(r"store: SQLITE_[A-Z_]+", response.json()["reason"])
    assert alive == [200, 200]
    assert ready


def becomes_ready(vtn: VtnAtWork, door: str) -> bool:
    """Tell whether a door says that it is ready within a few seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if knock(vtn, "/readyz", door).json() == READY:
            return True
        time.sleep(0.05)
    return False


def test_a_database_that_is_another_is_not_ready(house: House) -> None:
    async def lose_and_ask() -> tuple[int, dict[str, str]]:
        await drop_pulse(house)
        return await asked(Readiness(house))

    status, said = asyncio.run(lose_and_ask())

    assert status == 503
    assert said == {"status": "not ready", "reason": "store: SQLITE_ERROR"}


def test_a_writer_that_hangs_is_not_ready_and_is_waited_for_not_joined(
    house: House, tmp_path: Path
) -> None:
    async def ask_while_locked() -> tuple[list[tuple[int, dict[str, str]]], int]:
        readiness = Readiness(house, deadline_seconds=0.05, kept_seconds=0)
        answers = [await asked(readiness) for _ in range(3)]
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        other.execute("ROLLBACK")
        await asyncio.wait(under_way)
        return [*answers, await asked(readiness)], len(under_way)

    other = sqlite3.connect(tmp_path / "vtn.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answers, under_way = asyncio.run(ask_while_locked())
    other.close()

    late = {"status": "not ready", "reason": "store: no answer within 0.05 s"}
    assert answers == [(503, late)] * 3 + [(200, READY)]
    assert under_way == 1


def test_an_answer_is_kept_for_a_while(house: House) -> None:
    async def lose_in_between() -> list[int]:
        readiness = Readiness(house, kept_seconds=60)
        first, _ = await asked(readiness)
        await drop_pulse(house)
        return [first, (await asked(readiness))[0], (await asked(Readiness(house)))[0]]

    assert asyncio.run(lose_in_between()) == [200, 200, 503]


def test_a_database_that_is_gone_is_not_ready_until_it_is_back(
    postgres: PostgresServer,
) -> None:
    url = postgres.new_database()
    store = Store.open(url)
    readiness = Readiness(house_of(store), kept_seconds=0)

    async def lose_and_find() -> list[tuple[int, dict[str, str]]]:
        answers = [await asked(readiness)]
        postgres.shut(url)
        answers.append(await asked(readiness))
        postgres.open_again(url)
        return [*answers, await asked(readiness)]

    before, gone, after = asyncio.run(lose_and_find())
    store.close()

    assert before == after == (200, READY)
    assert gone == (503, {"status": "not ready", "reason": "store: OperationalError"})
