"""The meter-data system that takes our files: where it is and how we show who we are.

Read from one TOML file; every wrong or missing field is named at once. The password
stays in a file of its own, which the file only names.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from ter_pipelines.vocab import fields
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.secret_files import named_file, secret_in


@dataclass(frozen=True, kw_only=True)
class MdmPartner:
    """A meter-data system.

    Args:
        url: Where files are put; `fileName` and `messageFormat` are added to it.
        user: Name we sign in with.
        password: Word we sign in with; never shown.
        message_format: How the system calls what is in the files.
        ask_url: Where it tells whether it has a file: 200 or 404; `{file_name}` stands
            for the name. Empty if it cannot be asked.
        ca_file: Authorities of the system; this machine's if there is none.
        timeout_seconds: For connecting, and for each part of an answer.
    """

    url: str
    user: str
    password: str = field(repr=False)
    message_format: str = "niscMEPMD01V1"
    ask_url: str = ""
    ca_file: Path | None = None
    timeout_seconds: int = 30


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
    readers["ca_file"] = partial(named_file, folder)
    values, errors = fields.read_fields(given, readers, whose="a meter-data system")
    errors |= {name: ["is missing"] for name in _NEEDED - given.keys()}
    if errors:
        raise FieldError(subject, dict(sorted(errors.items())))
    values["password"] = values.pop("password_file")
    return MdmPartner(**values)


def _url(value: object) -> str:
    url = fields.text(value)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in url:
        raise ValueError(
            f"got {url!r}, expected http:// or https:// and a host, no user in it"
        )
    if parts.query or parts.fragment:
        raise ValueError(f"got {url!r}, expected no query: it is added to every file's")
    return url


def _ask_url(value: object) -> str:
    url = fields.text(value)
    if "{file_name}" not in url or urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError(f"got {url!r}, expected a URL with {{file_name}} in it")
    return url


_NEEDED = frozenset({"url", "user", "password_file"})
_READERS: Mapping[str, fields.Reader] = {
    "url": _url,
    "user": fields.text,
    "message_format": fields.identifier,
    "ask_url": _ask_url,
    "timeout_seconds": fields.whole(range(1, 601), "seconds"),
}
