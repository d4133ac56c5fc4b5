"""The settings of Share My Data fail all at once, by field, and hide the secret."""

import json
from pathlib import Path

import pytest

from ter_pipelines.settings import read_settings
from ter_pipelines.vocab.custodian import Custodian, parse_custodian
from ter_pipelines.vocab.errors import FieldError, SettingsError
from ter_pipelines.vocab.origins import Origin
from tests.house.tree import ROOT

SECRET = "words-only-we-know"  # noqa: S105


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("client.crt", "client.key", "listener.crt", "listener.key"):
        (tmp_path / name).write_text("PEM")
    (tmp_path / "client_secret").write_text(f" {SECRET}\n")
    for name in ("client.key", "listener.key", "client_secret"):
        (tmp_path / name).chmod(0o600)
    return tmp_path


def parsed(folder: Path, *more: str, **changes: object) -> Custodian:
    fields: dict[str, object] = {
        "base_url": "https://api.example.org",
        "client_id": "us",
        "client_secret_file": "client_secret",
        "certificate_file": "client.crt",
        "key_file": "client.key",
        **changes,
    }
    lines = [f"{n} = {json.dumps(v)}" for n, v in fields.items() if v is not None]
    text = "\n".join([*lines, *more])
    return parse_custodian(text, folder=folder, subject="custodian.toml")


def refused(folder: Path, *more: str, **changes: object) -> dict[str, list[str]]:
    with pytest.raises(FieldError) as refusal:
        parsed(folder, *more, **changes)
    return refusal.value.fields


def test_five_fields_are_enough(folder: Path) -> None:
    custodian = parsed(folder)

    assert custodian.base_url == "https://api.example.org:443"
    assert custodian.client_secret == SECRET
    assert custodian.certificate_file == folder / "client.crt"
    assert custodian.origins == {Origin("api.example.org", 443)}
    assert (custodian.request_days, custodian.renew_token_seconds) == (28, 60)
    assert custodian.listener is None


def test_the_secret_is_not_shown(folder: Path) -> None:
    assert SECRET not in repr(parsed(folder))


def test_the_example_needs_only_its_files(folder: Path) -> None:
    text = (ROOT / "examples" / "share-my-data.toml").read_text()
    uncommented = "\n".join(
        line.removeprefix("# ") if " = " in line or "[listener]" in line else ""
        for line in text.splitlines()
    )
    (folder / "custodian-ca.crt").write_text("PEM")

    plain = parse_custodian(text, folder=folder, subject="example")
    whole = parse_custodian(uncommented, folder=folder, subject="example")

    told = ("ca_file", "third_party_id", "allowed_hosts", "listener")
    usual = {n: v for n, v in vars(whole).items() if n not in told}
    assert usual == {n: v for n, v in vars(plain).items() if n not in told}
    assert whole.listener is not None
    assert whole.listener.port == 7999


def test_every_missing_and_every_wrong_field_is_named_at_once(folder: Path) -> None:
    found = refused(
        folder,
        "[listener]\nport = 65536\nclient_ca_file = 'none.crt'",
        base_url="http://api.example.org",
        client_id=None,
        certificate_file="none.crt",
        client_secret=SECRET,
        timeout_seconds=0,
    )

    assert set(found) == {
        "base_url",
        "client_id",
        "certificate_file",
        "client_secret",
        "timeout_seconds",
        "listener.port",
        "listener.client_ca_file",
        "listener.certificate_file",
        "listener.key_file",
    }
    assert SECRET not in str(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "https://api.example.org/espi"),
        ("base_url", "https://user@api.example.org"),
        ("base_url", "api.example.org"),
        ("allowed_hosts", "files.example.org"),
        ("allowed_hosts", ["https://files.example.org"]),
        ("allowed_hosts", ["user@files.example.org"]),
        ("third_party_id", "1/../2"),
        ("third_party_id", 50916),
        ("token_path", "token"),
        ("resource_path", "/espi?a=b"),
        ("request_days", 0),
        ("pause_seconds", -1),
        ("most_feed_bytes", 2**30 + 1),
        ("listener", 7),
    ],
)
def test_a_wrong_value_is_refused(folder: Path, name: str, value: object) -> None:
    assert list(refused(folder, **{name: value})) == [name]


def test_other_hosts_may_have_ports(folder: Path) -> None:
    custodian = parsed(folder, allowed_hosts=["files.example.org:8443", "192.0.2.7"])

    assert custodian.allowed_hosts == (
        Origin("files.example.org", 8443),
        Origin("192.0.2.7", 443),
    )


@pytest.mark.parametrize("path", ["/test", "/healthz", "/test/"])
def test_the_listener_keeps_its_own_paths(folder: Path, path: str) -> None:
    door = "certificate_file = 'listener.crt'\nkey_file = 'listener.key'"

    found = refused(folder, f"[listener]\n{door}\npath = {path!r}")

    assert list(found) == ["listener.path"]


@pytest.mark.parametrize("name", ["client_secret", "client.key"])
def test_a_secret_that_others_can_read_is_refused(folder: Path, name: str) -> None:
    (folder / name).chmod(0o644)

    (messages,) = refused(folder).values()

    assert f"run `chmod o-rwx {folder / name}`" in messages[0]


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"])
def test_a_secret_that_is_empty_or_no_text_is_refused(
    folder: Path, content: bytes
) -> None:
    (folder / "client_secret").write_bytes(content)

    assert list(refused(folder)) == ["client_secret_file"]


def test_what_is_no_toml_is_said(folder: Path) -> None:
    with pytest.raises(FieldError, match="is not TOML"):
        parse_custodian("{", folder=folder, subject="custodian.toml")


def test_unset_is_off_and_a_missing_file_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.toml")

    assert read_settings({}).read_share_my_data() is None
    with pytest.raises(SettingsError, match=r"TER_SHARE_MY_DATA: .*none\.toml"):
        read_settings({"TER_SHARE_MY_DATA": missing}).read_share_my_data()


def test_a_child_elsewhere_finds_the_same_file() -> None:
    settings = read_settings({"TER_SHARE_MY_DATA": "here.toml"})

    child = read_settings(settings.child_environ())

    assert child.share_my_data == str(Path("here.toml").absolute())
