"""The 25-hour day of 3 November 2024's shape, through every asset to the statement."""

from datetime import date
from decimal import Decimal

from ter_pipelines.vocab import tables
from tests.assets.conftest import Installation, failed_checks

LONG_DAY = date(2025, 11, 2)
NET_KWH = """
    1.250 1.100 1.050 1.000 0.950 0.900 0.875 1.200 1.500 0.400 -0.300 -1.100 -1.750
    -2.000 -1.800 -1.150 -0.250 0.650 2.100 2.600 2.450 2.200 1.900 1.600 1.400
""".split()
PRICES = """
    0.03512 0.03277 0.03104 0.02988 0.02951 0.02990 0.03310 0.04025 0.04518 0.03890
    0.02210 0.00455 -0.01200 -0.00835 0.00390 0.02875 0.05240 0.11875 0.48650 0.45320
    0.21440 0.09875 0.06520 0.04810 0.03995
""".split()
ONE_METER = """
    {"meters": {"meterID": "TER0001", "VEN_ID": "ven-1", "device_id": "device-1"}}
"""


def test_the_long_day_settles_to_the_last_digit(installation: Installation) -> None:
    installation.post_prices(LONG_DAY, PRICES)
    installation.post_meters(ONE_METER)
    installation.report(LONG_DAY, list(NET_KWH))

    results = [
        installation.run("publish_prices", LONG_DAY, LONG_DAY),
        installation.run("map_meters", "", ""),
        installation.run("settle_usage", LONG_DAY, LONG_DAY),
    ]

    assert [result.success for result in results] == [True, True, True]
    assert [failed_checks(result) for result in results] == [[], [], []]
    hours = installation.lake.read(tables.SETTLED_HOUR, [LONG_DAY])
    assert hours.height == 25
    assert hours["import_kwh"].sum() == Decimal("25.125")
    assert hours["export_kwh"].sum() == Decimal("8.350")
    assert hours["import_amount"].sum() == Decimal("3.63441350")
    assert hours["export_amount"].sum() == Decimal("-0.02711750")
