"""The contract of SilesiaSolar's clients: sign-in, sites, meters, measurements."""

from ter_pipelines.api.numbers import know_numbers

know_numbers()  # before any path is read
