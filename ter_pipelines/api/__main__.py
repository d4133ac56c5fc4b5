"""Run the API: `python -m ter_pipelines.api`.

One line on stdout when it is ready; everything else goes to stderr. Ends with 0 when
it is told to stop, with 2 when it cannot start.
"""

import argparse
import logging
import signal
import socket
import sys
from collections.abc import Sequence
from typing import NoReturn

import uvicorn

from ter_pipelines.api.app import create_app
from ter_pipelines.settings import read_settings
from ter_pipelines.vocab.errors import TerError

EXIT_COULD_NOT = 2
GRACE_SECONDS = 10


class Server(uvicorn.Server):
    """Uvicorn, which says when it is ready."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the address."""
        await super().startup(sockets)
        if self.started and sockets:
            sys.stdout.write(f"TER API ready at {address_of(sockets[0])}\n")
            sys.stdout.flush()


def address_of(listener: socket.socket) -> str:
    """Give the URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(
        prog="python -m ter_pipelines.api", description="The partners' API."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", default=8000, type=int, help="0 for a free one")
    options = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        app = create_app(read_settings())
        listener = _listen(options.host, options.port)
    except (TerError, OSError) as error:
        sys.stderr.write(f"TER API cannot start: {error}\n")
        return EXIT_COULD_NOT
    config = uvicorn.Config(
        app,
        log_config=None,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    with listener:
        Server(config).run(sockets=[listener])
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        raise OSError(f"cannot listen on {host} port {port}: {error}") from error


def _stop(_number: int, _frame: object) -> NoReturn:
    # Uvicorn has its own handlers while it serves and hands the signal back after.
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
