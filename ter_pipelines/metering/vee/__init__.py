"""VEE: validation, estimation and editing of interval usage."""
