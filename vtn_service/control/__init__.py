"""The control door: what the pipeline may do and ask."""
