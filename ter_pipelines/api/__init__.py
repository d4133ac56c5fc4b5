"""The partners' door: their REST contracts over HTTP."""

from ter_pipelines.api.numbers import know_numbers

know_numbers()  # before any path is read
