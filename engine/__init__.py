"""Linkdeck's engine: moves records along Links, keeps the evidence, recovers. Imports nothing."""
