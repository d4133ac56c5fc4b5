"""The tests mirror the packages; flow/ holds the whole story."""
