"""The `ter` command. Data goes to stdout, remarks to stderr.

Exit codes: 0 fine, 1 something was found, 2 could not.
"""

import hashlib
import json
import secrets
import sys
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console

from ter_pipelines.addresses import find_running
from ter_pipelines.demo.story import run_demo
from ter_pipelines.processes import StoppedError, running_system
from ter_pipelines.registry.registry import Registry
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.settings import read_settings
from ter_pipelines.vocab.errors import InputError, TerError
from vtn_service.contract import OPENADR_PREFIX, VenEnrolment, VenStatus

EXIT_OK, EXIT_FOUND, EXIT_COULD_NOT = 0, 1, 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Run a transactive energy rate: hourly prices to devices, settled bills back.",
)
users = typer.Typer(no_args_is_help=True, help="People and partners who may sign in.")
vtn = typer.Typer(no_args_is_help=True, help="The roster of the OpenADR VTN.")
app.add_typer(users, name="user")
app.add_typer(vtn, name="vtn")
remarks = Console(stderr=True)


def main() -> None:
    """Run the command; an error of ours is one line and exit code 2."""
    try:
        app()
    except (TerError, OSError) as error:
        _say(f"ter: {error}", style="red")
        sys.exit(EXIT_COULD_NOT)


@app.command()
def up() -> None:
    """Start Dagster, the VTN and the API, and keep them running until Ctrl-C."""
    settings = read_settings()
    _say("Starting ...")
    with suppress(StoppedError), running_system(settings) as system:
        print(f"TER Pipelines is up, in {system.addresses.home}")
        print(f"  Dagster UI  {system.addresses.dagster}")
        print(f"  API         {system.addresses.api}")
        print(f"  VTN         {system.addresses.vtn}  (devices: `ter vtn enrol`)")
        print("Stop with Ctrl-C.", flush=True)
        system.wait()


@app.command()
def demo(
    *,
    devices: Annotated[int, typer.Option(help="Number of simulated devices.")] = 10,
    as_json: Annotated[
        bool, typer.Option("--json", help="End with one JSON object on the last line.")
    ] = False,
    stay: Annotated[bool, typer.Option(help="Leave the system running.")] = False,
) -> None:
    """Run the whole story once in a fresh folder, and prove every bill."""
    sys.exit(run_demo(devices=devices, as_json=as_json, stay=stay))


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
        registry.add_user(name, password, role)
    finally:
        registry.close()
    print(json.dumps({"user": name, "roles": sorted(role)}))


@vtn.command("enrol")
def enrol(
    ven_ids: Annotated[list[str], typer.Argument(help="OpenADR venIDs.")],
) -> None:
    """Put devices on the roster; print each one's own URL, once.

    The token in the URL is the device's secret. Only its hash is kept; enrolling a
    device again gives it a new one, ends the old, and lets a disabled device speak.
    """
    door, devices_url = _vtn_door()
    for ven_id in ven_ids:
        token = secrets.token_urlsafe(24)
        digest = hashlib.sha256(token.encode()).hexdigest()
        door.enrol(VenEnrolment(ven_id=ven_id, ven_name="", token_sha256=digest))
        path = OPENADR_PREFIX.replace("{token}", token)
        url = devices_url + path
        print(json.dumps({"ven_id": ven_id, "token": token, "url": url}))


@vtn.command("list")
def list_vens() -> None:
    """Print the roster: who may speak, and when each one was last heard.

    One JSON object a device; an instant is empty until it happened.
    """
    door, _ = _vtn_door()
    for ven in door.vens():
        _print_ven(ven)


@vtn.command("disable")
def disable(
    ven_ids: Annotated[list[str], typer.Argument(help="venIDs on the roster.")],
) -> None:
    """Let devices of the roster speak no more; their URLs are refused at once.

    What they reported stays. If one is not on the roster, nothing is changed.
    """
    _switch(ven_ids, is_enabled=False)


@vtn.command("enable")
def enable(
    ven_ids: Annotated[list[str], typer.Argument(help="venIDs on the roster.")],
) -> None:
    """Let disabled devices speak again, with the URLs they have.

    If one is not on the roster, nothing is changed.
    """
    _switch(ven_ids, is_enabled=True)


def _switch(ven_ids: list[str], *, is_enabled: bool) -> None:
    door, _ = _vtn_door()
    roster = {ven.ven_id: ven for ven in door.vens()}
    if unknown := [ven_id for ven_id in ven_ids if ven_id not in roster]:
        raise InputError(
            f"VTN roster: got {', '.join(map(repr, unknown))}, expected VENs on it; "
            "`ter vtn list` names them"
        )
    for ven_id in ven_ids:
        _print_ven(door.switch(roster[ven_id], is_enabled=is_enabled))


def _print_ven(ven: VenStatus) -> None:
    told = ven.to_json()
    del told["ven_name"]
    print(json.dumps(told))


def _vtn_door() -> tuple[Vtn, str]:
    """Give the VTN's control door, and where devices find it if that is known."""
    settings = read_settings()
    running = find_running(settings.home)
    control_url = running.vtn_control if running else settings.vtn_control_url
    door = Vtn(control_url, settings.read_vtn_key)
    return door, running.vtn if running else ""


def _say(remark: str, style: str = "") -> None:
    remarks.print(remark, style=style, markup=False, highlight=False, soft_wrap=True)
