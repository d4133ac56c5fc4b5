"""How a reported value finds its point of the catalogue, and what it then says.

A declared unit and scale are believed unless the catalogue says otherwise; a value
beyond what is plausible stays as it is and is doubted.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from fnmatch import fnmatchcase
from fractions import Fraction

from ter_pipelines.vocab.points import Match, Point, TelemetrySettings
from ter_pipelines.vocab.units import apply_scale

MEASURED_TYPES = frozenset(
    {
        "", "usage", "reading", "demand", "deltaUsage", "avgUsage", "avgDemand",
        "level", "x-resourceStatus", "x-notApplicable",
    }
)  # fmt: skip
NOT_MEASURED_NOW = frozenset({"Projected", "Contract", "Peak"})
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_STEP = Decimal(1).scaleb(-9)


@dataclass(frozen=True)
class Sent:
    """What a source says about values of one point of a device."""

    source: str
    ven_id: str
    device_id: str
    point_reference: str
    unit: str
    scale: str = ""
    report_type: str = ""
    reading_type: str = ""


@dataclass(frozen=True)
class Placement:
    """A point, and how the values of one sender are turned into its unit.

    Args:
        point: None where the catalogue has none for these values.
        unit: What the values are in.
        scale: Their SI scale code.
        times: What they are multiplied with.
    """

    point: Point | None
    unit: str
    scale: str = "none"
    times: Fraction = Fraction(1)

    def value_of(self, value: Decimal) -> Decimal:
        """Give a value in the point's unit, rounded once to nine places.

        Without a point it stays as it was sent.
        """
        if self.point is None:
            return _EXACT.quantize(value, _STEP)
        how = self.point.units[self.unit]
        factor = how.factor * self.times
        above_zero = _EXACT.subtract(apply_scale(value, self.scale), how.zero)
        multiplied = _EXACT.multiply(above_zero, Decimal(factor.numerator))
        return _EXACT.quantize(
            _EXACT.divide(multiplied, Decimal(factor.denominator)), _STEP
        )


@dataclass
class Placer:
    """Finds placements; each is looked for once."""

    settings: TelemetrySettings
    known: dict[Sent, Placement] = field(default_factory=dict)

    def place(self, sent: Sent) -> Placement:
        """Give the first point whose match fits, or a placement without one."""
        if sent not in self.known:
            self.known[sent] = self._find(sent)
        return self.known[sent]

    def _find(self, sent: Sent) -> Placement:
        for match in self.settings.matches:
            point = self.settings.points[match.point]
            unit = sent.unit if match.unit_is is None else match.unit_is
            scale = sent.scale if match.scale_is is None else match.scale_is
            if unit in point.units and _is_scale(scale) and _fits(match, sent):
                return Placement(point, unit, scale or "none", match.times)
        prefix = "" if sent.scale in {"", "none"} else f"{sent.scale} "
        return Placement(None, f"{prefix}{sent.unit}")


def is_plausible(value: Decimal, point: Point) -> bool:
    """Tell whether a value lies within a point's limits, both included."""
    return (point.lowest is None or point.lowest <= value) and (
        point.highest is None or value <= point.highest
    )


def _fits(match: Match, sent: Sent) -> bool:
    types, readings = match.report_types, match.reading_types
    return (
        match.source in {"", sent.source}
        and (match.units is None or sent.unit in match.units)
        and sent.report_type in (MEASURED_TYPES if types is None else types)
        and (
            sent.reading_type not in NOT_MEASURED_NOW
            if readings is None
            else sent.reading_type in readings
        )
        and _is_like(sent.ven_id, match.ven_id)
        and _is_like(sent.device_id, match.device_id)
        and _is_like(sent.point_reference, match.point_reference)
    )


def _is_like(text: str, pattern: str) -> bool:
    return fnmatchcase(text.casefold(), pattern.casefold())


def _is_scale(scale: str) -> bool:
    try:
        apply_scale(Decimal(1), scale or "none")
    except ValueError:
        return False
    return True
