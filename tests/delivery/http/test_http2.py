"""Receivers that speak HTTP/2 and end streams and connections in many ways: which requests are sent again."""

import pytest

from conftest import NAME
from support.http2_frames import (DATA, END_HEADERS, HEADERS, HTTP_1_1_REQUIRED, INTERNAL_ERROR, NO_ERROR,
                                  REFUSED_STREAM, RST_STREAM, answer_frames, answering_by_http2, by_http2, field,
                                  frame)
from support.tls_receiver import Receiver, answering, http2_receiver


def receiver_of(behave, certificate, protocols=("h2",)):
    return Receiver(by_http2(behave), certificate, protocols=protocols)


def first_and_then(first, then=answering_by_http2):
    """Behaves differently on the first connection."""
    return lambda connection: (first if connection.number == 1 else then)(connection)


def url_of(receiver):
    return f"https://{NAME}:{receiver.port}/"


def test_a_good_receiver(tool, good):
    with receiver_of(answering_by_http2, good) as receiver:
        tool = tool()
        for _ in range(3):
            assert tool.send(url_of(receiver), body="abc")["status"] == 200
        assert [(request.connection, request.body) for request in receiver.requests] == [(1, b"abc")] * 3


def answering_early(status, error=NO_ERROR):
    """Answers after the head of a request, and doesn't read the rest (RFC 9113, 8.1)."""
    def behave(connection):
        while True:
            request = connection.read_head()
            connection.send(answer_frames(request, status, b"early")
                            + frame(RST_STREAM, 0, request.stream, error.to_bytes(4, "big")))
    return behave


@pytest.mark.parametrize("status", [200, 202, 410, 503])
@pytest.mark.parametrize("size", [2, 100_000, 3_000_000])
def test_an_answer_that_comes_before_the_body_was_read_counts(tool, good, status, size):
    """libcurl loses the answer if the end of the stream comes with it, but the status is known."""
    with receiver_of(answering_early(status), good) as receiver:
        tool = tool()
        for number in range(1, 30):
            outcome = tool.send(url_of(receiver), body="x" * size)
            assert (outcome["status"], outcome["failure"], outcome["repeated"]) == (status, "", "")
            assert len(receiver.requests) == number


def test_many_requests_that_are_answered_early_arrive_once(tool, good):
    with receiver_of(answering_early(200), good) as receiver:
        tool = tool()
        assert tool.send(url_of(receiver))["status"] == 200
        for _ in range(500):
            tool.start(url_of(receiver), body="x" * 20_000)
        assert {outcome["status"] for outcome in tool.outcomes(500).values()} == {200}
        assert len(receiver.requests) == 501


def refusing(connection):
    """Sends GOAWAY, so no request was processed."""
    connection.read_request()
    connection.go_away(last_stream=0)
    connection.hold()


def refusing_its_stream(connection):
    while True:
        connection.reset_stream(connection.read_request(), REFUSED_STREAM)


def refusing_the_second(connection):
    """Refuses the request after an answer, so on a kept connection."""
    connection.answer(connection.read_request())
    first = connection.read_request()
    connection.go_away(last_stream=first.stream - 2)
    connection.hold()


def closing_at_the_second(connection):
    connection.answer(connection.read_request())
    connection.read_request()


def resetting_at_the_second(connection):
    closing_at_the_second(connection)
    connection.reset()


@pytest.mark.parametrize("refuse", [refusing, refusing_its_stream])
def test_a_refused_stream_is_sent_again_at_once(tool, good, refuse):
    with receiver_of(first_and_then(refuse), good) as receiver:
        outcome = tool().send(url_of(receiver))
        assert (outcome["status"], outcome["repeated"] != "") == (200, True)
        assert outcome["milliseconds"] < 10_000
        assert [request.connection for request in receiver.requests] == [1, 2]


