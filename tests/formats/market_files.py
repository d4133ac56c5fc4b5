"""Price files as the markets write them, for any local day, made from UTC hours."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ter_pipelines.vocab.clock import interval_starts_utc

EASTERN, CENTRAL = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago")
SHORT_DAY, PLAIN_DAY, LONG_DAY = (
    date(2025, 3, 9),
    date(2025, 11, 14),
    date(2025, 11, 2),
)
DAYS = [(SHORT_DAY, 23), (PLAIN_DAY, 24), (LONG_DAY, 25)]

NYISO_HEADER = (
    '"Time Stamp","Name","PTID","LBMP ($/MWHr)","Marginal Cost Losses ($/MWHr)",'
    '"Marginal Cost Congestion ($/MWHr)"'
)
PJM_HEADER = (
    "datetime_beginning_utc,datetime_beginning_ept,pnode_id,pnode_name,voltage,"
    "equipment,type,zone,system_energy_price_da,total_lmp_da,congestion_price_da,"
    "marginal_loss_price_da,row_is_current,version_nbr"
)
ERCOT_HEADER = "DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice,DSTFlag"

Line = Callable[[datetime, str], str]


def file_of(*lines: str) -> bytes:
    """Give the bytes of a file."""
    return "\r\n".join([*lines, ""]).encode()


def day_of(
    day: date, zone: ZoneInfo, line: Line, prices: Sequence[str] = ()
) -> list[str]:
    """Write a line for every hour of a local day, of 10, 11, 12 ... if not told."""
    starts = interval_starts_utc(day, zone)
    known = prices or [str(10 + i) for i in range(len(starts))]
    return [line(start, price) for start, price in zip(starts, known, strict=True)]


def nyiso(start: datetime, price: str) -> str:
    """Write a line with losses of 1 and congestion of 2, which the file negates."""
    stamp = f"{start.astimezone(EASTERN):%m/%d/%Y %H:%M}"
    return f'"{stamp}","CAPITL",61757,{price},1,-2'


def pjm(start: datetime, price: str, current: str = "True", version: int = 1) -> str:
    """Write a line of which the price is all energy."""
    utc = f"{start.month}/{start.day}/{start.year} {start:%I:%M:%S %p}".replace(
        " 0", " "
    )
    ept = f"{start.astimezone(EASTERN):%m/%d/%Y %I:%M:%S %p}"
    return (
        f"{utc},{ept},51288,WESTERN HUB,,,HUB,,{price},{price},0,0,{current},{version}"
    )


def ercot(start: datetime, price: str) -> str:
    """Write a line with its hour-ending label, flagged if it is the repeated one."""
    local = start.astimezone(CENTRAL)
    flag = "Y" if local.fold else "N"
    return f"{local:%m/%d/%Y},{local.hour + 1:02d}:00,HB_NORTH,{price},{flag}"
