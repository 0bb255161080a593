"""SQLite files by the standard library's driver: one writer a file, readers beside it."""
