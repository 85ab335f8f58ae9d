"""The requests that good receivers get, and the connections that they take."""

import base64
import threading
import time

import pytest

from conftest import NAME
from support.tls_receiver import Receiver, answering, http2_receiver, response


@pytest.fixture(name="receiver")
def make_receiver(good):
    with Receiver(answering(), good) as receiver:
        yield receiver


def test_the_request_is_sent_as_given(tool, receiver):
    headers = ["content-type: application/json", "webhook-id: 2Nq8Zr4VxKe", "webhook-signature: v1,abc= v1,def="]
    outcome = tool().send(f"https://{NAME}:{receiver.port}/hook", headers=headers, body='{"a": "é"}')
    assert (outcome["status"], outcome["failure"], outcome["detail"], outcome["reason"]) == (200, "", "", "")
    (request,) = receiver.requests
    assert request.line == "POST /hook HTTP/1.1"
    assert request.body == '{"a": "é"}'.encode()
    agent = request.headers.pop("user-agent")
    assert agent.startswith("targethooks/") and agent.split("/")[1][0].isdigit()
    assert request.headers == {
        "host": f"{NAME}:{receiver.port}", "accept": "*/*", "content-length": "11", "content-type": "application/json",
        "webhook-id": "2Nq8Zr4VxKe", "webhook-signature": "v1,abc= v1,def="}


@pytest.mark.parametrize("path, sent", [
    ("", "/"),
    ("?a=b", "/?a=b"),
    ("/#fragment", "/"),
    ("/a?b#c?d", "/a?b"),
    ("/a/../b/./c", "/a/../b/./c"),
    ("/%2e%2E/%41?%20", "/%2e%2E/%41?%20"),
    ("//a//", "//a//"),
])
def test_the_path_is_sent_as_registered_without_the_fragment(tool, receiver, path, sent):
    assert tool().send(f"https://{NAME}:{receiver.port}{path}")["status"] == 200
    assert receiver.requests[0].line == f"POST {sent} HTTP/1.1"


@pytest.mark.parametrize("user_info, credentials", [
    ("ana:secret", "ana:secret"), ("ana", "ana:"), ("a%40b:c%3Ad", "a@b:c:d"), (":", ":")])
def test_user_information_is_basic_authentication(tool, receiver, user_info, credentials):
    assert tool().send(f"https://{user_info}@{NAME}:{receiver.port}/")["status"] == 200
    expected = "Basic " + base64.b64encode(credentials.encode()).decode()
    assert receiver.requests[0].headers["authorization"] == expected


@pytest.mark.parametrize("size", [0, 1, 1_000_000, 3_000_000])
def test_bodies_of_any_size_are_sent_at_once(tool, receiver, size):
    """The sender does not wait for "100 Continue"."""
    body = "x" * size
    assert tool().send(f"https://{NAME}:{receiver.port}/", body=body)["status"] == 200
    assert receiver.requests[0].body == body.encode()
    assert "expect" not in receiver.requests[0].headers


def test_a_header_with_a_line_end_is_never_sent(tool, receiver):
    tool = tool()
    tool.status = 1
    tool.start(f"https://{NAME}:{receiver.port}/", headers=["a: b\r\nhost: evil.test"])
    with pytest.raises(AssertionError, match="has ended"):
        tool.read()
    assert receiver.connections == 0


@pytest.mark.parametrize("content", [None, "", "no certificate\n"])
def test_an_unreadable_file_of_authorities_is_reported_at_the_start(tool, tmp_path, content):
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    tool = tool(ca_file=bundle)
    tool.status = 1
    with pytest.raises((AssertionError, BrokenPipeError)):
        tool.send(f"https://{NAME}/")


