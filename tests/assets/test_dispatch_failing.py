"""A battery whose consent is gone is told so, whatever else the VTN does not take."""

from datetime import UTC, datetime

import pytest

from ter_pipelines.assets.dispatch_events import find_untold
from ter_pipelines.dispatch_telling import Telling, raise_together
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span
from ter_pipelines.vocab.errors import RemoteError
from tests.assets.conftest import Installation
from tests.assets.dispatching import DEVICE, Dispatching

OTHER = ("ven-2", "battery-2")
SPEAKING = frozenset([DEVICE[0], OTHER[0]])


@pytest.fixture
def at_work(installation: Installation) -> Dispatching:
    """Give an installation with two batteries that may be controlled."""
    found = Dispatching(installation)
    found.enrol()
    found.enrol(OTHER)
    found.put_on_roster(*sorted(SPEAKING))
    return found


def tell(at_work: Dispatching) -> tuple[int, list[RemoteError]]:
    """Plan, and tell once, without the retries of a run."""
    found = at_work.installation
    found.run(
        "dispatch_batteries", at_work.day, at_work.day, only=[tables.DISPATCH_PLAN]
    )
    telling = Telling(
        found.lake,
        found.registry,
        found.vtn,  # type: ignore[arg-type]
        found.programme,
        at_work.day,
    )
    return telling.tell(SPEAKING, datetime.now(UTC))


def cancelled(at_work: Dispatching, ven_id: str) -> list[bool]:
    """Tell of every revision of a VEN's event whether it was withdrawn."""
    return [
        body.get("is_cancelled", False)
        for (whose, _), bodies in at_work.installation.vtn.book.items()
        for body in bodies
        if whose == ven_id
    ]


def untold(at_work: Dispatching) -> list[str]:
    found = at_work.installation
    statuses = found.vtn.events(day_span(at_work.day, found.programme.zone))
    when = at_work.day, datetime.now(UTC)
    wrong = find_untold(found.lake, found.programme, when, SPEAKING, statuses)
    return [finding.code for finding in wrong]


def lose_the_lakes_rows(at_work: Dispatching) -> None:
    """Leave the lake as if a run had ended between a telling and its row."""
    folder = at_work.installation.lake.root / "out" / "dispatch_event"
    for file in folder.rglob("*.parquet"):
        file.unlink()


def test_what_went_through_is_known_though_another_event_was_not_taken(
    at_work: Dispatching,
) -> None:
    at_work.installation.vtn.unable.add(OTHER[0])
    for device in (DEVICE, OTHER):
        at_work.order_of(device, "schedule", "5")

    new, failed = tell(at_work)

    (row,) = at_work.rows(tables.DISPATCH_EVENT)
    assert (new, len(failed)) == (1, 1)
    assert row["ven_id"] == DEVICE[0]
    assert untold(at_work) == ["dispatch.not_handed_over"]


def test_an_event_is_withdrawn_though_another_is_not_taken(
    at_work: Dispatching,
) -> None:
    at_work.installation.vtn.unable.add(OTHER[0])
    at_work.order("schedule", "5")
    tell(at_work)
    at_work.order_of(OTHER, "schedule", "5")

    at_work.enrol(allows_control=False)
    tell(at_work)

    assert cancelled(at_work, DEVICE[0]) == [False, True]


def test_withdrawals_come_first(at_work: Dispatching) -> None:
    at_work.order_of(OTHER, "schedule", "5")
    tell(at_work)
    at_work.order("schedule", "5")
    at_work.enrol(OTHER, allows_control=False)

    tell(at_work)

    assert at_work.installation.vtn.puts == [OTHER[0], OTHER[0], DEVICE[0]]
    assert cancelled(at_work, OTHER[0]) == [False, True]


def test_an_event_that_only_the_vtn_knows_of_is_withdrawn(
    at_work: Dispatching,
) -> None:
    submission_id = at_work.order("schedule", "5", "-3")
    tell(at_work)
    lose_the_lakes_rows(at_work)

    at_work.enrol(allows_control=False)
    before = untold(at_work)
    tell(at_work)

    (row,) = at_work.rows(tables.DISPATCH_EVENT)
    told, withdrawal = at_work.told()
    assert before == ["dispatch.not_handed_over"]
    assert cancelled(at_work, DEVICE[0]) == [False, True]
    assert (row["device_id"], row["submission_id"]) == (DEVICE[1], submission_id)
    assert withdrawal["resource_ids"] == told["resource_ids"]
    assert withdrawal["signals"][0]["intervals"] == [
        {
            "start_utc": told["signals"][0]["intervals"][0]["start_utc"],
            "duration_seconds": 7200,
            "value": "0",
        }
    ]
    assert untold(at_work) == []


def test_an_event_that_only_the_vtn_knows_of_is_found_by_the_check(
    at_work: Dispatching,
) -> None:
    at_work.order("schedule", "5")
    tell(at_work)
    lose_the_lakes_rows(at_work)
    at_work.order("cancel")
    at_work.installation.run(
        "dispatch_batteries", at_work.day, at_work.day, only=[tables.DISPATCH_PLAN]
    )

    assert untold(at_work) == ["dispatch.not_withdrawn"]


def test_a_revision_whose_row_was_lost_is_withdrawn_though_the_lake_has_it_cancelled(
    at_work: Dispatching,
) -> None:
    at_work.order("schedule", "5")
    tell(at_work)
    at_work.order("cancel")
    tell(at_work)
    ((ven_id, event_id),) = at_work.installation.vtn.book
    body = at_work.told()[0]
    at_work.installation.vtn.put_event(ven_id, event_id, body)

    tell(at_work)

    assert cancelled(at_work, ven_id) == [False, True, False, True]


def test_what_is_no_dispatch_of_the_day_is_left_alone(at_work: Dispatching) -> None:
    at_work.order("schedule", "5")
    tell(at_work)
    body = at_work.told()[0]
    at_work.installation.vtn.put_event(DEVICE[0], "ter-prices", body)

    at_work.order("cancel")
    tell(at_work)

    assert "is_cancelled" not in at_work.told()[-1]
    assert untold(at_work) == []


def test_what_was_not_taken_ends_the_run_with_the_first_reason() -> None:
    raise_together([])

    with pytest.raises(RemoteError, match=r"2 dispatch events .* the first: one"):
        raise_together([RemoteError("one"), RemoteError("two")])
