"""The log: JSON lines that name request and VEN, and never a token."""

import json
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from tests.vtn_service import messages
from tests.vtn_service.at_work import (
    KEY,
    SECONDS,
    VtnAtWork,
    registered,
    sha256,
    token_of,
)
from tests.vtn_service.seeing import knock, root


def read_log(vtn: VtnAtWork) -> list[dict[str, Any]]:
    """Give what was logged; every line must be a JSON object."""
    lines = [json.loads(line) for line in vtn.log.splitlines()]
    assert all(isinstance(line, dict) for line in lines)
    return lines


def test_a_log_line_names_the_request_that_its_answer_names_and_the_ven(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "logged-1")

    answers = [
        vtn.post("logged-1", "OadrPoll", messages.poll("somebody-else")),
        vtn.post("logged-1", "OadrPoll", b"no XML"),
        knock(vtn, "/nothing/here", "devices"),
        vtn.ask("GET", "/reports?limit=0"),
        vtn.ask(
            "GET",
            "/reports?start_utc=2025-11-02T05:00:00Z&end_utc=2026-01-01T00:00:00Z",
        ),
    ]

    ids = [answer.headers["X-Request-ID"] for answer in answers]
    lines = {line["request_id"]: line for line in read_log(vtn) if "request_id" in line}
    assert len(set(ids)) == len(ids)
    assert lines[ids[0]]["event"] == "refused"
    assert lines[ids[1]]["event"] == "not_let_in"
    assert lines[ids[0]]["ven_id"] == lines[ids[1]]["ven_id"] == "logged-1"
    assert "ven_id" not in lines[ids[3]]


def test_every_log_line_is_json_with_time_level_and_event(vtn: VtnAtWork) -> None:
    registered(vtn, "json-1")
    vtn.post("json-1", "OadrPoll", b"\n\nno XML\n")

    lines = read_log(vtn)

    assert len(lines) > 2
    for line in lines:
        assert datetime.fromisoformat(line["time"]).tzinfo is not None
        assert line["level"] in {"info", "warning", "error"}
        assert line["event"]


def test_no_log_line_holds_a_token_however_it_is_written(vtn: VtnAtWork) -> None:
    token = "example token/of+nobody%é"  # noqa: S105 - nobody's
    vtn.enrol("secret-1", token_sha256=sha256(token))
    written = [quote(token, safe=safe) for safe in ("", "+", "!$&'()*+,;=:@")]
    written += [written[0].lower(), "".join(f"%{b:02X}" for b in token.encode())]
    for form in written:
        for service in ("OadrPoll", "EiReport", "EiEvent", "Nothing"):
            for body in (messages.poll("secret-1"), messages.poll("other"), b"<x/>"):
                for kind in ("application/xml", "text/plain"):
                    requests.post(
                        vtn.url(form, service),
                        data=body,
                        headers={"Content-Type": kind},
                        timeout=SECONDS,
                    )
        requests.get(f"{root(vtn, 'devices')}/{form}/x", timeout=SECONDS)
        requests.put(vtn.url(form, "OadrPoll"), timeout=SECONDS)

    log = vtn.log

    assert '"ven_id": "secret-1"' in log
    for secret in (token, *written, repr(token)[1:-1], json.dumps(token)[1:-1]):
        assert secret not in log
    assert KEY not in log


def test_a_failure_is_logged_with_its_traceback_and_without_the_token(
    tmp_path: Path,
) -> None:
    vtn = VtnAtWork(tmp_path)
    registered(vtn, "fails-1")
    with sqlite3.connect(tmp_path / "vtn.sqlite") as other:
        other.execute("DROP TABLE ask")
    other.close()

    response = vtn.post("fails-1", "OadrPoll", messages.poll("fails-1"))
    vtn.end()

    (line,) = (line for line in read_log(vtn) if line["event"] == "failed")
    assert response.status_code == 500
    assert line["request_id"] == response.headers["X-Request-ID"]
    assert (line["level"], line["ven_id"]) == ("error", "fails-1")
    assert "no such table" in line["exception"]
    assert token_of("fails-1") not in vtn.log
