"""The partners' door, knocked at from outside."""
