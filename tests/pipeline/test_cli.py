"""The `ter` command: data on stdout, one line on stderr, and a true exit code."""

import json
import re
from pathlib import Path

import pytest
import requests

from ter_pipelines.registry.registry import Registry
from tests.flow.at_work import environment, finished
from tests.resources.test_vtn import door_of
from tests.vtn_service import messages
from tests.vtn_service.at_work import KEY, VtnAtWork
from tests.vtn_service.conftest import vtn

__all__ = ["vtn"]
PASSWORD = "twelve characters"  # noqa: S105


def add_user(home: Path, *arguments: str, said: str = PASSWORD) -> tuple[int, str, str]:
    """Add a user with a password from standard input."""
    words = ["user", "add", *arguments, "--password-stdin"]
    done = finished(words, environment(home), said + "\n")
    return done.returncode, done.stdout, done.stderr


def test_help_lists_the_commands(tmp_path: Path) -> None:
    told = finished(["--help"], environment(tmp_path))
    nothing_said = finished([], environment(tmp_path))

    assert told.returncode == 0
    for command in ("up", "demo", "user", "vtn"):
        assert re.search(rf"^\W*{command}\b", told.stdout, re.MULTILINE), command
    assert nothing_said.returncode == 2


def test_a_user_is_added_once(tmp_path: Path) -> None:
    first = add_user(tmp_path, "prais", "--role", "prices", "--role", "meters")
    code, out, error = add_user(tmp_path, "prais", "--role", "prices", said="x" * 12)

    registry = Registry(f"sqlite:///{tmp_path}/registry.sqlite", tmp_path / "landing")
    user = registry.people.authenticate("prais", PASSWORD)
    registry.close()
    assert first[0] == 0
    assert json.loads(first[1]) == {"user": "prais", "roles": ["meters", "prices"]}
    assert (code, out) == (2, "")
    assert is_one_line(error, "prais")
    assert user is not None
    assert user.roles == {"prices", "meters"}


@pytest.mark.parametrize(
    ("said", "role", "named"),
    [("short", "prices", "prais"), ("", "prices", "prais"), (PASSWORD, "king", "king")],
)
def test_a_short_password_and_an_unknown_role_are_refused(
    tmp_path: Path, said: str, role: str, named: str
) -> None:
    code, out, error = add_user(tmp_path, "prais", "--role", role, said=said)

    assert (code, out) == (2, "")
    assert is_one_line(error, named)
    assert not said or said not in error


def test_a_command_without_what_it_needs_is_refused(tmp_path: Path) -> None:
    code, out, error = add_user(tmp_path, "prais")

    assert (code, out) == (2, "")
    assert "--role" in error


def test_an_enrolled_device_may_speak_with_its_newest_token_only(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    environ = environment(
        tmp_path,
        TER_VTN_CONTROL_URL=door_of(vtn).base_url.removesuffix("/control/v1"),
        TER_VTN_CONTROL_KEY=KEY,
    )

    first = finished(["vtn", "enrol", "cli-1", "cli-2"], environ)
    again = finished(["vtn", "enrol", "cli-1"], environ)

    told = [json.loads(line) for line in first.stdout.splitlines()]
    (newest,) = (json.loads(line) for line in again.stdout.splitlines())
    assert [device["ven_id"] for device in told] == ["cli-1", "cli-2"]
    assert first.stderr == ""
    assert newest["url"].endswith(f"/{newest['token']}/OpenADR2/Simple/2.0b")
    assert [
        answers(vtn, token)
        for token in (told[0]["token"], newest["token"], told[1]["token"])
    ] == [False, True, True]


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"TER_VTN_CONTROL_KEY": "another-key"}, "401"),
        ({}, "TER_VTN_CONTROL_KEY"),
        ({"TER_NONSENSE": "1"}, "TER_NONSENSE"),
        ({"TER_API_PORT": "http"}, "TER_API_PORT"),
    ],
)
def test_what_could_not_be_done_is_one_line_and_exit_code_2(
    tmp_path: Path, vtn: VtnAtWork, variables: dict[str, str], named: str
) -> None:
    control = door_of(vtn).base_url.removesuffix("/control/v1")
    environ = environment(tmp_path, TER_VTN_CONTROL_URL=control, **variables)

    done = finished(["vtn", "enrol", "cli-3"], environ)

    assert (done.returncode, done.stdout) == (2, "")
    assert is_one_line(done.stderr, named)


def test_a_home_that_cannot_be_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    code, out, error = add_user(tmp_path / "file" / "home", "prais", "--role", "prices")

    assert (code, out) == (2, "")
    assert is_one_line(error, str(tmp_path / "file"))


def answers(vtn: VtnAtWork, token: str) -> bool:
    answer = requests.post(
        vtn.url(token, "EiRegisterParty"),
        data=messages.query_registration(),
        headers={"Content-Type": "application/xml"},
        timeout=20,
    )
    return answer.ok


def is_one_line(error: str, named: str) -> bool:
    """Tell whether stderr is one line that names something."""
    lines = error.splitlines()
    return len(lines) == 1 and lines[0].startswith("ter: ") and named in lines[0]
