"""What a partner's submission must be before it is kept; nothing is stored here."""

from datetime import date

from ter_pipelines.formats.price_files import read_schedule
from ter_pipelines.pricing.acceptance import require_publishable
from ter_pipelines.vocab.prices import PriceSchedule
from ter_pipelines.vocab.programme import Programme


def require_schedule(body: bytes, programme: Programme) -> tuple[PriceSchedule, date]:
    """Read a schedule that the programme can publish, and the day it is for.

    Raises:
        FormatError: If the body is not JSON.
        FieldError: If it is not one whole, plausible day of the programme, in the
            programme's currency.
    """
    schedule = read_schedule(
        body,
        default_unit=programme.price_unit,
        default_currency=programme.currency,
    )
    return schedule, require_publishable(schedule, programme)
