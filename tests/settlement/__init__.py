"""Statements and versions."""
