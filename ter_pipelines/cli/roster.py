"""`ter vtn`: the roster, who may speak to the OpenADR VTN."""

import hashlib
import json
import secrets
from typing import Annotated

import typer

from ter_pipelines.cli.door import vtn_door
from ter_pipelines.vocab.errors import InputError
from vtn_service.contract import OPENADR_PREFIX, VenEnrolment, VenStatus

vtn = typer.Typer(no_args_is_help=True, help="The roster of the OpenADR VTN.")


@vtn.command("enrol")
def enrol(
    ven_ids: Annotated[list[str], typer.Argument(help="OpenADR venIDs.")],
) -> None:
    """Put devices on the roster; print each one's own URL, once.

    The token in the URL is the device's secret. Only its hash is kept; enrolling a
    device again gives it a new one, ends the old, and lets a disabled device speak.
    """
    door, devices_url = vtn_door()
    for ven_id in ven_ids:
        token = secrets.token_urlsafe(24)
        digest = hashlib.sha256(token.encode()).hexdigest()
        door.enrol(VenEnrolment(ven_id=ven_id, token_sha256=digest))
        path = OPENADR_PREFIX.replace("{token}", token)
        url = devices_url + path
        print(json.dumps({"ven_id": ven_id, "token": token, "url": url}))


@vtn.command("list")
def list_vens() -> None:
    """Print the roster: who may speak, and when each one was last heard.

    One JSON object a device; an instant is empty until it happened.
    """
    door, _ = vtn_door()
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
    door, _ = vtn_door()
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
