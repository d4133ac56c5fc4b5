"""A year of ten devices settles, settles again and is exported, to the last digit.

`year_story` says what is told; `year_at_work` lets the pipeline live through it month
by month; `year_by_hand` works the same year out a second time. Here both are compared.
"""

from collections.abc import Iterator

import pytest

from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from tests.assets.year_at_work import Arrivals, installation_of_a_year
from tests.assets.year_by_hand import HOURS, Known, Line, month_at, statements
from tests.assets.year_outcome import Year
from tests.assets.year_story import (
    AFTER_THE_DAY,
    BEFORE_THE_DAY,
    EXCHANGE,
    HOUR,
    IN_THE_DAY,
    MONTHS,
    MOVED,
    NOT_TOLD,
    SERVICES,
    days,
    hours_of,
    published,
    told,
)
from tests.pipeline.files_to_send import mdm_at
from tests.resources.mdm_stub import mdm_at_work

NOV, DEC, FEB, MAR, MAY, JUN, JUL, AUG = (
    MONTHS.index(m)
    for m in (
        "2025-11", "2025-12", "2026-02", "2026-03",
        "2026-05", "2026-06", "2026-07", "2026-08",
    )
)  # fmt: skip
METERS = sorted({service.meter for service in SERVICES})
ALL_HOURS = [hour for hours in HOURS for hour in hours]


def is_in_service(meter: str, hour: int) -> bool:
    """Tell whether any device's energy of an hour was a meter's."""
    return any(
        service.meter == meter
        and service.since <= hour
        and (service.until is None or hour < service.until)
        for service in SERVICES
    )


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    installation = installation_of_a_year(tmp_path_factory.mktemp("year"))
    arrivals = Arrivals(installation, list(told()), list(published()))
    with mdm_at_work() as stub:
        installation.mdm = mdm_at(stub.url, can_be_asked=True)
        arrivals.meters()
        for step in range(len(MONTHS)):
            arrivals.live_through(step)
        yield Year(arrivals, stub, statements(told(), published()))
    installation.registry.close()


def test_every_line_of_every_version_is_what_a_second_computation_says(
    year: Year,
) -> None:
    assert year.issued() == {
        key: {version.label: list(version.lines) for version in versions}
        for key, versions in year.by_hand.items()
    }


def test_every_version_says_how_much_of_its_month_was_heard(year: Year) -> None:
    assert year.states() == {
        (*key, version.label): (version.bill.state, version.bill.missing_seconds)
        for key, versions in year.by_hand.items()
        for version in versions
    }


def test_there_is_a_later_version_exactly_where_something_came_late(
    year: Year,
) -> None:
    versions = {key: list(labels) for key, labels in year.issued().items()}

    assert len(versions) == 110  # nine meters or ten, month after month
    assert {key: labels[1:] for key, labels in versions.items() if labels[1:]} == {
        ("M02", NOV): ["R1"],  # thirty hours of November came in December
        ("M04", MAR): ["R1", "R2"],  # the day of 23 hours was corrected twice
        **{(m, JUN): ["R1"] for m in METERS if (m, JUN) in versions},  # a late price
    }


def test_what_a_correction_comes_to_stands_once_on_the_next_statement(
    year: Year,
) -> None:
    found: dict[tuple[str, int], list[str]] = {}
    for (meter, month), versions in year.issued().items():
        for code, *_ in versions["INITIAL"]:
            if code.startswith("adjustment"):
                found.setdefault((meter, month), []).append(code)

    corrected = {meter for meter, month in year.issued() if month == JUN}
    assert found == {
        ("M02", DEC): ["adjustment.2025-11"],
        ("M04", MAY): ["adjustment.2026-03"],
        ("M04", JUN): ["adjustment.2026-03"],
        **{(meter, JUL): ["adjustment.2026-06"] for meter in corrected},
    }


def test_a_member_has_paid_in_the_end_what_one_right_bill_would_have_said(
    year: Year,
) -> None:
    asked: dict[str, int] = {}
    right: dict[str, int] = {}
    for (meter, _), versions in year.issued().items():
        asked[meter] = asked.get(meter, 0) + versions["INITIAL"][-1][3]
        own = [line for line in list(versions.values())[-1] if _is_own(line)]
        right[meter] = right.get(meter, 0) + sum(cents for *_, cents in own)

    assert asked == right


def test_a_month_with_too_little_usage_is_billed_when_it_came(year: Year) -> None:
    """July of the solar roof lacked 96 hours; they came with those of August."""
    assert "every_meter_can_be_billed" in year.arrivals.failed["close_month"]
    assert list(year.issued()["M06", JUL]) == ["INITIAL"]
    assert year.states()["M06", JUL, "INITIAL"] == ("COMPLETE", 0)


