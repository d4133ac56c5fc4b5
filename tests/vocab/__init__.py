"""The words everybody shares."""
