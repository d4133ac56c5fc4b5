"""A meter's month as CMEP records, day by day, its registers carried along."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from ter_pipelines.formats.cmep.days import MeteredHour, day_records
from ter_pipelines.formats.cmep.records import MISSING, RAW, VALID, CmepRecord
from ter_pipelines.vocab.clock import HOUR

NOTHING = Decimal(0)


def metered_hour(
    start_utc: datetime,
    energy_kwh: tuple[Decimal, Decimal],
    *,
    heard_seconds: int,
    missing_seconds: int,
    quality: str = VALID,
) -> MeteredHour:
    """Say what was billed for an hour.

    A validated hour has no flag, one of estimates or adjusted values theirs; one that
    was heard in part is raw, one that was not heard has no value.

    Args:
        start_utc: Of the hour.
        energy_kwh: Taken and given.
        heard_seconds: Device time with valid usage.
        missing_seconds: Device time without.
        quality: Flag of the worst value: none, `A` or `E`.
    """
    end_utc = start_utc + HOUR
    if heard_seconds == 0:
        return MeteredHour(end_utc, None, None, MISSING)
    import_kwh, export_kwh = energy_kwh
    flag = RAW if missing_seconds else quality
    return MeteredHour(end_utc, import_kwh, export_kwh, flag)


def month_records(
    meter_id: str,
    billed: Mapping[datetime, MeteredHour],
    days: Iterable[Sequence[datetime]],
    opening_kwh: tuple[Decimal, Decimal],
    purpose: str,
) -> list[CmepRecord]:
    """Make the records of a meter's month.

    Args:
        meter_id: Whose month it is.
        billed: Hours by their start; one that is not there is sent as missing.
        days: The starts of the hours of each local day.
        opening_kwh: KWH and GKWH registers at the month's start.
        purpose: `OK`, or `RESEND` for what was sent before.

    Raises:
        InputError: As `day_records`.
    """
    import_kwh, export_kwh = opening_kwh
    records: list[CmepRecord] = []
    for starts in days:
        hours = [
            billed.get(start) or MeteredHour(start + HOUR, None, None, MISSING)
            for start in starts
        ]
        records += day_records(meter_id, hours, import_kwh, export_kwh, purpose)
        import_kwh += sum((h.import_kwh or NOTHING for h in hours), NOTHING)
        export_kwh += sum((h.export_kwh or NOTHING for h in hours), NOTHING)
    return records
