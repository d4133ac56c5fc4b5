"""Share My Data: usage that a utility as data custodian gives on request.

A request is mostly only accepted (202): the data is announced later, by a notification
with addresses, and `fetch` gets it from there. How we show who we are is in
`custodian_http`.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import requests

from ter_pipelines.formats.espi_custodian import (
    MOST_BYTES,
    ONLINE,
    Authorization,
    read_authorizations,
    read_service_status,
)
from ter_pipelines.metering.request_windows import request_windows
from ter_pipelines.resources.custodian_http import (
    Answer,
    Bearer,
    CustodianHttp,
    Tokens,
)
from ter_pipelines.vocab.clock import DAY, Span
from ter_pipelines.vocab.custodian import Custodian
from ter_pipelines.vocab.errors import (
    FormatError,
    InputError,
    RemoteError,
    SettingsError,
)
from ter_pipelines.vocab.origins import find_refusal, plain_uri

OK, ACCEPTED = requests.codes.ok, requests.codes.accepted
NOT_LET_IN = (requests.codes.unauthorized, requests.codes.forbidden)


@dataclass(frozen=True)
class Requested:
    """What became of a request for usage.

    Args:
        window: The time it is about; None for the latest.
        body: The feed, if it was given at once; None if it was accepted, and a
            notification will say where the data is.
    """

    window: Span | None
    body: bytes | None = field(default=None, repr=False)


class ShareMyData:
    """A client of the data custodian.

    Every method raises `SettingsError` if Share My Data is not set, and `RemoteError`
    if the custodian does not give the agreed answer.

    Args:
        custodian: Where it is and who we are; None if the feature is off.
        zone: Of operating days.
        clock: Seconds that only rise.
        pause: Waits for so many seconds.
        is_test: Whether its tokens are those of the registration test.
    """

    def __init__(
        self,
        custodian: Custodian | None,
        zone: ZoneInfo,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        is_test: bool = False,
    ) -> None:
        """Keep the settings; nothing is sent yet."""
        self._custodian = custodian
        self._zone = zone
        self._clock = clock
        self._pause = pause
        self._is_test = is_test

    @property
    def is_set(self) -> bool:
        """Tell whether there is a custodian at all."""
        return self._custodian is not None

    @property
    def custodian(self) -> Custodian:
        """Give the settings.

        Raises:
            SettingsError: If there are none, saying what to set.
        """
        if self._custodian is None:
            raise SettingsError(
                "Share My Data is not set: name its file in TER_SHARE_MY_DATA; "
                "examples/share-my-data.toml is one to begin with."
            )
        return self._custodian

    def for_registration(self) -> "ShareMyData":
        """Give the client of the registration test, which has tokens of its own."""
        return ShareMyData(
            self.custodian,
            self._zone,
            clock=self._clock,
            pause=self._pause,
            is_test=True,
        )

    def have_token(self) -> None:
        """Make sure that there is a token."""
        self._tokens.token()

    def service_status(self) -> int:
        """Give the service's status; `ONLINE` is 1."""
        body = self._ask(self._resource("ReadServiceStatus")).body
        with _reading():
            return read_service_status(body)

    def require_online(self) -> None:
        """Raise a RemoteError unless the service is online."""
        status = self.service_status()
        if status != ONLINE:
            raise RemoteError(f"Share My Data: got service status {status}, expected 1")

    def sample_data(self) -> Answer:
        """Ask for the sample data, as the registration test wants it."""
        return self._ask(
            self._resource("DownloadSampleData"),
            most_bytes=self.custodian.most_feed_bytes,
            expected=(OK, ACCEPTED),
        )

    def authorizations(self) -> list[Authorization]:
        """Give what customers let us have."""
        body = self._ask(self._resource("Authorization")).body
        with _reading():
            return read_authorizations(body)

    def bulk_id(self) -> str:
        """Give our number in bulk requests: the one set, or the only one we have."""
        if known := self.custodian.third_party_id:
            return known
        found = {granted.bulk_id for granted in self.authorizations()} - {""}
        if len(found) != 1:
            named = ", ".join(sorted(found)) or "none"
            raise RemoteError(
                f"Share My Data: got {named} as bulk id, expected one; set "
                "third_party_id"
            )
        return found.pop()

    def request_latest(self) -> Requested:
        """Ask for the latest usage."""
        return self._request(self.bulk_id(), None)

    def request_date(self, day: date) -> Requested:
        """Ask for the usage of one local day, of 23, 24 or 25 hours."""
        (requested,) = self.request_range(day, day)
        return requested

    def request_range(self, first_day: date, last_day: date) -> Iterator[Requested]:
        """Ask for the usage of local days, both included, window by window.

        Raises:
            InputError: If the last day is before the first.
        """
        windows = request_windows(
            first_day, last_day, self._zone, most_days=self.custodian.request_days
        )
        return self._request_all(self.bulk_id(), windows)

    def request_history(self, days: int, *, today: date) -> Iterator[Requested]:
        """Ask for the usage of so many local days up to yesterday."""
        if days < 1:
            raise InputError(f"history: got {days} days, expected 1 or more")
        return self.request_range(today - timedelta(days=days), today - DAY)

    def refusal_of(self, uri: str) -> str:
        """Say why a URI must not be fetched; empty if it may be."""
        return find_refusal(uri, self.custodian.origins)

    def fetch(self, uri: str) -> bytes:
        """Fetch a feed from where a notification says that it is.

        Raises:
            InputError: If the URI leads anywhere but to the hosts that are allowed;
                nothing is sent then.
        """
        if refusal := self.refusal_of(uri):
            raise InputError(f"{uri[:200]!r}: {refusal}")
        most_bytes = self.custodian.most_feed_bytes
        return self._ask(plain_uri(uri), most_bytes=most_bytes).body

    def _request(self, bulk_id: str, window: Span | None) -> Requested:
        params = None
        if window:
            params = {
                "published-min": int(window.start_utc.timestamp()),
                "published-max": int(window.end_utc.timestamp()),
            }
        answer = self._ask(
            self._resource(f"Batch/Bulk/{bulk_id}"),
            most_bytes=self.custodian.most_feed_bytes,
            expected=(OK, ACCEPTED),
            params=params,
        )
        return Requested(window, answer.body if answer.status == OK else None)

    def _request_all(
        self, bulk_id: str, windows: Sequence[Span]
    ) -> Iterator[Requested]:
        for number, window in enumerate(windows):
            if number:
                self._pause(self.custodian.pause_seconds)
            yield self._request(bulk_id, window)

    def _resource(self, path: str) -> str:
        return f"{self.custodian.base_url}{self.custodian.resource_path}/{path}"

    def _ask(
        self,
        url: str,
        *,
        most_bytes: int = MOST_BYTES,
        expected: tuple[int, ...] = (OK,),
        params: Mapping[str, int] | None = None,
    ) -> Answer:
        """GET with a token; once more with a fresh one if it is not taken."""
        token = self._tokens.token()
        answer = self._http.get(url, Bearer(token), most_bytes, params)
        if answer.status in NOT_LET_IN:
            token = self._tokens.token(instead_of=token)
            answer = self._http.get(url, Bearer(token), most_bytes, params)
        if answer.status not in expected:
            wanted = " or ".join(map(str, expected))
            raise RemoteError(f"GET {url} answered {answer.status}, expected {wanted}")
        return answer

    @cached_property
    def _http(self) -> CustodianHttp:
        return CustodianHttp(self.custodian)

    @cached_property
    def _tokens(self) -> Tokens:
        own = self.custodian
        path = own.test_token_path if self._is_test else own.token_path
        return Tokens(self._http, own, path, self._clock)


@contextmanager
def _reading() -> Iterator[None]:
    """Take a document that cannot be read as an answer that was not agreed."""
    try:
        yield
    except FormatError as error:
        raise RemoteError(f"Share My Data: {error}") from error
