"""`ter token`: what programs sign in with instead of a password."""

import json
from datetime import timedelta
from typing import Annotated

import typer

from ter_pipelines.cli.at_hand import opened_registry
from ter_pipelines.registry.roles import SCOPES
from ter_pipelines.registry.tokens import Token
from ter_pipelines.vocab.clock import iso_utc

tokens = typer.Typer(no_args_is_help=True, help="Tokens that programs sign in with.")


@tokens.command("add")
def add(
    user: Annotated[str, typer.Argument(help="Whose.")],
    label: Annotated[str, typer.Option(help="What it is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help=f"What it may do: {', '.join(sorted(SCOPES))}."),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="How long it works; for good if absent.")
    ] = None,
) -> None:
    """Make a token and print it; it is shown this once only.

    Without `--scope` it may do whatever its user may.
    """
    lasts = None if days is None else timedelta(days=days)
    with opened_registry() as registry:
        secret, kept = registry.people.new_token(
            user, label=label, scopes=scope or (), lasts=lasts
        )
    print(json.dumps({**_told(kept), "token": secret}))


@tokens.command("list")
def list_tokens(
    user: Annotated[str | None, typer.Argument(help="Only this user's.")] = None,
) -> None:
    """Print the tokens, one JSON object each, without what is secret of them."""
    with opened_registry() as registry:
        for token in registry.people.tokens(user):
            print(json.dumps(_told(token)))


@tokens.command("revoke")
def revoke(
    numbers: Annotated[list[int], typer.Argument(help="Numbers of tokens.")],
) -> None:
    """Let tokens work no more, at once."""
    with opened_registry() as registry:
        for number in numbers:
            registry.people.revoke(number)


def _told(token: Token) -> dict[str, object]:
    told: dict[str, object] = {
        "id": token.id,
        "user": token.user,
        "label": token.label,
        "scopes": sorted(token.scopes) or "all",
    }
    for name in ("created_at", "expires_at", "last_used_at", "revoked_at"):
        instant = getattr(token, name)
        told[name] = None if instant is None else iso_utc(instant)
    return told
