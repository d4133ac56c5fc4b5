"""CRC-16/ARC, the usual reading of CMEP's optional check field."""

_POLYNOMIAL = 0xA001
_BITS = 8


def _table() -> tuple[int, ...]:
    found = []
    for value in range(1 << _BITS):
        crc = value
        for _ in range(_BITS):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
        found.append(crc)
    return tuple(found)


_TABLE = _table()


def crc16_arc(body: bytes) -> int:
    """Give the checksum of some bytes.

    >>> f"{crc16_arc(b'123456789'):04X}"
    'BB3D'
    """
    crc = 0
    for byte in body:
        crc = crc >> _BITS ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc
