"""The pages that people open: prices, devices, usage, bills, sites, changes."""
