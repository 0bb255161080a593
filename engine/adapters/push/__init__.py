"""Records that are delivered to Linkdeck instead of being fetched."""
