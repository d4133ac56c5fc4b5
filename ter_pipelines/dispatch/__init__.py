"""Batteries: what they can do, what an operator orders, and what they are told."""
