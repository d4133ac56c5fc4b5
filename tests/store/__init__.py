"""The lake and its queries."""
