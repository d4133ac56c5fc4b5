"""The `ter` command. Data goes to stdout, remarks to stderr.

Exit codes: 0 fine, 1 something was found, 2 could not.
"""

import sys
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console

from ter_pipelines.cli.accounts import account, shadow_prices
from ter_pipelines.cli.asks import asks
from ter_pipelines.cli.audit import audit
from ter_pipelines.cli.cmep import cmep
from ter_pipelines.cli.dispatch import dispatch
from ter_pipelines.cli.doctor import doctor
from ter_pipelines.cli.green_button import green_button
from ter_pipelines.cli.modbus import modbus
from ter_pipelines.cli.modbus_collect import modbus_collector
from ter_pipelines.cli.modbus_hosts import modbus_hosts
from ter_pipelines.cli.price_desk import publishing
from ter_pipelines.cli.prices import prices
from ter_pipelines.cli.rate import rate
from ter_pipelines.cli.roster import vtn
from ter_pipelines.cli.settle import settling
from ter_pipelines.cli.share_my_data import share_my_data
from ter_pipelines.cli.statement import statement
from ter_pipelines.cli.status import status
from ter_pipelines.cli.tokens import tokens
from ter_pipelines.cli.usage_files import cmep_files, green_button_files
from ter_pipelines.cli.users import users
from ter_pipelines.cli.vee import vee
from ter_pipelines.demo.story import run_demo
from ter_pipelines.processes import StoppedError, running_system
from ter_pipelines.settings import read_settings
from ter_pipelines.vocab.errors import TerError

EXIT_OK, EXIT_FOUND, EXIT_COULD_NOT = 0, 1, 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Run a transactive energy rate: hourly prices to devices, settled bills back.",
)
app.add_typer(users, name="user")
app.add_typer(tokens, name="token")
app.add_typer(audit, name="audit")
app.add_typer(vtn, name="vtn")
app.add_typer(green_button, name="green-button")
app.add_typer(share_my_data, name="share-my-data")
app.add_typer(cmep, name="cmep")
app.add_typer(vee, name="vee")
app.add_typer(prices, name="prices")
app.add_typer(rate, name="rate")
app.add_typer(settling)
app.add_typer(statement, name="statement")
app.add_typer(modbus, name="modbus")
app.add_typer(account, name="account")
app.add_typer(shadow_prices)
app.add_typer(dispatch, name="dispatch")
green_button.add_typer(green_button_files)
cmep.add_typer(cmep_files)
modbus.add_typer(modbus_hosts)
prices.add_typer(publishing)
modbus.add_typer(modbus_collector)
vtn.add_typer(asks)
vtn.add_typer(status)
vtn.add_typer(doctor)
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
    """Start Dagster, the VTN, the API and the collector of meters, until Ctrl-C."""
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


def _say(remark: str, style: str = "") -> None:
    remarks.print(remark, style=style, markup=False, highlight=False, soft_wrap=True)
