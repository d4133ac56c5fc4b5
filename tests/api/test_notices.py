"""The listener keeps a notification before it answers, and answers whatever comes."""

import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ter_pipelines.api.notice_door import listen, tls_context
from ter_pipelines.api.notices import MOST_HEARD_BYTES
from ter_pipelines.formats.espi_custodian import MOST_BYTES
from ter_pipelines.registry.submissions import NOTICE
from ter_pipelines.vocab.custodian import NoticeDoor
from ter_pipelines.vocab.errors import SettingsError
from tests.api.notices_at_work import (
    ListenerAtWork,
    authority,
    listener_at_work,
)
from tests.vtn_service.certificates import Authority

PATH = "/share-my-data"
NOTE = (
    b'<BatchList xmlns="http://naesb.org/espi">'
    b"<resources>https://api.example.org/Batch/Bulk/7?correlationID=a</resources>"
    b"<resources>https://evil.example/</resources></BatchList>"
)
BOMB = (
    b'<!DOCTYPE b [<!ENTITY a "b">]><BatchList><resources>&a;</resources></BatchList>'
)


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[ListenerAtWork]:
    with listener_at_work(tmp_path) as at_work:
        yield at_work


def kept(listener: ListenerAtWork) -> list[bytes]:
    notices = listener.registry.submissions(NOTICE)
    return [listener.registry.body(notice) for notice in notices]


def test_a_notification_is_kept_byte_for_byte_before_it_is_answered(
    listener: ListenerAtWork,
) -> None:
    answer = listener.send("POST", PATH, NOTE, Content_Type="application/atom+xml")

    assert (answer.status_code, answer.text) == (200, "Kept.\n")
    assert kept(listener) == [NOTE]


def test_the_same_notification_again_is_another_one(listener: ListenerAtWork) -> None:
    listener.send("POST", PATH, NOTE)
    listener.send("POST", PATH, NOTE)

    assert kept(listener) == [NOTE, NOTE]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", "/healthz", b"", 200, "ok"),
        ("POST", "/test", b"", 200, "Heard."),
        ("POST", "/test", b"anything", 200, "Heard."),
        ("GET", PATH, b"", 405, "Not with this method."),
        ("PUT", PATH, NOTE, 405, "Not with this method."),
        ("POST", "/healthz", NOTE, 405, "Not with this method."),
        ("POST", "/", NOTE, 404, "Nothing is here."),
        ("POST", "/elsewhere", NOTE, 404, "Nothing is here."),
        ("POST", "/elsewhere", b"x" * 500_000, 404, "Nothing is here."),
        ("POST", f"{PATH}/", NOTE, 404, "Nothing is here."),
        ("POST", PATH, b"", 400, "notification: Document is empty"),
        ("POST", PATH, b"garbage", 400, "Start tag expected"),
        ("POST", PATH, NOTE[:-5], 400, "notification: "),
        ("POST", PATH, b"<feed/>", 400, "got feed, expected BatchList"),
        ("POST", PATH, BOMB, 400, "got a document type, expected none"),
        ("POST", PATH, b" " * (MOST_BYTES + 1), 413, f"Got over {MOST_BYTES} bytes."),
        ("POST", "/test", b" " * (MOST_BYTES + 1), 413, "Got over"),
    ],
)
def test_whatever_else_is_asked_is_answered_and_nothing_is_kept(
    listener: ListenerAtWork,
    method: str,
    path: str,
    body: bytes,
    status: int,
    words: str,
) -> None:
    answer = listener.send(method, path, body)

    assert (answer.status_code, words in answer.text) == (status, True)
    assert kept(listener) == []


def test_a_body_in_another_encoding_is_refused(listener: ListenerAtWork) -> None:
    answer = listener.send("POST", PATH, NOTE, Content_Encoding="gzip")

    assert (answer.status_code, answer.text) == (
        415,
        "Got content encoding 'gzip', expected none.\n",
    )


