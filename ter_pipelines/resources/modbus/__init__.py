"""Meters over Modbus TCP: a connection, the reads of a map, and the collector.

Nothing here ever writes to a device.
"""
