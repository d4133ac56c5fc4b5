"""Retail accounts: what they are, their hours, their shadow prices."""
