"""`ter rate`: check files that say what a rate is."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ter_pipelines.formats.price_sources import own_readers
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.rate_file import LARGEST_RATE_BYTES, parse_rate

EXIT_FOUND = 1

rate = typer.Typer(no_args_is_help=True, help="Check rates.")


@rate.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="A rate, TOML.", metavar="FILE")],
) -> None:
    """Print everything that is wrong with a rate, one JSON object for each field.

    A price profile that the rate names is looked for beside it and checked, too. Exits
    with 1 if anything is wrong, and prints nothing if all is well.
    """
    wrong = _wrong_fields(file)
    for field, messages in wrong.items():
        for message in messages:
            print(json.dumps({"field": field, "reason": message}))
    if wrong:
        raise typer.Exit(EXIT_FOUND)


def _wrong_fields(file: Path) -> dict[str, list[str]]:
    with file.open("rb") as opened:
        body = opened.read(LARGEST_RATE_BYTES + 1)
    try:
        own_readers(parse_rate(body, subject=str(file), folder=file.parent))
    except FieldError as error:
        return error.fields
    return {}
