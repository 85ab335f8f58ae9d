"""Makes the support of all tests importable."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.service import end_in_good_order_on_sigterm  # noqa: E402


def pytest_configure():
    end_in_good_order_on_sigterm()
