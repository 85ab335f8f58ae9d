"""Receivers that answer badly, slowly or never: each failure has its category, and none delays the others."""

import ssl
import time

import pytest

from conftest import NAME
from support.tls_receiver import CHUNK, Receiver, answering, response, sending

# Much longer than the deadlines of the tests below, but shorter than the sender's defaults.
SECONDS = 25


def outcome_of(tool, behave, certificate, check_cert=True, **settings):
    """The outcome of one request to such a receiver; it must come in time."""
    with Receiver(behave, certificate) as receiver:
        started = time.monotonic()
        outcome = tool(**settings).send(f"https://{NAME}:{receiver.port}/", check_cert=check_cert)
        assert time.monotonic() - started < SECONDS
        return outcome


def reading_nothing(connection):
    connection.hold()


def answering_nothing(connection):
    connection.read_request()
    connection.hold()


def test_an_expired_certificate(tool, authority):
    outcome = outcome_of(tool, answering(), authority.issue(NAME, days=-1))
    assert outcome["reason"] == "tls (certificate has expired)"


def test_a_certificate_for_another_name(tool, authority):
    outcome = outcome_of(tool, answering(), authority.issue("other.test"))
    assert outcome["failure"] == "tls"
    assert NAME in outcome["detail"]


def test_a_self_signed_certificate(tool, authority):
    outcome = outcome_of(tool, answering(), authority.self_signed(NAME))
    assert outcome["failure"] == "tls"
    assert "self-signed" in outcome["detail"]


def test_a_certificate_of_an_unknown_authority(tool, good):
    outcome = outcome_of(tool, answering(), good, ca_file="/etc/ssl/certs/ca-certificates.crt")
    assert outcome["failure"] == "tls"
    assert "issuer" in outcome["detail"]


@pytest.mark.parametrize("kind", ["expired", "other", "self-signed"])
def test_without_verification_each_of_these_is_accepted(tool, authority, kind):
    certificate = {"expired": lambda: authority.issue(NAME, days=-1), "other": lambda: authority.issue("other.test"),
                   "self-signed": lambda: authority.self_signed(NAME)}[kind]()
    assert outcome_of(tool, answering(), certificate, check_cert=False)["status"] == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.parametrize("check_cert", [True, False])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_versions_of_tls(tool, good, version, check_cert):
    with Receiver(answering(), good, version=version) as receiver:
        outcome = tool().send(f"https://{NAME}:{receiver.port}/", check_cert=check_cert)
        assert outcome["failure"] == "tls"
        assert receiver.requests == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_current_versions_of_tls(tool, good, version):
    with Receiver(answering(), good, version=version) as receiver:
        assert tool().send(f"https://{NAME}:{receiver.port}/")["status"] == 200


def test_no_tls_at_all(tool):
    outcome = outcome_of(tool, lambda connection: connection.send(b"HTTP/1.1 200 OK\r\n\r\n"), None)
    assert outcome["failure"] == "tls"


def test_a_handshake_that_never_ends(tool):
    outcome = outcome_of(tool, reading_nothing, None, connect_timeout=500)
    assert outcome["failure"] == "timeout"
    assert 500 <= outcome["milliseconds"] < SECONDS * 1000


def test_a_receiver_that_reads_nothing(tool, good):
    with Receiver(reading_nothing, good) as receiver:
        outcome = tool(total_timeout=500).send(f"https://{NAME}:{receiver.port}/", body="x" * 10_000_000)
        assert outcome["failure"] == "timeout"


def test_a_receiver_that_answers_nothing(tool, good):
    outcome = outcome_of(tool, answering_nothing, good, total_timeout=500)
    assert outcome["failure"] == "timeout"
    assert outcome["milliseconds"] >= 500


def test_a_port_where_nothing_listens(tool):
    with Receiver(answering()) as receiver:
        port = receiver.port
    outcome = tool().send(f"https://{NAME}:{port}/")
    assert outcome["failure"] == "connect"
    assert outcome["detail"]


def behaving(step):
    """A behaviour that is one step after the request."""
    def behave(connection):
        connection.read_request()
        step(connection)
    return behave


@pytest.mark.parametrize("step", [
    lambda connection: connection.reset(),
    lambda connection: None,
    lambda connection: connection.send(b"HTTP/1.1 20"),
    lambda connection: connection.send(b"HTTP/1.1 103 Early\r\nA: b\r\n\r\n"),
], ids=["reset", "closed", "closed within its status line", "closed after an informational answer"])
def test_a_connection_that_breaks_before_the_answer(tool, good, step):
    assert outcome_of(tool, behaving(step), good)["failure"] == "connect"


def test_a_byte_a_second(tool, good):
    outcome = outcome_of(tool, behaving(lambda connection: connection.drip(response(), 1)), good, total_timeout=1500)
    assert outcome["failure"] == "timeout"


@pytest.mark.parametrize("garbage", [
    b"hello\r\n\r\n", b"\x00\x01\x02" * 100, b"SSH-2.0-OpenSSH_9.2\r\n", b"<html>", b"HTTP/9.9 200 OK\r\n\r\n"])
