"""Price files: bytes to hours, each reader for one form.

The partner's JSON schedule, the report and the web answer of ISO New England, and the
CSV of any market that a profile describes. All give the same rows; whether they are a
whole local day is not decided here, `pricing.schedule` does.
"""

from ter_pipelines.formats.price_files.csv_profile import PriceCsvProfile
from ter_pipelines.formats.price_files.csv_reader import read_price_csv
from ter_pipelines.formats.price_files.csv_rows import MAX_CSV_BYTES
from ter_pipelines.formats.price_files.iso_ne_csv import read_iso_ne_da_csv
from ter_pipelines.formats.price_files.iso_ne_json import read_iso_ne_json
from ter_pipelines.formats.price_files.profile_loading import (
    load_price_profile,
    shipped_profiles,
)
from ter_pipelines.formats.price_files.schedule_json import MAX_PRICES, read_schedule

__all__ = [
    "MAX_CSV_BYTES",
    "MAX_PRICES",
    "PriceCsvProfile",
    "load_price_profile",
    "read_iso_ne_da_csv",
    "read_iso_ne_json",
    "read_price_csv",
    "read_schedule",
    "shipped_profiles",
]
