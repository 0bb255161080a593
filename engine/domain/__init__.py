"""Frozen values and pure decisions, on the standard library alone; no I/O."""
