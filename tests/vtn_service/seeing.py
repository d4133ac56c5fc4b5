"""How the tests look at a VTN from outside: without a key, and by its metrics."""

from collections.abc import Callable

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.vtn_service.at_work import KEY, SECONDS, VtnAtWork
from vtn_service.house import House
from vtn_service.settings import read_settings
from vtn_service.store.store import Store

DOORS = ("devices", "control")


def house_of(store: Store) -> House:
    """Give a house that is open to nobody."""
    return House(read_settings({"VTN_CONTROL_KEY": KEY}), store)


def root(vtn: VtnAtWork, door: str) -> str:
    """Give where a door's own paths begin."""
    return vtn.devices if door == "devices" else vtn.control.partition("/control")[0]


def knock(vtn: VtnAtWork, path: str, door: str = "control") -> requests.Response:
    """Ask a door without any key."""
    return requests.get(f"{root(vtn, door)}{path}", timeout=SECONDS)


def metric(vtn: VtnAtWork, name: str, /, **labels: str) -> float:
    """Give the value of a metric; 0 where it was never counted."""
    families = text_string_to_metric_families(knock(vtn, "/metrics").text)
    samples = (s for family in families for s in family.samples)
    return sum(s.value for s in samples if (s.name, s.labels) == (name, labels))


def grows(
    vtn: VtnAtWork, work: Callable[[], object], name: str, /, **labels: str
) -> float:
    """Give by how much a metric grows while something is done."""
    before = metric(vtn, name, **labels)
    work()
    return metric(vtn, name, **labels) - before
