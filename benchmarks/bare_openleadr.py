"""`python -m benchmarks.bare_openleadr`: a bare openleadr VTN, as its documents show.

The stock library with its parser, queue and report callbacks; it holds all in memory,
stores nothing and checks nobody. Standard output gets `ready PORT`. A line on standard
input is a command, answered by a line: `events` adds a day of prices for every
registered VEN, `values` tells how many values the report callbacks were given.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from openleadr import OpenADRServer

from benchmarks.vtn_says import PRICES, event_hours

READY = "ready"
_Callback = Callable[[Sequence[tuple[datetime, float]]], Awaitable[None]]


@dataclass
class BareVtn:
    """The VTN's own handlers, and what they were told."""

    server: OpenADRServer
    registered: set[str] = field(default_factory=set)
    values: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def on_create_party_registration(
        self, registration_info: dict[str, str]
    ) -> tuple[str, str]:
        """Register whoever comes, under its name."""
        ven_id = registration_info["ven_name"]
        self.registered.add(ven_id)
        return ven_id, f"registration-of-{ven_id}"

    async def on_register_report(  # noqa: PLR0913 - the library looks for the names
        self,
        *,
        ven_id: str,
        resource_id: str,
        measurement: str,
        unit: str,
        scale: str,
        min_sampling_interval: timedelta,
        max_sampling_interval: timedelta,
    ) -> tuple[_Callback, timedelta]:
        """Ask for every report offered."""
        del unit, scale, max_sampling_interval
        callback = partial(
            self.on_update_report,
            ven_id=ven_id,
            resource_id=resource_id,
            measurement=measurement,
        )
        return callback, min_sampling_interval

    async def on_update_report(
        self,
        data: Sequence[tuple[datetime, float]],
        ven_id: str,
        resource_id: str,
        measurement: str,
    ) -> None:
        """Count the values, where others would keep them."""
        del ven_id, resource_id, measurement
        self.values += len(data)

    async def on_event_response(
        self, ven_id: str, event_id: str, opt_type: str
    ) -> None:
        """Take note of an answer to an event."""

    def add_events(self) -> int:
        """Add the price event of every registered VEN; give how many there are."""
        for ven_id in self.registered:
            self.server.add_event(
                ven_id=ven_id,
                signal_name="ELECTRICITY_PRICE",
                signal_type="price",
                intervals=[
                    {
                        "dtstart": start,
                        "duration": timedelta(hours=1),
                        "signal_payload": float(price),
                    }
                    for start, price in zip(event_hours(), PRICES, strict=True)
                ],
                callback=self.on_event_response,
            )
        return len(self.registered)

    def obey(self) -> None:
        """Read one command and answer it; the end of the input is the end."""
        match sys.stdin.readline().strip():
            case "events":
                print(self.add_events(), flush=True)
            case "values":
                print(self.values, flush=True)
            case _:
                self.ended.set()


async def serve() -> None:
    """Serve on a free port, which is told, until the input ends."""
    server = OpenADRServer(vtn_id="BARE_VTN", http_port=0)
    vtn = BareVtn(server)
    server.add_handler("on_create_party_registration", vtn.on_create_party_registration)
    server.add_handler("on_register_report", vtn.on_register_report)
    await server.run()
    print(READY, server.app_runner.addresses[0][1], flush=True)
    asyncio.get_running_loop().add_reader(sys.stdin, vtn.obey)
    await vtn.ended.wait()
    await server.stop()


if __name__ == "__main__":
    asyncio.run(serve())
