"""What people do on the pages, in a real browser with scripts switched off."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.api.api_at_work import ANA, OLGA
from tests.browser.chromium import DESKTOP, PHONE, Browser
from tests.browser.conftest import NED

LOOKS = {
    "light": (DESKTOP, False),
    "dark": (DESKTOP, True),
    "phone": (PHONE, False),
}
PAGES = {
    "prices": "/pages/prices",
    "prices-25-hours": "/pages/prices?day=2025-11-02",
    "participation": "/pages/participation",
    "usage": "/pages/usage?from=2025-11-01&to=2025-11-03",
    "usage-gap": "/pages/usage/ven-1/heater-1/2025-11-02",
    "statements": "/pages/statements",
    "statement": "/pages/statements/0012/2024-11",
    "sites": "/pages/sites",
    "changes": "/pages/changes",
    "api": "/pages/api",
}


def test_somebody_signs_in_and_finds_tomorrows_price(browser: Browser) -> None:
    browser.open("/")
    browser.leave_by(".who a")
    browser.sign_in(NED)

    assert browser.path == "/pages/prices"
    assert "ned Sign out" in browser.text
    assert "Tomorrow, Tuesday, November 4, 2025" in browser.text
    assert "02:00 to 06:00 2.00 ¢ on average" in browser.text
    browser.keep("found-tomorrows-price")


def test_every_hour_of_tomorrow_can_be_unfolded(browser: Browser) -> None:
    browser.open("/pages/prices?day=2025-11-04")

    folded = browser.text
    browser.press("details.more summary")

    assert "32.500 ¢" not in folded
    assert browser.text.count("32.500 ¢") == 4


def test_an_analyst_opens_a_gap(browser: Browser) -> None:
    browser.open("/pages/usage?from=2025-11-01&to=2025-11-03")
    browser.sign_in(ANA)
    browser.leave_by("table.heat a.half")

    assert browser.path == "/pages/usage/ven-1/heater-1/2025-11-02"
    assert "a day of 25 hours" in browser.text
    assert len(browser.find("tr.missing")) == 3
    browser.keep("opened-a-gap")


def test_a_member_opens_the_hours_of_their_bill(browser: Browser) -> None:
    browser.open("/pages/statements")
    browser.sign_in(NED)
    browser.leave_by("a[href='/pages/statements/0012/2024-11']")
    browser.press("details.day summary")

    assert "November 2024" in browser.text
    assert "01:00 EDT" in browser.text
    assert "01:00 EST" in browser.text
    browser.keep("opened-a-bills-hours")


def test_the_keyboard_goes_past_the_navigation_and_through_it(browser: Browser) -> None:
    browser.open("/pages/prices")

    first = browser.strike(Keys.TAB).text
    others = [browser.strike(Keys.TAB).text for _ in range(2)]

    assert first == "Skip to the content"
    assert others == ["Transactive Energy Rate", "Prices"]


def test_who_signs_out_is_led_to_sign_in_again(browser: Browser) -> None:
    browser.open("/pages/participation")
    browser.sign_in(OLGA)
    browser.leave_by("form[action='/pages/sign-out'] button")
    signed_out = browser.text
    browser.open("/pages/participation")

    assert "olga" not in signed_out
    assert browser.path.startswith("/pages/sign-in?next=")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_every_screen_and_is_kept_as_a_picture(
    browser: Browser, name: str
) -> None:
    browser.open("/pages/sign-in")
    browser.sign_in(OLGA)

    too_wide = []
    for look, (size, is_dark) in LOOKS.items():
        browser.look_as(size=size, is_dark=is_dark)
        browser.open(PAGES[name])
        if browser.is_too_wide or not browser.find("main h1"):
            too_wide.append(look)
        browser.keep(f"{name}-{look}")

    assert too_wide == []
