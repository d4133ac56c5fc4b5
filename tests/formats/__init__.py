"""Tests of the formats, against golden files and laws."""
