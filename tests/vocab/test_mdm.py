"""The meter-data system's file: over HTTP or SFTP, with a message per field."""

from pathlib import Path

import pytest

from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.mdm import MdmPartner, parse_mdm
from tests.house.tree import ROOT

HTTP = {
    "url": "https://mdm.example.org/intervaldata",
    "user": "ter",
    "password_file": "word",
}
SFTP = {
    "url": "sftp://sftp.example.org:2022/incoming",
    "user": "ter",
    "key_file": "key",
    "known_hosts": "hosts",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("word", "key", "hosts"):
        file = tmp_path / name
        file.write_text("hush\n")
        file.chmod(0o600)
    return tmp_path


def parsed(folder: Path, fields: dict[str, str]) -> MdmPartner:
    text = "\n".join(f'{name} = "{value}"' for name, value in fields.items())
    return parse_mdm(text, folder=folder, subject="mdm.toml")


def wrong_fields(folder: Path, fields: dict[str, str]) -> dict[str, list[str]]:
    with pytest.raises(FieldError) as refused:
        parsed(folder, fields)
    return refused.value.fields


def test_a_system_over_http_is_read(folder: Path) -> None:
    partner = parsed(folder, HTTP)

    assert (partner.url, partner.password) == (HTTP["url"], "hush")
    assert not partner.is_sftp
    assert "hush" not in repr(partner)


@pytest.mark.parametrize("with_password", [True, False])
def test_a_system_over_sftp_is_read(folder: Path, *, with_password: bool) -> None:
    given = dict(SFTP)
    if with_password:
        del given["key_file"]
        given |= {"password_file": "word"}

    partner = parsed(folder, given)

    assert partner.is_sftp
    assert partner.known_hosts == folder / "hosts"
    assert (partner.password, partner.key_file) == (
        ("hush", None) if with_password else ("", folder / "key")
    )


def test_sftp_without_known_hosts_or_a_way_to_sign_in_is_refused(folder: Path) -> None:
    given = {"url": SFTP["url"], "user": "ter"}

    wrong = wrong_fields(folder, given)

    assert wrong == {
        "key_file": ["is missing; or give password_file"],
        "known_hosts": ["is missing"],
    }


@pytest.mark.parametrize("field", ["message_format", "ask_url", "ca_file"])
def test_fields_of_http_are_not_of_sftp(folder: Path, field: str) -> None:
    values = {"ask_url": "https://a.example.org/{file_name}", "ca_file": "hosts"}

    wrong = wrong_fields(folder, SFTP | {field: values.get(field, "x")})

    assert wrong == {field: ["is not for files over SFTP"]}


@pytest.mark.parametrize("field", ["key_file", "known_hosts"])
def test_fields_of_sftp_are_not_of_http(folder: Path, field: str) -> None:
    wrong = wrong_fields(folder, HTTP | {field: "key"})

    assert wrong == {field: ["is not for files over HTTP"]}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://mdm.example.org/in", "sftp://"),
        ("sftp://mdm.example.org", "a folder"),
        ("sftp://mdm.example.org/", "a folder"),
        ("https://user@mdm.example.org/in", "no user in it"),
        ("https://mdm.example.org/in?fileName=x", "no query"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(
    folder: Path, url: str, said: str
) -> None:
    given = (SFTP if url.startswith("sftp") else HTTP) | {"url": url}

    assert said in wrong_fields(folder, given)["url"][0]


def test_a_key_that_others_can_read_is_refused(folder: Path) -> None:
    (folder / "key").chmod(0o644)

    assert "others can read it" in wrong_fields(folder, SFTP)["key_file"][0]


def test_the_example_can_be_read(folder: Path) -> None:
    (folder / "word").rename(folder / "mdm_password")
    text = (ROOT / "examples" / "mdm.toml").read_text()

    partner = parse_mdm(text, folder=folder, subject="mdm.toml")

    assert partner.timeout_seconds == 30
