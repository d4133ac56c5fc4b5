"""The process: how it starts, what it says, how it ends."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.vtn_service import messages
from tests.vtn_service.at_work import KEY, VtnAtWork, registered, token_of
from tests.vtn_service.messages import hour, report, update_report
from vtn_service.settings import SettingsError, read_settings


def _run(**variables: str) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("VTN_")}
    return subprocess.run(
        [sys.executable, "-m", "vtn_service"],
        env={**environ, **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_told_to(tmp_path: Path, number: signal.Signals) -> None:
    vtn = VtnAtWork(tmp_path)

    code = vtn.end(number)

    assert code == 0
    assert "Traceback" not in vtn.log


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = _run(
            VTN_STORE=str(tmp_path / "vtn.sqlite"),
            VTN_CONTROL_KEY=KEY,
            VTN_PORT="0",
            VTN_CONTROL_PORT=str(port),
        )

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "VTN_CONTROL_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(
            {
                "VTN_PORT": "99999",
                "VTN_ID": "lower_case",
                "VTN_COLOUR": "red",
                "VTN_STORE": "mysql://example:example-password@example/db",
                "PATH": "/bin",
            }
        )

    named = [
        name for name in ("PORT", "ID", "COLOUR", "STORE") if name in str(caught.value)
    ]
    assert named == ["PORT", "ID", "COLOUR", "STORE"]
    assert "example-password" not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [{}, {"VTN_CONTROL_KEY": KEY, "VTN_CONTROL_KEY_FILE": "/tmp/key"}],  # noqa: S108
)
def test_exactly_one_control_key_is_expected(given: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="one of VTN_CONTROL_KEY and"):
        read_settings(given)


def test_the_control_key_may_be_in_a_file(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text(f"{KEY}\n")

    settings = read_settings({"VTN_CONTROL_KEY_FILE": str(key_file)})

    assert settings.read_control_key() == KEY
    assert KEY not in repr(read_settings({"VTN_CONTROL_KEY": KEY}))


def test_an_empty_or_missing_key_file_is_named(tmp_path: Path) -> None:
    settings = read_settings({"VTN_CONTROL_KEY_FILE": str(tmp_path / "none")})

    with pytest.raises(SettingsError, match="VTN_CONTROL_KEY_FILE"):
        settings.read_control_key()


@pytest.mark.parametrize("in_file", [False, True])
def test_a_control_key_of_less_than_16_characters_is_refused(
    tmp_path: Path, *, in_file: bool
) -> None:
    def key_read(key: str) -> str:
        file = tmp_path / "key"
        file.write_text(key)
        given = {"VTN_CONTROL_KEY_FILE": str(file)} if in_file else {}
        return read_settings(given or {"VTN_CONTROL_KEY": key}).read_control_key()

    assert key_read("k" * 16) == "k" * 16
    with pytest.raises(SettingsError, match="got 15 characters, expected 16") as caught:
        key_read("k" * 15)
    assert "k" * 15 not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "least_wrong", "most_right"),
    [
        ("VTN_BODY_SECONDS", "3600.1", "3600"),
        ("VTN_BODY_SECONDS", "inf", "0.1"),
        ("VTN_BODY_SECONDS", "nan", "30"),
        ("VTN_SILENT_SECONDS", "31622401", "31622400"),
        ("VTN_TRUSTED_PROXIES", "0.0.0.0/0", "10.0.0.0/8"),
        ("VTN_TRUSTED_PROXIES", "192.0.2.1, ::/0", "192.0.2.1, 2001:db8::/32"),
    ],
)
def test_a_setting_without_a_limit_is_refused(
    name: str, least_wrong: str, most_right: str
) -> None:
    read_settings({"VTN_CONTROL_KEY": KEY, name: most_right})

    with pytest.raises(SettingsError, match=name):
        read_settings({"VTN_CONTROL_KEY": KEY, name: least_wrong})


def test_opening_the_devices_door_leaves_the_control_door_on_loopback(
    tmp_path: Path,
) -> None:
    vtn = VtnAtWork(tmp_path, VTN_HOST="127.0.0.2")
    both = vtn.devices, vtn.control
    vtn.end()
    moved = VtnAtWork(tmp_path, VTN_CONTROL_HOST="127.0.0.3")
    moved.end()

    assert both[0].startswith("http://127.0.0.2:")
    assert both[1].startswith("http://127.0.0.1:")
    assert moved.control.startswith("http://127.0.0.3:")


def test_nobody_else_can_read_the_store_and_open_keys_are_said(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text(KEY)
    warned = []
    for mode in (0o604, 0o640):
        key_file.chmod(mode)
        vtn = VtnAtWork(
            tmp_path, VTN_CONTROL_KEY_FILE=str(key_file), VTN_CONTROL_KEY=""
        )
        vtn.end()
        warned.append(vtn.log.count("key_file_open_to_others"))

    modes = {file.name: file.stat().st_mode & 0o077 for file in tmp_path.glob("vtn.*")}
    assert set(modes.values()) == {0}
    assert warned == [1, 1]


def test_a_store_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a database, and longer than a header is" * 9)

    ended = _run(VTN_STORE=str(tmp_path / "file"), VTN_CONTROL_KEY=KEY, VTN_PORT="0")

    assert ended.returncode == 2
    assert "VTN_STORE" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_second_vtn_on_the_same_store_does_not_start(tmp_path: Path) -> None:
    vtn = VtnAtWork(tmp_path)
    second = {name: vtn.environ[name] for name in vtn.environ if name[:4] == "VTN_"}

    ended = _run(**second)
    is_first_at_work = vtn.get("/vens") == []
    vtn.end()

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "VTN_STORE: cannot open" in ended.stderr
    assert "another VTN has it open" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert is_first_at_work


def test_it_says_how_many_connections_there_is_room_for(tmp_path: Path) -> None:
    vtn = VtnAtWork(tmp_path, VTN_MAX_CONNECTIONS="2000000000")

    vtn.end()

    assert "too_few_open_files" in vtn.log
    assert "LimitNOFILE" in vtn.log


def test_neither_key_nor_token_is_printed_or_logged(tmp_path: Path) -> None:
    vtn = VtnAtWork(tmp_path)
    registered(vtn, "v1")
    vtn.post("v1", "EiReport", update_report("v1", report([hour()])))
    vtn.post("v1", "NoSuchService", messages.poll("v1"))
    vtn.post("v1", "OadrPoll", b"<not-xml")
    vtn.post("other", "OadrPoll", messages.poll("v1"))
    requests.get(vtn.url(token_of("v1"), "OadrPoll"), timeout=5)
    with socket.create_connection(("127.0.0.1", _port(vtn.devices)), 5) as raw:
        raw.sendall(f"NONSENSE /{token_of('v1')}/\x01 HTTP/9\r\n\r\n".encode())
        raw.recv(1000)

    vtn.end()

    said = vtn.log + vtn.ready_line
    assert "registered" in said
    for secret in (token_of("v1"), token_of("other"), KEY):
        assert secret not in said


def _port(url: str) -> int:
    return int(url.rsplit(":", 1)[1])
