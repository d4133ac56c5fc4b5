"""The meter-data system that takes our files: where it is and how we show who we are.

Over HTTP or SFTP, as its URL says. Read from one TOML file; every wrong or missing
field is named at once. Secrets stay in files of their own, which the file only names.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from ter_pipelines.vocab import fields
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.secret_files import named_file, private_file, secret_in

SFTP = "sftp"
_SCHEMES = frozenset({"http", "https", SFTP})


@dataclass(frozen=True, kw_only=True)
class MdmPartner:
    """A meter-data system.

    Args:
        url: Where files are put: over HTTP, `fileName` and `messageFormat` are added;
            over SFTP it ends in a folder.
        user: Name we sign in with.
        password: Word we sign in with; never shown. May be empty over SFTP.
        key_file: Private key we sign in with over SFTP; None if there is none.
        known_hosts: File with the key of the SFTP server.
        message_format: How the system calls what is in the files.
        ask_url: Where it tells whether it has a file: 200 or 404; `{file_name}` stands
            for the name. Empty if it cannot be asked.
        ca_file: Authorities of the system; this machine's if there is none.
        timeout_seconds: For connecting, and for each part of an answer.
    """

    url: str
    user: str
    password: str = field(default="", repr=False)
    key_file: Path | None = None
    known_hosts: Path | None = None
    message_format: str = "niscMEPMD01V1"
    ask_url: str = ""
    ca_file: Path | None = None
    timeout_seconds: int = 30

    @property
    def is_sftp(self) -> bool:
        """Tell whether files go over SFTP."""
        return is_sftp(self.url)


def is_sftp(url: str) -> bool:
    """Tell whether a URL is of an SFTP server."""
    return urlsplit(url).scheme == SFTP


def parse_mdm(text: str, *, folder: Path, subject: str) -> MdmPartner:
    """Read a meter-data system from TOML.

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
    readers = dict(_READERS)
    readers["password_file"] = partial(secret_in, folder)
    readers["key_file"] = partial(private_file, folder)
    readers["known_hosts"] = partial(named_file, folder)
    readers["ca_file"] = partial(named_file, folder)
    values, errors = fields.read_fields(given, readers, whose="a meter-data system")
    errors |= _misplaced(given)
    if errors:
        raise FieldError(subject, dict(sorted(errors.items())))
    values["password"] = values.pop("password_file", "")
    return MdmPartner(**values)


def _misplaced(given: Mapping[str, object]) -> fields.Errors:
    """Find fields that are missing, or that this way of sending files does not have."""
    over_sftp = is_sftp(str(given.get("url", "")))
    way, needed, others = "HTTP", _OVER_HTTP, _SFTP_ONLY
    if over_sftp:
        way, needed, others = "SFTP", _OVER_SFTP, _HTTP_ONLY
    errors: fields.Errors = {
        name: [f"is not for files over {way}"] for name in others & given.keys()
    }
    errors |= {name: ["is missing"] for name in needed - given.keys()}
    if over_sftp and not {"password_file", "key_file"} & given.keys():
        errors["key_file"] = ["is missing; or give password_file"]
    return errors


def _url(value: object) -> str:
    url = fields.text(value)
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname or "@" in url:
        raise ValueError(
            f"got {url!r}, expected http:// or https:// or sftp:// and a host, no "
            "user in it"
        )
    if parts.scheme == SFTP and not parts.path.strip("/"):
        raise ValueError(f"got {url!r}, expected a folder behind the host")
    if parts.query or parts.fragment:
        raise ValueError(f"got {url!r}, expected no query: it is added to every file's")
    return url


def _ask_url(value: object) -> str:
    url = fields.text(value)
    if "{file_name}" not in url or urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError(f"got {url!r}, expected a URL with {{file_name}} in it")
    return url


_OVER_HTTP = frozenset({"url", "user", "password_file"})
_OVER_SFTP = frozenset({"url", "user", "known_hosts"})
_HTTP_ONLY = frozenset({"message_format", "ask_url", "ca_file"})
_SFTP_ONLY = frozenset({"key_file", "known_hosts"})
_READERS: Mapping[str, fields.Reader] = {
    "url": _url,
    "user": fields.text,
    "message_format": fields.identifier,
    "ask_url": _ask_url,
    "timeout_seconds": fields.whole(range(1, 601), "seconds"),
}
