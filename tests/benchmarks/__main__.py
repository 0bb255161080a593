"""Everything of design section 8 in one run and one table: `python -m tests.benchmarks [--quick]`.

`--only NAME` (repeatable) runs some of it. Each benchmark is a module of its own, to be run alone.
"""

import argparse
from importlib import import_module
from types import ModuleType

from tests.benchmarks.table import machine, printed

ORDER = (
    "first_run",
    "retry",
    "dask",
    "http_source",
    "postgres_target",
    "push",
    "store",
    "store_queries",
    "screens",
    "commands",
)


def main() -> None:
    """One section after the other; figures as soon as they are known."""
    arguments = _arguments()
    print(machine())
    for name in arguments.only or ORDER:
        module: ModuleType = import_module(f"tests.benchmarks.{name}")
        printed(module.TITLE, module.rows(quick=arguments.quick))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the records")
    parser.add_argument("--only", action="append", choices=ORDER, metavar="NAME")
    return parser.parse_args()


if __name__ == "__main__":
    main()
