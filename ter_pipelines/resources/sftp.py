"""Files to a folder over SFTP: temporary name, then rename, so that none is half there.

The server must show a key that the `known_hosts` file has. Needs the extra `sftp`.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import unquote, urlsplit

from ter_pipelines.resources.receipts import Receipt, RefusedFileError
from ter_pipelines.vocab.errors import RemoteError, SettingsError
from ter_pipelines.vocab.mdm import MdmPartner

if TYPE_CHECKING:
    from asyncssh import SFTPClient

PIECE_BYTES = 1 << 20
_PORT = 22
_Said = TypeVar("_Said")


def put_file(partner: MdmPartner, file_name: str, body: bytes) -> Receipt:
    """Bring a file into the partner's folder; one that is there already stays.

    Raises:
        SettingsError: If the extra is not installed.
        RefusedFileError: If another file has the name.
        RemoteError: If it may or may not be there: send it again.
    """
    sha256 = hashlib.sha256(body).hexdigest()
    what = f"SFTP of {file_name} to {partner.url}"
    return _run(what, _put(partner, file_name, body, sha256))


def has_file(partner: MdmPartner, file_name: str, sha256: str) -> bool:
    """Tell whether the partner's folder has a file.

    Raises:
        SettingsError: If the extra is not installed.
        RefusedFileError: If another file has the name.
        RemoteError: If the server does not say.
    """
    what = f"SFTP look for {file_name} at {partner.url}"
    return _run(what, _has(partner, file_name, sha256))


async def _put(
    partner: MdmPartner, file_name: str, body: bytes, sha256: str
) -> Receipt:
    path, partial = _place(partner, file_name), _place(partner, f".{file_name}.partial")
    async with _connected(partner) as client:
        if await _is_there(client, path, sha256, partner):
            return Receipt(None, f"{path} was there already, SHA-256 {sha256}")
        async with client.open(partial, "wb") as file:
            for first in range(0, len(body), PIECE_BYTES):
                async with asyncio.timeout(partner.timeout_seconds):
                    await file.write(body[first : first + PIECE_BYTES])
        async with asyncio.timeout(partner.timeout_seconds):
            size = await client.getsize(partial)
            if size != len(body):
                raise RemoteError(
                    f"{partial}: got {size} bytes, expected {len(body)}; not renamed"
                )
            await client.rename(partial, path)
    return Receipt(None, f"{path}, {size} bytes")


async def _has(partner: MdmPartner, file_name: str, sha256: str) -> bool:
    async with _connected(partner) as client:
        return await _is_there(client, _place(partner, file_name), sha256, partner)


async def _is_there(
    client: "SFTPClient", path: str, sha256: str, partner: MdmPartner
) -> bool:
    """Look for a file and read it: its name and its size alone prove nothing.

    Raises:
        RefusedFileError: If other bytes are there.
    """
    async with asyncio.timeout(partner.timeout_seconds):
        if not await client.exists(path):
            return False
    digest = hashlib.sha256()
    async with client.open(path, "rb") as file:
        while True:
            async with asyncio.timeout(partner.timeout_seconds):
                piece = cast("bytes", await file.read(PIECE_BYTES))
            if not piece:
                break
            digest.update(piece)
    if digest.hexdigest() != sha256:
        raise RefusedFileError(
            None,
            f"{path}: got a file of SHA-256 {digest.hexdigest()} there, expected "
            f"{sha256}; have the partner look at it, it is not overwritten",
        )
    return True


@asynccontextmanager
async def _connected(partner: MdmPartner) -> AsyncIterator["SFTPClient"]:
    parts = urlsplit(partner.url)
    async with (
        _library().connect(
            parts.hostname or "",
            parts.port or _PORT,
            username=partner.user,
            password=partner.password or None,
            client_keys=[str(partner.key_file)] if partner.key_file else [],
            known_hosts=str(partner.known_hosts),
            agent_path=None,
            config=None,
            connect_timeout=partner.timeout_seconds,
            login_timeout=partner.timeout_seconds,
        ) as connection,
        connection.start_sftp_client() as client,
    ):
        yield client


def _run(what: str, work: Coroutine[Any, Any, _Said]) -> _Said:
    try:
        library = _library()
    except SettingsError:
        work.close()
        raise
    try:
        return asyncio.run(work)
    except library.HostKeyNotVerifiable as error:
        raise RemoteError(
            f"{what}: {error}; expected a server key that known_hosts has. Ask the "
            "partner for its key before you add it"
        ) from error
    except (library.Error, OSError, TimeoutError) as error:
        raise RemoteError(f"{what}: {error or type(error).__name__}") from error


def _library() -> ModuleType:
    try:
        import asyncssh
    except ImportError as error:
        raise SettingsError(
            "Files over sftp:// need the extra `sftp`: pip install "
            "'ter-pipelines[sftp]'."
        ) from error
    return asyncssh


def _place(partner: MdmPartner, file_name: str) -> str:
    """Give a file's path; `/~/` behind the host is the folder one signs in to."""
    folder = unquote(urlsplit(partner.url).path).rstrip("/")
    return f"{folder.removeprefix('/~/')}/{file_name}"
