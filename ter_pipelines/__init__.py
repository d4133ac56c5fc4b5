"""TER Pipelines: from hourly prices to devices, and from their usage to a bill."""
