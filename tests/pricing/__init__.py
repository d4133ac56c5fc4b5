"""Schedules, curves and events."""
