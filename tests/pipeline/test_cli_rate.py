"""`ter rate check`: nothing for a good rate, a JSON line for each wrong field."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ter_pipelines.cli import app
from tests.flow.at_work import environment, finished

EXAMPLE = Path(__file__).parents[2] / "examples" / "rate.toml"
PROFILE = (
    Path(__file__).parents[2] / "ter_pipelines/formats/price_files/profiles/nyiso.toml"
)


def check(path: Path) -> tuple[int, list[dict[str, str]]]:
    done = CliRunner().invoke(app, ["rate", "check", str(path)])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, [json.loads(text) for text in done.stdout.splitlines()]


def rate_of(folder: Path, **changes: str) -> Path:
    text = EXAMPLE.read_text()
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    path = folder / "rate.toml"
    path.write_text(text)
    return path


def test_the_example_rate_is_fine() -> None:
    assert check(EXAMPLE) == (0, [])


def test_every_wrong_field_is_a_line(tmp_path: Path) -> None:
    path = rate_of(tmp_path, **{'"USD"': '"usd"', '"0.04"': '"0.4.4"'})

    assert check(path) == (
        1,
        [
            {
                "field": "currency",
                "reason": "got 'usd', expected an ISO 4217 code such as USD",
            },
            {
                "field": "version[1].price.build.loss_uplift",
                "reason": "got '0.4.4', expected a decimal number",
            },
        ],
    )


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (None, ["version[0].price.source"]),
        (b"", [f"version[0].price.source.{name}" for name in
               ("currency", "price_column", "time", "title", "unit", "zone")]),
        (PROFILE.read_bytes(), []),
    ],
)  # fmt: skip
def test_a_profile_beside_the_rate_is_checked_too(
    tmp_path: Path, body: bytes | None, fields: list[str]
) -> None:
    path = rate_of(tmp_path, **{'"ter-json"': '"mine.toml"'})
    if body is not None:
        (tmp_path / "mine.toml").write_bytes(body)

    code, found = check(path)

    assert [line["field"] for line in found] == fields
    assert code == (1 if fields else 0)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = finished(["rate", "check", "none.toml"], environment(tmp_path))

    assert (told.returncode, told.stdout) == (2, "")
    assert "none.toml" in told.stderr
