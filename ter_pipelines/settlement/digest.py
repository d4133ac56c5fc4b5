"""Hashes of what a settlement was made from; the same values give the same hash.

Decimals count by their value, sets by what is in them, zones by their name.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.rate import Rate
from ter_pipelines.vocab.units import plain


def sha256_of(value: object) -> str:
    """Hash a value made of plain data and dataclasses.

    >>> sha256_of([Decimal("1.0")]) == sha256_of([Decimal(1)])
    True
    """
    text = json.dumps(_plain(value), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def rate_sha256(rate: Rate, billing_month: str) -> str:
    """Hash what a rate says of a month; what it says of others does not count."""
    terms = rate.terms_of(billing_month)
    return sha256_of([rate.rate_id, rate.zone, rate.currency, terms])


def rate_name(rate: Rate, billing_month: str) -> str:
    """Name the version of a rate that holds in a month, such as `ter 2025-10-01`."""
    return f"{rate.rate_id} {rate.terms_of(billing_month).effective_from}"


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(of) for name, of in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _text(value)


def _text(value: object) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return iso_utc(value)
    if isinstance(value, ZoneInfo | date):
        return str(value)
    return value.hex() if isinstance(value, bytes) else value
