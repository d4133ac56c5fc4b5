"""One Modbus TCP connection: reads registers, or says why it could not.

Whatever a device sends, or does not, ends as registers or as one of the two errors
here, within the time allowed.
"""

import logging
from asyncio import AbstractEventLoop
from collections.abc import Mapping
from typing import Any

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.pdu import ModbusPDU

from ter_pipelines.formats.register_map import Read
from ter_pipelines.formats.register_map.entries import INPUT
from ter_pipelines.vocab.errors import RemoteError
from ter_pipelines.vocab.modbus import BROKEN, EXCEPTION, TIMEOUT, UNREACHABLE

ILLEGAL_ADDRESS = 2
_MEANINGS = {
    1: "it does not know this function",
    ILLEGAL_ADDRESS: "it has no such registers",
    3: "it does not give so many registers",
    4: "it failed",
    5: "it needs longer",
    6: "it is busy",
    10: "the gateway has no way to the unit",
    11: "the gateway got no answer from the unit",
}

# What goes wrong is told by our own errors, once.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL + 1)


class NoAnswerError(RemoteError):
    """A device did not answer.

    Args:
        quality: TIMEOUT, UNREACHABLE or BROKEN.
        explanation: What was tried and what came.
    """

    def __init__(self, quality: str, explanation: str) -> None:
        """Keep both."""
        super().__init__(f"{quality}: {explanation}")
        self.quality = quality
        self.explanation = explanation


class RefusedError(RemoteError):
    """A device answered with a Modbus exception.

    Args:
        code: Its number.
        explanation: What was asked, and what the number means.
    """

    quality = EXCEPTION

    def __init__(self, code: int, explanation: str) -> None:
        """Keep both."""
        super().__init__(f"{EXCEPTION}: {explanation}")
        self.code = code
        self.explanation = explanation


class Link:
    """A connection to a meter, or to the gateway before several.

    Args:
        address: IP address or name.
        port: TCP port.
        timeout_seconds: How long connecting, and each answer, may take.
    """

    def __init__(self, address: str, port: int, *, timeout_seconds: float) -> None:
        """Prepare; nothing is connected yet."""
        self.place = f"{address} port {port}"
        self._timeout_seconds = timeout_seconds
        self._is_waiting = False
        self._is_unreachable = False
        self._client = AsyncModbusTcpClient(
            address,
            port=port,
            timeout=timeout_seconds,
            retries=0,
            reconnect_delay=0,
            trace_connect=self._connection_changed,
        )

    async def read(self, unit: int, read: Read) -> list[int]:
        """Give consecutive registers of a unit; connects first where needed.

        A place that could not be reached is not tried again by the same link.

        After a silence or a broken answer the connection is closed, so that what comes
        late is not taken for the next answer.

        Raises:
            NoAnswerError: If it cannot be reached, is silent, or its answer is broken.
            RefusedError: If it answers with an exception.
        """
        await self._connect()
        what = f"unit {unit}, function {read.function}, register {read.address}"
        what += f" and {read.count - 1} more" if read.count > 1 else ""
        answer = await self._ask(unit, read, what)
        if answer.isError():
            code = answer.exception_code
            meaning = _MEANINGS.get(code, "which has no meaning")
            raise RefusedError(code, f"{what}: got exception {code}, {meaning}")
        if answer.function_code != read.function or len(answer.registers) != read.count:
            self.close()
            raise NoAnswerError(
                BROKEN,
                f"{what}: got function {answer.function_code} with "
                f"{len(answer.registers)} registers",
            )
        return list(answer.registers)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    async def _connect(self) -> None:
        if self._client.connected:
            return
        if self._is_unreachable or not await self._client.connect():
            self._is_unreachable = True
            raise NoAnswerError(
                UNREACHABLE,
                f"{self.place}: refused, or no connection in {self._timeout_seconds} s",
            )

    async def _ask(self, unit: int, read: Read, what: str) -> ModbusPDU:
        ask = (
            self._client.read_input_registers
            if read.function == INPUT
            else self._client.read_holding_registers
        )
        self._is_waiting = True
        try:
            return await ask(read.address, count=read.count, device_id=unit)
        except ConnectionException:
            why = "the connection ended before a whole answer, or the answer is none"
            raise NoAnswerError(BROKEN, f"{what}: {why}") from None
        except ModbusException as error:
            raise self._silence(what, error) from None
        finally:
            self._is_waiting = False

    def _silence(self, what: str, error: ModbusException) -> NoAnswerError:
        came = bytes(self._client.ctx.recv_buffer)
        self.close()
        if came:
            why = f"{what}: got {len(came)} bytes that are no whole answer"
            return NoAnswerError(BROKEN, why)
        if "No response" not in str(error):
            return NoAnswerError(BROKEN, f"{what}: {error}")
        why = f"{what}: no answer in {self._timeout_seconds} s; is it the right unit?"
        return NoAnswerError(TIMEOUT, why)

    def _connection_changed(self, is_connected: bool) -> None:  # noqa: FBT001
        """End the wait for an answer that cannot come any more."""
        pending = self._client.ctx.response_future
        if not is_connected and self._is_waiting and not pending.done():
            pending.set_exception(ConnectionException("the connection ended"))


def keep_quiet(loop: AbstractEventLoop) -> None:
    """Keep asyncio from printing what a device's garbage did inside the library.

    It ends that connection, which `Link.read` tells.
    """

    def handle(loop: AbstractEventLoop, context: Mapping[str, Any]) -> None:
        if not isinstance(context.get("exception"), ModbusException):
            loop.default_exception_handler(dict(context))

    loop.set_exception_handler(handle)
