"""Bad input: every attack is refused and the process lives on."""
