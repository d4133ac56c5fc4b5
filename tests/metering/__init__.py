"""Mapping, readings, usage and VEE."""