@pytest.mark.parametrize("refuse", [refusing, refusing_its_stream])
def test_a_refused_stream_is_sent_again_only_once(tool, good, refuse):
    with receiver_of(refuse, good) as receiver:
        outcome = tool().send(url_of(receiver))
        assert outcome["failure"] in ("connect", "protocol")
        assert outcome["repeated"] and outcome["detail"]
        assert [request.connection for request in receiver.requests] == [1, 2]


@pytest.mark.parametrize("end", [refusing_the_second, closing_at_the_second, resetting_at_the_second])
def test_a_kept_connection_that_ends_without_an_answer(tool, good, end):
    with receiver_of(first_and_then(end), good) as receiver:
        tool = tool()
        assert tool.send(url_of(receiver))["repeated"] == ""
        outcome = tool.send(url_of(receiver))
        assert (outcome["status"], outcome["repeated"] != "") == (200, True)
        assert [request.connection for request in receiver.requests] == [1, 1, 2]
        assert tool.send(url_of(receiver))["repeated"] == ""


def test_many_streams_of_a_connection_that_goes_away(tool, good):
    count = 50

    def refusing_all(connection):
        connection.answer(connection.read_request())
        last = [connection.read_request() for _ in range(count)][0]
        connection.go_away(last_stream=last.stream - 2)
        connection.hold()

    with receiver_of(first_and_then(refusing_all), good) as receiver:
        tool = tool()
        assert tool.send(url_of(receiver))["status"] == 200
        for _ in range(count):
            tool.start(url_of(receiver))
        outcomes = tool.outcomes(count).values()
        assert {(outcome["status"], outcome["repeated"] != "") for outcome in outcomes} == {(200, True)}
        assert len(receiver.requests) == 1 + 2 * count


def by_http1_or(behave):
    """Behaves like `behave` by HTTP/2, and like a good receiver by HTTP/1.1."""
    def behave_by_protocol(connection):
        is_http2 = connection.stream.selected_alpn_protocol() == "h2"
        (by_http2(behave) if is_http2 else answering())(connection)
    return behave_by_protocol


def going_away_for_http1(connection):
    connection.read_request()
    connection.go_away(last_stream=0, error=HTTP_1_1_REQUIRED)
    connection.hold()


def closing_for_http1(connection):
    """Doesn't say whether it has seen the stream."""
    connection.read_request()
    connection.go_away(error=HTTP_1_1_REQUIRED)


def resetting_for_http1(connection):
    while True:
        connection.reset_stream(connection.read_request(), HTTP_1_1_REQUIRED)


@pytest.mark.parametrize("require", [going_away_for_http1, closing_for_http1, resetting_for_http1])
def test_http1_follows_where_it_is_required(tool, good, require):
    with Receiver(by_http1_or(require), good, protocols=["h2", "http/1.1"]) as receiver:
        tool = tool()
        outcome = tool.send(url_of(receiver))
        assert (outcome["status"], outcome["repeated"] != "") == (200, True)
        assert receiver.requests[1].line == "POST / HTTP/1.1"
        # The sender knows that by now.
        assert tool.send(url_of(receiver))["repeated"] == ""
        assert len(receiver.requests) == 3


def silent_from_the_second(connection):
    connection.answer(connection.read_request())
    while True:
        connection.read_request()


def silent(connection):
    while True:
        connection.read_request()


@pytest.mark.parametrize("behave, before", [(silent, 0), (silent_from_the_second, 1)])
def test_after_a_timeout_a_new_connection_is_used(tool, good, behave, before):
    with receiver_of(first_and_then(behave), good) as receiver:
        tool = tool(total_timeout=4000)
        for _ in range(before):
            assert tool.send(url_of(receiver))["status"] == 200
        assert tool.send(url_of(receiver))["failure"] == "timeout"
        for _ in range(3):
            assert tool.send(url_of(receiver))["status"] == 200
        assert [request.connection for request in receiver.requests] == [1] * (before + 1) + [2] * 3


