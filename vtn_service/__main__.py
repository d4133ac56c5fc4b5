"""Start the VTN: read the settings, open the store and both doors, wait for a signal.

Standard output gets one line when both doors are open; standard error gets the log.
Exit code 0 after SIGTERM or SIGINT, 2 if it could not start.
"""

import asyncio
import contextlib
import logging
import signal
import sys

import structlog
import uvloop
from sqlalchemy.exc import SQLAlchemyError

from vtn_service.contract import CONTROL_PREFIX, OPENADR_PREFIX
from vtn_service.control.app import control_app
from vtn_service.doors import DoorError, open_door
from vtn_service.house import House
from vtn_service.openadr.app import device_app
from vtn_service.settings import (
    MAX_IDLE,
    PREFIX,
    Settings,
    SettingsError,
    read_settings,
)
from vtn_service.store.store import Store

EXIT_OK = 0
EXIT_COULD_NOT = 2
FLUSH_SECONDS = 5.0


def main() -> int:
    """Run until told to stop; give the exit code."""
    _set_up_logging()
    try:
        settings = read_settings()
        key = settings.read_control_key()
        store = Store.open(settings.store_url)
    except SettingsError as error:
        return _could_not(str(error))
    except (OSError, SQLAlchemyError) as error:
        return _could_not(f"{PREFIX}STORE: cannot open {settings.store}: {error}")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, store, key))
    except DoorError as error:
        return _could_not(str(error))
    finally:
        store.close()
    return EXIT_OK


async def serve(settings: Settings, store: Store, key: str) -> None:
    """Open both doors and keep them open until SIGTERM or SIGINT.

    Raises:
        DoorError: If one cannot be opened.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    house = House(settings, store)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(house.flush_polls)
        addresses = []
        for app, port, name, idle in (
            (device_app(house), settings.port, "PORT", settings.idle_seconds),
            (control_app(house, key), settings.control_port, "CONTROL_PORT", MAX_IDLE),
        ):
            runner, address = await open_door(
                app, settings.host, port, f"{PREFIX}{name}", idle_seconds=idle
            )
            stack.push_async_callback(runner.cleanup)
            addresses.append(address)
        sys.stdout.write(
            f"VTN {settings.id} ready: devices {addresses[0]}{OPENADR_PREFIX} "
            f"control {addresses[1]}{CONTROL_PREFIX}\n"
        )
        sys.stdout.flush()
        await _flush_until(stop, house)


async def _flush_until(stop: asyncio.Event, house: House) -> None:
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), FLUSH_SECONDS)
        await house.flush_polls()


def _could_not(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return EXIT_COULD_NOT


def _set_up_logging() -> None:
    """Log ours as JSON lines; silence aiohttp, whose messages may quote a token."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    for name in ("aiohttp", "openleadr"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


if __name__ == "__main__":
    sys.exit(main())
