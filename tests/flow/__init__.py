"""The whole story with real processes."""
