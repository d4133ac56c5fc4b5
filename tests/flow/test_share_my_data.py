"""`ter up` hears the data custodian, fetches what it announces, and lands it."""

import socket
from pathlib import Path

import pytest

from tests.flow.at_work import processes_of, system_at_work, wait_until
from tests.pipeline.ter_share_my_data import registry_of
from tests.resources.custodian_at_work import FEED, authority, custodian_at_work

pytestmark = pytest.mark.flow


def test_a_notification_becomes_a_landed_feed_by_itself(tmp_path: Path) -> None:
    home = tmp_path / "home"
    authority().issue_server("us.example").write(tmp_path, "door")
    (tmp_path / "door.key").chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with custodian_at_work(tmp_path) as custodian:
        file = custodian.toml(
            "[listener]",
            f"port = {port}",
            'certificate_file = "door.crt"',
            'key_file = "door.key"',
            'client_ca_file = "ca.crt"',
        )
        with system_at_work(home, TER_SHARE_MY_DATA=str(file)) as system:
            system.wait_until_up()
            url = f"https://127.0.0.1:{port}/share-my-data"
            answer = custodian.notify(url, custodian.uri("a-1"))
            with registry_of(home) as registry:
                wait_until(
                    lambda: registry.submissions("green-button") != [],
                    "the feed is landed",
                )
                (landed,) = registry.submissions("green-button")
                body = registry.body(landed)
            system.press_ctrl_c()
            code, remarks = system.end()

    assert (answer.status_code, body) == (200, FEED)
    assert (code, "Traceback" in remarks) == (0, False)
    assert processes_of(home) == []
