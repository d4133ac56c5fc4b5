"""The day-ahead price feed: one file a day over HTTP."""

from dataclasses import dataclass
from datetime import date

import requests

from ter_pipelines.vocab.errors import RemoteError, SettingsError


@dataclass(frozen=True)
class PriceFeed:
    """Where day-ahead price files lie.

    Args:
        url: With `{yyyymmdd}` in place of the operating day; empty for none.
        timeout_seconds: For connecting, and for each part of the answer.
    """

    url: str
    timeout_seconds: float = 30

    @property
    def is_set(self) -> bool:
        """Tell whether there is a feed at all."""
        return bool(self.url)

    def fetch_day(self, operating_day: date) -> bytes:
        """Fetch the file of a day, as it is.

        Raises:
            SettingsError: If no feed is set.
            RemoteError: If the answer is not 200; the file may not be there yet.
        """
        if not self.is_set:
            raise SettingsError("No price feed: set TER_PRICE_FEED_URL; see README.")
        url = self.url.replace("{yyyymmdd}", f"{operating_day:%Y%m%d}")
        try:
            response = requests.get(url, timeout=self.timeout_seconds)
        except requests.RequestException as error:
            raise RemoteError(f"GET {url}: {error}") from error
        if response.status_code != requests.codes.ok:
            raise RemoteError(
                f"GET {url} answered {response.status_code}, expected 200"
            )
        return response.content
