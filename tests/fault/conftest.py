"""Every test file of this folder starts its own service. load.py has the code that they share."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.mariadb import PrivateMariaDB  # noqa: E402
from support.service import end_in_good_order_on_sigterm  # noqa: E402


def pytest_configure():
    end_in_good_order_on_sigterm()


@pytest.fixture(scope="module")
def database():
    """A server for all tests of a file that don't change it."""
    with PrivateMariaDB() as server:
        yield server
