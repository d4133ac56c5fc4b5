"""The documented requests of SilesiaSolar's clients get the documented answers."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.api.api_at_work import OLGA, TIMEOUT_SECONDS, Door
from tests.api.silesia_at_work import silesia

SCRIPT = Path(__file__).parents[2] / "examples" / "partners" / "silesia.sh"


def replay(door: Door) -> list[Any]:
    """Run the script; give its answers, None for an empty one."""
    done = subprocess.run(  # noqa: S603
        [str(SCRIPT)],
        env={
            "PATH": "/usr/bin:/bin",
            "TER_URL": door.url,
            "TER_USER": "johndoe",
            "TER_PASSWORD": "strong-password",
            "TER_ADMIN": OLGA[0],
            "TER_ADMIN_PASSWORD": OLGA[1],
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=3 * TIMEOUT_SECONDS,
    )
    return [json.loads(line) if line else None for line in done.stdout.splitlines()]


def test_the_documented_requests_get_the_documented_answers(tmp_path: Path) -> None:
    with silesia(tmp_path) as door:
        answers = iter(replay(door))

    registered, signed_in, info = (next(answers) for _ in range(3))
    user = {"id": info["id"], "username": "johndoe", "email": "johndoe@example.com"}
    assert (registered["user"], signed_in["user"], info) == (user, user, user)
    assert registered["token"] != signed_in["token"]
    location = next(answers)
    assert location == {
        "id": 1, "street": "SunnyStreet", "number": "68", "city": "SilliconCity",
        "zip_code": "11-420", "coord_x": None, "coord_y": None, "user": user["id"],
    }  # fmt: skip
    assert next(answers) == [location]
    meter = next(answers)
    assert meter == {"id": meter["id"], "name": "sdm330", "type": 2}
    current = {"measurement": "current", "type": 1}
    voltage = {"measurement": "voltage_ac", "type": 1}
    assert [next(answers), next(answers)] == [current, voltage]
    register, _ = next(answers), next(answers)
    assert register.items() >= {
        "id": 1, "address": 12, "unit": "A", "type": 1, "function_code": 3,
        "meter": meter["id"], "measurement": "current",
    }.items()  # fmt: skip
    host = next(answers)
    assert host == {
        "id": 1, "ip": "127.0.0.1", "port": 2282, "slave_address": 1,
        "description": "test", "user": user["id"], "location": 1, "meter": meter["id"],
    }  # fmt: skip
    assert [next(answers), next(answers), next(answers)] == [location, user, None]
    assert [next(answers), next(answers)] == [[host], [current, voltage]]
    assigned = [
        {"id": 1, "host": 1, "measurement": "current"},
        {"id": 2, "host": 1, "measurement": "voltage_ac"},
    ]
    assert [next(answers), next(answers)] == [assigned, assigned]
    assert next(answers) == {"error": "Measurement 'current' has no value yet"}
    assert [next(answers), next(answers)] == [None, {"detail": "Invalid token."}]
    assert list(answers) == []
