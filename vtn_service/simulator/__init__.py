"""Simulated devices: OpenADR clients with a small model of their own each.

For demonstrations and tests, never for members. `python -m vtn_service.simulator`.
"""
