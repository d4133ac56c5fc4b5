"""A VTN as its own process, and the two ways of talking to it.

Every answer of the device door is checked against the message schema on the way.
"""

import hashlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from tests.vtn_service import messages
from vtn_service.contract import Report
from vtn_service.openadr.instants import iso_utc
from vtn_service.openadr.message import Message, parse_message

KEY = "example-control-key"
SECONDS = 15
HOUR = timedelta(hours=1)
_READY = re.compile(r"devices (\S+)/\{token\}/OpenADR2/Simple/2\.0b control (\S+)")


def token_of(ven_id: str) -> str:
    """Give the token the tests enrol a VEN with."""
    return f"example-token-of-{ven_id}"


def sha256(text: str) -> str:
    """Give the SHA-256 of a text, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


class Said:
    """What the VTN answered: one valid OpenADR message."""

    def __init__(self, document: bytes) -> None:
        """Parse the answer, which must be valid."""
        self.message: Message = parse_message(document)
        self.kind = self.message.kind
        self.request_id = self.message.request_id

    @property
    def code(self) -> str:
        """Give the response code."""
        return self.message.text("ei:eiResponse/ei:responseCode")

    def texts(self, name: str) -> list[str]:
        """Give the text of every element of a name, in order."""
        return [e.text or "" for e in self.message.element.iter(f"{{*}}{name}")]


class VtnAtWork:
    """A running VTN whose store is in a folder; it can be started again there."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """Start it."""
        self.folder = folder
        self.environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith("VTN_")},
            "VTN_STORE": str(folder / "vtn.sqlite"),
            "VTN_PORT": "0",
            "VTN_CONTROL_PORT": "0",
            "VTN_CONTROL_KEY": KEY,
            **settings,
        }
        self.start()

    def start(self) -> None:
        """Start the process and wait until both doors are open."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vtn_service"],
                env=self.environ,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        self.ready_line = self.process.stdout.readline()
        found = _READY.search(self.ready_line)
        assert found, self.log
        self.devices, self.control = found[1], found[2]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; give the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    @property
    def log(self) -> str:
        """Give what it has logged."""
        return (self.folder / "log").read_text()

    def ask(
        self, method: str, path: str, body: object = None, *, key: str = KEY
    ) -> requests.Response:
        """Use the control door."""
        return requests.request(
            method,
            f"{self.control}{path}",
            json=body,
            headers={"Authorization": f"Bearer {key}"},
            timeout=SECONDS,
        )

    def get(self, path: str) -> Any:  # noqa: ANN401 - whatever the JSON is
        """Get JSON from the control door."""
        response = self.ask("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    def enrol(self, ven_id: str, **changes: object) -> None:
        """Put a VEN on the roster."""
        entry = {
            "ven_id": ven_id,
            "ven_name": "",
            "token_sha256": sha256(token_of(ven_id)),
            **changes,
        }
        response = self.ask("PUT", f"/vens/{ven_id}", entry)
        assert response.status_code == 200, response.text

    def url(self, token: str, service: str) -> str:
        """Give the address of a service for a token."""
        return f"{self.devices}/{token}/OpenADR2/Simple/2.0b/{service}"

    def post(
        self,
        ven_id: str,
        service: str,
        document: bytes,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Post a document as a VEN."""
        return requests.post(
            self.url(token_of(ven_id), service),
            data=document,
            headers={"Content-Type": "application/xml", **(headers or {})},
            timeout=SECONDS,
        )

    def say(self, ven_id: str, service: str, document: bytes) -> Said:
        """Say something as a VEN and give the VTN's message."""
        response = self.post(ven_id, service, document)
        assert response.status_code == 200, response.text
        assert response.headers["Content-Type"] == "application/xml"
        return Said(response.content)

    def reports(self, ven_id: str) -> list[dict[str, Any]]:
        """Give every stored report of a VEN, and in `values` each with its point."""
        always = "start_utc=0001-01-01T00:00:00Z&end_utc=9999-12-31T00:00:00Z"
        return [
            {**told, "values": [vars(value) for value in Report.from_json(told).values]}
            for told in self.get(f"/reports?{always}")
            if told["ven_id"] == ven_id
        ]


def price_event(
    values: list[str],
    *,
    starts_in: timedelta = HOUR,
    signal: Mapping[str, object] | None = None,
    **changes: object,
) -> dict[str, object]:
    """Give an event of hourly prices that starts after a while.

    `signal` changes fields of its one signal, `changes` those of the event.
    """
    first = datetime.now(UTC).replace(microsecond=0) + starts_in
    prices = {
        "signal_name": "ELECTRICITY_PRICE",
        "signal_type": "price",
        "item_name": "currencyPerKWh",
        "item_units": "USD",
        "intervals": [
            {
                "start_utc": iso_utc(first + i * HOUR),
                "duration_seconds": 3600,
                "value": value,
            }
            for i, value in enumerate(values)
        ],
        **(signal or {}),
    }
    context = "http://market.example/ter?a=1&b=2"
    return {"market_context": context, "signals": [prices], **changes}


def put(vtn: VtnAtWork, ven_id: str, event_id: str, event: object) -> dict[str, Any]:
    """Put an event and give the receipt."""
    response = vtn.ask("PUT", f"/vens/{ven_id}/events/{event_id}", event)
    assert response.status_code == 200, response.text
    receipt: dict[str, Any] = response.json()
    return receipt


def registered(vtn: VtnAtWork, ven_id: str) -> None:
    """Enrol a VEN and have it register, asking first as openleadr's client does."""
    vtn.enrol(ven_id)
    vtn.say(ven_id, "EiRegisterParty", messages.query_registration())
    vtn.say(ven_id, "EiRegisterParty", messages.create_registration())
