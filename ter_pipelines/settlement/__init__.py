"""Settlement: what a month costs, the one rounding, and versions of a statement."""
