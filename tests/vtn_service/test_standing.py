"""How a VEN stands: what is newest, what awaits an answer, and from when it is silent.

The same holds in both databases.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, event, insert, select

from tests.postgres import PostgresServer
from vtn_service.contract import VenEnrolment, VenStatus
from vtn_service.store import health, roster, standing
from vtn_service.store.schema import (
    ASK,
    EVENT,
    EVENT_REVISION,
    OPT,
    PULSE,
    REPORT,
)
from vtn_service.store.store import Store

REGISTERED = "2025-11-02T00:00:00Z"
NOW = "2025-11-02T06:00:00Z"
LATER = "2025-11-02T07:00:00Z"
BEFORE = "2025-11-02T05:00:00Z"
AN_HOUR = 3600


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Give a store with two VENs on its roster, each registered at midnight."""
    url = f"sqlite:///{tmp_path}/vtn.sqlite"
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_database()
    opened = Store.open(url)
    for ven_id in ("v1", "v2"):
        write(opened, roster.enrol, VenEnrolment(ven_id, "", ven_id * 32), REGISTERED)
        write(opened, roster.set_registered, ven_id, REGISTERED)
    yield opened
    opened.close()


def write(store: Store, work: object, *args: object) -> None:
    asyncio.run(store.write(work, *args))  # type: ignore[arg-type]


def add(store: Store, table: Table, **values: object) -> None:
    def work(connection: Connection) -> None:
        connection.execute(insert(table).values(values))

    write(store, work)


def stands(store: Store, ven_id: str = "v1", *, now: str = NOW) -> VenStatus:
    (found,) = asyncio.run(
        store.read(
            standing.list_standing, now=now, silent_seconds=AN_HOUR, ven_id=ven_id
        )
    )
    return found


def add_report(store: Store, received_at: str, *, ven_id: str = "v1") -> None:
    add(
        store,
        REPORT,
        ven_id=ven_id,
        received_at=received_at,
        body_sha256=received_at,
        body=b"",
        reported_values=b"",
        values_sha256="",
        touched="[]",
        first_start_utc=received_at,
        last_end_utc=received_at,
    )


def add_event(
    store: Store,
    *,
    end_utc: str = LATER,
    delivered_at: str = BEFORE,
    needs_answer: bool = True,
) -> None:
    """Add an event whose second revision is the current one."""
    key = {"ven_id": "v1", "event_id": "e1"}
    span = {"start_utc": BEFORE, "end_utc": end_utc}
    add(store, EVENT, **key, **span, modification_number=1, created_at=BEFORE)
    revision = {"body": "{}", "body_sha256": "", "modified_at": BEFORE}
    for number in (0, 1):
        add(
            store,
            EVENT_REVISION,
            **key,
            **revision,
            modification_number=number,
            is_cancelled=False,
            needs_answer=needs_answer,
            delivered_at=delivered_at,
        )


def add_opt(store: Store, *, modification_number: int, received_at: str = NOW) -> None:
    add(
        store,
        OPT,
        ven_id="v1",
        event_id="e1",
        modification_number=modification_number,
        opt_type="optIn",
        response_code="200",
        received_at=received_at,
    )


def add_ask(store: Store, ask_id: str, state: str) -> None:
    given = {"ask_id": ask_id, "kind": "offers", "state": state, "queued_at": BEFORE}
    required = {
        column.name: "{}"
        for column in ASK.columns
        if not (column.nullable or column.default or column.primary_key)
    }
    add(store, ASK, **{**required, **given, "ven_id": "v1"})


@pytest.mark.parametrize(
    ("heard", "silent_since"),
    [
        ("2025-11-02T05:00:01Z", ""),
        ("2025-11-02T05:00:00Z", "2025-11-02T05:00:00Z"),
        ("2025-11-02T04:59:59Z", "2025-11-02T04:59:59Z"),
    ],
)
def test_a_ven_is_silent_from_the_second_on_that_it_was_unheard_for_so_long(
    store: Store, heard: str, silent_since: str
) -> None:
    write(store, roster.note_polls, {"v1": heard})

    assert stands(store).silent_since == silent_since


def test_a_report_an_opt_and_a_registration_are_heard_as_well_as_a_poll(
    store: Store,
) -> None:
    only_registered = stands(store).silent_since
    add_event(store)
    add_opt(store, modification_number=1, received_at="2025-11-02T03:00:00Z")
    answered = stands(store).silent_since
    add_report(store, "2025-11-02T04:00:00Z")
    reported = stands(store).silent_since
    write(store, roster.note_polls, {"v1": "2025-11-02T02:00:00Z"})

    assert only_registered == REGISTERED
    assert answered == "2025-11-02T03:00:00Z"
    assert reported == "2025-11-02T04:00:00Z"
    assert stands(store).silent_since == reported


