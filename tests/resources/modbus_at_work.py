"""Meters over Modbus that others wrote, on free loopback ports, and broken ones."""

import asyncio
import socket
import struct
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from pyModbusTCP.server import DataBank, ModbusServer

from ter_pipelines.resources.modbus.link import Link, keep_quiet

NOON = datetime(2025, 11, 3, 17, tzinfo=UTC)
SDM630_FLOATS = {
    0: 230.25, 2: 229.5, 4: 231.0, 6: 1.5, 52: -694.5, 70: 50.0,
    72: 12345.678, 74: 987.65, 342: 13333.25,
}  # fmt: skip
T = TypeVar("T")
Answering = Callable[[bytes], Sequence[bytes]]


def words_of(floats: Mapping[int, float], count: int = 380) -> list[int]:
    """Give registers from 0 on that hold these floats, high word first."""
    words = [0] * count
    for address, value in floats.items():
        words[address : address + 2] = struct.unpack(">HH", struct.pack(">f", value))
    return words


def free_port() -> int:
    """Give a loopback port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@asynccontextmanager
async def pymodbus_meter(
    blocks: Mapping[int, Sequence[int]], *, unit: int = 1
) -> AsyncIterator[int]:
    """Serve registers with pymodbus' own simulator; gives the port.

    It answers exception 2 for a register it does not have and 4 for another unit.
    """
    data = [
        SimData(address, values=list(words), datatype=DataType.REGISTERS)
        for address, words in blocks.items()
    ]
    device = SimDevice(unit, simdata=data)
    server = ModbusTcpServer(device, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    assert isinstance(server.transport, asyncio.Server)
    try:
        yield server.transport.sockets[0].getsockname()[1]
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]


@contextmanager
def pymodbustcp_meter(words: Sequence[int], *, first: int = 0) -> Iterator[int]:
    """Serve input and holding registers with pyModbusTCP; gives the port.

    It ignores the unit and gives 0 for registers it was not told of.
    """
    bank = DataBank()
    bank.set_input_registers(first, list(words))
    bank.set_holding_registers(first, list(words))
    port = free_port()
    server = ModbusServer("127.0.0.1", port, no_block=True, data_bank=bank)
    server.start()
    try:
        yield port
    finally:
        server.stop()


@asynccontextmanager
async def broken_meter(answer: Answering) -> AsyncIterator[int]:
    """Serve whatever pieces a function gives for a request; gives the port.

    An empty piece ends the connection.
    """
    served: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(writer)
        while not writer.is_closing() and (request := await reader.read(300)):
            for piece in answer(request):
                if piece:
                    writer.write(piece)
                    await writer.drain()
                else:
                    writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in served:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def reply(request: bytes, words: Sequence[int], *, unit: int | None = None) -> bytes:
    """Give a right answer to a request, with these registers."""
    body = struct.pack(f">{len(words)}H", *words)
    who = request[6] if unit is None else unit
    head = request[:2] + struct.pack(
        ">HHBBB", 0, len(body) + 3, who, request[7], len(body)
    )
    return head + body


def ticking() -> Callable[[], datetime]:
    """Give a clock that goes on by a second at each look."""
    seconds = count()
    return lambda: NOON + timedelta(seconds=next(seconds))


async def over_link(
    port: int, ask: Callable[[Link], Awaitable[T]], *, timeout: float = 0.3
) -> T:
    """Ask over a connection of its own."""
    keep_quiet(asyncio.get_running_loop())
    link = Link("127.0.0.1", port, timeout_seconds=timeout)
    try:
        return await ask(link)
    finally:
        link.close()
