"""Every other database, by SQLAlchemy Core: plain statements, a row at a time, and right."""
