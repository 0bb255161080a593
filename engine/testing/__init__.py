"""What any Adapter or Filter must pass, ours and strangers': suites to inherit under pytest.

A test class inherits a contract and gives it a case, over the real system:

    class TestShopSource(SourceContract):
        @pytest.fixture
        def case(self, tmp_path):
            ...
            return SourceCase(make=lambda context: ShopSource(options, context), ...)

Put `pytest.register_assert_rewrite("engine.testing")` into `conftest.py` for readable failures.
"""

from engine.testing.callers import CallerCase, CallerContract
from engine.testing.filters import FilterCase, FilterContract
from engine.testing.sources import SourceCase, SourceContract, WindowCase
from engine.testing.targets import TargetCase, TargetContract

__all__ = [
    "CallerCase",
    "CallerContract",
    "FilterCase",
    "FilterContract",
    "SourceCase",
    "SourceContract",
    "TargetCase",
    "TargetContract",
    "WindowCase",
]
