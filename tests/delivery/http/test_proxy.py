"""An egress proxy: all requests go through it, and its faults don't count against the receiver."""

import base64

import pytest

from conftest import NAME
from support.tls_receiver import Proxy, Receiver, answering, response


def test_everything_goes_through_the_tunnel(tool, good):
    with Receiver(answering(), good) as receiver, Proxy({NAME: "127.0.0.1"}) as proxy:
        tool = tool(names={}, allow="", proxy=f"http://ana:secret@127.0.0.1:{proxy.port}")
        for _ in range(2):
            outcome = tool.send(f"https://{NAME}:{receiver.port}/", headers=["webhook-signature: v1,abc"])
            assert outcome["status"] == 200
            assert outcome["by_allow_list"] == "yes"  # the proxy may have reached any address
        (connect,) = proxy.heads
        assert connect.line == f"CONNECT {NAME}:{receiver.port} HTTP/1.1"
        assert connect.headers["proxy-authorization"] == "Basic " + base64.b64encode(b"ana:secret").decode()
        # The proxy doesn't see the receiver's headers, and the receiver doesn't see the proxy's.
        assert "webhook-signature" not in connect.headers
        assert "proxy-authorization" not in receiver.requests[0].headers
        assert [request.connection for request in receiver.requests] == [1, 1]


@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_the_environment_makes_no_exceptions(tool, good, variable):
    with Receiver(answering(), good) as receiver, Proxy({NAME: "127.0.0.1"}) as proxy:
        tool = tool(environment={variable: "*"}, proxy=f"http://127.0.0.1:{proxy.port}")
        assert tool.send(f"https://{NAME}:{receiver.port}/")["status"] == 200
        assert len(proxy.heads) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f.1", "2130706433", "localhost", "[::1]", "10.0.0.1"])
def test_the_url_is_checked_all_the_same(tool, host):
    with Proxy({}) as proxy:
        outcome = tool(allow="", proxy=f"http://127.0.0.1:{proxy.port}").send(f"https://{host}/")
        assert outcome["failure"] == "refused"
        assert proxy.heads == []


@pytest.mark.parametrize("status, failure", [(400, "proxy"), (403, "proxy"), (407, "proxy"), (500, "proxy"),
                                             (502, "connect"), (503, "connect"), (504, "connect")])
def test_a_status_instead_of_a_tunnel(tool, status, failure):
    answer = f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    with Proxy({}, answer) as proxy:
        outcome = tool(proxy=f"http://127.0.0.1:{proxy.port}").send(f"https://{NAME}/")
        assert (outcome["failure"], outcome["status"]) == (failure, 0)
        assert str(status) in outcome["detail"]


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"\x00" * 10, b"HTTP/1.1 2"])
def test_a_server_that_is_not_a_proxy(tool, answer):
    with Proxy({}, answer) as proxy:
        assert tool(proxy=f"http://127.0.0.1:{proxy.port}").send(f"https://{NAME}/")["failure"] == "proxy"


def test_the_proxy_is_away(tool):
    with Proxy({}) as proxy:
        port = proxy.port
    assert tool(proxy=f"http://127.0.0.1:{port}").send(f"https://{NAME}/")["failure"] == "proxy"
    assert tool(proxy="http://nowhere.test:3128").send(f"https://{NAME}/")["failure"] == "proxy"


def test_the_proxy_connects_too_slowly(tool):
    with Proxy({}, b"") as proxy:
        outcome = tool(proxy=f"http://127.0.0.1:{proxy.port}", connect_timeout=500).send(f"https://{NAME}/")
        assert outcome["failure"] == "timeout"


def test_a_bad_receiver_behind_the_proxy(tool, authority):
    with Receiver(answering(), authority.self_signed(NAME)) as receiver, Proxy({NAME: "127.0.0.1"}) as proxy:
        tool = tool(proxy=f"http://127.0.0.1:{proxy.port}")
        assert tool.send(f"https://{NAME}:{receiver.port}/")["failure"] == "tls"


def test_the_receiver_fails_on_a_kept_tunnel(tool, good):
    def answer_once(connection):
        connection.read_request()
        connection.send(response())
        connection.read_request()
        connection.hold()

    with Receiver(answer_once, good) as receiver, Proxy({NAME: "127.0.0.1"}) as proxy:
        tool = tool(proxy=f"http://127.0.0.1:{proxy.port}", total_timeout=1000)
        assert tool.send(f"https://{NAME}:{receiver.port}/")["status"] == 200
        assert tool.send(f"https://{NAME}:{receiver.port}/")["failure"] == "timeout"
        assert len(proxy.heads) == 1


@pytest.mark.parametrize("proxy", ["127.0.0.1:3128", "socks5://127.0.0.1", "ftp://127.0.0.1"])
def test_a_wrong_proxy_setting_is_refused_at_the_start(tool, proxy):
    tool = tool(proxy=proxy)
    tool.status = 1
    with pytest.raises((AssertionError, BrokenPipeError)):
        tool.send(f"https://{NAME}/")