def test_who_was_never_heard_or_may_not_speak_is_not_silent(store: Store) -> None:
    write(store, roster.enrol, VenEnrolment("v3", "", "c" * 64), REGISTERED)
    off = VenEnrolment("v1", is_enabled=False)
    write(store, roster.enrol, off, REGISTERED)

    assert stands(store, "v3").silent_since == ""
    assert stands(store, "v1").silent_since == ""
    assert stands(store, "v2").silent_since == REGISTERED


def test_the_newest_report_and_opt_of_each_ven_count(store: Store) -> None:
    add_event(store)
    for instant in ("2025-11-02T02:00:00Z", "2025-11-02T04:00:00Z", BEFORE):
        add_report(store, instant)
        add_opt(store, modification_number=1, received_at=instant)
    add_report(store, "2025-11-02T03:00:00Z")
    add_report(store, NOW, ven_id="v2")

    found = stands(store)

    assert (found.last_report_at, found.last_opt_at) == (BEFORE, BEFORE)
    assert (stands(store, "v2").last_report_at, stands(store, "v2").last_opt_at) == (
        NOW,
        "",
    )


@pytest.mark.parametrize(
    ("changes", "unanswered"),
    [
        ({}, 1),
        ({"delivered_at": ""}, 0),
        ({"needs_answer": False}, 0),
        ({"end_utc": NOW}, 0),
    ],
)
def test_an_event_is_unanswered_once_told_and_until_it_is_over(
    store: Store, changes: dict[str, Any], unanswered: int
) -> None:
    add_event(store, **changes)

    assert stands(store).unanswered_events == unanswered
    assert stands(store, "v2").unanswered_events == 0


def test_only_an_answer_to_the_current_revision_answers(store: Store) -> None:
    add_event(store)
    add_opt(store, modification_number=0)
    of_the_old = stands(store).unanswered_events
    add_opt(store, modification_number=1)

    assert (of_the_old, stands(store).unanswered_events) == (1, 0)


def test_only_asks_that_were_told_and_not_answered_count(store: Store) -> None:
    for state in ("queued", "told", "answered", "superseded", "cancelled"):
        add_ask(store, state, state)

    assert stands(store).unanswered_asks == 1


def test_the_whole_roster_comes_by_id_with_what_each_is_known_by(store: Store) -> None:
    by_certificate = VenEnrolment("v0", "", "", "d" * 64, "2026-01-01T00:00:00Z")
    write(store, roster.enrol, by_certificate, REGISTERED)

    found = asyncio.run(
        store.read(standing.list_standing, now=NOW, silent_seconds=AN_HOUR)
    )

    assert [(v.ven_id, v.has_token) for v in found] == [
        ("v0", False),
        ("v1", True),
        ("v2", True),
    ]
    assert found[0].certificate_sha256 == "d" * 64
    assert found[0].certificate_expires_at == "2026-01-01T00:00:00Z"


def test_what_is_long_past_is_not_gone_through(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/vtn.sqlite")

    plan = asyncio.run(store.read(_plan_of_standing))

    store.close()
    assert len(plan) > 5
    assert [step for step in plan if step.startswith("SCAN")] == [
        "SCAN ven USING INDEX sqlite_autoindex_ven_1"
    ]


def _plan_of_standing(connection: Connection) -> list[str]:
    said: list[tuple[str, tuple[object, ...]]] = []

    def listen(*given: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event
        said.append((given[2], given[3]))

    event.listen(connection, "before_cursor_execute", listen)
    standing.list_standing(connection, now=NOW, silent_seconds=AN_HOUR)
    event.remove(connection, "before_cursor_execute", listen)
    ((statement, values),) = said
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    return [str(row.detail) for row in rows]


def test_the_backlog_is_what_came_after_the_drained_report(store: Store) -> None:
    for instant in (REGISTERED, BEFORE, NOW):
        add_report(store, instant)
    add_ask(store, "a1", "queued")
    add_ask(store, "a2", "told")

    first, second, third = (
        asyncio.run(store.read(health.backlog, drained)) for drained in (0, 2, 3)
    )

    assert (first.reports, first.oldest_report_at) == (3, REGISTERED)
    assert (second.reports, second.oldest_report_at) == (1, NOW)
    assert (third.reports, third.oldest_report_at) == (0, "")
    assert third.queued_asks == 1
    assert third.store_bytes > 0


def test_every_beat_writes_the_same_row(store: Store) -> None:
    for instant in (BEFORE, NOW):
        write(store, health.beat, instant)

    def written(connection: Connection) -> list[str]:
        return list(connection.execute(select(PULSE.c.written_at)).scalars())

    assert asyncio.run(store.read(written)) == [NOW]
