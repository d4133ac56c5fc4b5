"""On PostgreSQL the store keeps the promises it keeps on SQLite."""

import asyncio

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from tests.postgres import PostgresServer
from tests.vtn_service.stores import Held, enrol, last_poll, opened, run, seqs, setting
from vtn_service.house import House
from vtn_service.settings import read_settings
from vtn_service.store import roster
from vtn_service.store.database import StoreError
from vtn_service.store.store import Store


def test_text_is_compared_byte_by_byte_in_every_column(
    postgres: PostgresServer, here: Store, postgres_url: str
) -> None:
    del here

    found = postgres.run(
        "SELECT DISTINCT collation_name FROM information_schema.columns "
        "WHERE table_schema = current_schema AND data_type = 'character varying' "
        "AND table_name <> 'vtn_version'",
        postgres_url,
    )

    assert found == [("C",)]


@pytest.mark.parametrize(
    ("name", "read", "write"),
    [
        ("transaction_isolation", "repeatable read", "read committed"),
        ("transaction_read_only", "on", "off"),
        ("synchronous_commit", "on", "on"),
        ("idle_in_transaction_session_timeout", "10s", "10s"),
        ("lock_timeout", "20s", "20s"),
        ("statement_timeout", "1min", "1min"),
    ],
)
def test_every_transaction_is_durable_and_bounded(
    here: Store, name: str, read: str, write: str
) -> None:
    async def ask() -> tuple[object, object]:
        return await here.read(setting, name), await here.write(setting, name)

    assert asyncio.run(ask()) == (read, write)


@pytest.mark.parametrize(
    ("of_server", "of_store"),
    [("off", "on"), ("local", "local"), ("remote_apply", "remote_apply")],
)
def test_a_commit_waits_for_the_disk_whatever_the_server_does_by_itself(
    postgres_url: str, of_server: str, of_store: str
) -> None:
    by_itself = f"{postgres_url}%20-csynchronous_commit%3D{of_server}"

    with opened(by_itself) as store:
        found = asyncio.run(store.write(setting, "synchronous_commit"))

    assert found == of_store


def test_a_server_that_does_not_wait_for_the_disk_is_refused(
    postgres: PostgresServer, postgres_url: str
) -> None:
    postgres.set("fsync", "off")
    try:
        with pytest.raises(StoreError, match="fsync is off, expected on"):
            Store.open(postgres_url)
    finally:
        postgres.set("fsync", "on")


def test_a_database_that_cannot_keep_every_text_is_refused(
    postgres: PostgresServer,
) -> None:
    latin = postgres.new_database("ENCODING 'LATIN1'")

    with pytest.raises(StoreError, match="server_encoding is LATIN1, expected UTF8"):
        Store.open(latin)


def test_writes_whose_database_fails_all_fail_and_are_not_tried_again(
    postgres: PostgresServer, here: Store, postgres_url: str
) -> None:
    tries: list[str] = []

    def attempt(connection: Connection, ven_id: str) -> None:
        tries.append(ven_id)
        if ven_id == "cut off":
            postgres.cut_off(postgres_url)
        enrol(connection, ven_id)

    async def story() -> None:
        held = Held(lambda _connection: None)
        before = await held.begin(here)
        names = "early", "cut off", "late"
        waiting = [asyncio.create_task(here.write(attempt, name)) for name in names]
        await asyncio.sleep(0)
        held.may_end.set()
        await before

        outcomes = await asyncio.gather(*waiting, return_exceptions=True)

        assert [type(outcome) for outcome in outcomes] == [OperationalError] * 3
        assert tries == ["early", "cut off"]
        assert not await here.read(roster.is_enrolled, "early")

    run(story())


def test_the_store_is_there_again_when_its_database_is(
    postgres: PostgresServer, here: Store, postgres_url: str
) -> None:
    async def story() -> None:
        await here.write(enrol, "before")
        postgres.shut(postgres_url)
        for attempt in (here.write(enrol, "meanwhile"), here.read(seqs)):
            with pytest.raises(OperationalError):
                await attempt

        postgres.open_again(postgres_url)

        await here.write(enrol, "after")
        for ven_id, is_there in {"before": 1, "meanwhile": 0, "after": 1}.items():
            assert await here.read(roster.is_enrolled, ven_id) == is_there

    run(story())


def test_when_vens_polled_is_kept_until_it_can_be_stored(
    postgres: PostgresServer, here: Store, postgres_url: str
) -> None:
    house = House(read_settings({"VTN_CONTROL_KEY": "example-control-key"}), here)

    async def story() -> None:
        await here.write(enrol)
        house.polled_at["v1"] = "2025-11-02T05:00:01Z"
        postgres.shut(postgres_url)
        with pytest.raises(OperationalError):
            await house.flush_polls()
        postgres.open_again(postgres_url)

        await house.flush_polls()

        assert house.polled_at == {}
        assert await here.read(last_poll) == "2025-11-02T05:00:01Z"

    run(story())
