"""`python -m benchmarks.modbus_devices PORT COUNT`: many meters on loopback, fast.

Each has an address of its own, 127.1.x.y, and answers function 4 with the registers of
an SDM630 whose counter rises, after the 20 ms that a serial line takes. Some do not
answer, some are slow, some are not there.
"""

import asyncio
import struct
import sys
import time

SOUND_SECONDS, SLOW_SECONDS = 0.02, 1.5
REGISTERS = 400
_FLOAT = struct.Struct(">f")
_HEADER = struct.Struct(">HHHBBHH")
_FIXED = {0: 230.25, 2: 229.5, 4: 231.0, 52: 1500.0, 70: 50.0, 74: 12.5}


def address_of(number: int) -> str:
    """Give the address of a device."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


def kind_of(number: int) -> str:
    """Tell how a device behaves: of twenty, one is gone, one silent and one slow."""
    return {3: "gone", 9: "silent", 15: "slow"}.get(number % 20, "sound")


class Device(asyncio.Protocol):
    """One connection to a device."""

    def __init__(self, kind: str, words: list[bytes]) -> None:
        """Take how it behaves and what it answers."""
        self._kind = kind
        self._words = words
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that came."""
        if self._kind == "silent":
            return
        for start in range(0, len(data) - _HEADER.size + 1, _HEADER.size):
            tid, _, _, unit, code, first, count = _HEADER.unpack_from(data, start)
            body = b"".join(self._words[first : first + count])
            head = struct.pack(">HHHBBB", tid, 0, len(body) + 3, unit, code, len(body))
            seconds = SLOW_SECONDS if self._kind == "slow" else SOUND_SECONDS
            asyncio.get_running_loop().call_later(seconds, self._send, head + body)

    def _send(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)


async def serve(port: int, count: int) -> None:
    """Serve until killed; prints a line when every device listens."""
    words = [b"\0\0"] * REGISTERS
    for address, value in _FIXED.items():
        _put(words, address, value)
    loop = asyncio.get_running_loop()
    for number in range(count):
        kind = kind_of(number)
        if kind != "gone":
            await loop.create_server(
                lambda kind=kind: Device(kind, words),  # type: ignore[misc]
                address_of(number),
                port,
            )
    print("ready", flush=True)
    begin = time.monotonic()
    while True:
        _put(words, 72, 1000 + (time.monotonic() - begin) / 2400)
        await asyncio.sleep(1)


def _put(words: list[bytes], address: int, value: float) -> None:
    packed = _FLOAT.pack(value)
    words[address], words[address + 1] = packed[:2], packed[2:]


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
