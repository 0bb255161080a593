"""A record's key as the number that stands for it, wherever keys are compared in bulk (I4)."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from hashlib import blake2b
from itertools import groupby
from typing import Protocol

from engine.domain.values import dataclass


def key_hash(key: str) -> int:
    """Eight bytes of a canonical key as the number that stands for it."""
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


class Keys(Protocol):
    """Keys that may be open elsewhere, by their hashes; picklable."""

    def __contains__(self, hash_: int) -> bool: ...

    def read(self) -> object:
        """Have them at hand; whatever may go wrong does so here."""
        ...


@dataclass(frozen=True, slots=True)
class AnyKey:
    """Whichever it is: what is open then is looked up when it is written."""

    def __contains__(self, hash_: int) -> bool:
        return True

    def read(self) -> object:
        """Nothing to be had."""
        return self


@dataclass(frozen=True, slots=True)
class KeyHashes:
    """Hashes of the keys that are open somewhere; 8 bytes each, picklable."""

    sorted: "array[int]"

    @classmethod
    def of(cls, hashes: Iterable[int]) -> "KeyHashes":
        """These hashes, each once."""
        return cls(array("q", sorted(set(hashes))))

    @classmethod
    def in_order(cls, hashes: Iterable[int]) -> "KeyHashes":
        """These hashes, which come smallest first, each once."""
        return cls(array("q", (number for number, _ in groupby(hashes))))

    def read(self) -> object:
        """They are here."""
        return self

    def __contains__(self, hash_: int) -> bool:
        at = bisect_left(self.sorted, hash_)
        return at < len(self.sorted) and self.sorted[at] == hash_

    def __len__(self) -> int:
        return len(self.sorted)
