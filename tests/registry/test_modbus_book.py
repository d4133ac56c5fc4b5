"""Meters over Modbus in the registry: hosts are checked, readings last in order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ter_pipelines.registry.modbus_book import ModbusBook
from ter_pipelines.registry.registry import Registry
from ter_pipelines.vocab.errors import FieldError, InputError
from ter_pipelines.vocab.modbus import Meaning, MeterReading, ModbusHost

NOON = datetime(2025, 11, 3, 17, tzinfo=UTC)
HOST = ModbusHost(
    host_id="solar-1", address="192.0.2.7", port=502, unit=1, map_name="sdm630",
    interval_seconds=900, poll_seconds=60, description="roof",
    rated_kw=Decimal("9.9"),
)  # fmt: skip
COUNTER = Meaning("REGISTER", "received", Decimal("0.01"), Decimal(2**32), None, None)


@pytest.fixture
def book(registry: Registry) -> ModbusBook:
    return registry.modbus


def reading(
    minutes: float,
    value: str | None = "230.25",
    **changes: Any,  # noqa: ANN401
) -> MeterReading:
    given: dict[str, Any] = {
        "host_id": "solar-1", "measurement": "voltage", "unit": "V",
        "quality": "GOOD", "explanation": "", "meaning": Meaning(),
        "interval_seconds": 900, **changes,
    }  # fmt: skip
    number = None if value is None else Decimal(value)
    return MeterReading(
        read_at=NOON + timedelta(minutes=minutes), value=number, **given
    )


def energy(minutes: float, value: str = "5", **changes: Any) -> MeterReading:  # noqa: ANN401
    counter = {"measurement": "export_energy", "unit": "kWh", "meaning": COUNTER}
    return reading(minutes, value, **counter | changes)


def test_a_host_is_kept_as_it_was_added(book: ModbusBook) -> None:
    book.add_host(HOST)
    book.add_host(replace(HOST, host_id="a-2", rated_kw=None))

    assert book.hosts() == [replace(HOST, host_id="a-2", rated_kw=None), HOST]


def test_a_disabled_host_is_not_polled(book: ModbusBook) -> None:
    book.add_host(HOST)

    book.set_enabled("solar-1", is_enabled=False)
    disabled = book.enabled_hosts()
    book.set_enabled("solar-1", is_enabled=True)

    assert (disabled, book.enabled_hosts()) == ([], [HOST])


def test_a_removed_host_is_gone_and_its_readings_stay(book: ModbusBook) -> None:
    book.add_host(HOST)
    book.store_readings([reading(0)])

    book.remove_host("solar-1")

    assert book.hosts() == []
    assert len(book.readings(NOON, NOON + timedelta(hours=1))) == 1


def test_a_second_host_of_a_name_and_an_unknown_one_are_refused(
    book: ModbusBook,
) -> None:
    book.add_host(HOST)

    with pytest.raises(InputError, match="'solar-1': exists already"):
        book.add_host(HOST)
    with pytest.raises(InputError, match="'b': does not exist"):
        book.remove_host("b")
    with pytest.raises(InputError, match="'b': does not exist"):
        book.set_enabled("b", is_enabled=True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"host_id": "a b"}, "host_id"),
        ({"map_name": ""}, "map"),
        ({"address": ""}, "address"),
        ({"address": "192.0.2.7/8"}, "address"),
        ({"address": "a" * 256}, "address"),
        ({"port": 0}, "port"),
        ({"port": 65536}, "port"),
        ({"unit": 256}, "unit"),
        ({"unit": -1}, "unit"),
        ({"interval_seconds": 59, "poll_seconds": 1}, "interval_seconds"),
        ({"interval_seconds": 700}, "interval_seconds"),
        ({"interval_seconds": 7200}, "interval_seconds"),
        ({"poll_seconds": 0}, "poll_seconds"),
        ({"poll_seconds": 901}, "poll_seconds"),
        ({"rated_kw": Decimal(0)}, "rated_kw"),
        ({"description": "two\nlines"}, "description"),
        ({"description": "x" * 257}, "description"),
    ],
)
def test_a_host_that_cannot_be_polled_is_refused(
    book: ModbusBook, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(FieldError) as caught:
        book.add_host(replace(HOST, **changes))

    assert list(caught.value.fields) == [field]
    assert book.hosts() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"unit": 0}, {"unit": 255}, {"port": 1}, {"port": 65535},
        {"interval_seconds": 60, "poll_seconds": 60},
        {"interval_seconds": 3600, "poll_seconds": 3600},
        {"address": "meter-7.example.org"}, {"address": "::1"},
        {"address": "2001:db8::7"},
    ],
)  # fmt: skip
def test_the_limits_themselves_are_taken(
    book: ModbusBook, changes: dict[str, Any]
) -> None:
    book.add_host(replace(HOST, **changes))

    assert book.hosts() == [replace(HOST, **changes)]


def test_readings_come_back_exactly_and_in_order(book: ModbusBook) -> None:
    told = [
        reading(1),
        energy(0, "12345.678901234567890123"),
        reading(2, None, quality="TIMEOUT", explanation="no answer"),
    ]

    book.store_readings(told[:2])
    book.store_readings(told[2:])

    stored = book.readings(NOON, NOON + timedelta(hours=1))
    assert [s.reading for s in stored] == told
    assert [s.id for s in stored] == sorted(s.id for s in stored)


def test_readings_are_given_from_an_instant_until_before_another(
    book: ModbusBook,
) -> None:
    book.store_readings([reading(m) for m in (-0.01, 0, 59, 60)])

    stored = book.readings(NOON, NOON + timedelta(hours=1))

    assert [(s.reading.read_at - NOON).total_seconds() for s in stored] == [0, 3540]


def test_all_readings_of_a_call_are_kept_or_none(book: ModbusBook) -> None:
    wrong = replace(reading(1), read_at=datetime(2025, 11, 3))  # noqa: DTZ001

    with pytest.raises(InputError, match=r"2 readings: .*naive time"):
        book.store_readings([reading(0), wrong])

    assert book.newest_reading_id() == 0


def test_a_step_of_very_many_digits_is_kept_to_a_thousand_millionth(
    book: ModbusBook,
) -> None:
    """A float32 that shows 0 has the least step, 2 to the power of -149."""
    least = Decimal(2) ** -149
    meaning = replace(COUNTER, step=least, rolls_over_at=Decimal("1." + 70 * "3"))

    book.store_readings([energy(0, "0", meaning=meaning)])

    (stored,) = book.readings(NOON, NOON + timedelta(hours=1))
    assert stored.reading.value == 0
    assert stored.reading.meaning.step == 0
    assert stored.reading.meaning.rolls_over_at == Decimal("1.333333333")


def test_what_a_database_never_takes_is_told_from_one_that_is_not_there(
    registry: Registry, address: str
) -> None:
    is_postgresql = address.startswith("postgresql")
    changes = {"unit": "k" * 33} if is_postgresql else {"interval_seconds": 2**63}

    with pytest.raises(InputError, match=r"1 readings: .*too l"):
        registry.modbus.store_readings([reading(0, **changes)])
    assert registry.modbus.newest_reading_id() == 0


def test_beside_a_time_stand_two_good_readings_of_each_counter(
    book: ModbusBook,
) -> None:
    book.store_readings(
        [energy(m, str(m + 100)) for m in (-30, -20, -10, 0, 59, 60, 70, 80)]
    )
    book.store_readings(
        [
            reading(-5),
            energy(-1, "9", quality="IMPLAUSIBLE"),
            energy(-2, host_id="other"),
        ]
    )

    beside = book.readings_beside(
        [("solar-1", "export_energy")], NOON, NOON + timedelta(hours=1)
    )

    assert [s.reading.value for s in beside] == [80, 90, 160, 170]


def test_the_hours_touched_since_an_id(book: ModbusBook) -> None:
    book.store_readings([reading(0)])
    first = book.newest_reading_id()
    book.store_readings([reading(59), reading(60), reading(200)])

    touched = book.touched_hours(first)

    hours = (NOON + timedelta(hours=h) for h in (0, 1, 3))
    assert touched == dict(zip(hours, range(first + 1, first + 4), strict=True))
    assert book.touched_hours(book.newest_reading_id()) == {}


@pytest.mark.parametrize(("ahead", "counts_for"), [(24, 24), (25, 0), (40_000, 0)])
def test_what_is_stamped_far_ahead_counts_for_the_present_hour(
    address: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    ahead: int,
    counts_for: int,
) -> None:
    registry = Registry(address, tmp_path, now=lambda: NOON + timedelta(minutes=30))
    registry.migrate()
    registry.modbus.store_readings([reading(5), reading(60 * ahead + 5)])

    touched = registry.modbus.touched_hours(0)

    registry.close()
    newest = {NOON: 1} | {NOON + timedelta(hours=counts_for): 2}
    assert touched == newest
    assert ("readings_stamped_ahead" in capsys.readouterr().out) == (counts_for == 0)


def test_an_empty_book_has_touched_nothing(book: ModbusBook) -> None:
    assert book.touched_hours(0) == {}
    book.store_readings([])
    assert book.newest_reading_id() == 0
