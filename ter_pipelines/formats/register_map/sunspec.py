"""SunSpec: where a device's models begin.

The map of a SunSpec device is a chain: a marker, then models, each with its number, its
length and that many registers, then an end. The chain may begin at three addresses.
"""

from dataclasses import dataclass

BASES = (40000, 50000, 0)
MARKER = (0x5375, 0x6E53)  # "SunS"
HEADER = 2  # number and length of a model
END = 0xFFFF
COMMON = 1
COMMON_TEXTS = {"manufacturer": (2, 16), "model": (18, 16), "serial": (50, 16)}
MOST_MODELS = 64
_LAST_REGISTER = 0xFFFF


@dataclass(frozen=True)
class Model:
    """A model of the chain.

    Args:
        number: Such as 103.
        address: Register of its number.
        length: Registers after its header.
    """

    number: int
    address: int
    length: int

    @property
    def next_address(self) -> int:
        """Give where the next model begins."""
        return self.address + HEADER + self.length


def model_at(address: int, header: tuple[int, int]) -> Model | None:
    """Read a model's header; None at the end of the chain.

    Raises:
        ValueError: If the chain leads out of the registers there are.
    """
    number, length = header
    if number == END:
        return None
    model = Model(number, address, length)
    if not number or model.next_address + HEADER - 1 > _LAST_REGISTER:
        raise ValueError(
            f"SunSpec chain at register {address}: got model {number} of {length} "
            "registers, expected a model or the end"
        )
    return model


def text_of(words: tuple[int, ...]) -> str:
    """Read text, of two characters a register, up to the first zero."""
    raw = b"".join(word.to_bytes(2, "big") for word in words)
    return raw.partition(b"\0")[0].decode("ascii", "replace").strip()