def test_a_lack_of_descriptors_is_reported(tool, receiver):
    tool = tool()
    assert tool.send(f"https://{NAME}:{receiver.port}/")["status"] == 200
    tool.refuse_descriptors()
    outcome = tool.send("https://127.0.0.1:9/")
    assert outcome["reason"] == "connect (no socket: Too many open files)"
    # The kept connection still works.
    assert tool.send(f"https://{NAME}:{receiver.port}/")["status"] == 200


def test_the_answer_is_kept_for_the_operator_up_to_1024_bytes(tool, good):
    for size in (0, 1, 1023, 1024, 1025, 40_000):
        with Receiver(answering(500, body=b"y" * size), good) as receiver:
            outcome = tool().send(f"https://{NAME}:{receiver.port}/")
            assert outcome["status"] == 500
            assert outcome["answer"] == "y" * min(size, 1024)


def test_an_answer_is_not_decompressed(tool, good):
    bomb = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
    with Receiver(answering(headers=["Content-Encoding: gzip"], body=bomb), good) as receiver:
        outcome = tool().send(f"https://{NAME}:{receiver.port}/")
        assert outcome["status"] == 200
        assert outcome["answer"].startswith("\x1f")


@pytest.mark.parametrize("status", [200, 201, 204, 299, 301, 302, 307, 308, 400, 401, 404, 410, 429, 500, 503, 599, 999])
def test_the_status_is_the_outcome(tool, good, status):
    """Redirects are not followed. A second request would be seen."""
    with Receiver(answering(status, headers=["Location: /elsewhere"]), good) as receiver:
        outcome = tool().send(f"https://{NAME}:{receiver.port}/")
        assert outcome["status"] == status
        assert outcome["reason"] == ("" if status < 300 else f"http {status}")
        assert [request.line for request in receiver.requests] == ["POST / HTTP/1.1"]


@pytest.mark.parametrize("value, seconds", [
    ("120", 120), ("0", 0), ("Fri, 31 Dec 9999 23:59:59 GMT", 1_000_000_000), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ("soon", -1), ("", -1)])
def test_retry_after_is_read(tool, good, value, seconds):
    with Receiver(answering(503, headers=[f"retry-AFTER: {value}"]), good) as receiver:
        assert tool().send(f"https://{NAME}:{receiver.port}/")["retry_after"] == seconds


def test_retry_after_with_a_date(tool, good):
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 3600))
    with Receiver(answering(429, headers=[f"Retry-After: {date}"]), good) as receiver:
        assert 3500 < tool().send(f"https://{NAME}:{receiver.port}/")["retry_after"] <= 3600


@pytest.mark.parametrize("ahead", [2 * 24 * 3600, -2 * 24 * 3600])
def test_a_date_in_retry_after_is_by_the_receivers_clock(tool, good, ahead):
    now = time.time() + ahead
    date, later = (time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(at)) for at in (now, now + 100))
    with Receiver(answering(429, headers=[f"Retry-After: {later}", f"Date: {date}"]), good) as receiver:
        assert 99 <= tool().send(f"https://{NAME}:{receiver.port}/")["retry_after"] <= 100


