"""What `make lint` lets through of other people's licences."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    spec = importlib.util.spec_from_file_location("licences", ROOT / ".ci" / "licences.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.mark.parametrize(
    "said",
    [
        "MIT",
        "BSD-3-Clause",
        "Apache 2.0",
        "PSF-2.0",
        "LGPL-3.0-only",
        "ISC License (ISCL)",
        "GNU Lesser General Public License v3 (LGPLv3)",
        "MIT OR GPL-3.0-only",
        "MIT License",
    ],
)
def test_permissive_licences_and_the_lgpl_pass(licences: ModuleType, said: str) -> None:
    assert licences.permitted(said)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "GPL-3.0-or-later",
        "AGPL-3.0",
        "GNU General Public License v3 (GPLv3)",
        "UNKNOWN",
        "MIT AND GPL-2.0",
        "BSD AND GPLv3",
        "Proprietary",
        "SSPL-1.0",
        "Commercial, MIT on request",
    ],
)
def test_any_other_licence_and_none_at_all_is_named(
    licences: ModuleType, said: str
) -> None:
    assert not licences.permitted(said)


def test_all_that_is_pinned_here_may_be_used(licences: ModuleType) -> None:
    assert licences.main(str(ROOT / "constraints.txt")) == 0
