"""How CMEP files are written: a few meters at a time, once a version, read back."""

from dataclasses import replace
from decimal import Decimal

import pytest

from ter_pipelines.vocab.cmep_out import CmepOut
from ter_pipelines.vocab.errors import InputError
from tests.assets.cmep_days import (
    DAYS,
    MADE_AT,
    export_of,
    lines_of,
    log_of,
    settle,
    settle_days,
    wants,
)
from tests.assets.conftest import Installation, failed_checks


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """Let the programme begin in November, and its partner want days."""
    return wants(installation, CmepOut(daily=True))


def test_many_meters_are_written_a_few_at_a_time(installation: Installation) -> None:
    meters = [f"M{i}" for i in range(5)]
    few = export_of(installation, hours_a_batch=48)
    all_ = export_of(installation, hours_a_batch=10_000)
    settle(installation, DAYS[0], meters)
    settle(installation, DAYS[1], meters)
    few.write(few.content(meters), MADE_AT)
    settle(installation, DAYS[0], meters, first="5")

    content = few.content(meters)
    few.write(content, MADE_AT)

    assert content == all_.content(meters)
    assert few.find_unequal(content) == []
    assert few.meters_sent() == meters
    row = log_of(installation, DAYS[0])[-1]
    assert (row["records"], row["import_kwh"]) == (20, Decimal(124))
    lines = lines_of(installation, row)
    assert [line[7] for line in lines[::4]] == meters
    assert [line[15] for line in lines[::4]] == ["A", "", "", "", ""]


def test_a_file_that_was_changed_on_the_disk_is_told(
    installation: Installation,
) -> None:
    settle_days(installation)
    installation.run("export_days", DAYS[0], DAYS[0])
    path = installation.lake.root / log_of(installation, DAYS[0])[0]["path"]
    path.write_bytes(path.read_bytes().replace(b"1.000", b"2.000", 1))

    result = installation.run("export_days", DAYS[0], DAYS[0])

    assert failed_checks(result) == ["day_file_reads_back_to_the_same_kwh"]


def test_a_day_has_so_many_versions_as_its_job_numbers_hold(
    installation: Installation,
) -> None:
    settle_days(installation)
    export = replace(export_of(installation, 48), most_versions=2)
    content = export.content(["M1"])
    export.write(content, MADE_AT)

    with pytest.raises(InputError, match="version 2, expected under 2"):
        export.write(content, MADE_AT)


def test_an_export_that_was_cut_off_before_the_log_is_written_anew(
    installation: Installation,
) -> None:
    settle_days(installation)
    export = export_of(installation, 48)
    content = export.content(["M1"])
    folder = installation.lake.root / "out/cmep_day_file" / f"operating_day={DAYS[0]}"
    export.write(content, MADE_AT)
    (folder / "v000001.parquet").unlink()

    export.write(content, MADE_AT)

    (row,) = log_of(installation, DAYS[0])
    assert lines_of(installation, row)
    assert sorted(path.suffix for path in folder.iterdir()) == [".dat", ".parquet"]