def test_a_body_without_end_is_cut_off(listener: ListenerAtWork) -> None:
    chunk = b"%x\r\n" % (1 << 20) + b" " * (1 << 20) + b"\r\n"
    head = b"POST /test HTTP/1.1\r\nHost: us\r\nTransfer-Encoding: chunked\r\n\r\n"
    with listener.line() as line:
        line.sendall(head)
        sent = 0
        try:
            while sent <= 4 * MOST_HEARD_BYTES:
                line.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass

    assert sent < 4 * MOST_HEARD_BYTES
    assert listener.send("GET", "/healthz").status_code == 200


def test_what_is_no_http_is_answered_too(listener: ListenerAtWork) -> None:
    with listener.line() as line:
        line.sendall(b"\x00\x01\x02 nonsense\r\n\r\n")

        assert line.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    head = b"POST /share-my-data HTTP/1.1\r\nHost: us\r\nContent-Length: 9\r\n\r\n<"
    with listener_at_work(tmp_path, body_seconds=0.2) as listener:
        with listener.line() as line:
            line.sendall(head)
            answer = line.recv(1000)

        assert answer.startswith(b"HTTP/1.1 408 ")
        assert kept(listener) == []


def test_a_caller_that_hangs_up_leaves_nothing(listener: ListenerAtWork) -> None:
    head = b"POST /share-my-data HTTP/1.1\r\nHost: us\r\nContent-Length: 999\r\n\r\n<"
    with listener.line() as line:
        line.sendall(head)

    assert listener.send("POST", PATH, NOTE).status_code == 200
    assert kept(listener) == [NOTE]


def test_a_head_that_does_not_come_ends_the_connection(tmp_path: Path) -> None:
    with (
        listener_at_work(tmp_path, connection_seconds=0.2) as listener,
        listener.line() as line,
    ):
        line.sendall(b"POST /share-my-data HT")

        assert line.recv(1000) == b""


def test_what_cannot_be_kept_is_to_be_sent_again(
    listener: ListenerAtWork, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    (listener.folder / "landing").write_text("a file where the folder should be")

    answer = listener.send("POST", PATH, NOTE)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert str(listener.folder) not in answer.text
    assert "notification not kept" in caplog.text


def test_with_authorities_only_their_callers_are_let_in(tmp_path: Path) -> None:
    ours = authority().issue("custodian.example").write(tmp_path, "ours")
    other = Authority("Somebody").issue("custodian.example").write(tmp_path, "other")
    with listener_at_work(tmp_path, has_client_ca=True) as listener:
        for cert in (None, other):
            with pytest.raises(requests.RequestException):
                listener.send("POST", PATH, NOTE, cert=cert)
        let_in = listener.send("POST", PATH, NOTE, cert=ours)

        assert let_in.status_code == 200
        assert kept(listener) == [NOTE]


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    cert, key = authority().issue_server().write(tmp_path, "one")
    _, other_key = authority().issue_server().write(tmp_path, "other")
    (tmp_path / "none.crt").write_text("garbage")
    wrong = [
        NoticeDoor(certificate_file=Path(cert), key_file=Path(other_key)),
        NoticeDoor(certificate_file=tmp_path / "none.crt", key_file=Path(key)),
        NoticeDoor(
            certificate_file=Path(cert),
            key_file=Path(key),
            client_ca_file=tmp_path / "none.crt",
        ),
    ]

    for door, named in zip(wrong, ("other.key", "none.crt", "none.crt"), strict=True):
        with pytest.raises(SettingsError, match=named):
            tls_context(door)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        door = NoticeDoor(certificate_file=tmp_path, key_file=tmp_path, port=port)

        with pytest.raises(SettingsError, match=f"port {port}"):
            listen(door)


def test_the_server_says_nothing_of_itself(listener: ListenerAtWork) -> None:
    assert "Server" not in listener.send("GET", "/healthz").headers
