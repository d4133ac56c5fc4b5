"""Retail accounts: what is kept of one, its hours by load profile, its shadow prices."""
