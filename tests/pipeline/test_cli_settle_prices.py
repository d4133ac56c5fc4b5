"""`ter settle` with prices of the rate's source, and with finished ones."""

import json
from pathlib import Path

from ter_pipelines.vocab.clock import iso_utc
from tests.pipeline.test_cli_settle import RATE, files, settle
from tests.settlement.files_at_hand import PRICES


def schedule(**stated: str) -> str:
    prices = [{"datetime": iso_utc(t), "price": str(p)} for t, p in PRICES.items()]
    return json.dumps({"schedule": {"date": "2024-11-02", "prices": prices, **stated}})


def test_parts_are_put_on_the_prices_of_the_rates_own_source_alone(
    tmp_path: Path,
) -> None:
    by = RATE + '[version.price.build]\nmargin_per_kwh = "0.05"\n'
    own = by.replace("iso-ne-csv", "ter-json")
    words = (*files(tmp_path, prices=[schedule(unit="USD/kWh")]), "--source")
    (tmp_path / "other").write_text(by)
    (tmp_path / "own").write_text(own)

    finished = settle(*words, "ter-json", "--rate", tmp_path / "other")
    built = settle(*words, "ter-json", "--rate", tmp_path / "own")

    # 25.125 and 8.350 kWh: 1.25625 more and 0.4175 less
    amounts = [[line["amount"] for line in t.one["lines"]] for t in (finished, built)]
    assert amounts == [["3.63", "-0.03", "3.60"], ["4.89", "-0.44", "4.45"]]


def test_finished_prices_state_their_unit(tmp_path: Path) -> None:
    told = settle(*files(tmp_path, prices=[schedule()]), "--source", "ter-json")

    assert (told.code, told.text) == (1, "")
    assert "schedule.unit: got none, expected one of" in told.remarks
