"""`ter settle`: the worked day from files, and what changes no byte of it."""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from typer.testing import CliRunner

from ter_pipelines.cli import app
from ter_pipelines.vocab.clock import iso_utc
from tests.flow.at_work import environment, finished
from tests.settlement.files_at_hand import NET_KWH, PRICES

RATE = """
rate_id = "ter"
title = "TER"
zone = "America/New_York"
currency = "USD"
[[version]]
effective_from = 2024-11-01
netting = "interval"
energy_lines = "split"
rounding = "half-up"
minimum_completeness = "0.95"
maximum_estimated = "0.05"
cut_off_days = 2
adjustment_days = 60
[version.price]
source = "iso-ne-csv"
unit = "USD/MWh"
"""
USAGE_LINES = [
    json.dumps(
        {
            "meter_id": "0012",
            "interval_start_utc": iso_utc(start),
            "duration_seconds": 3600,
            "energy_kwh": kwh,
        }
    )
    for start, kwh in zip(PRICES, NET_KWH, strict=True)
]
PRICE_LINES = [
    json.dumps(
        {
            "interval_start_utc": iso_utc(start),
            "duration_seconds": 3600,
            "price_per_kwh": str(price),
            "currency": "USD",
        }
    )
    for start, price in PRICES.items()
]


@dataclass
class Told:
    """What the command printed."""

    code: int
    text: str
    remarks: str

    @property
    def one(self) -> dict[str, Any]:
        (line,) = self.text.splitlines()
        found: dict[str, Any] = json.loads(line)
        return found


