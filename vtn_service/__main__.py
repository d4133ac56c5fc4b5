"""Start the VTN: read the settings, open the store and both doors, wait for a signal.

Standard output gets one line when both doors are open; standard error gets the log.
Exit code 0 after SIGTERM or SIGINT, 2 if it could not start.
"""

import asyncio
import contextlib
import gc
import os
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import structlog
import uvloop
from sqlalchemy.exc import SQLAlchemyError

from vtn_service.contract import CONTROL_PREFIX, OPENADR_PREFIX, Refused
from vtn_service.control.app import control_app
from vtn_service.doors import Door, DoorError, open_door
from vtn_service.entrance import Terms, room_for
from vtn_service.house import House
from vtn_service.logs import set_up_logging
from vtn_service.openadr.app import device_app
from vtn_service.openadr.instants import iso_utc
from vtn_service.settings import (
    MAX_IDLE,
    PREFIX,
    Settings,
    SettingsError,
    read_settings,
)
from vtn_service.store.database import StoreError
from vtn_service.store.store import Store
from vtn_service.tally import Tally
from vtn_service.tls import device_context, why_failed

EXIT_OK = 0
EXIT_COULD_NOT = 2
FLUSH_SECONDS = 5.0
GARBAGE_THRESHOLDS = 10_000, 20, 10
CONTROL_CONNECTIONS = 100
CONTROL_NEW_PER_SECOND = 1000.0
OURS_ALONE = 0o077
_LOG = structlog.get_logger()


def main() -> int:
    """Run until told to stop; give the exit code."""
    set_up_logging()
    os.umask(OURS_ALONE)
    try:
        settings = read_settings()
        key = settings.read_control_key()
        _warn_of_open_files(settings.key_files)
        store = Store.open(settings.store_url)
    except SettingsError as error:
        return _could_not(str(error))
    except (OSError, SQLAlchemyError, StoreError) as error:
        return _could_not(f"{PREFIX}STORE: cannot open {settings.shown_store}: {error}")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, store, key))
    except (DoorError, SettingsError) as error:
        return _could_not(str(error))
    finally:
        store.close()
    return EXIT_OK


async def serve(settings: Settings, store: Store, key: str) -> None:
    """Open both doors and keep them open until SIGTERM or SIGINT.

    Raises:
        DoorError: If one cannot be opened.
        SettingsError: If a certificate of the settings is missing or wrong.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    house = House(settings, store)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(_flush, house)
        addresses = []
        devices, control = _doors(house)
        for name, app, door in (
            ("devices", device_app(house), devices),
            ("control", control_app(house, key), control),
        ):
            runner, address = await open_door(app, door)
            stack.push_async_callback(runner.cleanup)
            house.seen.door_opened(name, runner)
            addresses.append(address)
        sys.stdout.write(
            f"VTN {settings.id} ready: devices {addresses[0]}{OPENADR_PREFIX} "
            f"control {addresses[1]}{CONTROL_PREFIX}\n"
        )
        sys.stdout.flush()
        _seldom_search_for_garbage()
        await _flush_until(stop, house)


def _warn_of_open_files(files: Iterable[Path]) -> None:
    """Say which files of keys anybody on this machine may read or change."""
    for file in files:
        with contextlib.suppress(OSError):  # what reads it says so
            if file.stat().st_mode & stat.S_IRWXO:
                _LOG.warning("key_file_open_to_others", file=str(file), do="chmod o=")


def _seldom_search_for_garbage() -> None:
    """Have Python look less often for objects that hold each other.

    A search of all objects stops every thread, with thousands of connections for a
    quarter of a second. What is there by now is never searched, the rest seldom.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


def _doors(house: House) -> tuple[Door, Door]:
    """Give the devices' door and the pipeline's."""
    settings = house.settings
    devices = Terms(
        most=room_for(settings.max_connections),
        most_of_address=settings.max_connections_per_address,
        idle_seconds=settings.idle_seconds,
        head_seconds=settings.body_seconds,
        trusted_proxies=settings.trusted_proxies,
    )
    pipeline = Terms(
        most=CONTROL_CONNECTIONS,
        most_of_address=CONTROL_CONNECTIONS,
        idle_seconds=MAX_IDLE,
        head_seconds=settings.body_seconds,
        new_per_second=CONTROL_NEW_PER_SECOND,
    )
    return (
        Door(
            settings.host,
            settings.port,
            f"{PREFIX}PORT",
            devices,
            device_context(settings),
            _handshakes_noted(house),
        ),
        Door(
            settings.control_host,
            settings.control_port,
            f"{PREFIX}CONTROL_PORT",
            pipeline,
        ),
    )


async def _flush_until(stop: asyncio.Event, house: House) -> None:
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), FLUSH_SECONDS)
        await _flush(house)


def _handshakes_noted(house: House) -> Callable[[str, OSError], None]:
    """Give what keeps why a device got no further than the handshake."""
    tally = Tally("handshakes_failed", time.monotonic)

    def note(address: str, error: OSError) -> None:
        if isinstance(error, ConnectionResetError):
            return  # hung up: somebody looked whether the port is open
        reason = f"TLS handshake: {why_failed(error)}"
        tally.note(address=address, reason=reason)
        house.seen.refused(Refused(iso_utc(house.clock()), address, "", 0, reason))

    return note


async def _flush(house: House) -> None:
    try:
        await house.flush_polls()
    except SQLAlchemyError:
        _LOG.exception("polls_not_stored")


def _could_not(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return EXIT_COULD_NOT


if __name__ == "__main__":
    sys.exit(main())
