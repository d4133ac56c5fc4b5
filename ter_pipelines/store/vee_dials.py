"""Register readings beside the survey: sum checks, and the windows gaps are scaled to.

Only readings taken where a local day begins are used here; a day with any other reading
is for the rules themselves. Energy in micro-kWh, time in microseconds since 1970.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import polars as pl

from ter_pipelines.store.lake import Lake
from ter_pipelines.store.vee_channels import CHANNEL, DAY, Channels
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY as ONE_DAY
from ter_pipelines.vocab.clock import day_span, days_between
from ter_pipelines.vocab.vee_settings import VeeSettings

# A window that is longer is for the rules themselves.
LONGEST_WINDOW = 31 * ONE_DAY


@dataclass(frozen=True)
class Dials:
    """Readings by channel and the day they are stored on.

    Args:
        readings: In order of channel and time, each once: `at_us`, `dial_micro`,
            `step_micro`, `has_event`; `is_midnight` where a local day begins, and
            `is_doubtful` where two of one instant differ.
    """

    readings: pl.DataFrame

    @classmethod
    def read(
        cls, lake: Lake, days: Sequence[date], zone: ZoneInfo, channels: Channels
    ) -> "Dials":
        """Read the dials of some days, and those whose windows may reach into them."""
        listed = days_between(days[0] - LONGEST_WINDOW, days[-1] + LONGEST_WINDOW)
        begins = {day: day_span(day, zone).start_utc for day in listed}
        stored = lake.read(tables.REGISTER_READING, listed)
        numbered = channels.numbered(stored).filter(pl.col(CHANNEL).is_not_null())
        micro = pl.col("reading_kwh", "step_kwh").to_physical().cast(pl.Int64)
        readings = (
            numbered.select(
                CHANNEL,
                pl.col(DAY).str.to_date(),
                pl.col("read_at").dt.epoch("us").alias("at_us"),
                (
                    pl.col("read_at")
                    == pl.col(DAY).str.to_date().replace_strict(begins)
                ).alias("is_midnight"),
                micro.name.map(lambda name: name.replace("_kwh", "_micro")),
                (pl.col("event").fill_null("") != "").alias("has_event"),
            )
            .group_by(CHANNEL, DAY, "at_us", "is_midnight")
            .agg(
                pl.col("reading_micro").first(),
                pl.col("step_micro").max().fill_null(0),
                pl.col("has_event").any(),
                (pl.col("reading_micro").n_unique() > 1).alias("is_doubtful"),
            )
            .sort(CHANNEL, "at_us")
        )
        return cls(readings)

    def windows(self) -> pl.DataFrame:
        """Give the time between each two readings in a row, and what was counted.

        A window that an event closes tells no difference: it is not `is_counted`. One
        that reaches from midnight to midnight `is_whole`.
        """
        following = pl.col("at_us", "reading_micro", "has_event", "is_midnight")
        return (
            self.readings.with_columns(
                following.shift(-1).over(CHANNEL).name.prefix("next_"),
            )
            .filter(pl.col("next_at_us").is_not_null())
            .select(
                CHANNEL,
                "at_us",
                pl.col("next_at_us").alias("until_us"),
                (pl.col("next_reading_micro") - pl.col("reading_micro")).alias(
                    "counted_micro"
                ),
                pl.col("next_has_event").not_().alias("is_counted"),
                (pl.col("is_midnight") & pl.col("next_is_midnight")).alias("is_whole"),
            )
        )

    def days_of_windows(self, days: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
        """Give all days of the register windows that reach into channels' days."""
        windows = self.windows().select(
            CHANNEL,
            local_date(pl.col("at_us"), zone).alias("first"),
            local_date(pl.col("until_us") - 1, zone).alias("last"),
        )
        is_inside = pl.col(DAY).is_between("first", "last")
        touching = days.join(windows, on=CHANNEL).filter(is_inside)
        of_windows = pl.date_ranges("first", "last").alias(DAY)
        return touching.select(CHANNEL, of_windows).explode(DAY).unique()

    def unfit_days(self) -> pl.DataFrame:
        """Give the channels' days with a reading that is for the rules themselves.

        Of two readings that differ, both days that touch them; of a fall that no event
        explains, the day before it.
        """
        inside = self.readings.filter(pl.col("is_midnight").not_())
        differing = self.readings.filter("is_doubtful").select(CHANNEL, DAY)
        falls = pl.col("reading_micro") < pl.col("reading_micro").shift().over(CHANNEL)
        fallen = self.readings.filter(falls, pl.col("has_event").not_())
        before = pl.concat([differing, fallen.select(CHANNEL, DAY)]).with_columns(
            pl.col(DAY).dt.offset_by("-1d")
        )
        return pl.concat([inside.select(CHANNEL, DAY), differing, before]).unique()

    def sum_differences(
        self, days: pl.DataFrame, settings: VeeSettings
    ) -> pl.DataFrame:
        """Give the channels' whole days that differ too much from the register.

        Args:
            days: Whole days without a gap: `channel`, `total_micro`.
            settings: How many steps of the register they may differ.
        """
        midnights = self.readings.filter("is_midnight")
        opening = midnights.select(CHANNEL, DAY, "reading_micro", "step_micro")
        closing = midnights.select(
            CHANNEL,
            pl.col(DAY).dt.offset_by("-1d"),
            pl.col("reading_micro", "step_micro", "has_event").name.suffix("_end"),
        )
        counted = pl.col("reading_micro_end") - pl.col("reading_micro")
        step = pl.max_horizontal("step_micro", "step_micro_end").cast(pl.Int128)
        numerator, denominator = settings.sum_check_resolutions.as_integer_ratio()
        difference = (counted - pl.col("total_micro")).abs().cast(pl.Int128)
        return (
            opening.join(closing, on=[CHANNEL, DAY])
            .filter(pl.col("has_event_end").not_())
            .join(days.select(CHANNEL, DAY, "total_micro"), on=[CHANNEL, DAY])
            .filter(difference * denominator > step * numerator)
            .select(CHANNEL, DAY)
        )


def local_date(us: pl.Expr, zone: ZoneInfo) -> pl.Expr:
    """Give the local day of an instant, microseconds since 1970."""
    instant = pl.from_epoch(us, time_unit="us").dt.replace_time_zone("UTC")
    return instant.dt.convert_time_zone(zone.key).dt.date()
