"""Notifications become landed feeds: every resource, once, and none is lost."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from ter_pipelines.assets.share_my_data import FEEDS_A_RUN, ask_service_status
from ter_pipelines.metering.notices import NoticedResource
from ter_pipelines.noticed import find_due, noticed
from ter_pipelines.registry.submissions import NewSubmission
from ter_pipelines.resources.own_certificate import LEAST_DAYS_LEFT
from ter_pipelines.store.frames import frame_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.errors import RemoteError
from tests.assets.conftest import Installation, failed_checks
from tests.resources.custodian_at_work import (
    BULK,
    FEED,
    STATUS,
    CustodianAtWork,
    Reply,
    authority,
    custodian_at_work,
    notice,
    status_document,
)

CHECK = "every_noticed_feed_is_fetched"
ANOTHER_FEED = FEED.replace(b"<e:UsagePoint>", b"<!-- told again --><e:UsagePoint>")


@pytest.fixture
def custodian(tmp_path: Path, installation: Installation) -> Iterator[CustodianAtWork]:
    with custodian_at_work(tmp_path) as at_work:
        installation.custodian = at_work.client()
        yield at_work


def tell(installation: Installation, *uris: str) -> None:
    """Land a notification, as the listener does."""
    installation.registry.land(
        NewSubmission(
            kind="espi-notice",
            source="share-my-data",
            format="espi-batch-list-xml",
            submitted_by="listener",
            body=notice(*uris),
            received_at=datetime(2025, 11, 3, tzinfo=UTC),
        )
    )


def run(installation: Installation) -> list[str]:
    """Run the job; give the checks that did not pass."""
    result = installation.run("fetch_noticed_feeds", "", "")
    assert result.success
    return failed_checks(result)


def wait(installation: Installation, *, minutes: int) -> None:
    """Put the last attempts back in time, as if so many minutes had passed."""
    ago = timedelta(minutes=minutes)
    rows = [
        NoticedResource(**{**vars(row), "attempted_at": row.attempted_at - ago})
        for row in noticed(installation.lake)
        if row.attempted_at
    ]
    table = tables.SHARE_MY_DATA_NOTICE
    stored = installation.lake.stored(table)
    assert stored is not None
    frame = frame_of(table, map(vars, rows))
    installation.lake.replace(table, "", frame, stored.inputs)


def states(installation: Installation) -> list[str]:
    return [resource.state for resource in noticed(installation.lake)]


def test_every_resource_of_a_notice_is_fetched_and_landed(
    installation: Installation, custodian: CustodianAtWork
) -> None:
    custodian.answers[BULK] = lambda asked: Reply(
        200, FEED if asked.query.endswith("a-1") else ANOTHER_FEED
    )
    tell(installation, custodian.uri("a-1"), custodian.uri("a-2"))

    failed = run(installation)

    landed = installation.registry.submissions("green-button")
    rows = noticed(installation.lake)
    assert failed == []
    assert [installation.registry.body(s) for s in landed] == [FEED, ANOTHER_FEED]
    assert [(r.state, r.submission_id, r.sha256) for r in rows] == [
        ("FETCHED", s.id, s.sha256) for s in landed
    ]
    assert [row.correlation_id for row in rows] == ["a-1", "a-2"]
    assert landed[0].begins_at == datetime(2019, 11, 3, 7, tzinfo=UTC)
    assert landed[0].source == "share-my-data"


def test_a_delivery_that_is_told_again_is_not_fetched_again(
    installation: Installation, custodian: CustodianAtWork
) -> None:
    tell(installation, custodian.uri("a-1"))
    run(installation)
    tell(installation, custodian.uri("a-1"))
    tell(installation, custodian.uri("a-2"))  # the same bytes, as it turns out

    failed = run(installation)

    assert failed == []
    assert states(installation) == ["FETCHED", "REPEATED", "FETCHED"]
    assert custodian.paths() == [BULK, BULK]
    assert len(installation.registry.submissions("green-button")) == 1


def test_foreign_addresses_are_kept_and_shown_and_never_asked(
    installation: Installation, custodian: CustodianAtWork
) -> None:
    port = custodian.port
    tell(
        installation,
        "https://api.example.org.evil.example/",
        f"https://127.0.0.1:{port}@localhost:{port}{BULK}",
        f"https://localhost:{port}{BULK}",
        f"http://127.0.0.1:{port}{BULK}",
        custodian.uri("a-1"),
    )

    failed = run(installation)

    rows = noticed(installation.lake)
    assert failed == [CHECK]
    assert [row.state for row in rows] == [*["REFUSED"] * 4, "FETCHED"]
    assert all(row.explanation for row in rows[:4])
    assert custodian.paths() == [BULK]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Reply(500, b"oh"), "answered 500, expected 200"),
        (Reply(202), "answered 202, expected 200"),
        (Reply(200, b""), "share-my-data: "),
        (Reply(200, b"<html>Come back later</html>"), "share-my-data: "),
        (Reply(200, FEED[:-100]), "share-my-data: "),
        (Reply(200, b'<!DOCTYPE f [<!ENTITY a "b">]><feed>&a;</feed>'), "document"),
        (Reply(302, headers={"Location": "https://evil.example/"}), "answered 302"),
    ],
)
def test_what_cannot_be_fetched_is_told_and_tried_again_later(
    installation: Installation, custodian: CustodianAtWork, answer: Reply, why: str
) -> None:
    custodian.answers[BULK] = answer
    tell(installation, custodian.uri("a-1"))

    failed = run(installation)
    (row,) = noticed(installation.lake)
    custodian.answers[BULK] = Reply(200, FEED)
    asked = len(custodian.asked)
    run(installation)

    assert failed == [CHECK]
    assert (row.state, row.attempts, why in row.explanation) == ("FAILED", 1, True)
    assert len(custodian.asked) == asked, "it was asked again at once"
    assert row.attempted_at is not None
    assert find_due(installation.lake, row.attempted_at + timedelta(minutes=1)) == [
        (row.notice_id, 0, 1)
    ]
    assert installation.registry.submissions("green-button") == []


def test_a_failure_whose_time_has_come_is_fetched(
    installation: Installation, custodian: CustodianAtWork
) -> None:
    tell(installation, custodian.uri("a-1"))
    custodian.answers[BULK] = Reply(500)
    run(installation)
    wait(installation, minutes=1)
    custodian.answers[BULK] = Reply(200, FEED)

    failed = run(installation)

    (row,) = noticed(installation.lake)
    assert (failed, row.state, row.attempts) == ([], "FETCHED", 2)


def test_many_resources_take_several_runs(
    installation: Installation, custodian: CustodianAtWork
) -> None:
    tell(installation, *(custodian.uri(f"a-{n}") for n in range(FEEDS_A_RUN + 1)))

    first = run(installation)
    waiting = states(installation).count("PENDING")
    second = run(installation)

    assert (first, waiting, second) == ([CHECK], 1, [])


def test_a_notice_that_was_changed_on_disk_is_told_and_the_others_are_read(
    installation: Installation, custodian: CustodianAtWork, tmp_path: Path
) -> None:
    tell(installation, custodian.uri("a-1"))
    (file,) = (tmp_path / "landing" / "espi-notice").iterdir()
    file.write_bytes(b"changed")
    tell(installation, custodian.uri("a-2"))

    failed = run(installation)
    again = run(installation)

    assert (failed, again) == ([CHECK], [CHECK])
    assert states(installation) == ["UNREADABLE", "FETCHED"]


def test_a_custodian_that_is_not_set_is_said(installation: Installation) -> None:
    tell(installation, "https://api.example.org/Batch/Bulk/7")

    result = installation.run("fetch_noticed_feeds", "", "")

    assert not result.success
    assert states(installation) == []


def look(custodian: CustodianAtWork, **changes: object) -> None:
    resources = {"share_my_data": custodian.client(**changes)}
    with dg.build_op_context(resources=resources) as context:
        ask_service_status(context)


def test_a_service_that_is_offline_and_a_certificate_that_ends_are_red(
    custodian: CustodianAtWork, tmp_path: Path
) -> None:
    day = timedelta(days=1)
    ending = authority().issue("us", valid=(-day, LEAST_DAYS_LEFT * day))
    lasting = authority().issue("us", valid=(-day, (LEAST_DAYS_LEFT + 1) * day))
    for name, issued in (("ending", ending), ("lasting", lasting)):
        _, key = issued.write(tmp_path, name)
        Path(key).chmod(0o600)

    look(custodian, certificate_file="lasting.crt", key_file="lasting.key")
    with pytest.raises(dg.Failure, match=r"ending\.crt ends at"):
        look(custodian, certificate_file="ending.crt", key_file="ending.key")
    custodian.answers[STATUS] = Reply(200, status_document(0))
    with pytest.raises(RemoteError, match="got service status 0"):
        look(custodian)
