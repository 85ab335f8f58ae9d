"""One running service for all tests of this folder."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.service import Service, end_in_good_order_on_sigterm  # noqa: E402

from expect import stores_nothing as expect_nothing_stored  # noqa: E402


def pytest_configure():
    end_in_good_order_on_sigterm()


@pytest.fixture(scope="session")
def service():
    with Service() as running:
        yield running


@pytest.fixture
def stores_nothing(service):
    """For tests that send only requests that are refused: the tables don't change."""
    with expect_nothing_stored(service):
        yield
