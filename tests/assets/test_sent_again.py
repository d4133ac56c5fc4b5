"""A month's file that is sent again says everything as often as the first one did."""

from dataclasses import replace

import pytest

from ter_pipelines.vocab import tables
from tests.assets.conftest import Installation
from tests.assets.test_month import KEY, LAST_DAYS, MONTH, settled_month


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """Let the programme begin on the 28th, so that its first month is three days."""
    installation.programme = replace(
        installation.programme, first_operating_day=LAST_DAYS[0]
    )
    return installation


def test_a_file_that_is_sent_again_tells_each_register_once_a_day(
    installation: Installation,
) -> None:
    settled_month(installation, left_out=2)
    installation.run("close_month", KEY, KEY)
    installation.report(LAST_DAYS[0], ["1.000"] * 2 + [None] * 22)
    installation.run("settle_usage", LAST_DAYS[0], LAST_DAYS[0])

    installation.run("close_month", KEY, KEY)

    log = installation.lake.read(tables.CMEP_FILE, [MONTH]).sort("version")
    first, again = (
        [line.split(",") for line in _lines(installation, path) if "REG," in line]
        for path in log["path"]
    )
    assert [fields[8] for fields in again] == ["RESEND"] * len(first)
    assert {fields[13] for fields in [*first, *again]} == {"2"}
    last_day = ["202511300500", "A", "48.000", "202512010500", "A", "72.000"]
    assert again[-2][14:] == last_day


def _lines(installation: Installation, path: str) -> list[str]:
    return (installation.lake.root / path).read_text().splitlines()
