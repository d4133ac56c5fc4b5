"""The log of changes: what became of every interval that is not plainly valid.

A first value that is valid, and a gap that nobody ever filled, are no changes. All
else is told once: how it stood, how it stands, by which rule, who did it and why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl

from ter_pipelines.metering.vee.findings import NO_VALUE
from ter_pipelines.metering.vee.series import ESTIMATED, MISSING, RAW, VALID
from ter_pipelines.metering.vee.standings import SOURCE, VEE, JudgedChannel, Standing
from ter_pipelines.vocab.findings import Finding

_KEY = [
    "meter_id", "ven_id", "device_id", "direction", "interval_start_utc",
]  # fmt: skip
_SAID = ["duration_seconds", "state", "energy_kwh"]
Key = tuple[object, ...]


@dataclass(frozen=True)
class Why:
    """Why an interval stands as it does, where its row does not say it all.

    Args:
        rule: Rules that spoke, method of the estimate, or what a person did.
        changed_by: A person, or `vee`.
        reason: What the person said, or what an estimate rests on.
        told_kwh: What the source told; None if nothing.
        is_told: Whether the source told anything.
    """

    rule: str
    changed_by: str
    reason: str
    told_kwh: Decimal | None
    is_told: bool


def reasons_of(judged: JudgedChannel) -> dict[Key, Why]:
    """Give the reasons for every interval but valid ones and gaps never told of."""
    return {
        (*judged.day.key, standing.interval.interval_start_utc): _why(standing)
        for standing in judged.standings
        if standing.interval.state != VALID
        and (standing.interval.state != MISSING or standing.told is not None)
    }


def next_changes(
    stands: pl.DataFrame,
    stood: pl.DataFrame,
    log: pl.DataFrame,
    why: Mapping[Key, Why],
    now: datetime,
) -> list[dict[str, Any]]:
    """Find what the log does not tell yet.

    The log is written before the rows it tells of, so where it knows an interval it
    knows better than the rows that stood: a run that died in between tells nothing
    twice.

    Args:
        stands: The day's new rows of `core/validated_usage`.
        stood: The rows they replace.
        log: The day's rows of `core/usage_change`.
        why: Reasons for what is not plain.
        now: Stamp of the changes.
    """
    before = _before(stood, log)
    on = [*_KEY, *_SAID]
    differing = stands.join(before, on=on, how="anti", nulls_equal=True)
    changed = differing.join(before, on=_KEY, how="left", suffix="_before")
    found = []
    for row in changed.iter_rows(named=True):
        reason = why.get(tuple(row[name] for name in _KEY))
        if row["change"] or not _is_first_and_plain(row, reason):
            found.append(_change(row, reason, now))
    gone = before.filter(pl.col("state") != MISSING).join(stands, on=_KEY, how="anti")
    found += [_gone(row, now) for row in gone.iter_rows(named=True)]
    return found


def find_untold(stands: pl.DataFrame, log: pl.DataFrame) -> list[Finding]:
    """Find intervals of which the log's last change does not tell how they stand."""
    last = _last(log)
    same = last.join(stands, on=[*_KEY, *_SAID], how="anti", nulls_equal=True)
    absent = same.join(stands, on=_KEY, how="anti").filter(pl.col("state") == MISSING)
    wrong = same.join(absent, on=_KEY, how="anti")
    return [
        Finding(
            "usage.change_untold",
            f"{row['meter_id']} {row['device_id']}",
            {"at": str(row["interval_start_utc"]), "told": row["state"]},
        )
        for row in wrong.iter_rows(named=True)
    ]


def _last(log: pl.DataFrame) -> pl.DataFrame:
    """Give how the log says that intervals stand, with the number of the change."""
    newest = log.sort("change").unique(_KEY, keep="last")
    return newest.select(
        *_KEY,
        "duration_seconds",
        pl.col("state_after").alias("state"),
        pl.col("energy_after_kwh").alias("energy_kwh"),
        "change",
    )


def _before(stood: pl.DataFrame, log: pl.DataFrame) -> pl.DataFrame:
    told = _last(log)
    untold = stood.join(told, on=_KEY, how="anti")
    zero = pl.lit(0, told.schema["change"]).alias("change")
    return pl.concat([told, untold.select(*_KEY, *_SAID, zero)])


def _is_first_and_plain(row: Mapping[str, Any], reason: Why | None) -> bool:
    """Tell whether an interval the log knows nothing of is none of its business."""
    if row["state_before"] not in {None, MISSING}:
        return False
    return row["state"] == VALID or (row["state"] == MISSING and reason is None)


def _change(
    row: Mapping[str, Any], reason: Why | None, now: datetime
) -> dict[str, Any]:
    is_first = row["change"] in {None, 0} and row["state_before"] in {None, MISSING}
    before, before_kwh = row["state_before"], row["energy_kwh_before"]
    if is_first:
        is_told = reason is not None and reason.is_told
        before = RAW if is_told else MISSING
        before_kwh = reason.told_kwh if reason is not None else None
    anew = "judged anew, from what sources tell now"
    plain = Why(row["rules_failed"], VEE, anew, None, is_told=False)
    why = reason or plain
    return {
        **{name: row[name] for name in _KEY},
        "duration_seconds": row["duration_seconds"],
        "change": (row["change"] or 0) + 1,
        "state_before": before,
        "energy_before_kwh": before_kwh,
        "state_after": row["state"],
        "energy_after_kwh": row["energy_kwh"],
        "rule": why.rule,
        "changed_by": why.changed_by,
        "reason": why.reason,
        "changed_at": now,
    }


def _gone(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        **{name: row[name] for name in _KEY},
        "duration_seconds": row["duration_seconds"],
        "change": row["change"] + 1,
        "state_before": row["state"],
        "energy_before_kwh": row["energy_kwh"],
        "state_after": MISSING,
        "energy_after_kwh": None,
        "rule": NO_VALUE.code,
        "changed_by": VEE,
        "reason": "the source tells of no such interval of this meter any more",
        "changed_at": now,
    }


def _why(standing: Standing) -> Why:
    told = standing.told
    rules = list(standing.rules)
    if standing.changed_by != VEE:
        rules.append(standing.method.partition(" ")[0])
    elif standing.interval.state == ESTIMATED and standing.method != SOURCE:
        rules.append(f"estimate.{standing.method}")
    elif standing.method:
        rules.append(standing.method)
    return Why(
        ",".join(rules),
        standing.changed_by,
        standing.reason,
        None if told is None else told["energy_kwh"],
        is_told=told is not None,
    )
