"""Usage: which meter it belongs to, what was read, and whether it can be believed."""
