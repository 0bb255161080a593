"""From YAML text to a Link: every complaint with its line and column, and the JSON Schema."""