def test_requests_under_way_go_on_when_another_has_timed_out(tool, good):
    """The receiver is slow for one request. The others end as usual."""
    def slow_for_some(connection):
        slow = {}
        while True:
            request = connection.read_request()
            if request.body != b"never":
                slow[request.body] = request
            if b"release" in slow:
                for one in slow.values():
                    connection.answer(one)
                slow.clear()

    with receiver_of(slow_for_some, good) as receiver:
        tool = tool(total_timeout=4000)
        tool.start(url_of(receiver), body="release")
        assert list(tool.outcomes(1).values())[0]["status"] == 200
        never = tool.start(url_of(receiver), body="never")
        assert tool.outcomes(1)[never]["failure"] == "timeout"
        assert tool.send(url_of(receiver), body="release")["status"] == 200
        assert [request.connection for request in receiver.requests] == [1, 1, 2]


def test_a_timeout_is_never_taken_for_a_failed_lookup(tool, good):
    """Streams of a shared connection have no lookup of their own, and an address needs none."""
    with receiver_of(silent_from_the_second, good) as receiver:
        tool = tool(total_timeout=4000)
        for url in (url_of(receiver), f"https://127.0.0.1:{receiver.port}/"):
            assert tool.send(url, check_cert=False)["status"] == 200
            for _ in range(20):
                tool.start(url, check_cert=False)
            assert {outcome["failure"] for outcome in tool.outcomes(20).values()} == {"timeout"}


def test_after_an_error_of_the_stream_nothing_is_sent_again(tool, good):
    def behave(connection):
        while True:
            connection.reset_stream(connection.read_request(), INTERNAL_ERROR)

    with receiver_of(behave, good) as receiver:
        tool = tool()
        for number in range(1, 4):
            outcome = tool.send(url_of(receiver))
            assert (outcome["failure"], outcome["repeated"]) == ("protocol", "")
            assert len(receiver.requests) == number


@pytest.mark.parametrize("rest", [b"", frame(DATA, 0, 1, b"x" * 100)])
def test_a_success_counts_even_if_its_body_breaks_off(tool, good, rest):
    def behave(connection):
        request = connection.read_request()
        head = frame(HEADERS, END_HEADERS, request.stream, b"\x88")
        connection.send(head + rest + frame(RST_STREAM, 0, request.stream, INTERNAL_ERROR.to_bytes(4, "big")))
        connection.hold()

    with receiver_of(behave, good) as receiver:
        outcome = tool().send(url_of(receiver))
        assert (outcome["status"], outcome["failure"]) == (200, "")
        assert len(receiver.requests) == 1


def test_a_success_counts_even_if_its_headers_are_too_large(tool, good):
    def behave(connection):
        connection.answer(connection.read_request(), fields=b"".join(field(b"x-%d" % n, b"y" * 100) for n in range(120)))

    with receiver_of(behave, good) as receiver:
        outcome = tool(max_header_bytes=2048).send(url_of(receiver))
        assert (outcome["status"], outcome["failure"]) == (200, "")
        assert len(receiver.requests) == 1


def test_nginx_that_answers_early_gets_each_request_once(tool, good, tmp_path):
    """The requests are counted by nginx."""
    with http2_receiver(tmp_path, good, log=tmp_path / "access.log") as port:
        tool = tool(total_timeout=60000, connect_timeout=60000)
        for _ in range(20):
            for number in range(200):
                tool.start(f"https://{NAME}:{port}/", body="x" * (1 + number * 100))
            assert {outcome["status"] for outcome in tool.outcomes(200).values()} == {200}
    assert len((tmp_path / "access.log").read_text().splitlines()) == 20 * 200


def test_further_headers_are_sent_by_http2(tool, good, tmp_path):
    with http2_receiver(tmp_path, good, log=tmp_path / "access.log") as port:
        outcome = tool().send(f"https://{NAME}:{port}/", headers=["X-Own: a: b", "X-Empty;"])
        assert outcome["answer"].startswith("HTTP/2.0 ")
    assert (tmp_path / "access.log").read_text().endswith("x-own=a: b x-empty=\n")
