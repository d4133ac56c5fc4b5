"""A rate: what a member pays and earns, as data, version after version.

`vocab.rate_file` reads one from TOML; `settlement.rate` computes by it; where there is
none, `vocab.plain_rate` makes one of the programme.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from ter_pipelines.vocab.clock import month_of
from ter_pipelines.vocab.demand_tags import DemandTags
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.price_recipe import PriceRecipe
from ter_pipelines.vocab.units import PRICE_PLACES

IMPORT_LINE, EXPORT_LINE, NET_LINE = "import_energy", "export_credit", "net_energy"
PROFILE_SUFFIX = ".toml"
ENERGY_LINES = {"split": (IMPORT_LINE, EXPORT_LINE), "net": (NET_LINE,)}
Netting = Literal["interval", "hour", "month"]
EnergyLines = Literal["split", "net"]
Rounding = Literal["half-up", "half-even"]

_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, kw_only=True)
class PriceSource:
    """Where the hours' prices come from.

    Args:
        source: Name of a price source, or the file of a profile.
        unit: Of prices whose file states none.
        location: In the market's file; empty where it has but one.
        recipe: What is put on the market's price; None where it is finished.
        profile: What the profile's file says; None where there is none, or it was not
            read.
    """

    source: str
    unit: str
    location: str = ""
    recipe: PriceRecipe | None = None
    profile: bytes | None = None

    @property
    def name(self) -> str:
        """Give the source's name; a profile's is its file's, without the ending."""
        return self.source.rpartition("/")[2].removesuffix(PROFILE_SUFFIX)


@dataclass(frozen=True, kw_only=True)
class PriceRule:
    """What a kWh costs or earns, by the hour's price.

    Args:
        factor: The hour's price is multiplied by this.
        adder_per_kwh: Put on it then.
        cap_per_kwh: It is no higher; None without a cap.
        floor_per_kwh: It is no lower; None without a floor, so that it may be negative.
        fixed_per_kwh: The price of every hour, whatever the hour's; None if hourly.
    """

    factor: Decimal = Decimal(1)
    adder_per_kwh: Decimal = Decimal(0)
    cap_per_kwh: Decimal | None = None
    floor_per_kwh: Decimal | None = None
    fixed_per_kwh: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Losses between the node of the price and the device.

    Args:
        share: Of what leaves the node that is lost on the way.
        applies_to: What is multiplied: the `quantity` or the `price`, never both.
        is_of_export: Export is multiplied, too.
    """

    share: Decimal
    applies_to: Literal["quantity", "price"]
    is_of_export: bool = True

    @property
    def multiplier(self) -> Decimal:
        """Give 1 / (1 - share), kept to the places that prices have.

        >>> Loss(share=Decimal("0.05"), applies_to="price").multiplier
        Decimal('1.05263158')
        """
        exact = _WIDE.divide(Decimal(1), 1 - self.share)
        return _WIDE.quantize(exact, Decimal(1).scaleb(-PRICE_PLACES))


@dataclass(frozen=True, kw_only=True)
class Fee:
    """A fixed fee.

    Args:
        code: Of its line.
        title: For people.
        amount: Of one unit.
        per: `month`, `day` of service, or `kw` of the member's demand tag.
        factors: Multiplied with it, one after the other.
        tags_file: File of the demand tags, for a fee by kW.
        tags: What it says, by meter; None where there is none, or it was not read.
    """

    code: str
    title: str
    amount: Decimal
    per: Literal["month", "day", "kw"]
    factors: tuple[Decimal, ...] = ()
    tags_file: str = ""
    tags: DemandTags | None = None


@dataclass(frozen=True, kw_only=True)
class Tax:
    """A tax or surcharge on named lines.

    Args:
        code: Of its line.
        title: For people.
        share: Of the lines' exact amounts.
        on: Codes of the lines.
        is_on_credits: Lines below zero count, too.
    """

    code: str
    title: str
    share: Decimal
    on: tuple[str, ...]
    is_on_credits: bool = False


@dataclass(frozen=True, kw_only=True)
class Terms:
    """One version of a rate: what holds from a month on.

    Args:
        effective_from: First day, which begins a billing month.
        price: Where the hours' prices come from.
        import_price: What a kWh costs.
        export_price: What a kWh earns.
        netting: Import and export are set off within each `interval` alone (as
            metered), within each `hour`, or within the `month`.
        energy_lines: Two lines, import and export, or their `net` on one.
        rounding: Of each line to cents.
        minimum_completeness: Share of a month that must be metered or estimated.
        maximum_estimated: Share of a month that may be estimated.
        cut_off_days: Local days from a month's end to its settlement.
        adjustment_days: Local days from a month's end in which it may be settled anew.
        loss: None where the price is at the device.
        fees: In the order of their lines.
        taxes: In the order of their lines.
        shows_components: Statements tell what each component of the hours' prices came
            to.
    """

    effective_from: date
    price: PriceSource
    import_price: PriceRule = PriceRule()
    export_price: PriceRule = PriceRule()
    netting: Netting
    energy_lines: EnergyLines
    rounding: Rounding
    minimum_completeness: Decimal
    maximum_estimated: Decimal
    cut_off_days: int
    adjustment_days: int
    loss: Loss | None = None
    fees: tuple[Fee, ...] = ()
    taxes: tuple[Tax, ...] = ()
    shows_components: bool = False

    @property
    def bills_the_hours_price(self) -> bool:
        """Tell whether energy costs and earns the hour's price, as metered."""
        is_hourly = self.import_price == self.export_price == PriceRule()
        return is_hourly and self.netting == "interval" and self.loss is None


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A rate.

    Args:
        rate_id: Short name.
        title: For people.
        zone: IANA zone of its days and months.
        currency: ISO 4217 code of every amount.
        versions: In order of time.
    """

    rate_id: str
    title: str
    zone: ZoneInfo
    currency: str
    versions: tuple[Terms, ...]

    def price_on(self, day: date) -> PriceSource | None:
        """Give where a day's prices come from; None before the first version."""
        held = self._held(month_of(day))
        return held[-1].price if held else None

    def terms_of(self, billing_month: str) -> Terms:
        """Give what holds in a billing month written `2025-11`.

        Raises:
            InputError: If the month is before the first version.
        """
        held = self._held(billing_month)
        if not held:
            raise InputError(
                f"rate {self.rate_id}: got the month {billing_month}, expected "
                f"{month_of(self.versions[0].effective_from)} or later, when it begins"
            )
        return held[-1]

    def _held(self, billing_month: str) -> list[Terms]:
        return [
            terms
            for terms in self.versions
            if month_of(terms.effective_from) <= billing_month
        ]