def test_the_price_that_was_told_before_an_hour_binds_it(year: Year) -> None:
    known = Known()
    for publication in published():
        known.publish(publication)
    curve = year.lake.read(tables.PRICE_CURVE, days())

    bound = {
        int(row["interval_start_utc"].timestamp()): int(row["price_per_kwh"] * 10**8)
        for row in curve.rows(named=True)
    }

    assert bound == known.prices
    assert sorted(bound) == ALL_HOURS
    named = {
        day: len(set(curve.filter(operating_day=str(day))["submission_id"]))
        for day in (BEFORE_THE_DAY, IN_THE_DAY, AFTER_THE_DAY, NOT_TOLD)
    }
    assert named == {
        BEFORE_THE_DAY: 1, IN_THE_DAY: 2, AFTER_THE_DAY: 1, NOT_TOLD: 1
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "month", "changed"),
    [
        ("M05", "M15", FEB, EXCHANGE),  # the meter of a device was replaced
        ("M10", "M20", FEB, EXCHANGE),  # another meter reads the same house
        ("M03", "M13", NOV, MOVED),  # one member left, another came
    ],
)
def test_each_meter_is_billed_for_its_own_side_of_a_change(
    year: Year, old: str, new: str, month: int, changed: int
) -> None:
    hours = year.lake.read(tables.STATEMENT_HOUR, MONTHS)
    begins = {
        meter: [
            int(start.timestamp())
            for start in hours.filter(meter_id=meter)["interval_start_utc"]
        ]
        for meter in (old, new)
    }

    assert max(begins[old]) == changed - HOUR
    assert min(begins[new]) == changed
    assert max(m for meter, m in year.issued() if meter == old) == month
    assert min(m for meter, m in year.issued() if meter == new) == month_at(changed)


def test_both_days_of_another_length_are_billed_whole(year: Year) -> None:
    hours = year.lake.read(tables.STATEMENT_HOUR, MONTHS)

    starts = {
        int(start.timestamp())
        for start in hours.filter(meter_id="M01", version=1)["interval_start_utc"]
    }

    assert sorted(starts) == ALL_HOURS
    assert {len(hours_of(day)) for day in days()} == {23, 24, 25}


def test_the_meter_data_system_has_the_energy_of_every_statement(year: Year) -> None:
    data = year.received
    for (meter, month), versions in year.by_hand.items():
        told = [data.total(units, meter, HOURS[month]) for units in ("KWH", "GKWH")]

        bill = versions[-1].bill
        assert told == [bill.import_mwh, bill.export_mwh], (meter, month)


def test_its_registers_go_on_where_the_month_before_ended(year: Year) -> None:
    data = year.received
    for meter in METERS:
        counted = [0, 0]
        for month in range(len(MONTHS)):
            if (meter, month) not in year.by_hand:
                continue
            hours = [hour for hour in HOURS[month] if is_in_service(meter, hour)]
            bill = year.by_hand[meter, month][-1].bill
            energy = [bill.import_mwh, bill.export_mwh]
            for i, units in enumerate(("KWHREG", "GKWHREG")):
                begin, end = (meter, hours[0]), (meter, hours[-1] + HOUR)
                dials = [data.values[units][each] for each in (begin, end)]
                assert dials == [counted[i], counted[i] + energy[i]], (meter, month)
            counted = [sum(pair) for pair in zip(counted, energy, strict=True)]


def test_it_is_told_of_each_meter_the_time_that_it_was_in_service(year: Year) -> None:
    for meter in METERS:
        months = [month for one, month in year.by_hand if one == meter]
        expected = {
            hour + HOUR
            for month in months
            for hour in HOURS[month]
            if is_in_service(meter, hour)
        }

        told_of = {end for one, end in year.received.values["KWH"] if one == meter}

        assert told_of == expected, meter


def test_estimates_are_told_as_estimates(year: Year) -> None:
    flagged = year.received.flagged("KWH", "E")

    assert flagged == {"M01": 1, "M03": 1, "M09": 5}


def test_a_file_is_received_once_and_a_later_one_says_that_it_is_sent_again(
    year: Year,
) -> None:
    log = year.lake.read(tables.CMEP_FILE, MONTHS)

    received = [call.query_name for call in year.stub.calls]

    assert sorted(received) == sorted(log["file_name"])
    assert len(set(received)) == len(received)
    assert all(len(hashes) == 1 for hashes in year.stub.files.values())
    first = {row["file_name"] for row in log.rows(named=True) if row["version"] == 1}
    purposes = zip(received, year.received.purposes, strict=True)
    assert {(name in first, *purpose) for name, purpose in purposes} == {
        (True, "OK"),
        (False, "RESEND"),
    }


def test_nothing_is_left_to_do_and_doing_all_again_changes_nothing(year: Year) -> None:
    before = _content(year.lake)
    calls = len(year.stub.calls)

    year.arrivals.do_all_again()

    assert year.arrivals.left_to_do() == []
    assert _content(year.lake) == before
    assert len(year.stub.calls) == calls


def _is_own(line: Line) -> bool:
    return not line[0].startswith(("adjustment", "total"))


def _content(lake: Lake) -> dict[tuple[str, str], tuple[int, object]]:
    """Give what every partition of every table says, and how many files say it.

    Of `core` and `out` also what it was made from; of `raw` that is only up to which
    number everything was read.
    """
    found: dict[tuple[str, str], tuple[int, object]] = {}
    for table in tables.ALL:
        for key in lake.partitions(table):
            stored = lake.stored(table, key)
            assert stored
            says = stored.content_sha256 if table.schema == "raw" else stored
            found[table.name, key] = lake.versions(table, key), says
    return found
