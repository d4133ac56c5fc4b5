"""Keeping readings: all that the store takes, and what it does not take is named."""

import asyncio
import re
from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest

from ter_pipelines.resources.modbus.writer import Writer
from ter_pipelines.vocab.errors import InputError, RemoteError
from ter_pipelines.vocab.modbus import Meaning, MeterReading
from tests.resources.modbus_at_work import NOON

SOON = 10.0


def said_of(store: Callable[[Sequence[MeterReading]], None], *values: str) -> list[str]:
    """Let a writer keep a reading a value, then close it; give what was kept."""
    said: list[str] = []

    def keep(readings: Sequence[MeterReading]) -> None:
        store(readings)
        said.extend(f"{r.measurement} {r.quality}" for r in readings)

    async def story() -> None:
        writer = Writer(keep, closing_seconds=0.2)
        writing = asyncio.create_task(writer.run())
        await asyncio.wait_for(writer.take([value_of(value) for value in values]), SOON)
        said.append("told")
        writer.close()
        await writing

    asyncio.run(story())
    return said


def value_of(value: str) -> MeterReading:
    return MeterReading(
        "a", f"m{value}", NOON, Decimal(value), "kWh", "GOOD", "",
        Meaning("REGISTER", "delivered", Decimal(1)), 900,
    )  # fmt: skip


def test_a_poll_is_told_only_once_it_is_kept() -> None:
    assert said_of(lambda _: None, "1") == ["m1 GOOD", "told"]


def test_a_reading_the_store_refuses_takes_no_other_with_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(readings: Sequence[MeterReading]) -> None:
        if any(r.value == 3 for r in readings):
            raise InputError("readings: value too long")

    said = said_of(refuse, *"12345")

    assert said == ["m1 GOOD", "m2 GOOD", "m3 NOT_STORED", "m4 GOOD", "m5 GOOD", "told"]
    assert "reading_refused" in (told := capsys.readouterr().out)
    assert "m3" in told


def test_a_refused_reading_is_kept_with_the_reason_in_its_place() -> None:
    kept: list[MeterReading] = []

    def refuse(readings: Sequence[MeterReading]) -> None:
        if readings[0].value is not None:
            raise InputError("1 readings: value too long")
        kept.extend(readings)

    said_of(refuse, "3")

    (instead,) = kept
    assert (instead.value, instead.unit, instead.quality) == (None, "", "NOT_STORED")
    assert instead.explanation == (
        "got 3 kWh, which was refused: 1 readings: value too long"
    )
    assert instead.meaning == Meaning("REGISTER", "delivered")


def test_what_is_refused_altogether_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(_readings: Sequence[MeterReading]) -> None:
        raise InputError("host_id: too long")

    assert said_of(refuse, "3") == ["told"]
    assert "readings_lost" in capsys.readouterr().out


class Down:
    """A store that does not answer the first times."""

    def __init__(self, times: int) -> None:
        """Begin with nothing kept."""
        self.times = times
        self.kept: list[MeterReading] = []

    def store_readings(self, readings: Sequence[MeterReading]) -> None:
        if self.times:
            self.times -= 1
            raise RemoteError("registry: database is locked")
        self.kept += readings


def closed_while(store: Down, closing_seconds: float) -> None:
    async def story() -> None:
        writer = Writer(store.store_readings, closing_seconds)
        waiting = writer.take([value_of("1")])
        writer.close()
        await writer.run()
        await waiting

    asyncio.run(story())


def test_what_is_waiting_at_the_end_outlives_a_store_that_is_down_for_a_moment() -> (
    None
):
    store = Down(times=1)

    closed_while(store, closing_seconds=SOON)

    assert [r.measurement for r in store.kept] == ["m1"]


def test_what_cannot_be_stored_at_the_end_is_named_as_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    closed_while(Down(times=9), closing_seconds=0.1)

    said = capsys.readouterr().out
    assert "readings_lost" in said
    for part in ("host=a", "readings=1", "first=2025-11-03T17:00:00Z"):
        assert part in re.sub(r"\x1b\[[0-9;]*m", "", said)
