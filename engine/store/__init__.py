"""Where Sync Events and their evidence are kept: SQLite in HOME, or PostgreSQL by URL."""
