"""Names with several addresses: each address that stays silent costs a quarter of the connect time."""

import contextlib
import socket

import pytest

from conftest import NAME
from support.tls_receiver import Receiver, answering, response

CONNECT_MS = 12_000


@contextlib.contextmanager
def silent_at(address, port):
    """An address that neither accepts nor refuses connections: its listener accepts none, and its queue is full."""
    with contextlib.ExitStack() as resources:
        listener = resources.enter_context(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(8):
            filler = resources.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex((address, port))
        yield


@pytest.mark.parametrize("silent", [1, 3])
def test_the_next_address_is_tried_after_a_quarter_of_the_connect_time(tool, good, silent):
    with Receiver(answering(), good) as receiver, contextlib.ExitStack() as others:
        addresses = [f"127.0.0.{number + 2}" for number in range(silent)]
        for address in addresses:
            others.enter_context(silent_at(address, receiver.port))
        tool = tool(names={NAME: " ".join([*addresses, "127.0.0.1", "127.0.0.9"])}, allow="127.0.0.0/8",
                    connect_timeout=CONNECT_MS)
        outcome = tool.send(f"https://{NAME}:{receiver.port}/")
        assert outcome["status"] == 200
        assert outcome["milliseconds"] >= silent * CONNECT_MS / 4


def test_silent_addresses_are_tried_last_from_then_on(tool, good):
    with Receiver(answering(), good) as receiver, silent_at("127.0.0.2", receiver.port):
        tool = tool(names={NAME: "127.0.0.2 127.0.0.1"}, allow="127.0.0.0/8", connect_timeout=20_000)
        assert tool.send(f"https://{NAME}:{receiver.port}/", check_cert=True)["milliseconds"] >= 5000
        assert tool.send(f"https://{NAME}:{receiver.port}/", check_cert=False)["milliseconds"] < 5000
        assert receiver.connections == 2


def test_addresses_that_refuse_cost_no_time(tool, good):
    with Receiver(answering(), good) as receiver:
        addresses = " ".join(f"127.0.0.{number}" for number in range(2, 40))
        tool = tool(names={NAME: f"{addresses} 127.0.0.1"}, allow="127.0.0.0/8", connect_timeout=60_000,
                    total_timeout=60_000)
        outcome = tool.send(f"https://{NAME}:{receiver.port}/")
        assert outcome["status"] == 200
        assert outcome["milliseconds"] < 15_000


def test_all_addresses_are_silent(tool):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with contextlib.ExitStack() as others:
        addresses = [f"127.0.0.{number}" for number in range(2, 10)]
        for address in addresses:
            others.enter_context(silent_at(address, port))
        tool = tool(names={NAME: " ".join(addresses)}, allow="127.0.0.0/8", connect_timeout=1000)
        outcome = tool.send(f"https://{NAME}:{port}/")
        assert outcome["failure"] == "timeout"
        assert 1000 <= outcome["milliseconds"] < 10_000


def test_a_slow_handshake_is_not_cut_short(tool, good):
    """The address has accepted the connection, so no other is tried."""
    def behave(connection):
        connection.hold()

    with Receiver(behave) as slow, Receiver(answering(), good, "127.0.0.2", slow.port) as fine:
        tool = tool(names={NAME: "127.0.0.1 127.0.0.2"}, allow="127.0.0.0/8", connect_timeout=2000)
        outcome = tool.send(f"https://{NAME}:{slow.port}/")
        assert outcome["failure"] == "timeout"
        assert outcome["milliseconds"] >= 2000
        assert fine.connections == 0


def test_a_new_address_of_a_name_is_used(tool, good):
    """A kept connection to the former address is not used once the lookup is too old."""
    with Receiver(answering(), good) as before, Receiver(answering(), good, "127.0.0.2", before.port) as after:
        tool = tool(allow="127.0.0.0/8", dns_cache_time=0)
        url = f"https://{NAME}:{before.port}/"
        for _ in range(2):
            assert tool.send(url)["status"] == 200
        assert before.connections == 1
        tool.resolve({NAME: "127.0.0.2"})
        for _ in range(2):
            assert tool.send(url)["status"] == 200
        assert (len(before.requests), len(after.requests), after.connections) == (2, 2, 1)


def test_a_request_that_another_address_gets_after_a_kept_connection_broke_counts_as_two(tool, good):
    def behave(connection):
        connection.read_request()
        connection.send(response())
        connection.read_request()
        connection.receiver.refuse()

    with Receiver(behave, good, "127.0.0.2") as former, Receiver(answering(), good, "127.0.0.1", former.port) as other:
        tool = tool(names={NAME: "127.0.0.2 127.0.0.1"}, allow="127.0.0.0/8")
        url = f"https://{NAME}:{other.port}/"
        assert tool.send(url)["repeated"] == ""
        outcome = tool.send(url)
        assert (outcome["status"], outcome["repeated"] != "") == (200, True)
        assert (len(former.requests), len(other.requests)) == (2, 1)
