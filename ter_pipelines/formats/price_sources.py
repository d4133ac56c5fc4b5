"""Which reader reads which price file: a source by its name.

A submission carries the name of its format, which is older than the names of sources.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ter_pipelines.formats.price_files import (
    PriceCsvProfile,
    read_iso_ne_da_csv,
    read_iso_ne_json,
    read_price_csv,
    read_schedule,
    shipped_profiles,
)
from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.prices import PriceSchedule
from ter_pipelines.vocab.programme import Programme

TER_SCHEDULE_JSON = "ter-schedule-json"
ISO_NE_DA_CSV = "iso-ne-da-csv"
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


def read_prices(format_name: str, body: bytes, programme: Programme) -> PriceSchedule:
    """Read a price submission in the format it carries.

    Raises:
        FormatError: If the format has no reader, or the bytes do not follow it.
        FieldError: If fields are wrong.
    """
    source = _SOURCE_OF_FORMAT.get(format_name)
    if source is None:
        raise FormatError(
            f"price format {format_name!r}: expected one of "
            f"{', '.join(_SOURCE_OF_FORMAT)}"
        )
    wanted = Wanted(
        location=programme.price_feed_location_id,
        currency=programme.currency,
        unit=programme.price_unit,
    )
    return price_readers()[source](body, wanted)


def price_readers() -> Mapping[str, Reader]:
    """Give the reader of every source that comes with the package, by name."""
    profiles = {name: profiled(each) for name, each in shipped_profiles().items()}
    return {**_READERS, **profiles}


def profiled(profile: PriceCsvProfile) -> Reader:
    """Make the reader of the files that a profile describes."""

    def read(body: bytes, wanted: Wanted) -> PriceSchedule:
        return read_price_csv(body, profile, location=wanted.location)

    return read


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
