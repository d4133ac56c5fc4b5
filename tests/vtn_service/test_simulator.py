"""Simulated devices against a real VTN: what they say they sent is what it has."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.vtn_service.simulator_house import (
    DAYS,
    QUIRKS,
    Simulation,
    Vtn,
    flaky_door,
    fleet_of,
    running_vtn,
    simulate,
    wait_for,
)
from vtn_service.contract import Event, EventInterval, EventSignal

instant = datetime.fromisoformat


@pytest.fixture(scope="module")
def vtn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vtn]:
    with running_vtn(tmp_path_factory.mktemp("vtn")) as running:
        yield running


@pytest.fixture(scope="module")
def simulation(
    vtn: Vtn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Simulation]:
    """Run three devices until they have sent their days and heard their prices."""
    tokens = {ven_id: vtn.enrol(ven_id) for ven_id in QUIRKS}
    running = simulate(
        tmp_path_factory.mktemp("simulator"), fleet_of(vtn.devices_url, tokens)
    )
    for ven_id in QUIRKS:
        path = f"/vens/{ven_id}/events/event-{ven_id}"
        vtn.call("PUT", path, running.event.to_json())
    wait_for(lambda: all(running.journal(v, "history_sent") for v in QUIRKS))
    wait_for(lambda: all(running.journal(v, "plan") for v in QUIRKS))
    yield running
    running.process.kill()
    running.process.communicate()


@pytest.mark.parametrize("ven_id", QUIRKS)
def test_the_inbox_holds_what_the_journal_says(
    vtn: Vtn, simulation: Simulation, ven_id: str
) -> None:
    sent = simulation.journal(ven_id, "report_sent")

    received = vtn.reports(ven_id)

    assert [line["acknowledged"] for line in sent] == [True] * len(sent)
    assert [
        [(instant(value.start_text), value.value_text) for value in report.values]
        for report in received
    ] == [
        [(instant(start), text) for start, _, text in line["intervals"]]
        for line in sent
    ]
    values = [value for report in received for value in report.values]
    assert {(v.resource_id, v.unit, v.scale, v.duration_text) for v in values} == {
        (f"device-{ven_id}", "Wh", QUIRKS[ven_id][1], "PT1H")
    }


def test_each_quirk_shows_in_what_was_sent(simulation: Simulation) -> None:
    sent = {
        ven_id: [
            (line["operating_day"], len(line["intervals"]))
            for line in simulation.journal(ven_id, "report_sent")
        ]
        for ven_id in QUIRKS
    }

    first, long, last = DAYS
    assert sent["ven-k"] == [(first, 24), (long, 25), (long, 25), (last, 24)]
    assert sent["ven-none"] == [(first, 24), (long, 23), (last, 24)]
    assert sent["0012"] == [(long, 25), (first, 24), (last, 24)]


@pytest.mark.parametrize("ven_id", QUIRKS)
def test_tomorrows_prices_arrive_to_the_digit_and_are_answered(
    vtn: Vtn, simulation: Simulation, ven_id: str
) -> None:
    told = simulation.event.signals[0].intervals

    [heard] = simulation.journal(ven_id, "price_event")
    [plan] = simulation.journal(ven_id, "plan")

    assert heard["intervals"] == [
        [i.start_utc, i.duration_seconds, i.value] for i in told
    ]
    assert [start for start, _, _ in plan["intervals"]] == [i.start_utc for i in told]
    wait_for(lambda: vtn.opt_of(ven_id, told) == ("optIn", 0))


def test_a_revision_is_heard_once_and_answered(
    vtn: Vtn, simulation: Simulation
) -> None:
    [prices] = simulation.event.signals
    higher = [replace(i, value="0.50") for i in prices.intervals]
    signals = [replace(prices, intervals=higher)]
    revised = replace(simulation.event, signals=signals)

    vtn.call("PUT", "/vens/ven-k/events/event-ven-k", revised.to_json())

    wait_for(lambda: vtn.opt_of("ven-k", higher) == ("optIn", 1))
    heard = simulation.journal("ven-k", "price_event")
    assert [line["modification_number"] for line in heard] == [0, 1]
    assert {price for _, _, price in heard[1]["intervals"]} == {"0.50"}


def test_a_device_opts_out_of_what_it_does_not_follow(vtn: Vtn, tmp_path: Path) -> None:
    tokens = {"ven-dispatch": vtn.enrol("ven-dispatch")}
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    told = [EventInterval(f"{start:%Y-%m-%dT%H:%M:%SZ}", 3600, "1")]
    power = EventSignal("LOAD_DISPATCH", "setpoint", "powerReal", "W", told, "k")
    event = Event("http://example.com/ter", [power])
    vtn.call("PUT", "/vens/ven-dispatch/events/dispatch", event.to_json())

    running = simulate(tmp_path, fleet_of(vtn.devices_url, tokens))
    wait_for(lambda: vtn.opt_of("ven-dispatch", told) == ("optOut", 0))
    running.stop()

    assert running.journal("ven-dispatch", "plan") == []


def test_a_report_that_was_not_taken_is_sent_again(vtn: Vtn, tmp_path: Path) -> None:
    tokens = {"ven-retry": vtn.enrol("ven-retry")}
    with flaky_door(vtn.devices_url, refused_reports=2) as url:
        running = simulate(tmp_path, fleet_of(url, tokens, DAYS[:1]))
        wait_for(lambda: bool(running.journal("ven-retry", "history_sent")))
        code, remarks = running.stop()

    sent = running.journal("ven-retry", "report_sent")

    assert [(line["attempt"], line["acknowledged"]) for line in sent] == [
        (1, False),
        (2, False),
        (3, True),
    ]
    assert len(vtn.reports("ven-retry")) == 1
    assert (code, remarks) == (0, "")


def test_a_device_that_is_not_let_in_keeps_asking_and_stops_cleanly(
    vtn: Vtn, tmp_path: Path
) -> None:
    running = simulate(
        tmp_path, fleet_of(vtn.devices_url, {"ven-late": "not-yet-enrolled"})
    )
    wait_for(lambda: bool(running.journal("ven-late", "not_registered")))

    vtn.enrol("ven-late", "not-yet-enrolled")
    wait_for(lambda: bool(running.journal("ven-late", "registered")))
    code, remarks = running.stop()

    assert (code, remarks) == (0, "")


def test_a_stopped_simulator_says_nothing_and_exits_with_0(
    simulation: Simulation,
) -> None:
    code, remarks = simulation.stop()

    assert (code, remarks) == (0, "")


def test_a_wrong_fleet_file_is_named(tmp_path: Path) -> None:
    running = simulate(tmp_path, {"vtn_url": "http://127.0.0.1:1"})

    _, remarks = running.process.communicate(timeout=15)

    assert running.process.returncode == 2
    assert "devices" in remarks
