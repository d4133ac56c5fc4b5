"""Bytes to rows and rows to bytes: no files, no sockets."""
