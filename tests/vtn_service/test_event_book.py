"""The event book, on SQLite and PostgreSQL: what is live, what is news, until when."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from tests.postgres import PostgresServer
from tests.vtn_service.event_bodies import event_of, signal_of
from vtn_service.contract import EventReceipt, EventStatus, VenEnrolment
from vtn_service.store import events, opts, roster, telling
from vtn_service.store.events import TOLD_UNANSWERED
from vtn_service.store.schema import OPT
from vtn_service.store.store import Store

BEFORE, START = "2025-11-02T04:00:00Z", "2025-11-02T05:00:00Z"
LAST_SECOND, END = "2025-11-02T05:59:59Z", "2025-11-02T06:00:00Z"


class Book:
    """An event book with one VEN, `v1`; every event is at the same hour."""

    def __init__(self, store: Store) -> None:
        """Put the VEN on the roster."""
        self._store = store
        self.do(roster.enrol, VenEnrolment("v1", "", "example"), BEFORE)

    def do(self, work: Callable[..., Any], *args: object, **kwargs: object) -> Any:  # noqa: ANN401
        """Run work in a transaction."""
        return asyncio.run(self._store.write(work, *args, **kwargs))

    def put(self, price: str, event_id: str = "e1", **changes: object) -> EventReceipt:
        """Put an event of one price."""
        new = events.pack_event(event_of(signal_of(value=price), **changes))
        key = {"ven_id": "v1", "event_id": event_id}
        receipt: EventReceipt = self.do(
            events.put_event, **key, new=new, span=(START, END), now=BEFORE
        )
        return receipt

    def live(self, now: str = START) -> list[events.LiveEvent]:
        """Give what is live."""
        live: list[events.LiveEvent] = self.do(events.live_events, "v1", now)
        return live

    def news(self, now: str = START) -> list[tuple[str, int]]:
        """Give which revisions are news."""
        live = self.live(now)
        return [(e.event_id, e.modification_number) for e in live if e.is_to_be_told]

    def tell(self, now: str = START) -> None:
        """Tell what is live."""
        self.do(events.note_delivered, "v1", self.live(now), now)

    def answer(
        self, opt: str, number: int, *, event_id: str = "e1", now: str = START
    ) -> list[str]:
        """Answer a revision."""
        answers = [opts.EventOpt(event_id, number, opt, "200")]
        unknown: list[str] = self.do(opts.add_opts, "v1", answers, now)
        return unknown

    def status(self) -> EventStatus:
        """Give how far the one event has come."""
        found: list[EventStatus] = self.do(events.list_event_status, START, END)
        [status] = found
        return status


@pytest.fixture(params=["sqlite", "postgresql"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Book]:
    """Give an empty book."""
    url = f"sqlite:///{tmp_path}/vtn.sqlite"
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_database()
    store = Store.open(url)
    yield Book(store)
    store.close()


def answers(connection: Connection) -> list[tuple[str, int, str]]:
    columns = OPT.c.opt_type, OPT.c.modification_number, OPT.c.received_at
    rows = connection.execute(select(*columns).order_by(OPT.c.opt_seq))
    return [tuple(row) for row in rows]


def test_an_event_is_live_and_news_until_it_ends(book: Book) -> None:
    book.put("0.1")

    book.tell()

    assert book.news(BEFORE) == book.news(LAST_SECOND) == [("e1", 0)]
    assert book.live(END) == []


def test_an_answered_event_is_live_but_no_news(book: Book) -> None:
    book.put("0.1")
    book.tell()

    book.answer("optIn", 0)

    assert (len(book.live(LAST_SECOND)), book.news()) == (1, [])


def test_a_revision_answered_unheard_is_told_once_all_the_same(book: Book) -> None:
    book.put("0.1")

    book.answer("optIn", 0)
    untold = book.news()
    book.tell()

    assert (untold, book.news()) == ([("e1", 0)], [])


def test_a_revision_is_news_whatever_was_answered_before(book: Book) -> None:
    for opt in ("optIn", "optOut"):
        book.put("0.1", opt)
        book.tell()
        book.answer(opt, 0, event_id=opt)

    for event_id in ("optIn", "optOut", "new"):
        book.put("0.2", event_id)

    assert book.news() == [("new", 0), ("optIn", 1), ("optOut", 1)]


def test_an_event_that_needs_no_answer_is_news_three_times_a_revision(
    book: Book,
) -> None:
    book.put("0.1", needs_answer=False)
    news = []
    for _ in range(TOLD_UNANSWERED + 1):
        news.append(book.news())
        book.tell()

    book.put("0.2", needs_answer=False)

    assert news == [[("e1", 0)]] * 3 + [[]]
    assert book.news() == [("e1", 1)]
    assert len(book.live(LAST_SECOND)) == 1


def test_a_registration_makes_what_was_answered_or_told_news_once_more(
    book: Book,
) -> None:
    book.put("0.1", "answered")
    book.put("0.1", "needs-none", needs_answer=False)
    book.put("0.1", "cancelled")
    book.put("0.1", "cancelled", is_cancelled=True)
    for _ in range(TOLD_UNANSWERED):
        book.tell()
    book.answer("optIn", 0, event_id="answered")
    book.answer("optIn", 1, event_id="cancelled")
    before = book.news()

    book.do(telling.note_registration, "v1", LAST_SECOND)
    news = book.news(LAST_SECOND)
    for _ in range(TOLD_UNANSWERED):
        book.tell(LAST_SECOND)

    assert before == []
    assert news == [("answered", 0), ("needs-none", 0)]
    assert book.news(LAST_SECOND) == []
    assert {event.delivered_at for event in book.live()} == {START}


def test_a_cancelled_event_is_live_until_that_is_acknowledged(book: Book) -> None:
    book.put("0.1")
    book.tell()
    book.answer("optIn", 0)

    receipt = book.put("0.1", is_cancelled=True)
    book.tell()
    told = [(e.modification_number, e.is_cancelled) for e in book.live(LAST_SECOND)]
    book.answer("optIn", 1)

    assert receipt.modification_number == 1
    assert told == [(1, True)]
    assert book.live() == []


def test_a_cancelled_event_that_needs_no_answer_is_live_until_its_end(
    book: Book,
) -> None:
    book.put("0.1", needs_answer=False, is_cancelled=True)

    for _ in range(TOLD_UNANSWERED):
        book.tell()

    assert (book.news(), len(book.live(LAST_SECOND))) == ([], 1)
    assert book.live(END) == []


def test_the_first_telling_of_a_revision_is_kept(book: Book) -> None:
    book.put("0.1")

    book.tell(BEFORE)
    book.tell(START)
    first = book.status().delivered_at
    book.put("0.2")
    untold = book.status().delivered_at
    book.tell(LAST_SECOND)

    told = [first, untold, book.status().delivered_at]
    assert told == [BEFORE, "", LAST_SECOND]


def test_every_change_of_mind_is_kept_with_its_time(book: Book) -> None:
    book.put("0.1")

    book.answer("optIn", 0, now="t1")
    book.answer("optIn", 0, now="t2")
    book.answer("optOut", 0, now="t3")
    book.put("0.2")
    book.answer("optOut", 1, now="t4")
    book.answer("optIn", 0, now="t5")

    kept = [f"{opt} {number} {at}" for opt, number, at in book.do(answers)]
    assert kept == ["optIn 0 t1", "optOut 0 t3", "optOut 1 t4", "optIn 0 t5"]


def test_a_late_answer_to_an_older_revision_hides_no_newer_one(book: Book) -> None:
    book.put("0.1")
    book.put("0.2")

    book.answer("optIn", 1, now="t1")
    book.answer("optOut", 0, now="t2")
    book.answer("optIn", 1, now="t3")
    late = book.status()
    book.answer("optOut", 1, now="t4")
    changed = book.status()

    assert (late.opt, late.opt_at, late.opt_modification_number) == ("optIn", "t1", 1)
    assert (changed.opt, changed.opt_at) == ("optOut", "t4")


def test_an_answer_to_what_never_was_is_named(book: Book) -> None:
    book.put("0.1")

    unknown = book.answer("optIn", 1) + book.answer("optIn", 0, event_id="e2")

    assert unknown == ["e1", "e2"]
    assert book.do(answers) == []


def test_who_declined_and_who_did_not_answer_is_listed(book: Book) -> None:
    book.put("0.1")
    untold = book.status()
    book.tell()
    book.answer("optOut", 0, now=LAST_SECOND)
    declined = book.status()
    book.put("0.1", needs_answer=False, is_cancelled=True)
    cancelled = book.status()

    assert (untold.delivered_at, untold.opt, untold.needs_answer) == ("", "", True)
    assert untold.opt_modification_number == -1
    assert (declined.delivered_at, declined.opt) == (START, "optOut")
    assert (declined.opt_at, declined.opt_modification_number) == (LAST_SECOND, 0)
    assert (cancelled.modification_number, cancelled.opt_modification_number) == (1, 0)
    assert (cancelled.is_cancelled, cancelled.needs_answer) == (True, False)


@pytest.mark.parametrize(
    ("span", "is_in"),
    [
        ((BEFORE, START), False),
        ((BEFORE, "2025-11-02T05:00:01Z"), True),
        ((LAST_SECOND, "2025-11-03T00:00:00Z"), True),
        ((END, "2025-11-03T00:00:00Z"), False),
    ],
)
def test_events_are_listed_by_the_time_they_overlap(
    book: Book,
    span: tuple[str, str],
    is_in: bool,  # noqa: FBT001
) -> None:
    book.put("0.1")

    assert (len(book.do(events.list_event_status, *span)) == 1) is is_in


def test_a_revision_is_read_as_it_was_when_it_was_found(book: Book) -> None:
    book.put("0.1")
    found = book.live()
    book.put("0.2")

    bodies = book.do(events.read_bodies, "v1", found)

    [(digest, event)] = bodies.items()
    assert digest == found[0].body_sha256
    assert event.signals[0].intervals[0].value == "0.1"
