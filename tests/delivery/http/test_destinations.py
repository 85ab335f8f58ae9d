"""The destination guard, by what is really connected to: spellings, names that lie, kept connections."""

import pytest

from conftest import NAME
from support.tls_receiver import Receiver, answering, response


@pytest.fixture(name="receiver")
def make_receiver(good):
    with Receiver(answering(), good) as receiver:
        yield receiver


SPELLINGS = ["127.0.0.1", "127.1", "127.0.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "0177.0.0.1", "0",
             "127.0.0.1.", "2130706433.", "localhost", "LOCALHOST.", "a.localhost", "[::1]", "[::]",
             "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]",
             "[2002:7f00:1::]", "[fe80::1]", "%31%32%37.0.0.1", "①②⑦.⓪.⓪.①"]


@pytest.mark.parametrize("host", SPELLINGS)
def test_however_the_address_is_spelled(tool, receiver, host):
    for check_cert in (True, False):
        outcome = tool(allow="").send(f"https://{host}:{receiver.port}/", check_cert=check_cert)
        assert outcome["status"] == 0
        # A text that is not read as an address is a name that does not exist.
        assert outcome["failure"] == "refused" or (host.endswith(".") and outcome["failure"] == "dns")
    assert receiver.connections == 0


@pytest.mark.parametrize("host", ["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[::127.0.0.1]"])
def test_an_allowed_address_is_not_allowed_in_disguise(tool, receiver, host):
    assert tool().send(f"https://{host}:{receiver.port}/")["failure"] == "refused"
    assert receiver.connections == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "255.255.255.255", "::1",
                                     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fd00::1", "fe80::1", "::127.0.0.1"])
def test_a_name_that_leads_inside(tool, receiver, address):
    outcome = tool(names={NAME: address}, allow="").send(f"https://{NAME}:{receiver.port}/")
    assert outcome["failure"] == "refused"
    assert outcome["detail"].endswith(f" port {receiver.port}")
    assert receiver.connections == 0


def test_all_of_a_names_addresses_are_refused(tool, receiver):
    outcome = tool(names={NAME: "10.0.0.1 127.0.0.1 ::1"}, allow="").send(f"https://{NAME}:{receiver.port}/")
    assert outcome["failure"] == "refused"
    assert receiver.connections == 0


@pytest.mark.parametrize("addresses", ["10.0.0.1 127.0.0.1", "127.0.0.1 10.0.0.1", "::1 127.0.0.1",
                                       "::ffff:127.0.0.1 127.0.0.1", "10.0.0.1 ::1 169.254.169.254 127.0.0.1"])
def test_those_of_a_names_addresses_that_are_allowed_are_used(tool, receiver, addresses):
    assert tool(names={NAME: addresses}).send(f"https://{NAME}:{receiver.port}/")["status"] == 200
    assert receiver.connections == 1


def test_an_allowed_address_that_is_dead_is_a_receiver_that_is_dead(tool):
    with Receiver(answering()) as receiver:
        port = receiver.port
    outcome = tool(names={NAME: "10.0.0.1 127.0.0.1"}).send(f"https://{NAME}:{port}/")
    assert outcome["failure"] == "connect"


def test_a_port_that_is_not_allowed(tool, receiver):
    for settings in ({"allow": f"127.0.0.1:{receiver.port + 1}"}, {"allow": "127.0.0.1", "ports": "443"}):
        for host in (NAME, "127.0.0.1"):
            outcome = tool(**settings).send(f"https://{host}:{receiver.port}/")
            assert outcome["failure"] == "refused", (settings, host)
    assert receiver.connections == 0


def test_a_port_that_is(tool, receiver):
    settings = {"allow": f"127.0.0.1:{receiver.port}", "ports": "443"}
    assert tool(**settings).send(f"https://{NAME}:{receiver.port}/")["status"] == 200


def test_a_name_that_leads_elsewhere_the_second_time(tool, good):
    """Rebinding: the first answer of the resolver is allowed, the second leads to a receiver that must get nothing."""
    def answer_once(connection):
        connection.read_request()
        connection.send(response(headers=["Connection: close"]))

    with Receiver(answer_once, good) as outside, Receiver(answering(), good, "127.0.0.2", outside.port) as inside:
        tool = tool(names={NAME: "127.0.0.1"}, dns_cache_time=0)
        url = f"https://{NAME}:{outside.port}/"
        assert tool.send(url)["status"] == 200
        tool.resolve({NAME: "127.0.0.2"})
        outcome = tool.send(url)
        assert outcome["reason"] == f"refused (127.0.0.2 port {inside.port})"
        assert (outside.connections, inside.connections) == (1, 0)


def test_a_redirect_inside_leads_nowhere(tool, good):
    with Receiver(answering(), good, "127.0.0.2") as inside:
        location = f"Location: https://127.0.0.2:{inside.port}/latest/meta-data/"
        with Receiver(answering(302, headers=[location]), good) as outside:
            assert tool().send(f"https://{NAME}:{outside.port}/")["reason"] == "http 302"
        assert inside.connections == 0


@pytest.mark.parametrize("url", ["http://good.test/", "ftp://good.test/", "file:///etc/passwd", "gopher://good.test/",
                                 "https://", "https:///", "", "good.test", "https://good.test:99999/"])
def test_what_is_no_https_url_is_refused(tool, url):
    outcome = tool().send(url)
    assert (outcome["failure"], outcome["status"]) == ("refused", 0)
