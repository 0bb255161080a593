import sys

import pytest

if "engine.testing" not in sys.modules:
    pytest.register_assert_rewrite("engine.testing")
