"""The words everybody shares: units, clock, ids, tables, findings, errors."""
