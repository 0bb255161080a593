"""Every other database, by SQLAlchemy Core: plain statements, and right."""
