"""The licences of all that is pinned: permissive ones and LGPL pass, anything else is named.

`python .ci/licences.py constraints.txt`, in the environment to look at. What is pinned and not
installed there is not looked at. MPL passes, too: its files are used as they are (certifi).
"""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ALLOWED = re.compile(
    r"\b(mit|bsd|0bsd|apache|isc|psf|psfl|python|zlib|unlicense|public domain|cc0|mpl|mozilla|"
    r"hpnd|lgpl|lesser general public|zpl|blueoak|expat|postgresql)\b"
)
FORBIDDEN = re.compile(r"\b(a?gpl|affero|general public|proprietary|commercial|sspl|busl)")
_LESSER = re.compile(r"\blgpl|lesser general public|library general public")
_OR = re.compile(r"\bor\b|;|/")
_SHORT = 200
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==")


def main(pins: str) -> int:
    """0 where every pinned package that is installed may be used; 1 else, naming the others."""
    found = list(_installed(Path(pins).read_text("utf-8")))
    wrong = [(each, said) for each in found if not permitted(said := licence_of(each))]
    for each, said in wrong:
        told = said or "it states none"
        _say(f"{each.metadata['Name']} {each.version}: licence not allowed here ({told})")
    _say(f"{len(found)} packages looked at: {len(wrong)} licences not allowed.")
    return 1 if wrong or not found else 0


def permitted(licence: str) -> bool:
    """Whether one of the licences it offers is permissive, or LGPL."""
    return any(_passes(each) for each in _OR.split(licence.lower().replace("_", " ")))


def _passes(licence: str) -> bool:
    if _LESSER.search(licence):
        return True
    plain = licence.replace("-", " ")
    return bool(ALLOWED.search(plain)) and not FORBIDDEN.search(plain)


def licence_of(package: Distribution) -> str:
    """What it says of its licence: the expression, the classifiers, or the field."""
    stated = package.metadata.get("License-Expression")
    if stated:
        return str(stated)
    classified = [
        each.rpartition("::")[2].strip()
        for each in package.metadata.get_all("Classifier") or ()
        if each.startswith("License ::") and each.count("::") > 1
    ]
    field = str(package.metadata.get("License") or "").strip()
    return " AND ".join(classified) or field.partition("\n")[0][:_SHORT]


def _installed(pins: str) -> Iterator[Distribution]:
    for line in pins.splitlines():
        if pin := _PIN.match(line):
            try:
                yield distribution(pin[1])
            except PackageNotFoundError:
                continue


def _say(sentence: str) -> None:
    print(sentence)  # noqa: T201 - that is what it is for


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
