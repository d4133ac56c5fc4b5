"""The assets: each reads, computes, stores and reports. Arithmetic is elsewhere."""
