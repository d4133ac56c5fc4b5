"""The contract of SilesiaSolar's clients: sign-in, sites, meters, measurements."""
