"""Devices of partners: one of an id for each VEN, every change noted."""

from dataclasses import replace
from decimal import Decimal

import pytest

from ter_pipelines.registry.changes import read_log
from ter_pipelines.registry.registry import Registry
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.partner_device import PartnerDevice

DEVICE = PartnerDevice(
    "47",
    "ven-1",
    status_on=True,
    register_consumed=Decimal("123456.70"),
    register_produced=Decimal("-0.05"),
)


def test_a_device_comes_back_to_the_digit(registry: Registry) -> None:
    added = registry.devices.add(DEVICE)

    assert added.device == DEVICE
    assert str(added.device.register_consumed) == "123456.70"
    assert registry.devices.find(added.id) == added
    assert registry.devices.all() == [added]


def test_a_device_of_a_ven_is_there_once(registry: Registry) -> None:
    registry.devices.add(DEVICE)
    other = registry.devices.add(replace(DEVICE, ven_id="ven-2"))

    with pytest.raises(FieldError, match="must make a unique set"):
        registry.devices.add(DEVICE)
    with pytest.raises(FieldError, match="must make a unique set"):
        registry.devices.change(other.id, lambda _: DEVICE)

    assert len(registry.devices.all()) == 2


def test_a_change_is_made_of_what_is_there(registry: Registry) -> None:
    added = registry.devices.add(DEVICE)

    changed = registry.devices.change(
        added.id, lambda known: replace(known, status_on=not known.status_on)
    )

    assert changed is not None
    assert changed.device == replace(DEVICE, status_on=False)
    assert registry.devices.find(added.id) == changed


def test_what_changes_nothing_is_not_noted(registry: Registry) -> None:
    added = registry.devices.add(DEVICE)

    same = registry.devices.change(added.id, lambda known: known)

    assert same == added
    assert len(read_log(registry.changes.engine)) == 1


def test_a_forgotten_device_stays_in_the_log_of_changes(registry: Registry) -> None:
    added = registry.devices.add(DEVICE)

    gone = registry.acting("nisc").devices.remove(added.id)

    assert gone == added
    assert registry.devices.find(added.id) is None
    assert registry.devices.remove(added.id) is None
    [entry, _] = read_log(registry.changes.engine)
    assert (entry.made_by, entry.action) == ("nisc", "device.removed")
    assert "123456.70" in entry.detail


@pytest.mark.parametrize("number", [0, -1, 2, 2**31, 10**30])
def test_what_is_not_there_is_not_found(registry: Registry, number: int) -> None:
    registry.devices.add(DEVICE)

    assert registry.devices.find(number) is None
    assert registry.devices.change(number, lambda known: known) is None
    assert registry.devices.remove(number) is None
