"""Files over SFTP: whole or not at all, once, to a server whose key is known."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from ter_pipelines.outbox import Outbox, states_of, waiting
from ter_pipelines.resources.mdm import Mdm
from ter_pipelines.resources.receipts import Receipt, RefusedFileError
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.errors import RemoteError
from ter_pipelines.vocab.mdm import MdmPartner
from tests.house.tree import ROOT
from tests.pipeline.files_to_send import MONTH, put_file, utc_now
from tests.resources.sftp_at_work import SftpAtWork, sftp_at_work

BODY = b"MEPMD01,...\r\n" * 200_000
WRONG = "hush"
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpAtWork]:
    with sftp_at_work(tmp_path) as running:
        yield running


def incoming(server: SftpAtWork) -> dict[str, bytes]:
    folder = server.root / "incoming"
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_file_gets_its_name_when_it_is_whole(server: SftpAtWork) -> None:
    receipt = Mdm(server.partner()).put("a.dat", BODY)

    assert incoming(server) == {"a.dat": BODY}
    assert server.calls == [("rename", "/incoming/a.dat")]
    assert receipt.text == f"/incoming/a.dat, {len(BODY)} bytes"
    assert receipt.status_code is None


def test_a_file_that_is_there_already_is_not_written_again(server: SftpAtWork) -> None:
    mdm = Mdm(server.partner())
    mdm.put("a.dat", BODY)

    receipt = mdm.put("a.dat", BODY)

    assert "was there already" in receipt.text
    assert len(server.calls) == 1


def test_another_file_of_that_name_is_never_overwritten(server: SftpAtWork) -> None:
    mdm = Mdm(server.partner())
    mdm.put("a.dat", BODY)
    other = b"x" * len(BODY)

    with pytest.raises(RefusedFileError, match="not overwritten"):
        mdm.put("a.dat", other)

    assert incoming(server) == {"a.dat": BODY}


def test_what_a_killed_sender_left_half_written_is_written_anew(
    server: SftpAtWork,
) -> None:
    (server.root / "incoming" / ".a.dat.partial").write_bytes(b"half")

    Mdm(server.partner()).put("a.dat", BODY)

    assert incoming(server) == {"a.dat": BODY}


@pytest.mark.parametrize(
    ("there", "expected"), [(None, False), (BODY, True)], ids=["absent", "present"]
)
def test_the_folder_is_asked_by_name_and_hash(
    server: SftpAtWork, there: bytes | None, expected: object
) -> None:
    if there is not None:
        (server.root / "incoming" / "a.dat").write_bytes(there)

    assert Mdm(server.partner()).has("a.dat", SHA256) is expected


def test_a_killed_delivery_over_sftp_is_found_by_asking(
    server: SftpAtWork, tmp_path: Path
) -> None:
    lake, mdm = Lake(tmp_path / "lake"), Mdm(server.partner())
    name = put_file(lake, 1, BODY)
    dies = DiesBeforeTheReceipt(mdm)
    with pytest.raises(KeyboardInterrupt):
        Outbox(lake, dies, MONTH, utc_now).deliver(waiting(lake, MONTH)[0])

    state = Outbox(lake, mdm, MONTH, utc_now).deliver(waiting(lake, MONTH)[0])

    assert (state, states_of(lake, MONTH)[name]["how"]) == ("DELIVERED", "asked")
    assert incoming(server) == {name: BODY}
    assert len(server.calls) == 1


@dataclass
class DiesBeforeTheReceipt:
    """Sends a file, and is stopped before it can say so."""

    mdm: Mdm

    def has(self, file_name: str, sha256: str) -> bool | None:
        return self.mdm.has(file_name, sha256)

    def put(self, file_name: str, body: bytes) -> Receipt:
        self.mdm.put(file_name, body)
        raise KeyboardInterrupt


def test_a_server_whose_key_is_not_known_gets_nothing(
    server: SftpAtWork, tmp_path: Path
) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    other = tmp_path / "other_hosts"
    other.write_text(f"[127.0.0.1]:{server.port} {key}")

    with pytest.raises(RemoteError, match="known_hosts"):
        Mdm(server.partner(known_hosts=other)).put("a.dat", BODY)

    assert incoming(server) == {}


def test_a_wrong_password_is_told_without_it(server: SftpAtWork) -> None:
    with pytest.raises(RemoteError) as refused:
        Mdm(server.partner(password=WRONG)).put("a.dat", BODY)

    assert "Permission denied" in str(refused.value)
    assert WRONG not in str(refused.value)


def test_a_private_key_opens_the_door(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(tmp_path / "id"))
    key.write_public_key(str(tmp_path / "authorized"))
    with sftp_at_work(tmp_path, authorized=tmp_path / "authorized") as server:
        Mdm(server.partner(password="", key_file=tmp_path / "id")).put("a.dat", BODY)

        assert incoming(server) == {"a.dat": BODY}


def test_a_folder_that_is_not_there_is_named(server: SftpAtWork) -> None:
    url = f"sftp://127.0.0.1:{server.port}/elsewhere"

    with pytest.raises(RemoteError, match="elsewhere"):
        Mdm(server.partner(url=url)).put("a.dat", BODY)


def test_a_server_that_is_gone_is_a_remote_error(tmp_path: Path) -> None:
    with sftp_at_work(tmp_path) as gone:
        partner = gone.partner()

    with pytest.raises(RemoteError, match=r"SFTP of a\.dat"):
        Mdm(partner).put("a.dat", BODY)


def test_without_the_extra_the_error_names_it() -> None:
    program = (
        "import sys; sys.modules['asyncssh'] = None\n"
        "from ter_pipelines.resources.mdm import Mdm\n"
        "from ter_pipelines.vocab.mdm import MdmPartner\n"
        "Mdm(MdmPartner(url='sftp://localhost/in', user='ter')).put('a', b'')\n"
    )

    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "ter-pipelines[sftp]" in ended.stderr
    assert "SettingsError" in ended.stderr


def test_a_password_is_never_shown() -> None:
    partner = MdmPartner(url="sftp://localhost/in", user="ter", password=WRONG)

    assert WRONG not in repr(partner)
