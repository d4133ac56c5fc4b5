"""`ter rate`: check files that say what a rate is."""

import typer

rate = typer.Typer(no_args_is_help=True, help="Check rates, which are data.")
