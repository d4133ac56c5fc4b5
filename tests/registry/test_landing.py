"""What is landed is whole, exact, and noticed when it is touched."""

from pathlib import Path

import pytest

from ter_pipelines.registry.landing import read_landed, sha256_of, write_landed
from ter_pipelines.vocab.errors import InputError, RemoteError

BODY = b'{"schedule": \xc3\xa9 }\r\n\x00'


def test_a_landed_file_reads_back_byte_for_byte(tmp_path: Path) -> None:
    write_landed(tmp_path, "prices/a.json", BODY)

    assert read_landed(tmp_path, "prices/a.json", sha256=sha256_of(BODY)) == BODY
    assert [p.name for p in (tmp_path / "prices").iterdir()] == ["a.json"]


def test_a_changed_file_is_refused_by_name(tmp_path: Path) -> None:
    write_landed(tmp_path, "prices/a.json", BODY)
    (tmp_path / "prices/a.json").write_bytes(BODY + b" ")

    with pytest.raises(InputError, match=r"prices/a\.json: got SHA-256"):
        read_landed(tmp_path, "prices/a.json", sha256=sha256_of(BODY))


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"prices/a\.json: is missing"):
        read_landed(tmp_path, "prices/a.json", sha256=sha256_of(BODY))


def test_a_folder_that_cannot_be_written_is_said_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    (tmp_path / "prices").write_text("a file where a folder must be")

    with pytest.raises(RemoteError, match=r"landing file .*a\.json"):
        write_landed(tmp_path, "prices/a.json", BODY)

    assert [p.name for p in tmp_path.iterdir()] == ["prices"]
