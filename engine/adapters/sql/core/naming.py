"""Names of tables as SQLAlchemy takes them."""


def names_of(name: str) -> tuple[str | None, str]:
    """Schema and table of `schema.table`."""
    schema, dot, table = name.partition(".")
    return (schema, table) if dot else (None, name)
