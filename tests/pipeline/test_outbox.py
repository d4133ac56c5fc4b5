"""The meter-data system receives every file once, whatever dies on the way."""

import base64
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ter_pipelines.outbox import states_of, waiting
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.errors import InputError, RemoteError
from tests.house.tree import ROOT
from tests.pipeline.files_to_send import MONTH, mdm_at, put_file, send_all
from tests.resources.mdm_stub import MdmStub, mdm_at_work

KILLS = 8


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.fixture
def stub() -> Iterator[MdmStub]:
    with mdm_at_work() as running:
        yield running


def log_of(lake: Lake) -> list[tuple[str, str, int]]:
    log = lake.read(tables.MDM_DELIVERY, [MONTH]).sort("entry")
    return [(r["state"], r["how"], r["attempt"]) for r in log.iter_rows(named=True)]


def test_a_file_is_put_under_one_name_and_its_receipt_is_kept(
    lake: Lake, stub: MdmStub
) -> None:
    name = put_file(lake, 1, b"MEPMD01,...\r\n")

    assert send_all(lake, mdm_at(stub.url)) == ["DELIVERED"]

    (call,) = stub.calls
    assert (call.query_name, call.body_name) == (name, name)
    assert call.message_format == "niscMEPMD01V1"
    assert call.body == b"MEPMD01,...\r\n"
    assert base64.b64decode(call.authorization.split()[1]) == b"ter:not-a-secret"
    row = states_of(lake, MONTH)[name]
    assert (row["status_code"], row["how"], row["attempt"]) == (201, "first", 1)
    assert name in row["receipt"]


def test_what_was_delivered_is_not_sent_again(lake: Lake, stub: MdmStub) -> None:
    put_file(lake, 1, b"one")
    send_all(lake, mdm_at(stub.url))

    assert waiting(lake, MONTH) == []
    assert send_all(lake, mdm_at(stub.url)) == []
    assert len(stub.calls) == 1


def test_every_version_goes_out_in_order(lake: Lake, stub: MdmStub) -> None:
    names = [put_file(lake, 1, b"one"), put_file(lake, 2, b"two")]

    send_all(lake, mdm_at(stub.url))

    assert [call.query_name for call in stub.calls] == names


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_system_that_is_unwell_is_tried_again(
    lake: Lake, stub: MdmStub, status: int
) -> None:
    put_file(lake, 1, b"one")
    stub.answers = [status]

    with pytest.raises(RemoteError, match=f"answered {status}"):
        send_all(lake, mdm_at(stub.url))
    send_all(lake, mdm_at(stub.url))

    assert log_of(lake) == [
        ("SENDING", "first", 1),
        ("FAILED", "first", 1),
        ("SENDING", "again", 2),
        ("DELIVERED", "again", 2),
    ]
    assert len(stub.calls) == 1


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 413])
def test_a_refusal_is_kept_and_the_file_is_not_sent_again(
    lake: Lake, stub: MdmStub, status: int
) -> None:
    name = put_file(lake, 1, b"one")
    stub.answers = [status]

    assert send_all(lake, mdm_at(stub.url)) == ["REFUSED"]

    assert send_all(lake, mdm_at(stub.url)) == []
    row = states_of(lake, MONTH)[name]
    assert row["status_code"] == status
    assert f"answered {status}, expected 2xx" in row["explanation"]
    assert "not-a-secret" not in row["explanation"]


def test_a_file_taken_without_an_answer_is_sent_again_under_the_same_name(
    lake: Lake, stub: MdmStub
) -> None:
    name = put_file(lake, 1, b"one")
    stub.answers = [0]

    with pytest.raises(RemoteError, match="PUT"):
        send_all(lake, mdm_at(stub.url))
    send_all(lake, mdm_at(stub.url))

    assert [call.query_name for call in stub.calls] == [name, name]
    assert len(stub.files[name]) == 1
    assert states_of(lake, MONTH)[name]["how"] == "again"


def test_a_system_that_can_be_asked_is_not_sent_the_file_twice(
    lake: Lake, stub: MdmStub
) -> None:
    name = put_file(lake, 1, b"one")
    stub.answers = [0]
    mdm = mdm_at(stub.url, can_be_asked=True)

    with pytest.raises(RemoteError):
        send_all(lake, mdm)
    send_all(lake, mdm)

    assert (len(stub.calls), stub.asked) == (1, [name])
    assert log_of(lake)[-1] == ("DELIVERED", "asked", 2)


def test_a_system_that_lacks_the_file_is_sent_it(lake: Lake, stub: MdmStub) -> None:
    put_file(lake, 1, b"one")
    stub.answers = [503]
    mdm = mdm_at(stub.url, can_be_asked=True)

    with pytest.raises(RemoteError):
        send_all(lake, mdm)
    send_all(lake, mdm)

    assert len(stub.calls) == 1
    assert log_of(lake)[-1] == ("DELIVERED", "again", 2)


def test_a_dead_system_loses_nothing(lake: Lake) -> None:
    with mdm_at_work() as gone:
        put_file(lake, 1, b"one")

    with pytest.raises(RemoteError, match=r"PUT .*refused"):
        send_all(lake, mdm_at(gone.url))

    assert [file["version"] for file in waiting(lake, MONTH)] == [1]


def test_a_file_that_was_changed_on_the_disk_is_not_sent(
    lake: Lake, stub: MdmStub
) -> None:
    put_file(lake, 1, b"one")
    path = lake.root / waiting(lake, MONTH)[0]["path"]
    path.write_bytes(b"two")

    with pytest.raises(InputError, match="changed on the disk"):
        send_all(lake, mdm_at(stub.url))

    assert (stub.calls, log_of(lake)) == ([], [])


def test_senders_that_are_killed_deliver_each_file_once(
    lake: Lake, stub: MdmStub
) -> None:
    chance = random.Random(7)  # noqa: S311
    names = [put_file(lake, 1 + i, bytes([65 + i]) * 1000) for i in range(KILLS)]
    for _ in range(KILLS):
        _send_and_kill(lake, stub, after_seconds=chance.uniform(0.4, 1.5))

    send_all(lake, mdm_at(stub.url))

    assert {row["state"] for row in states_of(lake, MONTH).values()} == {"DELIVERED"}
    assert list(stub.files) == names
    assert all(len(hashes) == 1 for hashes in stub.files.values())


def _send_and_kill(lake: Lake, stub: MdmStub, *, after_seconds: float) -> None:
    sender = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "tests.pipeline.files_to_send", lake.root, stub.url],
        cwd=ROOT,
    )
    deadline = time.monotonic() + after_seconds
    try:
        sender.wait(timeout=max(deadline - time.monotonic(), 0))
    except subprocess.TimeoutExpired:
        sender.send_signal(signal.SIGKILL)
        sender.wait()
