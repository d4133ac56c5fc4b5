"""Share My Data: where the data custodian is and how we show who we are, as data.

Read from one TOML file; every wrong or missing field is named at once. What is secret
stays in files of its own, which the file only names.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ter_pipelines.vocab import fields
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.origins import Origin, origin_of
from ter_pipelines.vocab.secret_files import named_file, private_file, secret_in

FileReader = Callable[[Path, object], object]
TEST_PATH, HEALTH_PATH = "/test", "/healthz"
TAKEN_PATHS = (TEST_PATH, HEALTH_PATH)
_LISTENER = "listener"


@dataclass(frozen=True, kw_only=True)
class NoticeDoor:
    """Where the custodian's notifications arrive.

    Args:
        certificate_file: The chain the door shows, PEM.
        key_file: Its key, PEM and not encrypted.
        client_ca_file: Authorities of callers; without it, nobody has to show a
            certificate.
        host: Address to listen on.
        port: To listen on; 0 for a free one.
        path: Where notifications are posted.
    """

    certificate_file: Path
    key_file: Path
    client_ca_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = 7999
    path: str = "/share-my-data"


@dataclass(frozen=True, kw_only=True)
class Custodian:
    """A data custodian, and how we call it.

    Args:
        base_url: `https://`, host and port.
        third_party_id: Our number in bulk requests; empty to ask for it.
        client_id: Name we ask for tokens with.
        client_secret: Word we ask for tokens with; never shown.
        certificate_file: Our certificate, PEM.
        key_file: Its key, PEM and not encrypted.
        ca_file: Authorities of the custodian; this machine's if there is none.
        allowed_hosts: Other hosts, each with its port if it is not 443, from which
            feeds may be fetched.
        token_path: Where tokens are.
        test_token_path: Where tokens of the registration test are.
        resource_path: Where the resources are.
        timeout_seconds: For connecting, and for each part of an answer.
        answer_seconds: For an answer as a whole.
        renew_token_seconds: How long before its end a token is replaced.
        most_feed_bytes: The largest feed.
        request_days: Most days asked for at once.
        pause_seconds: Between one request of a range and the next.
        listener: Where notifications arrive; None if another machine takes them.
    """

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    certificate_file: Path
    key_file: Path
    third_party_id: str = ""
    ca_file: Path | None = None
    allowed_hosts: tuple[Origin, ...] = ()
    token_path: str = "/datacustodian/oauth/v2/token"  # noqa: S105
    test_token_path: str = "/datacustodian/test/oauth/v2/token"  # noqa: S105
    resource_path: str = "/GreenButtonConnect/espi/1_1/resource"
    timeout_seconds: int = 30
    answer_seconds: int = 600
    renew_token_seconds: int = 60
    most_feed_bytes: int = 1 << 28
    request_days: int = 28
    pause_seconds: int = 1
    listener: NoticeDoor | None = None

    @property
    def origins(self) -> frozenset[Origin]:
        """Give every origin that may see our token."""
        return frozenset({origin_of(self.base_url), *self.allowed_hosts})


def parse_custodian(text: str, *, folder: Path, subject: str) -> Custodian:
    """Read a custodian from TOML.

    Args:
        text: Of the file.
        folder: Where relative paths begin.
        subject: How errors call the file.

    Raises:
        FieldError: With a message for every field that is missing, unknown or wrong.
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FieldError(subject, {"file": [f"is not TOML: {error}"]}) from error
    table = given.pop(_LISTENER, None)
    values, errors = _read(given, folder, _READERS, _FILES)
    values["client_secret"] = values.pop("client_secret_file", "")
    if table is not None:
        door, wrong = _read_door(table, folder)
        values[_LISTENER] = door
        errors |= {f"{_LISTENER}.{name}".rstrip("."): e for name, e in wrong.items()}
    if errors:
        raise FieldError(subject, dict(sorted(errors.items())))
    return Custodian(**values)


def _read_door(table: object, folder: Path) -> tuple[NoticeDoor | None, fields.Errors]:
    if not isinstance(table, Mapping):
        return None, {"": [f"got {table!r}, expected a table [listener]"]}
    values, errors = _read(table, folder, _DOOR_READERS, _DOOR_FILES)
    return (None if errors else NoticeDoor(**values)), errors


def _read(
    given: Mapping[str, object],
    folder: Path,
    readers: Mapping[str, fields.Reader],
    files: Mapping[str, FileReader],
) -> tuple[dict[str, Any], fields.Errors]:
    all_readers = dict(readers)
    all_readers |= {name: partial(reader, folder) for name, reader in files.items()}
    values, errors = fields.read_fields(given, all_readers, whose="Share My Data")
    needed = _NEEDED & all_readers.keys()
    errors |= {name: ["is missing"] for name in needed - given.keys()}
    return values, errors


def _base_url(value: object) -> str:
    url = fields.text(value).rstrip("/")
    try:
        origin = origin_of(url)
    except ValueError as error:
        raise ValueError(f"{error}, in {value!r}") from None
    if "/" in url.removeprefix("https://") or "?" in url or "#" in url:
        raise ValueError(f"got {value!r}, expected https://, host and port alone")
    return f"https://{origin}"


def _hosts(value: object) -> tuple[Origin, ...]:
    if not isinstance(value, list):
        raise ValueError(f"got {value!r}, expected hosts such as ['files.example.org']")  # noqa: TRY004
    return tuple(origin_of(_base_url(f"https://{item}")) for item in value)


def _path(value: object) -> str:
    path = fields.text(value).rstrip("/")
    if not path.startswith("/") or not path.isascii() or set(path) & set(" ?#\\"):
        raise ValueError(f"got {value!r}, expected a path such as /espi/resource")
    return path


def _door_path(value: object) -> str:
    path = _path(value)
    if path in TAKEN_PATHS:
        raise ValueError(f"got {value!r}, which the listener needs itself")
    return path


def _third_party(value: object) -> str:
    if not isinstance(value, str) or not (value == "" or value.isalnum()):
        raise ValueError(f"got {value!r}, expected letters and digits in quotes")
    return value


_NEEDED = {
    "base_url",
    "client_id",
    "client_secret_file",
    "certificate_file",
    "key_file",
}
_SECONDS = fields.whole(range(1, 3601), "seconds")
_READERS: Mapping[str, fields.Reader] = {
    "base_url": _base_url,
    "third_party_id": _third_party,
    "client_id": fields.text,
    "allowed_hosts": _hosts,
    "token_path": _path,
    "test_token_path": _path,
    "resource_path": _path,
    "timeout_seconds": _SECONDS,
    "answer_seconds": _SECONDS,
    "renew_token_seconds": _SECONDS,
    "most_feed_bytes": fields.whole(range(1, (1 << 30) + 1), "bytes"),
    "request_days": fields.whole(range(1, 367), "days"),
    "pause_seconds": fields.whole(range(3601), "seconds"),
}
_FILES: Mapping[str, FileReader] = {
    "client_secret_file": secret_in,
    "certificate_file": named_file,
    "key_file": private_file,
    "ca_file": named_file,
}
_DOOR_READERS: Mapping[str, fields.Reader] = {
    "host": fields.text,
    "port": fields.whole(range(65536), "a port"),
    "path": _door_path,
}
_DOOR_FILES: Mapping[str, FileReader] = {
    "certificate_file": named_file,
    "key_file": private_file,
    "client_ca_file": named_file,
}
