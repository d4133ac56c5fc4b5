"""An SFTP server of the tests, in a thread of its own, over a folder."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from ter_pipelines.vocab.mdm import MdmPartner

USER, PASSWORD = "ter", "not-a-secret"


@dataclass
class SftpAtWork:
    """A running server.

    Args:
        root: The folder it shows.
        port: Where it listens.
        known_hosts: File with its key.
        calls: What was done to which file, in order.
    """

    root: Path
    port: int
    known_hosts: Path
    calls: list[tuple[str, str]] = field(default_factory=list)

    def partner(self, **changes: object) -> MdmPartner:
        given: dict[str, object] = {
            "url": f"sftp://127.0.0.1:{self.port}/incoming",
            "user": USER,
            "password": PASSWORD,
            "known_hosts": self.known_hosts,
            "timeout_seconds": 5,
        }
        return MdmPartner(**(given | changes))  # type: ignore[arg-type]


class _Guard(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:  # noqa: ARG002
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


@contextmanager
def sftp_at_work(root: Path, *, authorized: Path | None = None) -> Iterator[SftpAtWork]:
    """Run the server on a free port while the context lasts."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    folder = root / "served"
    (folder / "incoming").mkdir(parents=True)
    known_hosts = root / "known_hosts"
    running = SftpAtWork(folder, 0, known_hosts)

    class _Files(asyncssh.SFTPServer):
        def __init__(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
            super().__init__(channel, chroot=str(folder).encode())

        def rename(self, oldpath: bytes, newpath: bytes) -> None:
            running.calls.append(("rename", newpath.decode()))
            super().rename(oldpath, newpath)

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=_Guard,
            server_host_keys=[key],
            sftp_factory=_Files,
            authorized_client_keys=str(authorized) if authorized else None,
        )
    )
    running.port = server.get_port()
    public = key.export_public_key().decode().strip()
    known_hosts.write_text(f"[127.0.0.1]:{running.port} {public}\n")
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield running
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server: asyncssh.SSHAcceptor) -> None:
    server.close()
    await server.wait_closed()
