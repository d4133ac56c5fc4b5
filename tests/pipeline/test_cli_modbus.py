"""`ter modbus`: read, scan, register and collect meters, with a true exit code."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ter_pipelines.cli import app
from ter_pipelines.formats.register_map import shipped_maps
from ter_pipelines.registry.model_rows import FLOAT, MeterModel, MeterRegister
from ter_pipelines.registry.registry import Registry
from tests.flow.at_work import SECONDS, environment, finished, ter, wait_until
from tests.formats.register_maps import ENERGY, HEAD, POWER
from tests.resources.modbus_at_work import (
    SDM630_FLOATS,
    free_port,
    pymodbustcp_meter,
    words_of,
)

SDM630 = shipped_maps()["sdm630"]
METER = words_of(SDM630_FLOATS)
INVERTER = [
    0x5375, 0x6E53,
    1, 66, *[0x4578] * 16, *[0x5000] + [0] * 15, *[0] * 16, *[0x3700] + [0] * 15, 1, 0,
    103, 50, *[0xFFFF] * 12, *[8234, 0], *[0x8000] * 8, 18, 54919, 0, *[0x8000] * 25,
    0xFFFF, 0,
]  # fmt: skip


@dataclass
class Told:
    """What a command printed."""

    code: int
    lines: list[dict[str, Any]]
    remarks: str


@dataclass
class Home:
    """A home folder, and the command in it."""

    folder: Path
    maps: Path

    def modbus(self, *words: str | Path | int) -> Told:
        """Run `ter modbus` with these words."""
        env = {"TER_HOME": str(self.folder), "TER_REGISTER_MAPS": str(self.maps)}
        done = CliRunner().invoke(app, ["modbus", *map(str, words)], env=env)
        known = isinstance(done.exception, SystemExit | None)
        remarks = done.stderr if known else f"{done.exception}"
        code = done.exit_code if known else 2
        lines = [json.loads(text) for text in done.stdout.splitlines() if known]
        return Told(code, lines, remarks)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    maps = tmp_path / "maps"
    maps.mkdir()
    (maps / "mine.toml").write_text(HEAD + POWER + ENERGY)
    return Home(tmp_path / "home", maps)


def at(port: int) -> tuple[str, ...]:
    return ("--host", "127.0.0.1", "--port", str(port), "--timeout", "0.5")


@contextmanager
def registry_of(home: Home) -> Iterator[Registry]:
    address = f"sqlite:///{home.folder}/registry.sqlite"
    with closing(Registry(address, home.folder / "landing")) as registry:
        registry.migrate()
        yield registry


def test_read_prints_the_measurements(home: Home) -> None:
    with pymodbustcp_meter(METER) as port:
        told = home.modbus("read", *at(port), "--unit", 3, "--map", "sdm630")

    (line,) = told.lines
    assert told.code == 0
    assert (line["port"], line["unit"], line["map"]) == (port, 3, "sdm630")
    assert line["measurements"].keys() == SDM630.entries.keys()
    energy = line["measurements"]["import_energy"]
    assert (energy["value"], energy["unit"]) == ("12345.678", "kWh")
    assert (energy["quality"], energy["explanation"]) == ("GOOD", "")
    assert energy["read_at"].endswith("Z")


def test_read_exits_with_1_if_a_value_is_not_good(home: Home) -> None:
    with pymodbustcp_meter([0] * 380) as port:
        told = home.modbus("read", *at(port), "--map", "sdm630")

    (line,) = told.lines
    assert told.code == 1
    assert line["measurements"]["power"]["quality"] == "IMPLAUSIBLE"


def test_read_exits_with_1_if_nobody_answers(home: Home) -> None:
    told = home.modbus("read", *at(free_port()), "--map", "sdm630")

    assert (told.code, told.lines) == (1, [])
    assert "UNREACHABLE" in told.remarks


def test_read_takes_a_map_of_ones_own_by_name_or_file(home: Home) -> None:
    with pymodbustcp_meter(words_of({12: 1500.0})) as port:
        by_name = home.modbus("read", *at(port), "--map", "mine")
        by_file = home.modbus("read", *at(port), "--map", home.maps / "mine.toml")

    assert by_name.lines[0]["measurements"]["power"]["value"] == "1500"
    assert by_file.lines[0]["map"] == "mine"


def test_a_map_that_is_none_is_named(home: Home) -> None:
    told = home.modbus("read", *at(free_port()), "--map", "sdm999")

    assert told.code == 2
    assert "register map 'sdm999': does not exist, expected one of mine" in told.remarks


def test_scan_finds_the_models_and_the_maps_that_read_them(home: Home) -> None:
    with pymodbustcp_meter(INVERTER, first=40000) as port:
        told = home.modbus("scan", *at(port))

    (line,) = told.lines
    assert told.code == 0
    assert line["models"] == [
        {"model": 1, "address": 40002, "length": 66},
        {"model": 103, "address": 40070, "length": 50, "map": "sunspec_103"},
    ]
    assert line["maps"] == ["sunspec_103"]
    assert (line["model"], line["serial"]) == ("P", "7")


def test_scan_exits_with_1_where_there_are_no_models(home: Home) -> None:
    with pymodbustcp_meter(METER) as port:
        told = home.modbus("scan", *at(port))

    assert (told.code, told.lines[0]["models"]) == (1, [])


def test_what_scan_found_can_be_read(home: Home) -> None:
    with pymodbustcp_meter(INVERTER, first=40000) as port:
        told = home.modbus("read", *at(port), "--map", "sunspec_103")

    values = told.lines[0]["measurements"]
    assert (values["power"]["value"], values["export_energy"]["value"]) == (
        "8234", "1234567",
    )  # fmt: skip
    assert values["state"]["quality"] == "GOOD"
    assert told.code == 1  # most of it is not implemented


def test_maps_lists_those_of_the_package_and_ones_own(home: Home) -> None:
    told = home.modbus("maps")

    own = {line["map"]: line["is_own"] for line in told.lines}
    assert own == {**dict.fromkeys(shipped_maps(), False), "mine": True}
    (mine,) = (line for line in told.lines if line["is_own"])
    assert mine["intervals_from"] == {"import_energy": "delivered"}


def test_maps_checks_files_and_names_every_wrong_field(home: Home) -> None:
    wrong = home.maps / "wrong.toml"
    wrong.write_text(HEAD + POWER.replace("float32", "float") + 'units = "V"\n')

    good = home.modbus("maps", home.maps / "mine.toml")
    bad = home.modbus("maps", home.maps / "mine.toml", wrong)

    assert (good.code, good.lines[0]["measurements"]) == (0, 2)
    assert bad.code == 1
    assert [line.partition(": got")[0] for line in bad.remarks.splitlines()] == [
        f"{wrong}: measurement[power].type",
        f"{wrong}: measurement[power].units: is not a field of a measurement",
    ]


def test_meters_are_added_listed_switched_and_removed(home: Home) -> None:
    place = ("--host", "192.0.2.7", "--map", "sdm630")

    added = home.modbus("add", "solar-1", *place, "--rated-kw", "9.9")
    again = home.modbus("add", "solar-1", *place)
    off = home.modbus("disable", "solar-1")
    listed = home.modbus("list")
    gone = home.modbus("remove", "solar-1")
    empty = home.modbus("list")

    assert added.lines == [
        {
            "host_id": "solar-1", "address": "192.0.2.7", "port": 502, "unit": 1,
            "interval_seconds": 900, "poll_seconds": 60, "description": "",
            "is_enabled": True, "rated_kw": "9.9", "map": "sdm630",
        }
    ]  # fmt: skip
    assert (again.code, off.code, gone.code) == (2, 0, 0)
    assert listed.lines == [added.lines[0] | {"is_enabled": False}]
    assert empty.lines == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--map", "none"), "register map 'none'"),
        (("--map", "sdm630", "--interval", "700"), "interval_seconds: got 700"),
        (("--map", "sdm630", "--rated-kw", "much"), "--rated-kw: got 'much'"),
        (("--map", "sdm630", "--port", "0"), "--port"),
    ],
)
def test_a_meter_that_cannot_be_polled_is_refused(
    home: Home, words: tuple[str, ...], said: str
) -> None:
    told = home.modbus("add", "solar-1", "--host", "192.0.2.7", *words)

    assert told.code == 2
    assert said in told.remarks
    assert home.modbus("list").lines == []


def test_a_model_described_by_hand_is_a_map_too(home: Home) -> None:
    home.modbus("list")  # makes the registry
    with registry_of(home) as registry:
        book = registry.meter_models
        model = book.add_model(MeterModel(0, "sdm330", is_own=True, type=1))
        book.put_register(MeterRegister(0, model.id, "power", 12, "W", FLOAT, 4))

    told = home.modbus("add", "solar-1", "--host", "192.0.2.7", "--map", "sdm330")

    assert (told.code, told.lines[0]["map"]) == (0, "sdm330")


def test_an_unknown_meter_changes_nothing(home: Home) -> None:
    home.modbus("add", "solar-1", "--host", "192.0.2.7", "--map", "sdm630")

    told = home.modbus("remove", "solar-1", "solar-2")

    assert (told.code, "solar-2" in told.remarks) == (2, True)
    assert len(home.modbus("list").lines) == 1


def test_collect_once_polls_every_meter_and_keeps_what_it_said(home: Home) -> None:
    once = ("modbus", "collect", "--once", "--timeout", "0.5")
    place = ("--host", "127.0.0.1", "--map", "sdm630", "--port")
    with pymodbustcp_meter(METER) as port:
        home.modbus("add", "a", *place, port)
        fine = finished(once, environment(home.folder))
        home.modbus("add", "b", *place, free_port())
        found = finished(once, environment(home.folder))

    polled = len(SDM630.polled)
    a = {"host_id": "a", "failure": "", "values": polled, "good": polled}
    b = {"host_id": "b", "failure": "UNREACHABLE", "values": 0, "good": 0}
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    assert (fine.returncode, json.loads(fine.stdout)) == (0, a)
    assert found.returncode == 1
    assert sorted(lines, key=lambda line: str(line["host_id"])) == [a, b]
    assert json.loads(found.stderr)["event"] == "host_silent"
    with registry_of(home) as registry:
        assert registry.modbus.newest_reading_id() == 2 * polled + 1


def test_collect_polls_until_it_is_told_to_stop(home: Home) -> None:
    with pymodbustcp_meter(METER) as port, registry_of(home) as registry:
        home.modbus(
            "add", "a", "--host", "127.0.0.1", "--port", port, "--map", "sdm630",
            "--poll", 1,
        )  # fmt: skip
        with subprocess.Popen(  # noqa: S603
            ter("modbus", "collect"),
            env=environment(home.folder),
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                polled = len(SDM630.polled)
                wait_until(
                    lambda: registry.modbus.newest_reading_id() >= 2 * polled, "polls"
                )
                process.send_signal(signal.SIGTERM)
                _, log = process.communicate(timeout=SECONDS)
            finally:
                process.kill()

        events = [json.loads(line) for line in log.splitlines()]
        assert process.returncode == 0
        assert [event["event"] for event in events] == ["polled"]
        assert events[0]["values"] == registry.modbus.newest_reading_id()
        assert events[0]["good"] == events[0]["values"]
