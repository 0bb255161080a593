"""Screens: each asks one question of the engine and shows the answer."""
