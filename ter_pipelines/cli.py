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
from ter_pipelines.vocab.errors import TerError
from vtn_service.contract import OPENADR_PREFIX, VenEnrolment

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
    _say("Starting; this takes about half a minute ...")
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
    device again gives it a new one and ends the old.
    """
    settings = read_settings()
    running = find_running(settings.home)
    control_url = running.vtn_control if running else settings.vtn_control_url
    devices_url = running.vtn if running else ""
    door = Vtn(control_url, settings.read_vtn_key)
    for ven_id in ven_ids:
        token = secrets.token_urlsafe(24)
        digest = hashlib.sha256(token.encode()).hexdigest()
        door.enrol(VenEnrolment(ven_id=ven_id, ven_name="", token_sha256=digest))
        path = OPENADR_PREFIX.replace("{token}", token)
        url = devices_url + path
        print(json.dumps({"ven_id": ven_id, "token": token, "url": url}))


def _say(remark: str, style: str = "") -> None:
    remarks.print(remark, style=style, markup=False, highlight=False, soft_wrap=True)
