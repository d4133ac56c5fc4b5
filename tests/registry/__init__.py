"""The partners' database and the landing folder."""
