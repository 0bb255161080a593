"""Drivers of source and target systems, one package a kind."""
