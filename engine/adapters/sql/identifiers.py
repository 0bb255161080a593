"""Names of tables and columns as SQL text: the one place where they are quoted."""

from collections.abc import Iterable

from engine.domain.errors import ErrorClass, SystemSyncError


def quoted(name: str) -> str:
    """The name in double quotes, its own doubled; one that no database takes is refused."""
    if not name or "\0" in name:
        raise SystemSyncError(
            "a name of a table or column is empty or has a NUL in it: correct the definition",
            code="malformed_name",
            error_class=ErrorClass.SCHEMA,
        )
    return '"' + name.replace('"', '""') + '"'


def check_length(names: Iterable[str], *, most: int, database: str) -> None:
    """Refuse a name that the database would cut off: it would be another's."""
    for name in names:
        if len(name.encode(errors="surrogatepass")) > most:
            raise SystemSyncError(
                f"the name {name} is longer than the {most} bytes that {database} takes: use a "
                "shorter one",
                code="malformed_name",
                error_class=ErrorClass.SCHEMA,
            )


def listed(names: Iterable[str]) -> str:
    """Quoted names with commas between them."""
    return ", ".join(map(quoted, names))


def quoted_table(name: str) -> str:
    """`schema.table` or `table`, each part quoted."""
    return ".".join(quoted(part) for part in name.split(".", 1))


def spoken(names: Iterable[str]) -> str:
    """Names as a sentence lists them: `a`, `a and b`, `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
