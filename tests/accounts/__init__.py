"""Tests of accounts: bodies, intervalization, shadow prices."""
