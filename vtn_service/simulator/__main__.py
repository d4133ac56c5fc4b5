"""`python -m vtn_service.simulator --fleet FLEET.json --log-folder DIR`.

Runs every device of the fleet in one process until SIGTERM or Ctrl-C, then exits 0.
Exit 2: the fleet file is wrong. Exit 1: a device ended by itself.
"""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from vtn_service.simulator.device import SimulatedDevice
from vtn_service.simulator.fleet import Fleet, read_fleet
from vtn_service.simulator.journal import Journal

SPEAKING_AT_ONCE = 16
EXIT_OK, EXIT_FAILED, EXIT_WRONG_FLEET = 0, 1, 2


def main() -> int:
    """Read the fleet file and run it."""
    parser = argparse.ArgumentParser(description="Simulated devices for the VTN.")
    parser.add_argument("--fleet", type=Path, required=True)
    parser.add_argument("--log-folder", type=Path, required=True)
    arguments = parser.parse_args()
    try:
        fleet = read_fleet(arguments.fleet.read_bytes())
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{arguments.fleet}: {error}\n")
        return EXIT_WRONG_FLEET
    arguments.log_folder.mkdir(parents=True, exist_ok=True)
    for name in ("openleadr", "apscheduler"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return asyncio.run(run_fleet(fleet, arguments.log_folder))


async def run_fleet(fleet: Fleet, log_folder: Path) -> int:
    """Run the devices until a signal, and give the exit code."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    gate = asyncio.Semaphore(SPEAKING_AT_ONCE)
    tasks = []
    for device in fleet.devices:
        journal = Journal(log_folder / f"{device.ven_id}.jsonl")
        life = SimulatedDevice(device, fleet, journal, gate).run()
        task = asyncio.create_task(life, name=device.ven_id)
        task.add_done_callback(_tell_failure)
        tasks.append(task)
    await stop.wait()
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    is_well = all(isinstance(result, asyncio.CancelledError) for result in results)
    return EXIT_OK if is_well else EXIT_FAILED


def _tell_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        sys.stderr.write(f"{task.get_name()} ended: {error!r}\n")


if __name__ == "__main__":
    sys.exit(main())
