"""What a programme decided about VEE: the limit of every rule, and its default.

All defaults are the project's. Those a regulator or a tariff would state differ from
utility to utility, so a programme can set each one in its table `[vee]`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from ter_pipelines.vocab import fields

GapPolicy = Literal["hold", "zero", "estimate"]


@dataclass(frozen=True, kw_only=True)
class VeeSettings:
    """Limits of validation, and how estimation goes.

    Args:
        clock_tolerance_seconds: A device's clock may be off by this much, and an
            interval may end this much after now.
        sum_check_resolutions: Intervals and register may differ by this many steps
            of the register, times its multiplier.
        spike_ratio: Most by which a day's highest value may exceed the third
            highest, as a share of the third.
        spike_least_values: A day with fewer values is not checked for spikes.
        spike_leaves_out_restoration: Leave out intervals in which power came back.
        spike_exempt_when_sum_agrees: A day whose sum check passed has no spikes.
        spike_of_controllable: Devices that follow prices or dispatch have spikes, too.
        lowest_usage_ratio: Least a period's total may be, as a share of the average
            of like periods.
        highest_usage_ratio: Most it may be.
        device_limit_factor: Rated power times this is a device's limit.
        checks_kvarh: Hold reactive energy against active energy.
        estimates_suspect: Estimate values that a rule doubts, not only missing ones.
        interpolation_seconds: Longest gap that is interpolated.
        reference_days: Most like days that are averaged.
        reference_within_days: How far from the gap they may lie.
        fallback_days: Most days of the same type where none lies that near.
        lowest_scale_factor: Least factor from raw estimates to a register.
        highest_scale_factor: Most.
        controllable_from_like_days: Estimate devices that follow prices or dispatch
            from like days, too.
        revalidates_estimates: Hold the rules against estimated values, too.
        gap_policy: What becomes of a gap at the cut-off: `hold` leaves it unbilled,
            `zero` makes it 0 kWh, `estimate` estimates it.
        holidays: Local days that count as Sundays.
    """

    clock_tolerance_seconds: int = 180
    sum_check_resolutions: Decimal = Decimal(2)
    spike_ratio: Decimal = Decimal("1.80")
    spike_least_values: int = 12
    spike_leaves_out_restoration: bool = False
    spike_exempt_when_sum_agrees: bool = False
    spike_of_controllable: bool = False
    lowest_usage_ratio: Decimal = Decimal("0.50")
    highest_usage_ratio: Decimal = Decimal("2.00")
    device_limit_factor: Decimal = Decimal("1.1")
    checks_kvarh: bool = False
    estimates_suspect: bool = True
    interpolation_seconds: int = 7200
    reference_days: int = 3
    reference_within_days: int = 30
    fallback_days: int = 10
    lowest_scale_factor: Decimal = Decimal("0.2")
    highest_scale_factor: Decimal = Decimal(5)
    controllable_from_like_days: bool = False
    revalidates_estimates: bool = False
    gap_policy: GapPolicy = "hold"
    holidays: frozenset[date] = frozenset()


def read_vee_settings(value: object) -> tuple[VeeSettings, fields.Errors]:
    """Read the table `[vee]` of a programme; what it leaves out has its default."""
    if not isinstance(value, Mapping):
        return VeeSettings(), {"": [f"got {value!r}, expected a table [vee]"]}
    values, errors = fields.read_fields(value, _READERS, whose="[vee]")
    defaults = vars(VeeSettings())
    errors.update(fields.find_empty_bands({**defaults, **values}, _BANDS))
    return VeeSettings(**values), errors


_BANDS = (
    ("lowest_usage_ratio", "highest_usage_ratio"),
    ("lowest_scale_factor", "highest_scale_factor"),
)
_YES_OR_NO = fields.of_kind(bool, "true or false")
_SECONDS = fields.whole(range(86_401), "seconds")
_DAYS = fields.whole(range(1, 367), "days")
_READERS: Mapping[str, fields.Reader] = {
    "clock_tolerance_seconds": _SECONDS,
    "sum_check_resolutions": fields.not_negative,
    "spike_ratio": fields.not_negative,
    "spike_least_values": fields.whole(range(3, 1441), "values"),
    "spike_leaves_out_restoration": _YES_OR_NO,
    "spike_exempt_when_sum_agrees": _YES_OR_NO,
    "spike_of_controllable": _YES_OR_NO,
    "lowest_usage_ratio": fields.not_negative,
    "highest_usage_ratio": fields.not_negative,
    "device_limit_factor": fields.not_negative,
    "checks_kvarh": _YES_OR_NO,
    "estimates_suspect": _YES_OR_NO,
    "interpolation_seconds": _SECONDS,
    "reference_days": _DAYS,
    "reference_within_days": _DAYS,
    "fallback_days": _DAYS,
    "lowest_scale_factor": fields.not_negative,
    "highest_scale_factor": fields.not_negative,
    "controllable_from_like_days": _YES_OR_NO,
    "revalidates_estimates": _YES_OR_NO,
    "gap_policy": fields.one_of("hold", "zero", "estimate"),
    "holidays": fields.dates,
}
