"""Choosing what to do: freshness, sensors, schedules, and the commands."""
