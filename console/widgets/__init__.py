"""Widgets: each draws lines of visible text, and nothing else."""
