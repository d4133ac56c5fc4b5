"""Green Button feeds as rows of usage."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

from ter_pipelines.formats.espi import (
    Quarantined,
    Reading,
    Readings,
    ReadingType,
    currency_name,
    energy_wh,
    is_register,
    quality_state,
    quantity,
    read_feed,
    survey_feed,
)
from ter_pipelines.formats.usage_files.rows import (
    DELIVERED,
    NET,
    NOT_ENERGY,
    RECEIVED,
    Row,
    last_place,
    row_of,
    with_energy,
    with_step,
)
from ter_pipelines.vocab.clock import iso_utc

_DIRECTIONS = {1: DELIVERED, 19: RECEIVED, 4: NET}
_STATES = {None: "RAW", "VALID": "RAW"}  # nobody judged it here yet
_FORECAST = "FORECAST"


def green_button_rows(body: bytes, name: str) -> Iterator[Row]:
    """Read a feed's values, in its order, repeats and all.

    Args:
        body: The file.
        name: How errors call it.

    Raises:
        FormatError: If it is no whole feed.
    """
    survey = survey_feed(BytesIO(body), name)
    for item in read_feed(BytesIO(body), survey):
        if isinstance(item, Readings):
            yield from (_row(item, reading) for reading in item.rows)
        elif isinstance(item, Quarantined):
            yield row_of(
                reference=f"{item.entry}, line {item.line}",
                interval_start_text=item.start_text,
                value_text=item.value_text,
                reason=item.reason,
                explanation=item.message,
            )


def _row(readings: Readings, reading: Reading) -> Row:
    kind = readings.reading_type
    start = datetime.fromtimestamp(reading.start, UTC)
    energy = _energy_wh(kind, reading)
    state = quality_state(reading.detail.qualities)
    row = row_of(
        reference=f"{readings.entry}, start {reading.start}",
        device_id=readings.usage_point.name,
        direction=NOT_ENERGY,
        is_register=is_register(kind),
        interval_start_text=iso_utc(start),
        interval_start_utc=start,
        duration_seconds=reading.duration_seconds,
        value_text=format(reading.value, "f"),
        unit=f"uom {kind.uom}" if kind.uom is not None else "",
        power_of_ten=kind.power_of_ten,
        state=_STATES.get(state, state),
        quality=" ".join(map(str, reading.detail.qualities)),
        tou="" if reading.detail.tou is None else str(reading.detail.tou),
        cost=reading.cost,
        currency=currency_name(kind.currency) or "",
        published_at=readings.updated_utc,
    )
    if energy is None:
        return row
    direction = _DIRECTIONS.get(kind.flow_direction or 0)
    if direction is None:
        return row | _refused(
            "usage.no_direction",
            f"got flow direction {kind.flow_direction}, expected 1 delivered, "
            "19 received or 4 net",
        )
    if state == _FORECAST:
        return row | _refused("usage.forecast", "its quality says it is a forecast")
    usage = with_energy(row, energy, unit="Wh", direction=direction)
    if not row["is_register"]:
        return usage
    return with_step(usage, quantity(kind, last_place(reading.value)), unit="Wh")


def _refused(reason: str, explanation: str) -> Row:
    return {"reason": reason, "explanation": explanation}


def _energy_wh(kind: ReadingType, reading: Reading) -> Decimal | None:
    if is_register(kind):
        return quantity(kind, reading.value)
    return energy_wh(kind, reading.value, reading.duration_seconds)
