"""`ter share-my-data listen`: what is announced to it is fetched and lands."""

from datetime import date

import pytest
import requests

from ter_pipelines.noticed import noticed
from ter_pipelines.processes import running_system
from ter_pipelines.settings import read_settings
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.errors import FieldError
from tests.assets.conftest import Installation
from tests.flow.at_work import SECONDS
from tests.pipeline.ter_share_my_data import listening, share_my_data
from tests.resources.conftest import custodian
from tests.resources.custodian_at_work import (
    FEED,
    CustodianAtWork,
)

__all__ = ["custodian"]


def test_a_wrong_file_stops_the_start_and_names_its_fields(
    custodian: CustodianAtWork,
) -> None:
    file = custodian.toml(timeout_seconds=0)
    settings = read_settings(
        {"TER_HOME": str(custodian.folder), "TER_SHARE_MY_DATA": str(file)}
    )

    with pytest.raises(FieldError, match="timeout_seconds"), running_system(settings):
        pass


def test_a_request_is_notified_and_its_feed_lands(
    custodian: CustodianAtWork, installation: Installation
) -> None:
    installation.custodian = custodian.client()
    with listening(custodian, "--client-ca", "ca.crt") as url:
        asked = share_my_data(
            custodian, "request", "--date", "2019-11-03", file=custodian.toml()
        )
        answer = custodian.notify(
            url, custodian.uri("a-1"), "https://evil.example/", custodian.uri("a-2")
        )
        with pytest.raises(requests.RequestException):
            requests.post(
                url, data=b"", verify=str(custodian.folder / "ca.crt"), timeout=SECONDS
            )
    installation.run("fetch_noticed_feeds", "", "")
    told = share_my_data(custodian, "status", file=custodian.toml())

    (landed,) = installation.registry.submissions("green-button")
    states = [r.state for r in noticed(Lake(custodian.folder / "data"))]
    assert asked.told[0]["state"] == "ACCEPTED"
    assert (answer.status_code, answer.text) == (200, "Kept.\n")
    assert installation.registry.body(landed) == FEED
    assert landed.begins_at is not None
    assert landed.begins_at.date() == date(2019, 11, 3)
    assert states == ["FETCHED", "REFUSED", "FETCHED"]
    assert told.told[0]["resources"] == {"FETCHED": 2, "REFUSED": 1}
    assert (told.told[0]["unread_notices"], told.code) == (0, 1)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--port", "0"], "--cert and --key"),
        (["--cert", "us.crt", "--key", "server.key"], "server.key"),
        (["--cert", "us.crt", "--key", "us.key", "--path", "/test"], "'/test'"),
    ],
)
def test_a_listener_that_cannot_listen_says_why(
    custodian: CustodianAtWork, words: list[str], named: str
) -> None:
    in_folder = [
        str(custodian.folder / w) if w.endswith((".crt", ".key")) else w for w in words
    ]

    done = share_my_data(custodian, "listen", *in_folder, file=custodian.toml())

    assert (done.code, done.told) == (2, [])
    assert named in done.error
