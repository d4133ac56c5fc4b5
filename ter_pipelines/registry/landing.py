"""The landing folder: what partners sent, byte for byte, under its own hash.

A file is whole or not there, and never changes: it is written under another name,
fsynced, renamed, and its folder fsynced, before anybody is told that it was taken.
"""

import hashlib
import os
import secrets
from pathlib import Path

from ter_pipelines.vocab.errors import InputError, RemoteError


def sha256_of(body: bytes) -> str:
    """Give the SHA-256 of bytes, hex."""
    return hashlib.sha256(body).hexdigest()


def write_landed(root: Path, path: str, body: bytes) -> None:
    """Write a file and make it last.

    Args:
        root: The landing folder.
        path: Where in it; made from the body's hash, so that a file that is already
            there is replaced by the same bytes.
        body: What it holds.

    Raises:
        RemoteError: If the disk does not take it.
    """
    target = root / path
    partial = target.with_name(f".{target.name}.{secrets.token_hex(8)}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("xb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(target)
        finally:
            partial.unlink(missing_ok=True)
        for folder in (target.parent, root):
            _fsync_folder(folder)
    except OSError as error:
        raise RemoteError(f"landing file {target}: {error}") from error


def read_landed(root: Path, path: str, *, sha256: str) -> bytes:
    """Read a file and hold it against its hash.

    Raises:
        InputError: If the file is missing or is not what was received.
    """
    target = root / path
    try:
        body = target.read_bytes()
    except FileNotFoundError as error:
        raise InputError(
            f"landing file {target}: is missing, expected SHA-256 {sha256}"
        ) from error
    except OSError as error:
        raise RemoteError(f"landing file {target}: {error}") from error
    found = sha256_of(body)
    if found != sha256:
        raise InputError(
            f"landing file {target}: got SHA-256 {found}, expected {sha256}"
        )
    return body


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
