"""A careful VEN under a VTN that keeps dying: it repeats what was not acknowledged.

It remembers what it sent and what was acknowledged, so that nobody has to be believed.
"""

import hashlib
import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

import requests

from ter_pipelines.demo.examples import Device
from ter_pipelines.vocab.clock import HOUR, iso_utc
from ter_pipelines.vocab.errors import RemoteError
from tests.vtn_service import messages
from tests.vtn_service.at_work import Said, VtnAtWork, registered, token_of

HOURS = 24
MOST_REPORTS_A_VEN = 2500
ACKNOWLEDGED_WITHIN_SECONDS = 60
ANSWER_SECONDS = 15
PAUSE_SECONDS = 0.05
R_ID = "usage-1"
SPECIFIER = "usage"

Sent = tuple[str, str]
Interval = tuple[str, str, datetime]


@dataclass(frozen=True)
class Load:
    """What the clients share: where they report, on which days, and until when."""

    vtn: VtnAtWork
    days: Sequence[tuple[date, datetime]]
    enough: threading.Event = field(default_factory=threading.Event)
    given_up: threading.Event = field(default_factory=threading.Event)


@dataclass
class Client:
    """A careful VEN, and what it knows for certain; used by one thread."""

    device: Device
    chance: random.Random
    session: requests.Session = field(default_factory=requests.Session)
    number: int = 0
    repeats: int = 0
    sent: set[Sent] = field(default_factory=set)
    acknowledged: set[Sent] = field(default_factory=set)
    energy_kwh: dict[Interval, Decimal] = field(default_factory=dict)
    days: set[date] = field(default_factory=set)

    def introduce(self, vtn: VtnAtWork) -> None:
        """Enrol, register, and offer the report."""
        ven_id = self.device.ven_id
        registered(vtn, ven_id)
        point = messages.Point(R_ID, self.device.device_id)
        offer = messages.report_offer(SPECIFIER, [point])
        vtn.say(ven_id, "EiReport", messages.register_report(ven_id, offer))

    def report_until_enough(self, load: Load) -> None:
        """Report day after day; the message in hand is brought to its end."""
        with self.session:
            while not load.enough.is_set() and self.number < MOST_REPORTS_A_VEN:
                self._report(load)

    def _report(self, load: Load) -> None:
        """Report new values for a day, and remember them once acknowledged."""
        self.number += 1
        day, begin = self.chance.choice(load.days)
        values = {
            begin + hour * HOUR: Decimal(self.number * HOURS + hour) / 1000
            for hour in range(HOURS)
        }
        body = report_message(self.device.ven_id, self.number, values)
        key = (self.device.ven_id, hashlib.sha256(body).hexdigest())
        self.sent.add(key)
        self._deliver(load, body)
        self.acknowledged.add(key)
        self.days.add(day)
        for start, kwh in values.items():
            place = (self.device.ven_id, self.device.device_id, start)
            self.energy_kwh[place] = kwh

    def _deliver(self, load: Load, body: bytes) -> None:
        deadline = time.monotonic() + ACKNOWLEDGED_WITHIN_SECONDS
        url = load.vtn.url(token_of(self.device.ven_id), "EiReport")
        headers = {"Content-Type": "application/xml"}
        while not load.given_up.is_set() and time.monotonic() < deadline:
            try:
                answer = self.session.post(
                    url, data=body, headers=headers, timeout=ANSWER_SECONDS
                )
            except requests.RequestException:
                self.repeats += 1
                time.sleep(PAUSE_SECONDS)
                continue
            require_acknowledged(self.device.ven_id, answer)
            return
        raise RemoteError(f"{self.device.ven_id}: a report was not acknowledged")


def report_message(
    ven_id: str, number: int, values: Mapping[datetime, Decimal]
) -> bytes:
    """Write one message of hourly values."""
    hours = [
        messages.interval(
            messages.value(R_ID, f"{kwh:.3f}"), start=iso_utc(start), duration="PT1H"
        )
        for start, kwh in values.items()
    ]
    request_id = f"{ven_id}-{number}"
    return messages.update_report(
        ven_id, messages.report(hours, specifier=SPECIFIER), request_id=request_id
    )


def require_acknowledged(ven_id: str, answer: requests.Response) -> None:
    """Stop at an answer that is not an acknowledgement.

    Raises:
        RemoteError: With the answer.
    """
    said = Said(answer.content) if answer.ok else None
    if said is None or (said.kind, said.code) != ("oadrUpdatedReport", "200"):
        raise RemoteError(f"{ven_id}: report got {answer.status_code} {answer.text}")
