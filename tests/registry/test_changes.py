"""Every change is in the log, sealed to the one before; nothing else is."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update

from ter_pipelines.registry.changes import (
    BEFORE_THE_FIRST,
    Entry,
    read_log,
    verify_log,
)
from ter_pipelines.registry.database import open_engine, writing
from ter_pipelines.registry.door_tables import change_log
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import NewSubmission
from ter_pipelines.vocab.errors import InputError
from tests.house.tree import ROOT

WORDS = "twelve chars"


def schedule(body: bytes = b"{}") -> NewSubmission:
    return NewSubmission(
        kind="prices",
        source="post",
        format="ter-schedule-json",
        submitted_by="prais",
        body=body,
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def with_three_changes(registry: Registry) -> None:
    registry.people.add("prais", WORDS, ["prices"])
    registry.acting("prais").land(schedule())
    registry.acting("anna").people.set_enabled("prais", is_enabled=False)


def test_a_change_says_who_made_it_what_and_to_what(registry: Registry) -> None:
    with_three_changes(registry)

    newest, landed, first = read_log(registry.changes.engine)

    assert (newest.made_by, newest.action) == ("anna", "user.disabled")
    assert newest.subject == "user prais"
    assert (landed.made_by, landed.action) == ("prais", "submission.kept")
    assert first.made_by == "program:ter"
    assert WORDS not in first.detail


def test_what_changes_nothing_is_not_in_the_log(registry: Registry) -> None:
    registry.land(schedule())
    registry.land(schedule())
    with pytest.raises(InputError):
        registry.people.set_password("nobody", WORDS)

    assert len(read_log(registry.changes.engine)) == 1


def test_a_sound_log_is_whole_and_an_empty_one_too(registry: Registry) -> None:
    empty = verify_log(registry.changes.engine)
    with_three_changes(registry)

    found = verify_log(registry.changes.engine)

    assert (empty.entries, empty.head, empty.fault) == (0, BEFORE_THE_FIRST, None)
    assert (found.entries, found.fault) == (3, None)
    assert found.head == read_log(registry.changes.engine)[0].sha256


@pytest.mark.parametrize("column", ["made_by", "action", "subject", "detail"])
def test_an_altered_entry_shows(registry: Registry, column: str) -> None:
    with_three_changes(registry)
    with writing(registry.changes.engine) as connection:
        connection.execute(
            update(change_log).where(change_log.c.id == 2).values({column: "another"})
        )

    found = verify_log(registry.changes.engine)

    assert (found.entries, found.fault) == (1, "entry 2 is not as it was written")


def test_an_entry_altered_and_sealed_anew_shows_at_the_next(registry: Registry) -> None:
    with_three_changes(registry)
    second = read_log(registry.changes.engine)[1]
    forged = Entry(**{**vars(second), "made_by": "nobody"})
    values = {"made_by": "nobody", "sha256": forged.seal()}
    with writing(registry.changes.engine) as connection:
        connection.execute(
            update(change_log).where(change_log.c.id == 2).values(values)
        )

    found = verify_log(registry.changes.engine)

    assert found.fault == "entry 3 does not follow the one before it"


def test_an_entry_left_out_shows(registry: Registry) -> None:
    with_three_changes(registry)
    with writing(registry.changes.engine) as connection:
        connection.execute(delete(change_log).where(change_log.c.id == 2))

    found = verify_log(registry.changes.engine)

    assert found.fault == "entry 2 is missing; the next is 3"


def test_an_end_cut_off_shows_against_a_digest_noted_before(registry: Registry) -> None:
    with_three_changes(registry)
    noted = verify_log(registry.changes.engine).head
    with writing(registry.changes.engine) as connection:
        connection.execute(delete(change_log).where(change_log.c.id == 3))

    alone = verify_log(registry.changes.engine)
    against = verify_log(registry.changes.engine, known_head=noted)

    assert alone.fault is None
    assert against.fault == f"no entry has the digest {noted} any more"


def noting_and_failing(registry: Registry) -> None:
    with registry.changes.making() as change:
        change.note("user.added", "user nobody")
        raise ZeroDivisionError


def test_a_change_that_fails_leaves_no_entry(registry: Registry) -> None:
    with pytest.raises(ZeroDivisionError):
        noting_and_failing(registry)

    assert read_log(registry.changes.engine) == []


def test_the_log_is_read_by_subject_and_in_pages(registry: Registry) -> None:
    with_three_changes(registry)
    engine = registry.changes.engine

    about = read_log(engine, subject="user prais")
    page = read_log(engine, before_id=3, at_most=1)

    assert [entry.id for entry in about] == [3, 1]
    assert [entry.id for entry in page] == [2]


def test_a_subject_that_is_too_long_is_cut(tmp_path: Path) -> None:
    registry = Registry(f"sqlite:///{tmp_path}/registry.sqlite", tmp_path)
    registry.migrate()

    with registry.changes.making() as change:
        change.note("a" * 100, "s" * 1000, {"when": datetime(2026, 1, 1, tzinfo=UTC)})

    entry = read_log(registry.changes.engine)[0]
    found = verify_log(registry.changes.engine)
    registry.close()
    assert (len(entry.action), len(entry.subject)) == (64, 256)
    assert found.fault is None


def test_the_log_outlives_a_process_that_wrote_it(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/registry.sqlite"
    registry = Registry(address, tmp_path)
    registry.migrate()
    with_three_changes(registry)
    registry.close()

    engine = open_engine(address)
    found = verify_log(engine)
    with writing(engine) as connection:
        rows = connection.execute(text("SELECT count(*) FROM change_log")).scalar_one()
    engine.dispose()

    assert (found.entries, rows) == (3, 3)


def test_only_what_machines_say_is_written_outside_the_log() -> None:
    """Readings, progress of a computation and last uses are no changes of anybody's."""
    allowed = {
        ("accounts.py", "note_progress"),
        ("changes.py", "making"),
        ("database.py", "migrate"),
        ("kept_answers.py", "keep_answer"),
        ("modbus_book.py", "store_readings"),
        ("people.py", "identify"),
    }

    found = set()
    for path in (ROOT / "ter_pipelines" / "registry").glob("*.py"):
        name = ""
        for line in path.read_text().splitlines():
            defined = re.match(r"\s*def (\w+)", line)
            name = defined[1] if defined else name
            if re.search(r"\bwriting\(", line) and "def writing" not in line:
                found.add((path.name, name))

    assert found <= allowed
