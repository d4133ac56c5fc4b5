"""Sites and meter models in the registry, on both of its databases."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ter_pipelines.registry.changes import read_log, verify_log
from ter_pipelines.registry.channels import ChannelValue
from ter_pipelines.registry.model_rows import (
    FLOAT,
    MeasurementKind,
    MeterModel,
    MeterRegister,
)
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.site_rows import Location, SiteHost
from ter_pipelines.vocab.errors import FieldError, InputError
from ter_pipelines.vocab.modbus import Meaning, MeterReading, ModbusHost

NOON = datetime(2025, 11, 3, 17, tzinfo=UTC)
PLACE = Location(
    0, 1, "SunnyStreet", "62", "SilliconCity", "11-420",
    longitude=Decimal("19.0238"), latitude=Decimal("50.2589"),
)  # fmt: skip
METER = ModbusHost("", "192.0.2.7", 502, 1, "sdm120", 900, 60)


@pytest.fixture
def sited(registry: Registry) -> Registry:
    for name in ("johndoe", "janedoe"):
        registry.people.add(name, "strong-password", ["member"])
    return registry


def add_host(registry: Registry) -> SiteHost:
    location = registry.sites.add_location(PLACE)
    return registry.sites.add_host(SiteHost(0, 1, location.id, METER))


def test_locations_are_kept_as_they_were_added(sited: Registry) -> None:
    book = sited.sites

    mine = book.add_location(PLACE)
    hers = book.add_location(replace(PLACE, user_id=2, longitude=None, latitude=None))

    assert book.locations() == [mine, hers]
    assert book.locations(1) == [mine]
    assert book.location(hers.id) == hers
    assert book.location(2**40) is None


def test_a_number_is_never_given_twice(sited: Registry) -> None:
    first = add_host(sited)
    sited.sites.remove_host(first.id)
    sited.sites.remove_location(first.location_id)

    again = add_host(sited)

    assert (first.id, again.id, again.location_id) == (1, 2, 2)
    assert again.meter.host_id == "site-2"


def test_a_host_is_found_with_its_meter(sited: Registry) -> None:
    host = add_host(sited)

    assert sited.sites.host(host.id) == host
    assert sited.sites.hosts(1) == [host]
    assert sited.sites.hosts(2) == []
    assert sited.modbus.hosts() == [host.meter]


def test_what_is_asked_for_of_a_host_is_read_and_forgotten_with_it(
    sited: Registry,
) -> None:
    host = add_host(sited)

    made = sited.sites.assign(host.id, ["voltage", "current"])
    also_read = sited.modbus.hosts()[0].also_read
    sited.sites.remove_host(host.id)

    assert [each.measurement for each in made] == ["voltage", "current"]
    assert also_read == {"voltage", "current"}
    assert sited.sites.assigned(host.id) == []
    with pytest.raises(InputError, match="Host with id 1 does not exist"):
        sited.sites.assign(host.id, ["voltage"])


def test_what_the_registry_refuses_leaves_nothing(sited: Registry) -> None:
    host = add_host(sited)
    before = verify_log(sited.changes.engine).entries

    with pytest.raises(FieldError, match="unique set"):
        sited.sites.add_host(replace(host, id=0))
    with pytest.raises(FieldError, match="same user"):
        sited.sites.add_host(replace(host, id=0, user_id=2))
    with pytest.raises(FieldError, match='Invalid pk "9"'):
        sited.sites.add_location(replace(PLACE, user_id=9))
    with pytest.raises(FieldError, match="same user"):
        sited.sites.change_location(1, lambda known: replace(known, user_id=2))
    with pytest.raises(InputError, match="'nope' wasn't assigned"):
        sited.sites.unassign(host.id, ["nope"])

    assert sited.sites.hosts() == [host]
    assert verify_log(sited.changes.engine).entries == before


def test_models_of_files_get_numbers_that_stay(sited: Registry) -> None:
    book = sited.meter_models

    first = book.models(["sdm630", "sdm120"])
    own = book.add_model(MeterModel(0, "sdm330", is_own=True, type=2))
    later = book.models(["sdm120", "sdm630", "sunspec_103"])

    assert [(m.id, m.name, m.is_own) for m in first] == [
        (1, "sdm120", False),
        (2, "sdm630", False),
    ]
    assert later == [*first, own, MeterModel(4, "sunspec_103", is_own=False, type=None)]


def test_a_models_registers_make_its_map(sited: Registry) -> None:
    book = sited.meter_models
    model = book.add_model(MeterModel(0, "sdm330", is_own=True, type=2))
    book.add_kind(MeasurementKind(0, "yield", 2))
    register = MeterRegister(
        0, model.id, "yield", 72, "kWh", FLOAT, 4, direction="received"
    )

    kept = book.put_register(register)

    assert book.registers() == [kept]
    assert book.map_names() == ["sdm330"]
    device = book.register_map("sdm330")
    assert device is not None
    assert device.entries["yield"].is_cumulative
    assert book.register_map("sdm120") is None
    with pytest.raises(FieldError) as caught:
        book.put_register(replace(register, measurement="other"))
    assert list(caught.value.fields) == ["direction"]


def test_every_change_of_a_site_is_logged(sited: Registry) -> None:
    acting = sited.acting("olga")
    host = add_host(acting)
    acting.sites.change_host(
        host.id, lambda now: replace(now, meter=replace(now.meter, port=503))
    )
    acting.sites.assign(host.id, ["voltage"])
    acting.sites.unassign(host.id, ["voltage"])
    acting.sites.remove_host(host.id)
    acting.sites.remove_location(host.location_id)

    entries = read_log(sited.changes.engine, at_most=7)

    assert [entry.action for entry in reversed(entries)] == [
        "location.added",
        "host.added",
        "host.changed",
        "host.assigned",
        "host.unassigned",
        "host.removed",
        "location.removed",
    ]
    assert {entry.made_by for entry in entries} == {"olga"}
    assert verify_log(sited.changes.engine).fault is None
    removed, forgotten, _, _, changed, *_ = (json.loads(e.detail) for e in entries)
    assert changed == {"port": [502, 503]}
    assert (forgotten["address"], forgotten["port"]) == ("192.0.2.7", 503)
    assert (removed["street"], removed["longitude"]) == ("SunnyStreet", "19.0238")


def test_a_changed_location_is_logged_as_it_was_and_is(sited: Registry) -> None:
    mine = sited.sites.add_location(PLACE)

    now = sited.sites.change_location(mine.id, lambda x: replace(x, street="Elsewhere"))
    same = sited.sites.change_location(mine.id, lambda known: known)

    [entry] = read_log(sited.changes.engine, at_most=1)
    assert now == same == sited.sites.location(mine.id)
    assert entry.action == "location.changed"
    assert json.loads(entry.detail) == {"street": ["SunnyStreet", "Elsewhere"]}


def test_what_another_changed_meanwhile_stays_changed(sited: Registry) -> None:
    host = add_host(sited)

    def moved(known: SiteHost) -> SiteHost:
        return replace(known, meter=replace(known.meter, address="192.0.2.8"))

    def described(known: SiteHost) -> SiteHost:
        return replace(known, meter=replace(known.meter, description="roof"))

    sited.sites.change_host(host.id, moved)
    changed = sited.sites.change_host(host.id, described)

    assert (changed.meter.address, changed.meter.description) == ("192.0.2.8", "roof")
    with pytest.raises(InputError, match="does not exist"):
        sited.sites.change_host(77, described)


def test_a_channel_gives_its_newest_value_and_a_time_in_order(
    registry: Registry,
) -> None:
    def said(minutes: int, value: str | None, measurement: str = "voltage") -> None:
        read_at = NOON + timedelta(minutes=minutes)
        number = None if value is None else Decimal(value)
        reading = MeterReading(
            "site-1", measurement, read_at, number, "V", "GOOD", "", Meaning(), 900
        )
        registry.modbus.store_readings([reading])

    said(2, "230.25")
    said(1, "229")
    said(3, None)
    said(4, "1", "current")
    channel = registry.modbus.channel("site-1", "voltage")

    def values(read: Iterator[ChannelValue]) -> list[Decimal]:
        return [each.value for each in read]

    newest = channel.newest()
    hour = channel.between(NOON, NOON + timedelta(hours=1), values)
    first = channel.between(NOON, NOON + timedelta(hours=1), values, at_most=1)
    before = channel.between(NOON, NOON + timedelta(minutes=2), values)

    assert newest == ChannelValue(
        NOON + timedelta(minutes=2), Decimal("230.25"), "V", "GOOD"
    )
    assert (hour, first, before) == (
        [Decimal(229), Decimal("230.25")],
        [Decimal(229)],
        [Decimal(229)],
    )
    assert registry.modbus.channel("site-2", "voltage").newest() is None
