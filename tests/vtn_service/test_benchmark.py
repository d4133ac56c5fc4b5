"""The benchmark of the VTN still runs: what it says and expects is what both answer."""

import json
import subprocess
import sys

from tests.house.tree import ROOT

SECONDS = 120


def test_a_short_run_finds_every_acknowledged_report_stored() -> None:
    ran = subprocess.run(  # noqa: S603 - nothing in it is from outside
        [
            *(sys.executable, "-m", "benchmarks.vtn", "--json"),
            *"--vens 100 --rounds 1 --seconds 0.1 --minutes 0".split(),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["complaints"] == []
    assert found["reports"]["stored"] == found["reports"]["acknowledged"] > 0
    assert set(found["measures"]) == {"ours", "bare openleadr"}
