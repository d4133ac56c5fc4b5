"""Which reader reads which price file: the name a submission carries decides."""

from collections.abc import Callable, Mapping

from ter_pipelines.formats.iso_ne import read_iso_ne_da_csv
from ter_pipelines.formats.price_files import read_schedule
from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.prices import PriceSchedule
from ter_pipelines.vocab.programme import Programme

TER_SCHEDULE_JSON = "ter-schedule-json"
ISO_NE_DA_CSV = "iso-ne-da-csv"


def read_prices(format_name: str, body: bytes, programme: Programme) -> PriceSchedule:
    """Read a price submission in the format it carries.

    Raises:
        FormatError: If the format has no reader, or the bytes do not follow it.
        FieldError: If fields are wrong.
    """
    reader = _READERS.get(format_name)
    if reader is None:
        raise FormatError(
            f"price format {format_name!r}: expected one of {', '.join(_READERS)}"
        )
    return reader(body, programme)


def _schedule_json(body: bytes, programme: Programme) -> PriceSchedule:
    return read_schedule(
        body,
        default_unit=programme.price_unit,
        default_currency=programme.currency,
    )


def _iso_ne_da_csv(body: bytes, programme: Programme) -> PriceSchedule:
    return read_iso_ne_da_csv(
        body,
        location_id=programme.price_feed_location_id,
        zone=programme.zone,
        currency=programme.currency,
    )


_READERS: Mapping[str, Callable[[bytes, Programme], PriceSchedule]] = {
    TER_SCHEDULE_JSON: _schedule_json,
    ISO_NE_DA_CSV: _iso_ne_da_csv,
}
