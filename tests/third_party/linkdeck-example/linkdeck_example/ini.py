"""INI text as records: a section each, every value JSON where it is JSON, else text."""

import json
from collections.abc import Mapping
from configparser import ConfigParser
from typing import Any
from urllib.parse import quote, unquote

SECTION = "section"
"""The field of a record that is the name of its section."""


def parser() -> ConfigParser:
    """A parser to which no section and no value means anything special."""
    plain = ConfigParser(interpolation=None, default_section="\n", strict=True)
    plain.optionxform = str  # type: ignore[assignment, method-assign]
    return plain


def record_of(name: str, section: Mapping[str, str]) -> dict[str, Any]:
    """A section as a record."""
    fields = {unquote(key): _value(text) for key, text in section.items()}
    return {SECTION: unquote(name), **fields}


def section_of(record: Mapping[str, Any]) -> dict[str, str]:
    """A record as a section; raises TypeError for a value that JSON does not have."""
    return {
        quote(name, safe=""): json.dumps(value, allow_nan=False)
        for name, value in record.items()
    }


def name_of(key: tuple[Any, ...]) -> str:
    """The section of a key."""
    return ",".join(quote(str(part), safe="") for part in key)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
