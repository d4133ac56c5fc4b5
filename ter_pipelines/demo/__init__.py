"""The demonstration: the whole story, touched only from outside, and proved.

It plays the price partner, the metering partner, ten members' devices, an operator in
the Dagster UI and an analyst with DuckDB, against the real system.
"""
