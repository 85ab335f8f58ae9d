"""The whole service with the delivery daemon and TLS receivers."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from deliveries import DeliveringService  # noqa: E402
from support.daemon import TlsReceivers  # noqa: E402
from support.mariadb import PrivateMariaDB  # noqa: E402
from support.service import end_in_good_order_on_sigterm  # noqa: E402


def pytest_configure():
    end_in_good_order_on_sigterm()


@pytest.fixture(scope="session", name="database")
def make_database():
    with PrivateMariaDB() as server:
        yield server


@pytest.fixture(scope="session", name="receivers")
def make_receivers(tmp_path_factory):
    return TlsReceivers(tmp_path_factory.mktemp("receivers"))


@pytest.fixture(name="service")
def make_service(database):
    """A running API whose webhooks may have 127.0.0.1 as destination."""
    with DeliveringService(processes=1, database=database, settings={"destination_allow": "127.0.0.0/8"}) as running:
        yield running
