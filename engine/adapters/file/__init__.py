"""Files as a source and a target: NDJSON, JSON and CSV."""
