"""The files that a rate names, read from beside it: price profiles, demand tags."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ter_pipelines.vocab import fields
from ter_pipelines.vocab.demand_tags import parse_demand_tags
from ter_pipelines.vocab.field_tables import under
from ter_pipelines.vocab.rate import PROFILE_SUFFIX, Fee, PriceSource, Terms


def read_named_files(
    versions: Sequence[Terms], folder: Path
) -> tuple[list[Terms], fields.Errors]:
    """Put into the versions of a rate what the files say that they name.

    Args:
        versions: In order.
        folder: Where the names begin.

    Returns:
        The versions, and what is wrong with files, by field.
    """
    found: list[Terms] = []
    errors: fields.Errors = {}
    for i, terms in enumerate(versions):
        price, wrong = _with_profile(terms.price, folder)
        fees = []
        for j, fee in enumerate(terms.fees):
            read, wrong_tags = _with_tags(fee, folder)
            fees.append(read)
            wrong |= under(f"fee[{j}]", wrong_tags)
        errors |= under(f"[{i}]", wrong)
        found.append(replace(terms, price=price, fees=tuple(fees)))
    return found, errors


def _with_profile(
    price: PriceSource, folder: Path
) -> tuple[PriceSource, fields.Errors]:
    if not price.source.endswith(PROFILE_SUFFIX):
        return price, {}
    try:
        body = (folder / price.source).read_bytes()
    except OSError as error:
        return price, {"price.source": [_unread(price.source, error)]}
    return replace(price, profile=body), {}


def _with_tags(fee: Fee, folder: Path) -> tuple[Fee, fields.Errors]:
    if not fee.tags_file:
        return fee, {}
    try:
        tags = parse_demand_tags((folder / fee.tags_file).read_bytes())
    except OSError as error:
        return fee, {"tags_file": [_unread(fee.tags_file, error)]}
    except ValueError as error:
        return fee, {"tags_file": [f"{fee.tags_file}: {error}"]}
    return replace(fee, tags=tags), {}


def _unread(name: str, error: OSError) -> str:
    return f"got {name!r}, which cannot be read: {error.strerror}"
