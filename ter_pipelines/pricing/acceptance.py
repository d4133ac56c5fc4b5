"""May a schedule be published at all? Asked before it is kept, however it came."""

from datetime import date

from ter_pipelines.pricing.plausible import find_implausible_prices
from ter_pipelines.pricing.schedule import require_whole_day
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.prices import PriceSchedule
from ter_pipelines.vocab.programme import Programme


def require_publishable(schedule: PriceSchedule, programme: Programme) -> date:
    """Give the day a schedule is for.

    Raises:
        FieldError: If it is not one whole, plausible day of the programme, in the
            programme's currency.
    """
    operating_day = require_whole_day(schedule.hours, programme.zone)
    subject = f"schedule for {operating_day}"
    if errors := _of_another_programme(schedule, operating_day, programme):
        raise FieldError(subject, errors)
    if errors := _implausible(schedule, programme):
        raise FieldError(subject, errors)
    return operating_day


def _of_another_programme(
    schedule: PriceSchedule, operating_day: date, programme: Programme
) -> dict[str, list[str]]:
    errors = {}
    strange = {hour.currency for hour in schedule.hours} - {programme.currency}
    if strange:
        errors["schedule.currency"] = [
            f"got {', '.join(sorted(strange))}, expected {programme.currency}, the "
            "currency of the programme"
        ]
    if operating_day < programme.first_operating_day:
        errors["schedule.prices"] = [
            f"got prices of {operating_day}, expected "
            f"{programme.first_operating_day} or later, when the programme begins"
        ]
    return errors


def _implausible(schedule: PriceSchedule, programme: Programme) -> dict[str, list[str]]:
    fields = {
        iso_utc(hour.interval_start_utc): hour.field.removesuffix(".datetime")
        for hour in schedule.hours
    }
    return {
        f"{fields[finding.subject]}.price": [
            f"got {finding.facts['price_per_kwh']} {programme.currency}/kWh, expected "
            f"{finding.facts['lowest_per_kwh']} to {finding.facts['highest_per_kwh']}"
        ]
        for finding in find_implausible_prices(
            schedule.hours,
            lowest=programme.lowest_price_per_kwh,
            highest=programme.highest_price_per_kwh,
        )
    }
