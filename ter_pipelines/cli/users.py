"""`ter user`: people and partners who may sign in."""

import json
import sys
from typing import Annotated

import typer

from ter_pipelines.registry.registry import Registry
from ter_pipelines.settings import read_settings

users = typer.Typer(no_args_is_help=True, help="People and partners who may sign in.")


@users.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="Name to sign in with.")],
    role: Annotated[list[str], typer.Option(help="prices, meters or operator.")],
    *,
    password_stdin: Annotated[
        bool, typer.Option(help="Read the password from standard input.")
    ] = False,
) -> None:
    """Add a user with one or more roles."""
    password = (
        sys.stdin.readline().rstrip("\n")
        if password_stdin
        else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    settings = read_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    registry = Registry(settings.registry_address, settings.landing_root)
    try:
        registry.migrate()
        registry.people.add(name, password, role)
    finally:
        registry.close()
    print(json.dumps({"user": name, "roles": sorted(role)}))
