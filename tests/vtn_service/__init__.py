"""Tests of the VTN, most of them against a real process."""
