"""A headless Chromium, as Debian packages it, that scripts of pages do not run in.

It speaks to this machine alone. Whatever a page complains about on the console is
collected and is a failure.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

BROWSER, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
SCREENSHOTS = Path(__file__).parents[2] / ".artifacts" / "screenshots"
PATIENCE_SECONDS = 30
DESKTOP, PHONE = (1280, 900), (390, 844)
_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # tests may run as root; the pages are our own
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class Browser:
    """A browser somebody sits at.

    Args:
        driver: Of the running browser.
        url: Where the pages are.
    """

    def __init__(self, driver: Chrome, url: str) -> None:
        """Sit down."""
        self._driver = driver
        self._url = url

    def open(self, path: str) -> None:
        """Go to a page."""
        self._driver.get(self._url + path)

    def sign_in(self, user: tuple[str, str]) -> None:
        """Fill in the form that is shown, and send it."""
        for name, text in zip(("name", "password"), user, strict=True):
            self._driver.find_element(By.ID, name).send_keys(text)
        self.leave_by("form.letter button")

    def leave_by(self, selector: str) -> None:
        """Press what a selector finds first, and wait for the page it leads to."""
        (page,) = self.find("html")
        self.press(selector)
        WebDriverWait(self._driver, PATIENCE_SECONDS).until(staleness_of(page))

    def press(self, selector: str) -> None:
        """Press what a selector finds first, and stay."""
        self.find(selector)[0].click()

    def strike(self, key: str) -> WebElement:
        """Strike a key; give what has the keyboard then."""
        self._driver.switch_to.active_element.send_keys(key)
        return self._driver.switch_to.active_element

    def find(self, selector: str) -> list[WebElement]:
        """Give what a selector finds."""
        return list(self._driver.find_elements(By.CSS_SELECTOR, selector))

    @property
    def path(self) -> str:
        """Give the address of the page, without where the pages are."""
        return str(self._driver.current_url).removeprefix(self._url)

    @property
    def text(self) -> str:
        """Give what can be read, in one line."""
        (body,) = self.find("body")
        return " ".join(str(body.text).split())

    @property
    def is_too_wide(self) -> bool:
        """Tell whether the page has to be pushed sideways."""
        return bool(
            self._driver.execute_script(
                "const e = document.documentElement;"
                "return e.scrollWidth > e.clientWidth;"
            )
        )

    def look_as(
        self, *, size: tuple[int, int] = DESKTOP, is_dark: bool = False
    ) -> None:
        """Take another screen, or the light out."""
        scheme = "dark" if is_dark else "light"
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": features}
        )
        self._resize(*size)

    def keep(self, name: str) -> Path:
        """Keep a picture of the whole page, for people to look at."""
        width, height = self._driver.execute_script(
            "return [innerWidth, document.documentElement.scrollHeight];"
        )
        self._resize(int(width), int(height))
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        assert self._driver.save_screenshot(str(path))
        return path

    def complaints(self) -> list[str]:
        """Give what the console says since this was asked last."""
        log = self._driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [str(entry["message"]) for entry in log]

    def _resize(self, width: int, height: int) -> None:
        self._driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {
                "width": width,
                "height": height,
                "deviceScaleFactor": 1,
                "mobile": width == PHONE[0],
            },
        )


@contextmanager
def running_chromium(profile: Path) -> Iterator[Chrome]:
    """Start a browser with an empty profile; skip where there is none, but for CI."""
    if not (BROWSER.exists() and DRIVER.exists()):
        missing = f"{BROWSER} or {DRIVER} is missing: install chromium, chromium-driver"
        if "CI" in os.environ:
            pytest.fail(missing)
        pytest.skip(missing)
    options = ChromeOptions()
    options.binary_location = str(BROWSER)
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    no_scripts = {"profile.managed_default_content_settings.javascript": 2}
    options.add_experimental_option("prefs", no_scripts)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=ChromeService(str(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()
