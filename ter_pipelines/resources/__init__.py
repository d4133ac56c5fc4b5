"""Input and output and nothing else: each resource moves bytes or contract messages."""
