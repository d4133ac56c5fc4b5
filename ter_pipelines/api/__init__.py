"""The partners' door: their REST contracts over HTTP."""
