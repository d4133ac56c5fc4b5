"""How the programme's price files are read, and what its rate puts on their prices.

A rate names a source for each month: who writes the price files, which location counts,
and the parts that are put on the market's price. A schedule that comes in another form
than that source's is of finished prices, and nothing is put on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from ter_pipelines.formats.price_sources import (
    Reader,
    Wanted,
    format_of,
    own_readers,
    price_readers,
    source_of,
)
from ter_pipelines.pricing.acceptance import require_publishable
from ter_pipelines.pricing.components import build_prices
from ter_pipelines.pricing.schedule import require_whole_day
from ter_pipelines.vocab.errors import FieldError, FormatError
from ter_pipelines.vocab.prices import PriceHour, PriceSchedule
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.rate import PriceSource, Rate


@dataclass(frozen=True)
class PriceBook:
    """What price files mean.

    Args:
        programme: Its zone, its currency, and the plausible band of its prices.
        rate: Where prices come from, month by month.
    """

    programme: Programme
    rate: Rate

    def format_on(self, day: date) -> str:
        """Give the format of the files that a day's prices come in.

        Raises:
            FieldError: If the rate says nothing of the day yet.
        """
        price = self.rate.price_on(day)
        if price is None:
            first = self.rate.versions[0].effective_from
            why = f"got {day}, expected {first} or later, when the rate begins"
            raise FieldError(f"prices of {day}", {"operating_day": [why]})
        return format_of(price.name)

    def market_hours(self, format_name: str, body: bytes, day: date) -> PriceSchedule:
        """Read a file as it is, without what the rate puts on its prices.

        Args:
            format_name: Of the file.
            body: Its bytes.
            day: The operating day, whose month tells which location counts.

        Raises:
            FormatError: If the format has no reader, or the bytes do not follow it.
            FieldError: If fields are wrong.
        """
        price = self._own(format_name, day)
        location = price.location if price else self.programme.price_feed_location_id
        wanted = Wanted(
            location=location or None,
            currency=self.programme.currency,
            unit=self.programme.price_unit,
        )
        return self._reader(format_name)(body, wanted)

    def read(self, format_name: str, body: bytes, day: date) -> PriceSchedule:
        """Read a file and put on its prices what the rate says.

        Raises:
            FormatError: If the format has no reader, or the bytes do not follow it.
            FieldError: If fields are wrong.
            InputError: If the file has a component that is called like one of the
                rate's parts.
        """
        schedule = self.market_hours(format_name, body, day)
        return replace(schedule, hours=self._built(format_name, schedule.hours, day))

    def require(
        self, format_name: str, body: bytes, day: date | None = None
    ) -> tuple[PriceSchedule, date]:
        """Read a file that can be published, and give the day it is for.

        Args:
            format_name: Of the file.
            body: Its bytes.
            day: The day it should be; None for whichever it is.

        Raises:
            FormatError: If the bytes do not follow the format.
            FieldError: If it is not one whole, plausible day of the programme, in the
                programme's currency, or another day than it should be.
        """
        wanted = day or self.programme.first_operating_day
        schedule = self.market_hours(format_name, body, wanted)
        got = require_whole_day(schedule.hours, self.programme.zone)
        if day not in (None, got):
            why = f"got the prices of {got}, expected {day}"
            raise FieldError(f"prices of {day}", {"schedule.prices": [why]})
        built = self._built(format_name, schedule.hours, got)
        finished = replace(schedule, hours=built)
        return finished, require_publishable(finished, self.programme)

    def _built(
        self, format_name: str, hours: Sequence[PriceHour], day: date
    ) -> tuple[PriceHour, ...]:
        price = self._own(format_name, day)
        if price is None or price.recipe is None:
            return tuple(hours)
        return tuple(build_prices(hours, price.recipe, self.programme.zone))

    def _own(self, format_name: str, day: date) -> PriceSource | None:
        """Give the rate's source of a day if the file is of that one."""
        price = self.rate.price_on(day)
        return price if price and price.name == source_of(format_name) else None

    def _reader(self, format_name: str) -> Reader:
        name = source_of(format_name)
        readers = {**price_readers(), **own_readers(self.rate)}
        if name not in readers:
            raise FormatError(
                f"price format {format_name!r}: got no reader, expected one of "
                f"{', '.join(readers)}"
            )
        return readers[name]
