"""The stages of a Link, compiled once: one generated function, and a story for what it leaves."""
