"""Benchmarks: one command each, printing seconds and ratios measured in one run."""

import warnings

# Dagster says so at every import of an asset; we rely on single-run backfills.
warnings.filterwarnings("ignore", message="Parameter .backfill_policy.")
