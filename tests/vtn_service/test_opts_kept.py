"""What is kept of answers to events and of opt schedules, and with how much work."""

import asyncio
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, select

from tests.vtn_service.event_bodies import START, event_of, interval_of, signal_of
from vtn_service.contract import VenEnrolment
from vtn_service.openadr.instants import iso_utc
from vtn_service.store import events, opts, roster
from vtn_service.store.schema import OPT, OPT_SCHEDULE
from vtn_service.store.store import Store

NOW = iso_utc(START)
BODY = b"<oadrCreateOpt/>" * 100


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give a store that knows the VEN `v1` and three events of it."""
    opened = Store.open(f"sqlite:///{tmp_path}/vtn.sqlite")
    do(opened, _furnish)
    yield opened
    opened.close()


def _furnish(connection: Connection) -> None:
    roster.enrol(connection, VenEnrolment("v1", "", "example"), NOW)
    for event_id in ("e1", "e2", "e3"):
        events.put_event(
            connection,
            ven_id="v1",
            event_id=event_id,
            new=events.pack_event(event_of(signal_of([interval_of(1)]))),
            span=(NOW, "2099-01-01T00:00:00Z"),
            now="2025-11-01T00:00:00Z",
        )


def do(store: Store, work: Callable[..., Any], *args: object) -> Any:  # noqa: ANN401
    """Run work in a transaction."""
    return asyncio.run(store.write(work, *args))


def counted(connection: Connection, work: Callable[..., Any], *args: object) -> int:
    """Tell how many statements work takes."""
    statements: list[str] = []

    def note(_1: object, _2: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    work(connection, *args)
    event.remove(connection, "before_cursor_execute", note)
    return len(statements)


def opt(event_id: str, opt_type: str = "optIn", number: int = 0) -> opts.EventOpt:
    return opts.EventOpt(event_id, number, opt_type, "200")


def kept(connection: Connection) -> list[tuple[str, str]]:
    """Give the answers that are kept, in order."""
    rows = connection.execute(select(OPT.c.event_id, OPT.c.opt_type))
    return [(event_id, opt_type) for event_id, opt_type in rows]


def schedules(connection: Connection) -> list[tuple[str, bytes]]:
    """Give the opt schedules that are kept, in order."""
    rows = connection.execute(select(OPT_SCHEDULE.c.opt_id, OPT_SCHEDULE.c.body))
    return [(opt_id, zlib.decompress(body)) for opt_id, body in rows]


def test_a_thousand_answers_take_as_many_statements_as_two(store: Store) -> None:
    many = [opt("e1"), opt("e2"), *(opt(f"unknown-{i}") for i in range(998))]

    few_took = do(store, counted, opts.add_opts, "v1", [opt("e3"), opt("e2")], NOW)
    many_took = do(store, counted, opts.add_opts, "v1", many, NOW)

    assert few_took == many_took == 3


def test_answers_are_kept_and_those_to_nothing_are_named(store: Store) -> None:
    given = [opt("e1"), opt("none"), opt("e2", number=1), opt("e3", "optOut")]

    unknown = do(store, opts.add_opts, "v1", given, NOW)

    assert unknown == ["none", "e2"]
    assert do(store, kept) == [("e1", "optIn"), ("e3", "optOut")]


def test_an_answer_is_kept_again_only_when_it_changes(store: Store) -> None:
    for said in ("optIn", "optIn", "optOut", "optIn", "optIn"):
        do(store, opts.add_opts, "v1", [opt("e1", said), opt("e2")], NOW)

    assert do(store, kept) == [
        ("e1", "optIn"),
        ("e2", "optIn"),
        ("e1", "optOut"),
        ("e1", "optIn"),
    ]


def test_no_answers_are_nothing(store: Store) -> None:
    assert do(store, opts.add_opts, "v1", [], NOW) == []
    assert do(store, kept) == []


def test_an_opt_schedule_is_kept_once_as_it_came(store: Store) -> None:
    for opt_id, body in (("o1", BODY), ("o1", BODY), ("o1", BODY + b" "), ("o2", BODY)):
        schedule = opts.OptSchedule.of(opt_id, "optOut", "economic", body)
        do(store, opts.add_opt_schedule, "v1", schedule, None, NOW)

    assert do(store, schedules) == [("o1", BODY), ("o1", BODY + b" "), ("o2", BODY)]


def test_whether_it_is_kept_is_asked_without_its_body(store: Store) -> None:
    schedule = opts.OptSchedule.of("o1", "optOut", "economic", BODY)
    do(store, opts.add_opt_schedule, "v1", schedule, None, NOW)

    again = do(store, counted, opts.add_opt_schedule, "v1", schedule, None, NOW)

    assert again == 1
    assert len(schedule.packed_body) < len(BODY)
    assert len(schedule.body_sha256) == 64