def test_garbage(tool, good, garbage):
    assert outcome_of(tool, sending(garbage), good)["failure"] in ("protocol", "connect")


def test_endless_informational_answers(tool, good):
    def behave(connection):
        connection.read_request()
        connection.send_for_ever(b"HTTP/1.1 103 Early\r\nX: " + CHUNK + b"\r\n\r\n")

    outcome = outcome_of(tool, behave, good)
    assert outcome["reason"] == "too_large (more than 32768 bytes of headers)"


def after_the_status_line(status, step):
    """A behaviour that takes the step where its headers should be."""
    def behave(connection):
        connection.read_request()
        connection.send(f"HTTP/1.1 {status} Whatever\r\n".encode())
        step(connection)
    return behave


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize("step", [
    lambda connection: connection.send_for_ever(b"X: " + CHUNK + b"\r\n"),
    lambda connection: (connection.send(b"X: "), connection.send_for_ever(CHUNK)),
    lambda connection: connection.drip(b"X: y" * 100, 0.1),
    lambda connection: connection.hold(),
    lambda connection: connection.send(b"Content-Le"),
    lambda connection: connection.send(b"Content-Length: -1\r\n\r\n"),
    lambda connection: connection.send(b"A: \x00\r\n\r\n"),
    lambda connection: connection.send(b"Content-Encoding: nonsense\r\nContent-Length: 2\r\n\r\nxx"),
    lambda connection: connection.send(b"Content-Length: 2\r\n\r\nxxHTTP/1.1 500 No\r\n\r\n"),
], ids=["endless", "one that is endless", "dripping", "absent", "cut off", "negative", "NUL", "encoded", "followed"])
def test_the_status_is_the_outcome_even_if_the_headers_fail(tool, good, status, step):
    outcome = outcome_of(tool, after_the_status_line(status, step), good, body_timeout=500)
    assert (outcome["status"], outcome["failure"]) == (status, "")


@pytest.mark.parametrize("size", [2048, 2049, 100_000])
def test_headers_of_any_size_are_a_success(tool, good, size):
    start = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: "
    answer = start + b"x" * (size - len(start) - 4) + b"\r\n\r\n"
    assert outcome_of(tool, sending(answer), good, max_header_bytes=2048)["reason"] == ""


def with_body(status, step):
    """A behaviour that answers, and then takes the step where its body should be."""
    def behave(connection):
        connection.read_request()
        connection.send(f"HTTP/1.1 {status} Whatever\r\nContent-Length: 1000000000\r\n\r\n".encode())
        step(connection)
    return behave


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize("step", [
    lambda connection: connection.send_for_ever(CHUNK),
    lambda connection: connection.drip(b"x" * 100, 0.1),
    lambda connection: connection.hold(),
    lambda connection: connection.send(b"xx"),
], ids=["endless", "dripping", "absent", "cut off"])
def test_the_status_is_the_outcome_even_if_the_body_fails(tool, good, status, step):
    outcome = outcome_of(tool, with_body(status, step), good, body_timeout=500)
    assert (outcome["status"], outcome["failure"]) == (status, "")
    assert len(outcome["answer"]) <= 1024


def test_a_reset_may_overtake_the_headers(tool, good):
    """A reset makes the kernel discard what has not been read. The answer may be lost."""
    outcome = outcome_of(tool, with_body(200, lambda connection: connection.reset()), good)
    assert (outcome["status"], outcome["failure"]) in ((200, ""), (0, "connect"))


def test_a_malformed_body(tool, good):
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n"
    assert outcome_of(tool, sending(answer), good)["status"] == 200


def test_a_connection_with_an_unread_body_is_not_used_again(tool, good):
    with Receiver(with_body(200, lambda connection: connection.hold()), good) as receiver:
        tool = tool(body_timeout=200)
        for _ in range(2):
            assert tool.send(f"https://{NAME}:{receiver.port}/")["status"] == 200
        assert [request.connection for request in receiver.requests] == [1, 2]


def test_none_of_them_delays_the_others(tool, good):
    bad = [(answering_nothing, good), (reading_nothing, None), (with_body(200, reading_nothing), good),
           (behaving(lambda connection: connection.drip(response(), 1)), good)]
    receivers = [Receiver(behave, certificate) for behave, certificate in bad]
    for receiver in receivers:
        receiver.__enter__()
    with Receiver(answering(), good) as fine:
        tool = tool(total_timeout=30000, connect_timeout=30000, body_timeout=30000)
        slow = [tool.start(f"https://{NAME}:{receiver.port}/") for receiver in receivers for _ in range(25)]
        fast = [tool.start(f"https://{NAME}:{fine.port}/") for _ in range(100)]
        # The first hundred to end are the hundred that were allowed.
        assert sorted(tool.outcomes(100)) == fast
        tool.tell(do="cancel")
        assert sorted(tool.outcomes(100)) == slow
    for receiver in receivers:
        receiver.__exit__()
