"""PostgreSQL by psycopg: many writers, one connection a thread."""
