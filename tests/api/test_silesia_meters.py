"""Models of meters: the shipped ones, and those the operator describes by hand."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from ter_pipelines.formats.register_map import shipped_maps
from ter_pipelines.resources.register_maps import RegisterMaps
from ter_pipelines.vocab.errors import InputError
from tests.api.api_at_work import Door
from tests.api.silesia_at_work import Client, host_of, member, operator, silesia

REGISTER = {
    "address": 12, "measurement": "current", "unit": "A", "type": 3,
    "function_code": 3, "meter": "sdm330",
}  # fmt: skip


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with silesia(tmp_path) as door:
        yield door


@pytest.fixture(scope="module")
def described() -> Iterator[Client]:
    """Give the operator of an API where a model is described by hand."""
    with TemporaryDirectory() as folder, silesia(Path(folder)) as door:
        olga = operator(door)
        olga.made("/admin/meters", {"name": "sdm330", "type": 2})
        yield olga


def maps_of(door: Door) -> RegisterMaps:
    """Give the register maps as the collector of this installation finds them."""
    with door.registry() as registry:
        return RegisterMaps(None, registry.meter_models)


def test_every_shipped_map_is_a_model_with_a_number_that_stays(
    door: Door, olga: Client
) -> None:
    listed = member(door).get("/meters").json()

    by_name = {model["name"]: model for model in listed}
    assert by_name.keys() == shipped_maps().keys()
    assert by_name["sdm120"]["type"] == 2
    assert by_name["sunspec_103"]["type"] == 1
    assert listed == olga.get("/admin/meters").json()
    one = olga.get(f"/admin/meters/{by_name['sdm120']['id']}")
    assert one.json() == by_name["sdm120"]


def test_a_models_measurements_are_found_by_number_and_by_name(
    described: Client,
) -> None:
    ids = {model["name"]: model["id"] for model in described.get("/meters").json()}

    by_name = described.get("/meters/sdm120/measurements")
    by_id = described.get(f"/meters/{ids['sdm120']}/measurements")
    none = described.get("/meters/zz/measurements")

    assert by_name.json() == by_id.json()
    assert {"measurement": "voltage", "type": 1} in by_name.json()
    assert {"measurement": "import_energy", "type": 2} in by_name.json()
    error = {"error": "Cannot find measurements for meter with id zz"}
    assert (none.status_code, none.json()) == (404, error)


def test_a_model_described_by_hand_is_one_the_collector_reads(
    door: Door, olga: Client
) -> None:
    made = olga.post("/admin/meters", {"name": "sdm330", "type": 2})
    kind = olga.post("/admin/measurements", {"measurement": "yield", "type": 2})
    energy = {"measurement": "yield", "unit": "kWh", "direction": "received"}
    current = olga.post("/admin/registers", {**REGISTER, "meter": made.json()["id"]})
    counter = olga.post("/admin/registers", {**REGISTER, "address": 72, **energy})

    assert [made.status_code, kind.status_code] == [201, 201]
    assert kind.json() == {"measurement": "yield", "type": 2}
    assert [current.status_code, counter.status_code] == [201, 201]
    assert current.json() == {
        "id": 1, **REGISTER, "meter": made.json()["id"], "word_order": "big",
        "is_signed": False, "scale": 1, "direction": None,
    }  # fmt: skip
    device = maps_of(door).find("sdm330")
    assert [e.measurement for e in device.polled] == ["current", "yield"]
    assert (device.entries["current"].function, device.entries["current"].type) == (
        3,
        "float32",
    )
    assert device.entries["yield"].is_cumulative
    measured = olga.get("/meters/sdm330/measurements").json()
    assert measured == [
        {"measurement": "current", "type": 1},
        {"measurement": "yield", "type": 2},
    ]


@pytest.mark.parametrize(
    ("number_type", "is_signed", "expected"),
    [
        (1, False, "uint16"), (1, True, "int16"), (2, False, "uint32"),
        (2, True, "int32"), (3, False, "float32"),
    ],
)  # fmt: skip
def test_a_registers_type_says_how_it_is_read(
    door: Door,
    olga: Client,
    number_type: int,
    is_signed: bool,  # noqa: FBT001
    expected: str,
) -> None:
    olga.made("/admin/meters", {"name": "sdm330", "type": 1})
    changes = {"type": number_type, "is_signed": is_signed, "word_order": "little"}

    olga.made("/admin/registers", {**REGISTER, **changes, "scale": "0.1"})

    entry = maps_of(door).find("sdm330").entries["current"]
    assert (entry.type, entry.word_order, str(entry.scale)) == (
        expected,
        "little",
        "0.1",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": "4"}, "type"),
        ({"function_code": 1}, "function_code"),
        ({"address": -1}, "address"),
        ({"address": 65536}, "address"),
        ({"address": 65535}, "address"),
        ({"unit": ""}, "unit"),
        ({"measurement": "unheard-of"}, "measurement"),
        ({"measurement": "not a name"}, "measurement"),
        ({"meter": "sdm120"}, "meter"),
        ({"meter": 999}, "meter"),
        ({"scale": 0}, "scale"),
        ({"scale": "much"}, "scale"),
        ({"word_order": "middle"}, "word_order"),
        ({"is_signed": "yes"}, "is_signed"),
        ({"direction": "delivered"}, "unit"),
        ({"direction": "net", "unit": "kWh"}, "direction"),
    ],
)
def test_a_register_that_cannot_be_read_is_refused_by_field(
    described: Client, changes: dict[str, Any], field: str
) -> None:
    answer = described.post("/admin/registers", {**REGISTER, **changes})

    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert described.get("/admin/registers").json() == []


def test_a_choice_that_is_none_is_answered_as_clients_know_it(
    described: Client,
) -> None:
    answer = described.post("/admin/meters", {"name": "sdm9", "type": "3"})

    assert answer.json() == {"type": ['"3" is not a valid choice.']}


def test_a_model_has_a_measurement_once_and_one_counter_a_direction(
    olga: Client,
) -> None:
    olga.made("/admin/meters", {"name": "sdm330", "type": 1})
    energy = {**REGISTER, "unit": "kWh", "direction": "delivered"}
    olga.made("/admin/registers", {**energy, "measurement": "import_energy"})

    again = olga.post("/admin/registers", {**energy, "measurement": "import_energy"})
    second = olga.post("/admin/registers", {**energy, "measurement": "total_energy"})

    twice = "The fields meter, measurement must make a unique set."
    assert again.json() == {"non_field_errors": [twice]}
    assert (second.status_code, list(second.json())) == (400, ["direction"])


def test_registers_are_changed_and_deleted(door: Door, olga: Client) -> None:
    olga.made("/admin/meters", {"name": "sdm330", "type": 1})
    made = olga.made("/admin/registers", REGISTER)

    part = olga.ask("PATCH", "/admin/registers/1", {"address": 6})
    whole = olga.ask("PUT", "/admin/registers/1", {**REGISTER, "function_code": 4})
    read = olga.get("/admin/registers/1")
    gone = olga.ask("DELETE", "/admin/registers/1")

    assert (part.status_code, part.json()) == (200, {**made, "address": 6})
    assert (whole.status_code, whole.json()) == (200, {**made, "function_code": 4})
    assert read.json() == whole.json()
    assert gone.json() == {"info": "Register with id 1 has been deleted"}
    with door.registry() as registry:
        assert registry.meter_models.register_map("sdm330") is None


def test_a_shipped_model_is_not_changed_or_described_again(described: Client) -> None:
    named = described.post("/admin/meters", {"name": "sdm120", "type": 1})
    changed = described.ask("PATCH", "/admin/meters/sdm120", {"type": 1})
    deleted = described.ask("DELETE", "/admin/meters/sdm120")

    exists = {"name": ["meter with this name already exists."]}
    assert (named.status_code, named.json()) == (400, exists)
    assert (changed.status_code, deleted.status_code) == (400, 400)
    assert "a register map that is a file" in deleted.json()["error"]


def test_a_model_in_use_is_neither_renamed_nor_deleted(
    door: Door, olga: Client
) -> None:
    olga.made("/admin/meters", {"name": "sdm330", "type": 1})
    olga.made("/admin/registers", REGISTER)
    host_of(member(door), olga, meter="sdm330")

    renamed = olga.ask("PATCH", "/admin/meters/sdm330", {"name": "sdm331"})
    retyped = olga.ask("PATCH", "/admin/meters/sdm330", {"type": 2})
    deleted = olga.ask("DELETE", "/admin/meters/sdm330")
    olga.ask("DELETE", "/admin/hosts/1")
    free = olga.ask("DELETE", "/admin/meters/sdm330")

    assert (renamed.status_code, deleted.status_code) == (400, 400)
    assert "is that of hosts site-1" in deleted.json()["error"]
    assert (retyped.status_code, retyped.json()["type"]) == (200, 2)
    assert free.status_code == 200
    assert olga.get("/admin/registers").json() == []


def test_a_model_without_registers_is_no_map_yet(door: Door, olga: Client) -> None:
    olga.made("/admin/meters", {"name": "sdm330", "type": 1})

    maps = maps_of(door)

    assert "sdm330" not in maps.names()
    assert olga.get("/meters/sdm330/measurements").json() == []
    with pytest.raises(InputError, match="'sdm330': does not exist"):
        maps.find("sdm330")


def test_measurements_are_listed_changed_and_deleted(olga: Client) -> None:
    olga.made("/admin/measurements", {"measurement": "current", "type": 1})
    olga.made("/admin/measurements", {"name": "yield", "type": "2"})

    again = olga.post("/admin/measurements", {"measurement": "yield", "type": 1})
    changed = olga.ask("PATCH", "/admin/measurements/yield", {"type": 1})
    whole = {"measurement": "harvest", "type": 2}
    renamed = olga.ask("PUT", "/admin/measurements/yield", whole)
    shipped = olga.ask("DELETE", "/admin/measurements/voltage")
    gone = olga.ask("DELETE", "/admin/measurements/harvest")

    assert again.status_code == 400
    assert changed.json() == {"measurement": "yield", "type": 1}
    assert renamed.json() == whole
    assert shipped.status_code == 400
    assert gone.json() == {"info": "Measurement harvest has been deleted"}
    listed = olga.get("/admin/measurements").json()
    assert {"measurement": "current", "type": 1} in listed
    assert [each for each in listed if each["measurement"] == "harvest"] == []


def test_a_measurement_in_use_is_neither_renamed_nor_deleted(olga: Client) -> None:
    olga.made("/admin/meters", {"name": "sdm330", "type": 1})
    olga.made("/admin/measurements", {"measurement": "current", "type": 1})
    olga.made("/admin/registers", REGISTER)

    deleted = olga.ask("DELETE", "/admin/measurements/current")
    renamed = olga.ask("PATCH", "/admin/measurements/current", {"measurement": "amps"})

    assert (deleted.status_code, renamed.status_code) == (400, 400)
    assert "is used by registers" in deleted.json()["error"]


def test_a_map_in_ones_own_folder_comes_first(tmp_path: Path) -> None:
    folder = tmp_path / "maps"
    folder.mkdir()
    body = 'title = "Mine"\n[[measurement]]\nmeasurement = "power"\nunit = "W"\n'
    (folder / "mine.toml").write_text(
        f'{body}address = 0\ntype = "int16"\nfunction = 3'
    )
    (folder / "broken.toml").write_text("title = ")

    with silesia(tmp_path, register_maps=str(folder)) as door:
        olga = operator(door)
        listed = {each["name"]: each["type"] for each in olga.get("/meters").json()}
        measured = olga.get("/meters/mine/measurements").json()
        broken = olga.get("/meters/broken/measurements").json()

    assert (listed["mine"], listed["broken"]) == (1, 1)
    assert measured == [{"measurement": "power", "type": 1}]
    assert broken == []
