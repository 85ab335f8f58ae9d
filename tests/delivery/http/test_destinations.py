"""The checks of destinations, by the connections that are really made."""

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
def test_an_address_is_refused_in_any_spelling(tool, receiver, host):
    for check_cert in (True, False):
        outcome = tool(allow="").send(f"https://{host}:{receiver.port}/", check_cert=check_cert)
        assert outcome["status"] == 0
        # Some of these texts are names that do not exist, not addresses.
        assert outcome["failure"] == "refused" or (host.endswith(".") and outcome["failure"] == "dns")
    assert receiver.connections == 0


@pytest.mark.parametrize("host", ["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[::127.0.0.1]"])
def test_an_allowed_address_is_not_allowed_as_another_kind(tool, receiver, host):
    assert tool().send(f"https://{host}:{receiver.port}/")["failure"] == "refused"
    assert receiver.connections == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "255.255.255.255", "::1",
                                     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fd00::1", "fe80::1", "::127.0.0.1"])
def test_a_name_with_a_private_address(tool, receiver, address):
    outcome = tool(names={NAME: address}, allow="").send(f"https://{NAME}:{receiver.port}/")
    assert outcome["failure"] == "refused"
    assert outcome["detail"].endswith(f" port {receiver.port}")
    assert outcome["by_allow_list"] == "no"
    assert receiver.connections == 0


def test_all_of_a_names_addresses_are_refused(tool, receiver):
    outcome = tool(names={NAME: "10.0.0.1 127.0.0.1 ::1"}, allow="").send(f"https://{NAME}:{receiver.port}/")
    assert outcome["failure"] == "refused"
    assert receiver.connections == 0


@pytest.mark.parametrize("addresses", ["10.0.0.1 127.0.0.1", "127.0.0.1 10.0.0.1", "::1 127.0.0.1",
                                       "::ffff:127.0.0.1 127.0.0.1", "10.0.0.1 ::1 169.254.169.254 127.0.0.1"])
def test_only_the_allowed_addresses_of_a_name_are_used(tool, receiver, addresses):
    outcome = tool(names={NAME: addresses}).send(f"https://{NAME}:{receiver.port}/")
    assert (outcome["status"], outcome["by_allow_list"]) == (200, "yes")
    assert receiver.connections == 1


def test_if_the_allowed_address_is_dead_so_is_the_receiver(tool):
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


def test_a_port_that_is_allowed(tool, receiver):
    settings = {"allow": f"127.0.0.1:{receiver.port}", "ports": "443"}
    tool = tool(**settings)
    for _ in range(2):  # over a new connection, and over the kept one
        outcome = tool.send(f"https://{NAME}:{receiver.port}/")
        assert (outcome["status"], outcome["by_allow_list"]) == (200, "yes")


def test_a_name_whose_second_lookup_gives_a_refused_address(tool, good):
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


def test_a_redirect_to_a_private_address_is_not_followed(tool, good):
    with Receiver(answering(), good, "127.0.0.2") as inside:
        location = f"Location: https://127.0.0.2:{inside.port}/latest/meta-data/"
        with Receiver(answering(302, headers=[location]), good) as outside:
            assert tool().send(f"https://{NAME}:{outside.port}/")["reason"] == "http 302"
        assert inside.connections == 0


@pytest.mark.parametrize("url", ["http://good.test/", "ftp://good.test/", "file:///etc/passwd", "gopher://good.test/",
                                 "https://", "https:///", "", "good.test", "https://good.test:99999/"])
def test_a_url_that_is_not_https_is_refused(tool, url):
    outcome = tool().send(url)
    assert (outcome["failure"], outcome["status"]) == ("refused", 0)
