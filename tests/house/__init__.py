"""Tests of the code itself: what every asset, table, query and file must state."""
