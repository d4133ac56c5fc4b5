"""What a partner's submission must be before it is kept; nothing is stored here."""

from datetime import date

from ter_pipelines.formats.price_sources import TER_SCHEDULE_JSON
from ter_pipelines.price_book import PriceBook
from ter_pipelines.vocab.prices import PriceSchedule


def require_schedule(body: bytes, book: PriceBook) -> tuple[PriceSchedule, date]:
    """Read a schedule that the programme can publish, and the day it is for.

    Where the rate builds its prices on such schedules, its parts are put on.

    Raises:
        FormatError: If the body is not JSON.
        FieldError: If it is not one whole, plausible day of the programme, in the
            programme's currency.
    """
    return book.require(TER_SCHEDULE_JSON, body)
