"""Keys of an HTTP source or target that do not go together."""

from collections.abc import Iterator, Sequence
from http import HTTPMethod

from engine.adapters.http.options import (
    HttpSourceOptions,
    HttpTargetOptions,
    LookupOptions,
    Timeouts,
)

Misfits = Sequence[tuple[str, str]]
"""Dotted keys, and the sentence about each."""


def of_source(options: HttpSourceOptions) -> Misfits:
    """What is wrong between the keys of a source."""
    found = [*_of_times(options.timeout), *_of_lookup(options.lookup)]
    if options.body is not None and options.method != HTTPMethod.POST:
        found.append(("body", f"a {options.method} has no 'body'; say method: POST"))
    if options.changed_until and not options.changed_since:
        found.append(("changed_until", "'changed_until' is nothing without changed_since"))
    return found


def of_target(options: HttpTargetOptions) -> Misfits:
    """What is wrong between the keys of a target."""
    return [*_of_times(options.timeout), *_of_lookup(options.lookup)]


def _of_times(timeout: Timeouts) -> Iterator[tuple[str, str]]:
    if timeout.total < timeout.connect:
        yield ("timeout.total", "'total' is shorter than 'connect'")


def _of_lookup(lookup: LookupOptions | None) -> Iterator[tuple[str, str]]:
    if lookup is None or lookup.size is not None:
        return
    for name in ("records", "id"):
        if getattr(lookup, name) is not None:
            yield (f"lookup.{name}", f"'{name}' is for lookups of many keys; say size: 100")