def settle(*words: str | Path) -> Told:
    done = CliRunner().invoke(app, ["settle", *map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return Told(done.exit_code, done.stdout, done.stderr)


def files(
    folder: Path,
    usage: list[str] | None = None,
    prices: list[str] | None = None,
    rate: str = RATE,
) -> list[str | Path]:
    """Write the files; give the words that name them."""
    words: list[str | Path] = []
    for name, lines in (
        ("usage", USAGE_LINES if usage is None else usage),
        ("prices", PRICE_LINES if prices is None else prices),
        ("rate", [rate]),
    ):
        path = folder / name
        path.write_text("\n".join(lines) + "\n")
        words += [f"--{name}", path]
    return words


def test_the_worked_day_comes_out_to_the_digit(tmp_path: Path) -> None:
    told = settle(*files(tmp_path))

    assert (told.code, told.remarks) == (0, "")
    said = told.one
    assert [(li["exact_amount"], li["amount"]) for li in said["lines"]] == [
        ("3.6344135", "3.63"),
        ("-0.0271175", "-0.03"),
        ("3.607296", "3.60"),
    ]
    assert [li["energy_kwh"] for li in said["lines"]] == ["25.125", "8.35", "16.775"]
    assert (said["first_day"], said["last_day"]) == ("2024-11-03", "2024-11-03")
    assert (said["version"], said["label"], said["state"]) == (1, "INITIAL", "COMPLETE")
    assert said["metered_seconds"] == said["expected_seconds"] == 25 * 3600
    assert len(said["content_sha256"]) == len(said["inputs_sha256"]) == 64
    assert "hours" not in said


def test_the_hours_come_on_request(tmp_path: Path) -> None:
    hours = settle(*files(tmp_path), "--hours").one["hours"]

    assert len(hours) == 25
    exact = [Decimal(h["import_amount"]) + Decimal(h["export_amount"]) for h in hours]
    assert sum(exact, Decimal(0)) == Decimal("3.60729600")


def test_a_missing_price_blocks_and_names_the_hour(tmp_path: Path) -> None:
    told = settle(*files(tmp_path, prices=PRICE_LINES[:18] + PRICE_LINES[19:]))

    assert (told.code, told.text) == (1, "")
    assert "meter 0012, 2024-11: usage of 2024-11-03T22:00:00Z: got no price" in (
        told.remarks
    )


def test_a_month_that_is_not_complete_is_not_billed(tmp_path: Path) -> None:
    told = settle(*files(tmp_path), "--month", "2024-11")

    assert (told.code, told.text) == (1, "")
    assert "got 90000 s metered and 0 s estimated of 2595600 s" in told.remarks


def test_each_meter_gets_its_own_statement_and_a_bad_one_stops_no_other(
    tmp_path: Path,
) -> None:
    other = [line.replace("0012", "0011") for line in USAGE_LINES[:20]]

    told = settle(*files(tmp_path, usage=USAGE_LINES + other))

    assert told.code == 1
    assert told.one["meter_id"] == "0012"
    assert "meter 0011, 2024-11: got 72000 s metered" in told.remarks


def test_a_correction_builds_on_the_statement_before(tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.write_text(settle(*files(tmp_path)).text)
    same = settle(*files(tmp_path), "--before", before)
    corrected = [line.replace("2.100", "2.350") for line in USAGE_LINES]

    again = settle(*files(tmp_path, usage=corrected), "--before", before)

    assert (same.code, same.text) == (0, "")
    assert "says what the statement before says" in same.remarks
    assert (again.one["label"], again.one["lines"][-1]["amount"]) == ("R1", "3.73")


def test_a_fee_by_kw_takes_the_demand_tag(tmp_path: Path) -> None:
    fee = '[[version.fee]]\ncode = "kw"\ntitle = "kW"\namount = "2.5"\nper = "kw"\n'
    words = files(tmp_path, rate=RATE + fee)

    untold = settle(*words)
    told = settle(*words, "--demand-kw", "3")

    assert (untold.code, untold.text) == (1, "")
    assert "fee kw: got no demand tag" in untold.remarks
    assert told.one["lines"][2]["amount"] == "7.50"


def test_prices_of_a_market_are_read_by_their_source_and_built_on(
    tmp_path: Path,
) -> None:
    """Lines of an ISO-NE report: 24 hours of 14 November 2025, 1 kWh each."""
    report = Path("examples/prices/WW_DALMP_ISO_20251114.csv")
    usage = tmp_path / "used.csv"
    rows = [f"0012,2025-11-14T{h:02d}:00:00-05:00,3600,1.000" for h in range(24)]
    header = "meter_id,interval_start_utc,duration_seconds,energy_kwh"
    usage.write_text("\n".join([header, *rows]))
    rate = tmp_path / "rate.toml"
    build = 'location = "4002"\n[version.price.build]\nmargin_per_kwh = "0.01"\n'
    common = ("--usage", usage, "--prices", report, "--source", "iso-ne-csv")

    rate.write_text(RATE + 'location = "4002"\n')
    plain = settle(*common, "--rate", rate).one
    rate.write_text(RATE + build)
    built = settle(*common, "--rate", rate).one

    exact = [Decimal(told["lines"][0]["exact_amount"]) for told in (plain, built)]
    assert exact[1] - exact[0] == Decimal("0.24")


@pytest.mark.parametrize(
    ("usage", "reason"),
    [
        (["no json"], "usage, line 1: got the columns no json"),
        ([*USAGE_LINES, USAGE_LINES[3].replace("1.000", "9")], "got two values"),
        ([USAGE_LINES[0].replace("3600", "86400")], "longer ones need"),
        ([USAGE_LINES[0], USAGE_LINES[0].replace("11-03", "12-03")], "expected one"),
    ],
)  # fmt: skip
def test_files_that_contradict_themselves_are_refused(
    tmp_path: Path, usage: list[str], reason: str
) -> None:
    told = settle(*files(tmp_path, usage=usage))

    assert (told.code, told.text) == (1, "")
    assert reason in told.remarks


def test_usage_of_other_months_is_left_out_and_said(tmp_path: Path) -> None:
    rate = RATE.replace('"0.95"', '"0"')
    december = USAGE_LINES[0].replace("11-03", "12-03")

    told = settle(
        *files(tmp_path, usage=[*USAGE_LINES, december], rate=rate),
        "--month", "2024-11",
    )  # fmt: skip

    assert told.code == 0
    assert "left out 1 intervals outside of 2024-11-01 to 2024-11-30" in told.remarks
    assert told.one["lines"][-1]["amount"] == "3.60"
    none = settle(*files(tmp_path, rate=rate), "--month", "2025-01")
    assert (none.code, none.text) == (1, "")
    assert "got no usage from 2025-01-01 to 2025-01-31" in none.remarks


def test_what_cannot_be_read_or_is_no_rate_is_an_error(tmp_path: Path) -> None:
    words = [str(word) for word in files(tmp_path, rate="rate_id = 1")]

    wrong = finished(["settle", *words], environment(tmp_path))
    words[1] = str(tmp_path / "none")
    missing = finished(["settle", *words], environment(tmp_path))

    assert (wrong.returncode, missing.returncode) == (2, 2)
    assert "rate_id: got '1'" in wrong.stderr
    assert wrong.stdout == missing.stdout == ""


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
def test_the_machines_time_zone_does_not_change_a_byte(
    tmp_path: Path, zone: str
) -> None:
    words = [*map(str, files(tmp_path)), "--hours"]

    done = finished(["settle", *words], environment(tmp_path, TZ=zone))

    assert done.stdout == settle(*words).text


@given(
    order=st.permutations(range(25)),
    cuts=st.tuples(st.integers(0, 25), st.integers(0, 25)),
    repeated=st.integers(0, 24),
)
@tries(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_neither_the_order_of_lines_nor_how_files_are_cut_changes_a_byte(
    tmp_path: Path, order: list[int], cuts: tuple[int, int], repeated: int
) -> None:
    whole = settle(*files(tmp_path), "--hours").text
    words: list[str | Path] = ["--rate", tmp_path / "rate"]
    for name, lines, cut in zip(
        ("usage", "prices"), (USAGE_LINES, PRICE_LINES), cuts, strict=True
    ):
        mixed = [*(lines[i] for i in order), lines[repeated]]
        for number, part in enumerate((mixed[:cut], mixed[cut:])):
            if part:
                path = tmp_path / f"{name}-{number}"
                path.write_text("\n".join(part))
                words += [f"--{name}", path]

    assert settle(*words, "--hours").text == whole
