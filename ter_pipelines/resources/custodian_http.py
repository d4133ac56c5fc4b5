"""Calls to a data custodian: mutual TLS, limits, and tokens. What is asked is not here.

No redirect is followed, no answer is taken beyond its limit of bytes and seconds, and
neither the secret nor a token is part of any message.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.exceptions import HTTPError

from ter_pipelines.resources.own_certificate import require_own_certificate
from ter_pipelines.vocab.custodian import Custodian
from ter_pipelines.vocab.errors import RemoteError

MOST_TOKEN_BYTES = 1 << 16
TOKEN_KEYS = ("client_access_token", "access_token")  # the first is PG&E's own
UNSAID_LIFETIME_SECONDS = 300
LONGEST_LIFETIME_SECONDS = 86_400
_CHUNK = 1 << 16
_TOKEN = re.compile(r"[!-~]{1,8192}")
_SECONDS = re.compile(r"[0-9]{1,9}")
_OAUTH_ERROR = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True)
class Answer:
    """What the custodian answered."""

    status: int
    body: bytes = field(repr=False)


class Bearer(AuthBase):
    """Shows a token; says nothing of it elsewhere."""

    def __init__(self, token: str) -> None:
        """Keep the token."""
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token on a request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class CustodianHttp:
    """Sends requests to one custodian, with our certificate."""

    def __init__(self, custodian: Custodian) -> None:
        """Keep the settings; nothing is sent yet."""
        self._custodian = custodian

    def get(
        self,
        url: str,
        auth: AuthBase,
        most_bytes: int,
        params: Mapping[str, int] | None = None,
    ) -> Answer:
        """GET a URL.

        Raises:
            RemoteError: If there is no whole answer in time, or it is too large.
            SettingsError: If our certificate cannot be used.
        """
        return self._send("GET", url, auth, most_bytes, {"params": params})

    def post_form(self, url: str, auth: AuthBase, form: Mapping[str, str]) -> Answer:
        """POST a form, likewise."""
        return self._send("POST", url, auth, MOST_TOKEN_BYTES, {"data": form})

    def _send(
        self,
        method: str,
        url: str,
        auth: AuthBase,
        most_bytes: int,
        more: Mapping[str, Any],
    ) -> Answer:
        own = self._custodian
        require_own_certificate(own.certificate_file, own.key_file)
        what = f"{method} {url}"
        deadline = time.monotonic() + own.answer_seconds
        try:
            with (
                requests.Session() as session,
                session.request(
                    method,
                    url,
                    auth=auth,
                    cert=(str(own.certificate_file), str(own.key_file)),
                    verify=str(own.ca_file) if own.ca_file else True,
                    timeout=own.timeout_seconds,
                    allow_redirects=False,
                    stream=True,
                    **more,
                ) as response,
            ):
                body = _read_body(response, what, most_bytes, deadline)
                return Answer(response.status_code, body)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise RemoteError(f"{what}: {error}") from error


class Tokens:
    """The token of the custodian, had anew before it ends."""

    def __init__(
        self,
        http: CustodianHttp,
        custodian: Custodian,
        path: str,
        clock: Callable[[], float],
    ) -> None:
        """Take where tokens are; none is asked for yet."""
        self._http = http
        self._custodian = custodian
        self._url = custodian.base_url + path
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0

    def token(self, *, instead_of: str = "") -> str:
        """Give a token that is not about to end.

        Args:
            instead_of: One that was not taken any more.

        Raises:
            RemoteError: If the custodian gives none.
        """
        with self._lock:
            is_over = self._clock() >= self._renew_at
            if not self._token or self._token == instead_of or is_over:
                self._token = ""
                asked_at = self._clock()
                self._token, seconds = self._ask()
                early = min(self._custodian.renew_token_seconds, seconds / 10)
                self._renew_at = asked_at + seconds - early
            return self._token

    def _ask(self) -> tuple[str, int]:
        own = self._custodian
        known_as = HTTPBasicAuth(own.client_id.encode(), own.client_secret.encode())
        form = {"grant_type": "client_credentials"}
        answer = self._http.post_form(self._url, known_as, form)
        said = _object(answer.body)
        if answer.status != requests.codes.ok:
            raise RemoteError(
                f"token, POST {self._url} answered {answer.status}"
                f"{_oauth_error(said)}, expected 200; check client_id, the client "
                "secret and our certificate"
            )
        for key in TOKEN_KEYS:
            token = said.get(key)
            if isinstance(token, str) and _TOKEN.fullmatch(token):
                return token, _lifetime(said.get("expires_in"))
        raise RemoteError(
            f"token, POST {self._url} answered no JSON object with a usable "
            f"{' or '.join(TOKEN_KEYS)}"
        )


def _read_body(
    response: requests.Response, what: str, most_bytes: int, deadline: float
) -> bytes:
    """Read what has come so far, again and again, looking at the limits each time."""
    body = bytearray()
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        body += chunk
        if len(body) > most_bytes:
            raise RemoteError(f"{what}: answer has over {most_bytes} bytes")
        if time.monotonic() > deadline:
            raise RemoteError(
                f"{what}: answer was not whole in time; {len(body)} bytes"
            )
    return bytes(body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _oauth_error(said: Mapping[str, Any]) -> str:
    """Repeat what kind of error it was, and nothing else of what was answered."""
    error = said.get("error")
    is_plain = isinstance(error, str) and _OAUTH_ERROR.fullmatch(error)
    return f" ({error})" if is_plain else ""


def _lifetime(expires_in: object) -> int:
    if not _SECONDS.fullmatch(str(expires_in)):
        return UNSAID_LIFETIME_SECONDS
    return min(int(str(expires_in)), LONGEST_LIFETIME_SECONDS)
