"""One installation and one browser for all tests here; each begins signed out."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from tests.api.api_at_work import Door
from tests.api.pages_at_work import pages
from tests.browser.chromium import Browser, running_chromium
from tests.pipeline.test_cli_statement import publish
from tests.settlement.files_at_hand import settled, worked_usage

NED = ("ned", "words of ned here")
METER_OF_NED = "0012"


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Give an installation with prices, devices, a gap and a bill of Ned's meter."""
    home = tmp_path_factory.mktemp("home")
    publish(home, settled(worked_usage()))
    with pages(home) as door:
        with door.registry() as registry:
            registry.people.add(*NED, ["member"], meter_ids=[METER_OF_NED])
        yield door


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Give a running browser."""
    with running_chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def browser(door: Door, chromium: Chrome) -> Iterator[Browser]:
    """Give it with nobody signed in; afterwards no page may have complained."""
    chromium.delete_all_cookies()
    sat_at = Browser(chromium, door.url)
    sat_at.complaints()
    sat_at.look_as()

    yield sat_at

    assert sat_at.complaints() == []
