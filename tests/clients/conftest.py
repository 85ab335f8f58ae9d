"""The tools, and a service whose daemon delivers to a receiver."""

import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.daemon import Daemon, TlsReceivers, url_of  # noqa: E402
from support.service import Service, end_in_good_order_on_sigterm  # noqa: E402
from support.tls_receiver import response  # noqa: E402

from tools import Tools  # noqa: E402

REFUSED_TYPE = "scan_failed"
DESTINATIONS = "127.0.0.0/8"


def pytest_configure():
    end_in_good_order_on_sigterm()


@pytest.fixture(scope="session", name="tools")
def make_tools():
    return Tools()


def answer_by_type(connection):
    while request := connection.read_request():
        refused = json.loads(request.body)["event_type"] == REFUSED_TYPE
        connection.send(response(503 if refused else 200))


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """Where the programs find the service: the settings of situation.ts."""
    receivers = TlsReceivers(tmp_path_factory.mktemp("receivers"))
    with (Service(processes=1, settings={"destination_allow": DESTINATIONS}) as service,
          receivers.start(answer_by_type) as receiver,
          Daemon(service, authority=receivers.authority)):
        yield {"API": f"http://127.0.0.1:{service.port}",
               "KEY": service.make_key("clients", rights="read,manage,publish"),
               "TARGET": service.target.id,
               "RECEIVER": url_of(receiver)}
