"""Numbers in paths: `{host_id:number}`, of as many digits as any of ours can have.

Starlette's own `int` takes thousands of digits, which Python then refuses to read.
"""

from starlette.convertors import Convertor, register_url_convertor


class NumberConvertor(Convertor[int]):
    """Takes up to ten digits."""

    regex = "[0-9]{1,10}"

    def convert(self, value: str) -> int:
        """Read the number."""
        return int(value)

    def to_string(self, value: int) -> str:
        """Write the number."""
        return str(value)


def know_numbers() -> None:
    """Let paths say `{host_id:number}`."""
    register_url_convertor("number", NumberConvertor())
