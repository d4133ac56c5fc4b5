"""SQLite and PostgreSQL are the same store: the same tables, the same answers."""

import re
import signal
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from tests.postgres import PostgresServer
from tests.vtn_service import messages
from tests.vtn_service.asked import HISTORY, STATUS, USAGE, polled, put_ask
from tests.vtn_service.at_work import Said, VtnAtWork, price_event, put, registered
from tests.vtn_service.messages import hour, report, update_report
from tests.vtn_service.stores import opened
from vtn_service.store.database import Database, StoreError
from vtn_service.store.migrations import VERSION_TABLE
from vtn_service.store.schema import METADATA
from vtn_service.store.store import Store

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_RANDOM = re.compile(r"\breg-[0-9a-f]{24}\b|\b[0-9a-f]{32}\b")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of a store that is not there yet, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/100% store.sqlite"
    postgres: PostgresServer = request.getfixturevalue("postgres")
    return postgres.new_schema()


def _run(url: str, statement: str) -> None:
    database = Database.open(url, connections=1)
    with database.writing.begin() as connection:
        connection.execute(text(statement))
    database.close()


def _differences(connection: Connection) -> list[Any]:
    options = {"version_table": VERSION_TABLE}
    context = MigrationContext.configure(connection, opts=options)
    found: list[Any] = compare_metadata(context, METADATA)
    return found


def test_the_migrated_tables_are_the_ones_described(url: str) -> None:
    for _ in range(2):
        with opened(url):
            pass

    database = Database.open(url, connections=1)
    with database.reading.begin() as connection:
        differences = _differences(connection)
    database.close()
    assert differences == []


def test_a_store_of_a_later_version_is_refused(url: str) -> None:
    with opened(url):
        pass
    _run(url, "UPDATE vtn_version SET version_num = 'v9999'")

    with pytest.raises(StoreError, match=r"version v9999, expected v\d{4} or earlier"):
        Store.open(url)


def test_tables_of_no_version_are_refused_and_left_alone(url: str) -> None:
    _run(url, "CREATE TABLE report (seq INTEGER)")

    with pytest.raises(StoreError, match=r"tables of no version we know \(report\)"):
        Store.open(url)

    _run(url, "INSERT INTO report VALUES (1)")


def test_the_same_story_has_the_same_answers(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    told = []
    for store in str(tmp_path / "vtn.sqlite"), postgres.new_schema():
        vtn = VtnAtWork(tmp_path, VTN_STORE=store)
        told.append(_story(vtn))
        vtn.end()

    on_sqlite, on_postgres = told
    assert on_sqlite[-1]["reports"]
    assert on_postgres == on_sqlite


def _story(vtn: VtnAtWork) -> list[Any]:
    """Give what a VEN is told in its first days, and what is known in the end."""
    registered(vtn, "v1")
    said = [
        vtn.say("v1", "EiReport", messages.register_report("v1", USAGE, HISTORY)),
        vtn.say("v1", "EiReport", messages.register_report("v1", STATUS)),
    ]
    put_ask(vtn, "v1", "a1", kind="offers")
    for price in "0.1", "0.2":
        put(vtn, "v1", "e1", price_event([price]))
    said += [polled(vtn, "v1") for _ in range(3)]
    opt = messages.created_event("v1", [("e1", 1, "optIn"), ("e9", 0, "optOut")])
    said.append(vtn.say("v1", "EiEvent", opt))
    said.append(vtn.say("v1", "EiOpt", messages.create_opt("v1", "o1")))

    vtn.end(signal.SIGKILL)
    vtn.start()

    for at in 5, 6, 5:
        body = update_report("v1", report([hour(at=at)]), request_id=str(at))
        said.append(vtn.say("v1", "EiReport", body))
    said.append(vtn.say("v1", "EiOpt", messages.cancel_opt("v1", "o1")))
    return [*map(_shown, said), _known(vtn)]


def _shown(said: Said) -> tuple[str, str]:
    """Give what was said, but for instants and what was drawn by lot."""
    texts = [str(text).strip() for text in said.message.element.itertext()]
    return said.kind, _blanked("|".join(filter(None, texts)))


def _known(vtn: VtnAtWork) -> dict[str, str]:
    """Give everything the control door tells."""
    days = "first_day_utc=2000-01-01&last_day_utc=2999-12-31"
    paths = {"vens": "/vens", "events": f"/events?{days}", "asks": "/asks"}
    known = {name: vtn.get(path) for name, path in paths.items()}
    known |= {"heads": vtn.get("/reports"), "reports": vtn.reports("v1")}
    return {name: _blanked(repr(found)) for name, found in known.items()}


def _blanked(text: str) -> str:
    return _RANDOM.sub("random", _INSTANT.sub("instant", text))