def test_retry_after_counts_only_in_the_final_header(tool, good):
    def behave(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 103 Early\r\nRetry-After: 1\r\n\r\nHTTP/1.1 100 Go on\r\n\r\n"
                        b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nRetry-After: 2\r\n\r\n")

    with Receiver(behave, good) as receiver:
        outcome = tool().send(f"https://{NAME}:{receiver.port}/")
        assert (outcome["status"], outcome["retry_after"]) == (503, -1)


def test_a_connection_is_used_again(tool, receiver):
    tool = tool()
    for _ in range(5):
        assert tool.send(f"https://{NAME}:{receiver.port}/")["status"] == 200
    assert [request.connection for request in receiver.requests] == [1] * 5


def test_the_cache_of_connections_is_bounded(tool, good):
    receivers = [Receiver(answering(), good) for _ in range(4)]
    tool = tool(max_connections=2)
    for receiver in receivers:
        receiver.__enter__()
    for _ in range(2):
        for receiver in receivers:
            assert tool.send(f"https://{NAME}:{receiver.port}/")["status"] == 200
    # Each connection was closed for others before it could be used again.
    assert [receiver.connections for receiver in receivers] == [2] * 4
    for receiver in receivers:
        receiver.__exit__()


def test_a_kept_connection_that_the_receiver_has_closed_costs_nothing(tool, good):
    def behave(connection):
        connection.read_request()
        connection.send(response())

    with Receiver(behave, good) as receiver:
        tool = tool()
        for number in range(1, 6):
            assert tool.send(f"https://{NAME}:{receiver.port}/")["status"] == 200
            assert [request.connection for request in receiver.requests] == list(range(1, number + 1))


@pytest.mark.parametrize("end", [lambda connection: None, lambda connection: connection.reset()], ids=["closed", "reset"])
def test_kept_connections_that_end_when_used_again(tool, good, end):
    """Many connections are kept, and all end in this way. Each request on one is sent again over a new one."""
    count = 6
    is_first = threading.Barrier(count)

    def behave(connection):
        connection.read_request()
        if connection.number <= count:
            is_first.wait(60)  # so that each request has a connection of its own
        connection.send(response())
        if connection.read_request() and connection.number > count:
            connection.send(response())
            return connection.hold()
        end(connection)

    with Receiver(behave, good) as receiver:
        tool, url = tool(), f"https://{NAME}:{receiver.port}/"
        for _ in range(count):
            tool.start(url)
        assert {outcome["status"] for outcome in tool.outcomes(count).values()} == {200}
        outcome = tool.send(url)
        assert (outcome["status"], outcome["repeated"] != "") == (200, True)
        assert [request.connection > count for request in receiver.requests[count:]] == [False, True]


def test_a_request_is_sent_again_only_once(tool, good):
    def behave(connection):
        connection.read_request()
        if connection.number == 1:
            connection.send(response())
            connection.read_request()

    with Receiver(behave, good) as receiver:
        tool, url = tool(), f"https://{NAME}:{receiver.port}/"
        assert tool.send(url)["status"] == 200
        outcome = tool.send(url)
        assert (outcome["failure"], outcome["repeated"] != "") == ("connect", True)
        assert [request.connection for request in receiver.requests] == [1, 1, 2]


def test_after_a_timeout_the_other_kept_connections_are_left(tool, good):
    """They probably fail too, and each would cost a request its time."""
    count = 4
    is_first = threading.Barrier(count)

    def behave(connection):
        connection.read_request()
        if connection.number <= count:
            is_first.wait(60)
            connection.send(response())
            connection.read_request()
            connection.hold()
        connection.send(response())

    with Receiver(behave, good) as receiver:
        tool, url = tool(total_timeout=5000), f"https://{NAME}:{receiver.port}/"
        for _ in range(count):
            tool.start(url)
        assert {outcome["status"] for outcome in tool.outcomes(count).values()} == {200}
        assert tool.send(url)["failure"] == "timeout"
        assert tool.send(url)["status"] == 200


def test_an_unverified_connection_is_never_used_for_verified_requests(tool, authority):
    with Receiver(answering(), authority.self_signed(NAME)) as receiver:
        tool = tool()
        url = f"https://{NAME}:{receiver.port}/"
        for _ in range(2):
            assert tool.send(url, check_cert=False)["status"] == 200
            assert tool.send(url, check_cert=True)["failure"] == "tls"
        assert [request.connection for request in receiver.requests] == [1, 1]
        assert receiver.connections == 3


def test_an_unverified_http2_connection_is_never_used_for_verified_requests(tool, authority, tmp_path):
    with http2_receiver(tmp_path, authority.self_signed(NAME)) as port:
        tool = tool()
        url = f"https://{NAME}:{port}/"
        first = tool.send(url, check_cert=False)
        assert (first["status"], first["answer"][:8]) == (200, "HTTP/2.0")
        assert tool.send(url, check_cert=True)["failure"] == "tls"
        assert tool.send(url, check_cert=False)["answer"] == first["answer"]


def test_a_verified_connection_is_kept_apart_as_well(tool, good):
    with Receiver(answering(), good) as receiver:
        tool = tool()
        for check_cert in (True, False, True, False):
            assert tool.send(f"https://{NAME}:{receiver.port}/", check_cert=check_cert)["status"] == 200
        assert [request.connection for request in receiver.requests] == [1, 2, 1, 2]


def test_many_requests_by_http2_share_few_connections(tool, good, tmp_path):
    with http2_receiver(tmp_path, good) as port:
        tool = tool()
        first = tool.send(f"https://{NAME}:{port}/")["answer"]
        assert first.startswith("HTTP/2.0 ")
        for _ in range(100):
            tool.start(f"https://{NAME}:{port}/")
        outcomes = tool.outcomes(100).values()
        assert [outcome["status"] for outcome in outcomes] == [200] * 100
        assert {outcome["answer"] for outcome in outcomes} == {first}


@pytest.mark.parametrize("size", [100, 100_000, 1_000_000])
def test_a_receiver_by_http2_may_answer_before_it_has_read_the_body(tool, good, tmp_path, size):
    with http2_receiver(tmp_path, good) as port:
        tool = tool(total_timeout=120000, connect_timeout=120000)
        for _ in range(100):
            tool.start(f"https://{NAME}:{port}/", body="x" * size)
        assert {outcome["reason"] for outcome in tool.outcomes(100).values()} == {""}


def test_a_thousand_requests_at_once_arrive_once_each(tool, good):
    with Receiver(answering(), good) as receiver:
        tool = tool(total_timeout=60000, connect_timeout=60000)
        bodies = [f'{{"number": {number}}}' for number in range(1000)]
        for body in bodies:
            tool.start(f"https://{NAME}:{receiver.port}/", body=body)
        outcomes = tool.outcomes(1000)
        assert {outcome["status"] for outcome in outcomes.values()} == {200}
        assert sorted(request.body.decode() for request in receiver.requests) == sorted(bodies)


def test_proxies_of_the_environment_are_ignored(tool, receiver):
    nowhere = "http://127.0.0.1:9"
    variables = ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    outcome = tool(environment=dict.fromkeys(variables, nowhere)).send(f"https://{NAME}:{receiver.port}/")
    assert outcome["status"] == 200


def test_requests_in_flight_can_be_cancelled(tool, good):
    """An answer counts once it has begun, even if its body has not ended."""
    has_answered = threading.Event()

    def behave(connection):
        request = connection.read_request()
        if "/answered" in request.line:
            connection.send(b"HTTP/1.1 202 Taken\r\nContent-Length: 9\r\n\r\nso")
            has_answered.set()
        if "/after" in request.line:
            has_answered.wait(60)
            connection.send(response(headers=["Connection: close"]))
        connection.hold()

    with Receiver(behave, good) as receiver:
        tool = tool(names={NAME: "127.0.0.1", "hang.test": "hang"}, body_timeout=60000, connect_timeout=60000,
                    total_timeout=60000)
        tags = {path: tool.start(f"https://{NAME}:{receiver.port}/{path}") for path in ("silent", "answered", "after")}
        lookup = tool.start(f"https://hang.test:{receiver.port}/")
        # This answer came after the one to "answered". The next request makes sure that the sender has read that one.
        assert tool.outcomes(1)[tags["after"]]["status"] == 200
        assert tool.send(f"https://{NAME}:{receiver.port}/after")["status"] == 200
        tool.tell(do="cancel")
        outcomes = tool.outcomes(3)
        assert outcomes[tags["silent"]]["failure"] == "stopped"
        assert outcomes[lookup]["failure"] == "stopped"
        answered = outcomes[tags["answered"]]
        assert (answered["status"], answered["answer"]) == (202, "so")
