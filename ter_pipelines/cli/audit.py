"""`ter audit`: the log of who changed what, and whether it is whole."""

import json
from typing import Annotated

import typer

from ter_pipelines.cli.at_hand import opened_registry
from ter_pipelines.registry.changes import read_log, verify_log
from ter_pipelines.vocab.clock import iso_utc

EXIT_FOUND = 1
audit = typer.Typer(no_args_is_help=True, help="Who changed what, sealed.")


@audit.command("list")
def list_changes(
    subject: Annotated[
        str | None, typer.Option(help="Only about this, such as `user anna`.")
    ] = None,
    last: Annotated[int, typer.Option(min=1, help="How many.")] = 100,
) -> None:
    """Print the last changes, newest first, one JSON object each."""
    with opened_registry() as registry:
        entries = read_log(registry.changes.engine, at_most=last, subject=subject)
    for entry in entries:
        told = {
            **vars(entry),
            "made_at": entry.made_at and iso_utc(entry.made_at),
            "detail": _detail(entry.detail),
        }
        print(json.dumps(told, ensure_ascii=False))


@audit.command("verify")
def verify(
    head: Annotated[
        str | None, typer.Option(help="A digest noted earlier, that must be in it.")
    ] = None,
) -> None:
    """Check every seal of the log; exits with 1 if it is not whole.

    Note the digest that this prints somewhere else: an end that was cut off shows only
    against it.
    """
    with opened_registry() as registry:
        found = verify_log(registry.changes.engine, known_head=head)
    told = {"entries": found.entries, "head": found.head, "is_whole": not found.fault}
    if found.fault is not None:
        told["fault"] = found.fault
    print(json.dumps(told))
    if found.fault is not None:
        raise typer.Exit(EXIT_FOUND)


def _detail(text: str) -> object:
    """Give the detail as JSON; what is damaged as it stands there."""
    try:
        return json.loads(text)
    except ValueError:
        return text
