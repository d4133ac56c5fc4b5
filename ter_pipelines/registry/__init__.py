"""The partners' database: who may sign in, and what was submitted and when."""
