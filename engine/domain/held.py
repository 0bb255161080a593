"""What a target held for a key when a record failed, as a digest that tells changes (I1, P1)."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

ABSENT = "absent"


def digest_of(row: Mapping[str, Any] | None) -> str:
    """The digest of what a target holds for a key; ABSENT where it holds nothing."""
    if row is None:
        return ABSENT
    said = repr(sorted(row.items())).encode("utf-8", "surrogatepass")
    return blake2b(said, digest_size=12).hexdigest()
