"""The price feed gives a day's file as it is, or says what it got instead."""

import http.server
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from ter_pipelines.assets.jobs import land_price_file
from ter_pipelines.registry.registry import Registry
from ter_pipelines.resources.price_feed import PriceFeed
from ter_pipelines.settings import read_settings
from ter_pipelines.vocab.errors import RemoteError, SettingsError
from ter_pipelines.vocab.plain_rate import plain_rate
from ter_pipelines.vocab.price_recipe import PriceRecipe
from ter_pipelines.vocab.rate import PriceSource
from tests.formats.market_files import LONG_DAY, NYISO_HEADER, day_of, file_of, nyiso
from tests.house.tree import ROOT
from tests.settlement.files_at_hand import NEW_YORK, rate

DAY = date(2025, 11, 14)
FILE = ROOT / "examples" / "prices" / "WW_DALMP_ISO_20251114.csv"


class _Files(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer with the file of the path, or with nothing found."""
        files: dict[str, bytes] = getattr(self.server, "files")  # noqa: B009
        body = files.get(self.path)
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def files() -> dict[str, bytes]:
    return {}


@pytest.fixture
def feed(files: dict[str, bytes]) -> Iterator[PriceFeed]:
    """Serve the files, each under `/{yyyymmdd}.csv`."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files) as server:
        server.files = files  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield PriceFeed(f"http://127.0.0.1:{server.server_port}/{{yyyymmdd}}.csv")
        server.shutdown()
        thread.join()


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry(f"sqlite:///{tmp_path}/registry.sqlite", tmp_path / "landing")
    registry.migrate()
    yield registry
    registry.close()


def fetch(
    feed: PriceFeed,
    registry: Registry,
    day: date = DAY,
    *,
    highest: str = "5.00",
    price: PriceSource | None = None,
) -> None:
    example = read_settings({}).read_programme()
    programme = replace(example, highest_price_per_kwh=Decimal(highest))
    resources = {
        "price_feed": feed,
        "registry": registry,
        "programme": programme,
        "rate": rate(price=price) if price else plain_rate(programme),
    }
    with dg.build_op_context(resources=resources, partition_key=str(day)) as context:
        land_price_file(context)


def test_a_file_comes_as_it_is(feed: PriceFeed, files: dict[str, bytes]) -> None:
    files["/20251114.csv"] = b"\xef\xbb\xbfas,it\r\nis\x00"

    assert feed.fetch_day(DAY) == b"\xef\xbb\xbfas,it\r\nis\x00"


def test_a_file_that_is_not_there_yet_is_said(feed: PriceFeed) -> None:
    with pytest.raises(RemoteError, match=r"20251114\.csv answered 404, expected 200"):
        feed.fetch_day(DAY)


def test_a_server_that_does_not_answer_is_not_waited_for_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/{{yyyymmdd}}"
        feed = PriceFeed(url, timeout_seconds=0.1)

        with pytest.raises(RemoteError, match="timed out"):
            feed.fetch_day(DAY)


def test_a_server_that_is_down_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        url = f"http://127.0.0.1:{held.getsockname()[1]}/{{yyyymmdd}}"

    with pytest.raises(RemoteError, match="20251114"):
        PriceFeed(url).fetch_day(DAY)


def test_without_an_address_the_setting_is_named() -> None:
    feed = PriceFeed("")

    assert not feed.is_set
    with pytest.raises(SettingsError, match="TER_PRICE_FEED_URL"):
        feed.fetch_day(DAY)


def test_a_whole_day_lands_once(
    feed: PriceFeed, files: dict[str, bytes], registry: Registry
) -> None:
    files["/20251114.csv"] = FILE.read_bytes()

    fetch(feed, registry)
    fetch(feed, registry)

    (landed,) = registry.submissions("prices")
    assert landed.operating_day == DAY
    assert landed.source == "price-feed"
    assert landed.received_at > datetime(2025, 11, 14, tzinfo=UTC)
    assert registry.body(landed) == FILE.read_bytes()


def test_a_corrected_file_lands_as_another(
    feed: PriceFeed, files: dict[str, bytes], registry: Registry
) -> None:
    files["/20251114.csv"] = FILE.read_bytes()
    fetch(feed, registry)

    files["/20251114.csv"] = b'"C","Corrected"\r\n' + FILE.read_bytes()
    fetch(feed, registry)

    assert len(registry.submissions("prices")) == 2


@pytest.mark.parametrize("what", ["half a day", "another day", "no prices", "a page"])
def test_what_is_not_the_whole_day_does_not_land(
    feed: PriceFeed, files: dict[str, bytes], registry: Registry, what: str
) -> None:
    whole = FILE.read_bytes().splitlines(keepends=True)
    files["/20251114.csv"] = {
        "half a day": b"".join(whole[: len(whole) // 2]),
        "another day": b"".join(whole),
        "no prices": b"",
        "a page": b"<html>Come back later.</html>",
    }[what]
    files["/20251113.csv"] = b"".join(whole)

    with pytest.raises(RemoteError, match="Price file of 2025-11-1"):
        fetch(feed, registry, date(2025, 11, 13) if what == "another day" else DAY)

    assert registry.submissions("prices") == []


def test_a_file_with_an_implausible_price_does_not_land(
    feed: PriceFeed, files: dict[str, bytes], registry: Registry
) -> None:
    files["/20251114.csv"] = FILE.read_bytes()

    with pytest.raises(RemoteError, match=r"expected -0\.5 to 0\.02"):
        fetch(feed, registry, highest="0.02")

    assert registry.submissions("prices") == []


def test_what_is_not_there_does_not_land(feed: PriceFeed, registry: Registry) -> None:
    with pytest.raises(RemoteError, match="404"):
        fetch(feed, registry)

    assert registry.submissions("prices") == []


NYISO = PriceSource(source="nyiso", unit="USD/MWh", location="CAPITL")


def test_the_rates_source_says_how_the_feeds_files_are_read(
    feed: PriceFeed, files: dict[str, bytes], registry: Registry
) -> None:
    body = file_of(NYISO_HEADER, *day_of(LONG_DAY, NEW_YORK, nyiso))
    files[f"/{LONG_DAY:%Y%m%d}.csv"] = body

    fetch(feed, registry, LONG_DAY, price=NYISO)

    (landed,) = registry.submissions("prices")
    assert (landed.format, landed.operating_day) == ("nyiso", LONG_DAY)
    assert registry.body(landed) == body


def test_a_price_is_plausible_with_all_that_is_put_on_it(
    feed: PriceFeed, files: dict[str, bytes], registry: Registry
) -> None:
    files[f"/{LONG_DAY:%Y%m%d}.csv"] = file_of(
        NYISO_HEADER, *day_of(LONG_DAY, NEW_YORK, nyiso)
    )
    dear = replace(NYISO, recipe=PriceRecipe(margin_per_kwh=Decimal("4.98")))

    with pytest.raises(RemoteError, match=r"got 5\.001 USD/kWh, expected -0\.5 to 5"):
        fetch(feed, registry, LONG_DAY, price=dear)

    assert registry.submissions("prices") == []
