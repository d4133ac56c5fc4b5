"""Prices: schedules held against the local day, curves, and the events made of them."""
