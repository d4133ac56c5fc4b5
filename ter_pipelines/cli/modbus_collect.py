"""`ter modbus collect`: the process that polls the registered meters."""

import asyncio
import json
import logging
import resource
import signal
import sys
from typing import Annotated

import structlog
import typer

from ter_pipelines.cli.at_hand import opened_registry
from ter_pipelines.cli.modbus import Timeout, own_maps
from ter_pipelines.resources.modbus.collector import Collector
from ter_pipelines.resources.modbus.link import keep_quiet
from ter_pipelines.resources.modbus.polling import Polled
from ter_pipelines.resources.modbus.schedule import Pace

EXIT_FOUND = 1
modbus_collector = typer.Typer()


@modbus_collector.command("collect")
def collect(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Poll every meter once, and end.")
    ] = False,
    timeout: Timeout = 3.0,
) -> None:
    """Poll the registered meters on their schedules until told to stop.

    What it does is logged on stderr, one JSON object a line. With --once it prints a
    JSON object a meter, and exits with 1 if one did not answer or gave a value that is
    not good.
    """
    _set_up_logging()
    _allow_many_connections()
    with opened_registry() as registry:
        maps = own_maps(registry.meter_models)
        collector = Collector(registry.modbus, maps, Pace(timeout_seconds=timeout))
        if not once:
            asyncio.run(_until_stopped(collector))
        elif not asyncio.run(_once(collector)):
            raise typer.Exit(EXIT_FOUND)


async def _until_stopped(collector: Collector) -> None:
    loop = asyncio.get_running_loop()
    keep_quiet(loop)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await collector.run(stop)


async def _once(collector: Collector) -> bool:
    """Poll every meter once; tell whether all values are good."""
    keep_quiet(asyncio.get_running_loop())
    are_good: list[bool] = []

    def tell(polled: Polled) -> None:
        are_good.append(not polled.failure and polled.good == len(polled.readings))
        print(
            json.dumps(
                {
                    "host_id": polled.host.host_id,
                    "failure": polled.failure,
                    "values": len(polled.readings) if not polled.failure else 0,
                    "good": polled.good,
                }
            )
        )

    await collector.poll_once(tell)
    return all(are_good)


def _set_up_logging() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _allow_many_connections() -> None:
    """Let the process have as many sockets as the system lets it ask for."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
