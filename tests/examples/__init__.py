"""Golden files of the formats, and tests of the example files."""
