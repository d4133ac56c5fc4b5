"""Which reader reads which price file: a source by its name.

A submission carries the name of its format, which is older than the names of sources.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ter_pipelines.formats.price_files import (
    PriceCsvProfile,
    load_price_profile,
    read_iso_ne_da_csv,
    read_iso_ne_json,
    read_price_csv,
    read_schedule,
    shipped_profiles,
)
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.field_tables import under
from ter_pipelines.vocab.prices import PriceSchedule
from ter_pipelines.vocab.rate import PROFILE_SUFFIX, Rate

TER_SCHEDULE_JSON = "ter-schedule-json"
ISO_NE_DA_CSV = "iso-ne-da-csv"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
EASTERN = ZoneInfo("America/New_York")  # of ISO New England's labels


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is wanted of a price file that it may not say itself.

    Args:
        location: Which location to take; None where the file has but one.
        currency: Of a file that states none.
        unit: Of a schedule that states none.
    """

    location: str | None = None
    currency: str = ""
    unit: str = ""


Reader = Callable[[bytes, Wanted], PriceSchedule]


def source_of(format_name: str) -> str:
    """Give the source whose files have a format.

    >>> source_of("ter-schedule-json"), source_of("nyiso")
    ('ter-json', 'nyiso')
    """
    return _SOURCE_OF_FORMAT.get(format_name, format_name)


def format_of(source: str) -> str:
    """Give the format of a source's files.

    >>> format_of("iso-ne-csv"), format_of("nyiso")
    ('iso-ne-da-csv', 'nyiso')
    """
    formats = {name: form for form, name in _SOURCE_OF_FORMAT.items()}
    return formats.get(source, source)


def price_readers() -> Mapping[str, Reader]:
    """Give the reader of every source that comes with the package, by name."""
    profiles = {name: profiled(each) for name, each in shipped_profiles().items()}
    return {**_READERS, **profiles}


def profiled(profile: PriceCsvProfile) -> Reader:
    """Make the reader of the files that a profile describes."""

    def read(body: bytes, wanted: Wanted) -> PriceSchedule:
        return read_price_csv(body, profile, location=wanted.location)

    return read


def own_readers(rate: Rate) -> Mapping[str, Reader]:
    """Give the readers of the profiles that a rate brings, by name.

    Raises:
        FieldError: If a profile is wrong, in another currency than the rate, or called
            like a source that comes with the package or as no format can be.
    """
    readers = {}
    subject = f"rate {rate.rate_id}"
    for i, terms in enumerate(rate.versions):
        price, field = terms.price, f"version[{i}].price.source"
        if price.profile is None:
            continue
        if price.name in price_readers() or not _NAME.fullmatch(price.name):
            why = (
                f"got {price.source!r}, expected a file of small letters, digits and "
                f"hyphens that ends in {PROFILE_SUFFIX}, called like no source"
            )
            raise FieldError(subject, {field: [why]})
        try:
            profile = load_price_profile(price.profile, name=price.name)
        except FieldError as error:
            raise FieldError(subject, under(field, error.fields)) from error
        if profile.currency != rate.currency:
            why = f"got a profile in {profile.currency}, expected {rate.currency}"
            raise FieldError(subject, {field: [why]})
        readers[price.name] = profiled(profile)
    return readers


def _ter_json(body: bytes, wanted: Wanted) -> PriceSchedule:
    return read_schedule(
        body, default_unit=wanted.unit, default_currency=wanted.currency
    )


def _iso_ne_csv(body: bytes, wanted: Wanted) -> PriceSchedule:
    return read_iso_ne_da_csv(
        body,
        location_id=wanted.location,
        zone=EASTERN,
        currency=wanted.currency or "USD",
    )


def _iso_ne_json(body: bytes, wanted: Wanted) -> PriceSchedule:
    return read_iso_ne_json(
        body, location_id=wanted.location, currency=wanted.currency or "USD"
    )


_READERS: Mapping[str, Reader] = {
    "ter-json": _ter_json,
    "iso-ne-csv": _iso_ne_csv,
    "iso-ne-json": _iso_ne_json,
}
_SOURCE_OF_FORMAT = {TER_SCHEDULE_JSON: "ter-json", ISO_NE_DA_CSV: "iso-ne-csv"}
