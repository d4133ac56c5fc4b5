"""The VTN's control door, as the pipeline uses it.

Every call is idempotent; see `vtn_service.contract`, the only part of the VTN that is
known here.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import requests

from ter_pipelines.vocab.clock import Span, iso_utc, parse_instant
from ter_pipelines.vocab.errors import RemoteError
from vtn_service.contract import (
    CONTROL_PREFIX,
    MAX_PAGE,
    Ask,
    AskStatus,
    EventReceipt,
    EventStatus,
    Message,
    Refused,
    Report,
    ReportHead,
    VenEnrolment,
    VenStatus,
)

M = TypeVar("M", bound=Message)


class Vtn:
    """A client of the control door.

    Args:
        base_url: Such as `http://127.0.0.1:8081`.
        read_key: Gives the door's key; asked at the first call.
        timeout_seconds: For connecting, and for each answer.
        reports_a_page: How many reports are asked for at once.
    """

    def __init__(
        self,
        base_url: str,
        read_key: Callable[[], str],
        *,
        timeout_seconds: float = 20,
        reports_a_page: int = 200,
    ) -> None:
        """Keep the address; nothing is sent yet."""
        self.base_url = base_url.rstrip("/") + CONTROL_PREFIX
        self.read_key = read_key
        self.timeout_seconds = timeout_seconds
        self.reports_a_page = reports_a_page

    def enrol(self, enrolment: VenEnrolment) -> VenStatus:
        """Put a VEN on the roster, or change it there."""
        path = f"/vens/{_quoted(enrolment.ven_id)}"
        return _read(VenStatus, self._ask("PUT", path, enrolment.to_json()))

    def switch(self, ven: VenStatus, *, is_enabled: bool) -> VenStatus:
        """Let a VEN of the roster speak, or not; the rest of its entry stays."""
        return self.enrol(
            VenEnrolment(
                ven.ven_id,
                ven.ven_name,
                must_sign=ven.must_sign,
                is_enabled=is_enabled,
            )
        )

    def vens(self) -> list[VenStatus]:
        """Give the roster."""
        return _read_all(VenStatus, self._ask("GET", "/vens"))

    def refusals(self) -> list[Refused]:
        """Tell what was refused lately, newest first."""
        return _read_all(Refused, self._ask("GET", "/refusals"))

    def put_event(
        self, ven_id: str, event_id: str, event: dict[str, Any]
    ) -> EventReceipt:
        """Hand over an event; the same again changes nothing."""
        path = f"/vens/{_quoted(ven_id)}/events/{_quoted(event_id)}"
        return _read(EventReceipt, self._ask("PUT", path, event))

    def events(self, span: Span) -> list[EventStatus]:
        """Tell how far the events that begin in a span have come."""
        days = {
            "first_day_utc": str(span.start_utc.date()),
            "last_day_utc": str(span.end_utc.date()),
        }
        found = _read_all(EventStatus, self._ask("GET", "/events", params=days))
        return [event for event in found if parse_instant(event.start_utc) in span]

    def put_ask(self, ven_id: str, ask_id: str, ask: Ask) -> AskStatus:
        """Have a VEN told what we want of it; the same again changes nothing."""
        return _read(
            AskStatus, self._ask("PUT", _ask_path(ven_id, ask_id), ask.to_json())
        )

    def withdraw_ask(self, ven_id: str, ask_id: str) -> AskStatus:
        """Cancel an ask; what was answered of it stays so."""
        return _read(AskStatus, self._ask("DELETE", _ask_path(ven_id, ask_id)))

    def asks(self, ven_id: str = "") -> list[AskStatus]:
        """Tell how far the asks of a VEN have come, or all."""
        params = {"ven_id": ven_id} if ven_id else None
        return _read_all(AskStatus, self._ask("GET", "/asks", params=params))

    def report_heads(self, after_seq: int) -> Iterator[ReportHead]:
        """Tell which time the reports after a sequence number touch, in order."""
        while True:
            params = {"after_seq": after_seq, "limit": MAX_PAGE}
            page = _read_all(ReportHead, self._ask("GET", "/reports", params=params))
            yield from page
            if len(page) < MAX_PAGE:
                return
            after_seq = page[-1].seq

    def reports(self, start_utc: datetime, end_utc: datetime) -> Iterator[Report]:
        """Give every report that touches a span, in order of sequence."""
        after_seq = 0
        while True:
            params = {
                "start_utc": iso_utc(start_utc),
                "end_utc": iso_utc(end_utc),
                "after_seq": after_seq,
                "limit": self.reports_a_page,
            }
            page = _read_all(Report, self._ask("GET", "/reports", params=params))
            yield from page
            if len(page) < self.reports_a_page:
                return
            after_seq = page[-1].seq

    def _ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        url = self.base_url + path
        headers = {"Authorization": f"Bearer {self.read_key()}"}
        try:
            response = requests.request(
                method,
                url,
                json=body,
                params=params,
                headers=headers,
                timeout=self.timeout_seconds,
            )
        except requests.RequestException as error:
            raise RemoteError(f"VTN {method} {url}: {error}") from error
        if response.status_code != requests.codes.ok:
            raise RemoteError(
                f"VTN {method} {url} answered {response.status_code}, expected 200: "
                f"{response.text[:200]}"
            )
        try:
            return response.json()
        except requests.JSONDecodeError as error:
            raise RemoteError(f"VTN {method} {url}: {error}") from error


def _read(kind: type[M], answer: Any) -> M:  # noqa: ANN401
    try:
        return kind.from_json(answer)
    except ValueError as error:
        raise RemoteError(f"VTN: {error}") from error


def _read_all(kind: type[M], answer: Any) -> list[M]:  # noqa: ANN401
    if not isinstance(answer, list):
        raise RemoteError(f"VTN: got {str(answer)[:60]}, expected a list")
    return [_read(kind, item) for item in answer]


def _ask_path(ven_id: str, ask_id: str) -> str:
    return f"/vens/{_quoted(ven_id)}/asks/{_quoted(ask_id)}"


def _quoted(text: str) -> str:
    return quote(text, safe="")
