"""Submissions: kept before they are acknowledged, repeated without effect, in order."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import delete

from ter_pipelines.registry.database import open_engine, writing
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import Kind, NewSubmission
from ter_pipelines.registry.tables import submission
from ter_pipelines.vocab.errors import InputError, RemoteError, SettingsError

DAY = date(2025, 11, 2)
NEXT_DAY = date(2025, 11, 3)
RECEIVED = datetime(2025, 11, 1, 16, 30, 0, 123456, tzinfo=UTC)


def new(
    body: bytes = b"{}", *, kind: Kind = "prices", day: date | None = DAY
) -> NewSubmission:
    return NewSubmission(
        kind=kind,
        source="post",
        format="ter-schedule-json",
        submitted_by="prais",
        body=body,
        received_at=RECEIVED,
        operating_day=day,
        publication_day=date(2025, 11, 1),
    )


def test_a_landed_submission_is_on_disk_and_comes_back_as_it_went(
    registry: Registry, tmp_path: Path
) -> None:
    landed = registry.land(new(b'{"a": 1}'))

    assert registry.submission(landed.id) == landed
    assert registry.body(landed) == b'{"a": 1}'
    assert (tmp_path / "landing" / landed.path).read_bytes() == b'{"a": 1}'
    assert landed.path == f"prices/{landed.sha256}.json"
    assert (landed.operating_day, landed.publication_day) == (DAY, date(2025, 11, 1))


def test_instants_come_back_aware_and_in_utc(registry: Registry) -> None:
    eastern = timezone(timedelta(hours=-4))
    received_at = RECEIVED.astimezone(eastern)
    sent = NewSubmission(
        "prices", "post", "ter-schedule-json", "prais", b"{}", received_at, DAY
    )

    landed = registry.land(sent)

    assert landed.received_at == RECEIVED
    assert landed.received_at.utcoffset() == timedelta(0)
    assert registry.submissions("prices")[0].received_at.tzinfo is not None


def test_the_same_again_changes_nothing(registry: Registry) -> None:
    first = registry.land(new(b"A"))

    again = registry.land(new(b"A"))

    assert again == first
    assert registry.submissions("prices") == [first]


def test_the_same_after_another_is_a_revision(registry: Registry) -> None:
    ids = [registry.land(new(body)).id for body in (b"A", b"B", b"A")]

    assert len(set(ids)) == 3
    assert registry.newest_price_submission_ids() == {DAY: ids[2]}


def test_the_same_bytes_for_another_day_or_kind_are_another_submission(
    registry: Registry,
) -> None:
    ids = {
        registry.land(sent).id
        for sent in (
            new(b"A"),
            new(b"A", day=NEXT_DAY),
            new(b"A", day=None),
            new(b"A", kind="meters", day=None),
        )
    }

    assert len(ids) == 4


def test_the_newest_of_every_day_is_named(registry: Registry) -> None:
    registry.land(new(b"A"))
    other = registry.land(new(b"B", day=NEXT_DAY))
    newest = registry.land(new(b"C"))
    meters = registry.land(new(b"D", kind="meters", day=None))

    assert registry.newest_price_submission_ids() == {
        DAY: newest.id,
        NEXT_DAY: other.id,
    }
    assert registry.newest_submission_id("prices") == newest.id
    assert registry.newest_submission_id("meters") == meters.id


def test_an_empty_registry_has_nothing(registry: Registry) -> None:
    assert registry.newest_submission_id("meters") == 0
    assert registry.newest_price_submission_ids() == {}
    assert registry.submissions("prices") == []
    assert registry.price_submissions_of(DAY) == []
    assert [registry.submission(i) for i in (-1, 0, 1, 2**31, 10**40)] == [None] * 5


def test_submissions_are_read_after_a_cursor_in_order(registry: Registry) -> None:
    landed = [registry.land(new(body)) for body in (b"A", b"B", b"C")]

    assert registry.submissions("prices") == landed
    assert registry.submissions("prices", after_id=landed[0].id) == landed[1:]
    assert registry.submissions("meters") == []
    assert registry.price_submissions_of(DAY) == landed
    assert registry.price_submissions_of(NEXT_DAY) == []
    assert registry.price_submissions_published_on(date(2025, 11, 1)) == landed
    assert registry.price_submissions_published_on(DAY) == []


def test_ids_are_never_used_again(registry: Registry, address: str) -> None:
    gone = registry.land(new(b"A"))
    engine = open_engine(address)
    with writing(engine) as connection:
        connection.execute(delete(submission))
    engine.dispose()

    assert registry.land(new(b"B")).id > gone.id


def test_a_body_that_was_tampered_with_is_refused(
    registry: Registry, tmp_path: Path
) -> None:
    landed = registry.land(new(b'{"price": "0.10"}'))
    (tmp_path / "landing" / landed.path).write_bytes(b'{"price": "9.99"}')

    with pytest.raises(InputError, match=landed.sha256):
        registry.body(landed)


def test_the_same_again_mends_a_body_that_was_lost(
    registry: Registry, tmp_path: Path
) -> None:
    landed = registry.land(new(b"A"))
    (tmp_path / "landing" / landed.path).unlink()

    assert registry.land(new(b"A")) == landed
    assert registry.body(landed) == b"A"


def test_nothing_is_recorded_when_the_bytes_cannot_be_kept(
    registry: Registry, tmp_path: Path
) -> None:
    (tmp_path / "landing").write_text("a file where the folder must be")

    with pytest.raises(RemoteError, match="landing file"):
        registry.land(new(b"A"))

    assert registry.submissions("prices") == []


def test_a_format_that_cannot_end_a_file_name_is_refused(registry: Registry) -> None:
    sent = NewSubmission("prices", "post", "../json", "prais", b"{}", RECEIVED, DAY)

    with pytest.raises(InputError, match=r"got format '\.\./json'"):
        registry.land(sent)


def test_everything_is_there_after_a_restart(address: str, tmp_path: Path) -> None:
    first = Registry(address, tmp_path / "landing")
    first.migrate()
    landed = first.land(new(b"A"))
    first.close()

    second = Registry(address, tmp_path / "landing")
    second.migrate()
    kept = second.submissions("prices")
    body = second.body(landed)
    second.close()

    assert kept == [landed]
    assert body == b"A"


WRITER = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import NewSubmission

registry = Registry(sys.argv[1], Path(sys.argv[2]))
registry.migrate()
for i in range(15):
    registry.land(NewSubmission("prices", "post", "ter-schedule-json", sys.argv[3],
        f"{sys.argv[3]} {i}".encode(), datetime.now(UTC), date(2025, 11, 2)))
registry.close()
"""


def test_processes_that_start_and_write_at_once_lose_nothing(
    address: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", WRITER, address, str(tmp_path / "landing")]
    writers = [
        subprocess.Popen([*command, name])  # noqa: S603
        for name in ("one", "two", "three")
    ]

    codes = [writer.wait(timeout=60) for writer in writers]

    assert codes == [0, 0, 0]
    reader = Registry(address, tmp_path / "landing")
    bodies = [reader.body(s).decode() for s in reader.submissions("prices")]
    reader.close()
    for name in ("one", "two", "three"):
        assert [b for b in bodies if b.startswith(f"{name} ")] == [
            f"{name} {i}" for i in range(15)
        ]
    assert len(bodies) == 45


@pytest.mark.parametrize("address", ["", "registry.sqlite", "nosuchdatabase://host/db"])
def test_an_address_that_is_none_is_refused_without_repeating_it(
    address: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match="TER_REGISTRY_URL"):
        Registry(address, tmp_path)


def test_a_database_without_tables_is_said_to_be_remote_trouble(
    address: str, tmp_path: Path
) -> None:
    registry = Registry(address, tmp_path / "landing")

    with pytest.raises(RemoteError, match=r"no such table|does not exist"):
        registry.submissions("prices")

    registry.close()
