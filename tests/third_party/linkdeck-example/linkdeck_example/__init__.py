"""INI files as a source and a target, and a Filter."""
