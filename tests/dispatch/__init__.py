"""Tests of battery dispatch."""
