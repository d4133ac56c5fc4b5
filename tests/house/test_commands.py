"""Every command has help, every option too, and the README has a line for each."""

from collections.abc import Iterator

import pytest
import typer.main
from typer.core import TyperCommand, TyperGroup

from ter_pipelines.cli import app
from tests.house.tree import ROOT


def _commands(command: object, name: str) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for child_name, child in command.commands.items():
            yield from _commands(child, f"{name} {child_name}")
    else:
        assert isinstance(command, TyperCommand)
        yield name, command


COMMANDS = dict(_commands(typer.main.get_command(app), "ter"))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_and_its_options_have_help(name: str) -> None:
    command = COMMANDS[name]

    silent = [
        str(parameter.name)
        for parameter in command.params
        if parameter.name != "help" and not getattr(parameter, "help", None)
    ]

    assert command.help
    assert silent == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_stands_in_the_readme(name: str) -> None:
    readme = (ROOT / "README.md").read_text()

    assert name in readme
