"""`ter user`: people and partners who may sign in."""

import json
import sys
from typing import Annotated

import typer

from ter_pipelines.cli.at_hand import opened_registry
from ter_pipelines.registry.roles import ROLES
from ter_pipelines.registry.users import User

users = typer.Typer(no_args_is_help=True, help="People and partners who may sign in.")
Name = Annotated[str, typer.Argument(help="Name to sign in with.")]
FromStdin = Annotated[bool, typer.Option(help="Read the password from standard input.")]
Meters = Annotated[
    list[str] | None,
    typer.Option("--meter", help="Meter whose bills a member sees; any number."),
]


@users.command("add")
def add_user(
    name: Name,
    role: Annotated[list[str], typer.Option(help=f"{', '.join(sorted(ROLES))}.")],
    *,
    meter: Meters = None,
    email: Annotated[str | None, typer.Option(help="Their address.")] = None,
    password_stdin: FromStdin = False,
) -> None:
    """Add a user with one or more roles."""
    password = _password(is_on_stdin=password_stdin)
    with opened_registry() as registry:
        user = registry.people.add(
            name, password, role, email=email, meter_ids=meter or ()
        )
    _print(user)


@users.command("list")
def list_users() -> None:
    """Print the users, one JSON object each."""
    with opened_registry() as registry:
        for user in registry.people.all():
            _print(user)


@users.command("password")
def change_password(name: Name, *, password_stdin: FromStdin = False) -> None:
    """Give a user another password; the old one stops at once."""
    password = _password(is_on_stdin=password_stdin)
    with opened_registry() as registry:
        registry.people.set_password(name, password)


@users.command("meters")
def change_meters(name: Name, *, meter: Meters = None) -> None:
    """Say whose bills a member sees, in place of what was said before."""
    with opened_registry() as registry:
        registry.people.set_meters(name, meter or ())


@users.command("disable")
def disable(name: Name) -> None:
    """Let a user sign in no more, at once; their tokens stop too."""
    with opened_registry() as registry:
        registry.people.set_enabled(name, is_enabled=False)


@users.command("enable")
def enable(name: Name) -> None:
    """Let a disabled user sign in again."""
    with opened_registry() as registry:
        registry.people.set_enabled(name, is_enabled=True)


def _password(*, is_on_stdin: bool) -> str:
    if is_on_stdin:
        return sys.stdin.readline().rstrip("\n")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


def _print(user: User) -> None:
    told: dict[str, object] = {"user": user.name, "roles": sorted(user.roles)}
    if user.meter_ids:
        told["meters"] = sorted(user.meter_ids)
    if user.email:
        told["email"] = user.email
    if not user.is_enabled:
        told["is_enabled"] = False
    print(json.dumps(told))
