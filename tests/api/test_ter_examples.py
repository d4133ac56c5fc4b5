"""The TER partners' own requests, sent by curl, get the documented answers."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.api.api_at_work import (
    NISC,
    PLAIN_DAY,
    PRAIS,
    TIMEOUT_SECONDS,
    running_api,
    schedule_of,
)
from tests.house.tree import ROOT


def run_the_script(home: Path, *files: Path) -> list[Any]:
    """Run it against an API of its own; give what is on each line."""
    home.mkdir()
    with running_api(home) as door:
        done = subprocess.run(  # noqa: S603
            [str(ROOT / "examples" / "partners" / "ter.sh"), *map(str, files)],
            env={
                "PATH": "/usr/bin:/bin",
                "TER_URL": door.url,
                "TER_PRICES_PASSWORD": PRAIS[1],
                "TER_METERS_PASSWORD": NISC[1],
            },
            capture_output=True,
            text=True,
            check=True,
            timeout=3 * TIMEOUT_SECONDS,
        )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_partners_own_requests_get_the_documented_answers(tmp_path: Path) -> None:
    first, second = (schedule_of(PLAIN_DAY, price=p) for p in ("0.10", "0.20"))
    files = [tmp_path / "first.json", tmp_path / "second.json"]
    for file, body in zip(files, (first, second), strict=True):
        file.write_text(json.dumps(body))

    said = run_the_script(tmp_path / "home", *files)

    before, sent, today, changed, read, withdrawn = said[:6]
    one, several, lists, device, switched, devices, forgotten = said[6:]
    created = "2025-11-03T17:00:00Z"
    assert before == []
    assert sent == {"id": 1, "created": created, "schedule": first["schedule"]}
    assert today == first["schedule"]
    assert changed == read == {**sent, "id": 2, "schedule": second["schedule"]}
    assert (withdrawn, forgotten) == (204, 204)
    line = {"meter_id": "0001", "ven_id": "999", "device_id": "47"}
    assert one == {"id": 3, "created": created, "meters": [line]}
    assert len(several["meters"]) == 2
    assert lists == [one, several]
    assert device == {
        "id": 1,
        "device_id": "47",
        "ven_id": "999",
        "statusOn": True,
        "registerConsumed": "12.34",
        "registerProduced": "0.00",
    }
    assert devices == [switched] == [{**device, "statusOn": False}]
