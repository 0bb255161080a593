"""SQL databases as source and target: SQLite and PostgreSQL by driver, others by SQLAlchemy."""
