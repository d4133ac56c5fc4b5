"""The doctor at work: against a VTN, and against servers that only look like one."""

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.pipeline.ter_vtn import Done, control_of, ter_vtn
from tests.vtn_service.certificates import Issued
from tests.vtn_service.tls_at_work import TlsVtn
from vtn_service.contract import Refused, VenStatus

NOBODY = "http://127.0.0.1:1"


def doctor(tls: TlsVtn, *words: str, control: str = "") -> Done:
    """Run the doctor where the device and the control door are in reach."""
    return ter_vtn(tls.folder, control or control_of(tls.vtn), "doctor", *words)


def steps(done: Done) -> dict[str, bool]:
    """Give what was looked at, in order, and whether it was well."""
    return {told["step"]: told["is_ok"] for told in done.printed}


def wrong(done: Done) -> dict[str, Any]:
    """Give the one step that is wrong."""
    assert done.code == 1
    (told,) = (told for told in done.printed if not told["is_ok"])
    assert told["do"]
    return dict(told)


def files(tls: TlsVtn, ven: Issued) -> list[str]:
    """Give the options with a device's certificate and key."""
    cert, key = ven.write(tls.folder, ven.sha256)
    return ["--cert", cert, "--key", key]


@contextmanager
def answering(
    answers: Mapping[str, object],
    *,
    address: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
    date: str = "",
) -> Iterator[str]:
    """Serve JSON by the last word of the path; anything else is an empty object."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            name = self.path.rpartition("/")[2]
            self.wfile.write(json.dumps(answers.get(name, {})).encode())

        do_POST = do_GET  # noqa: N815

        def date_time_string(self, timestamp: float | None = None) -> str:
            return date or super().date_time_string(timestamp)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer((address, 0), Answer) as serving:
        serving.handle_error = lambda *_: None  # type: ignore[method-assign]
        if tls:
            serving.socket = tls.wrap_socket(serving.socket, server_side=True)
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        scheme = "https" if tls else "http"
        yield f"{scheme}://{address}:{serving.server_port}"
        serving.shutdown()
        thread.join()


@contextmanager
def control_door(vens: list[VenStatus], refusals: list[Refused]) -> Iterator[str]:
    """Serve a roster and refusals as the control door does."""
    told = {
        "vens": [asdict(ven) for ven in vens],
        "refusals": [asdict(refused) for refused in refusals],
    }
    with answering(told) as url:
        yield url
