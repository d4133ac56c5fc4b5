"""The assets, run in process against a small installation."""
