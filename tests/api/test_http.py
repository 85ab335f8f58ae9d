"""HTTP itself, byte by byte over raw sockets: framing, pipelining, versions, connections that end early."""

import json
import shutil
import subprocess

import pytest
from support.http_client import (
    CONTENT_TYPES,
    Connection,
    ConnectionEnded,
    chunked,
    encode,
    exchange,
)
from support.service import wait_until

from expect import (
    GOOD_URL,
    expect_detail,
    expect_event,
    expect_malformed,
    expect_registered,
    stores_nothing as expect_nothing_stored,
)

FIELDS = {"url": GOOD_URL, "name": "raw"}
JSON, BODY = encode("json", FIELDS)
KINDS = pytest.mark.parametrize("kind", CONTENT_TYPES)


def chunked_head(service, content_type=JSON):
    return service.request(b"", content_type, headers=[("Transfer-Encoding", "chunked")], length=False)


@KINDS
def test_bytes_one_by_one(service, kind):
    content_type, body = encode(kind, FIELDS)
    with Connection(service.port) as connection:
        connection.send_slices(service.request(body, content_type))
        expect_registered(service, connection.read_response(), name="raw")


@KINDS
def test_chunks_of_one_byte_one_by_one(service, kind):
    content_type, body = encode(kind, FIELDS)
    with Connection(service.port) as connection:
        connection.send_slices(chunked_head(service, content_type) + chunked(body, [1] * len(body)))
        expect_registered(service, connection.read_response(), name="raw")


@KINDS
def test_chunks_split_anywhere(service, kind):
    content_type, body = encode(kind, FIELDS)
    with Connection(service.port) as connection:
        for position in range(1, len(body)):
            connection.send(chunked_head(service, content_type) + chunked(body, [position]))
            assert connection.read_response().status == 200


def test_chunk_extensions_and_trailers(service):
    data = chunked_head(service) + b"%X;a=b;c=\"d\"\r\n%s\r\n0\r\nX-Trailer: x\r\n\r\n" % (len(BODY), BODY)
    expect_registered(service, exchange(service.port, data), name="raw")
    data = chunked_head(service) + b"0000%x\r\n%s\r\n000\r\n\r\n" % (len(BODY), BODY)
    expect_registered(service, exchange(service.port, data), name="raw")


@pytest.mark.parametrize("coded", [
    b"zz\r\n" + BODY, b"-1\r\n" + BODY, b"\r\n" + BODY, b" \r\n", b"FFFFFFFFFFFFFFFFF\r\n" + BODY, b"0x10\r\n" + BODY,
    b"5\r\n{\"url\r\x00", b"1\r\n{x\r\n", b"%x\r\n%sxx0\r\n\r\n" % (len(BODY), BODY), b";a\r\n" + BODY,
])
def test_malformed_chunks(service, stores_nothing, coded):
    with Connection(service.port) as connection:
        connection.send(chunked_head(service) + coded)
        expect_malformed(connection.read_response())


def test_an_empty_chunked_body(service, stores_nothing):
    expect_malformed(exchange(service.port, chunked_head(service) + chunked(b"")))


@KINDS
def test_content_length_too_short(service, stores_nothing, kind):
    content_type, body = encode(kind, FIELDS)
    cut = 8  # enough to leave no whole body of any type
    head = service.request(b"", content_type, headers=[("Content-Length", str(len(body) - cut))], length=False)
    if kind == "urlencoded":  # a shorter form is a form: it loses the end of the name
        body, head = body.replace(b"name=", b"check_cert=maybe&x="), head.replace(b"%d" % (len(body) - cut), b"60")
    with Connection(service.port) as connection:
        connection.send(head + body)
        assert connection.read_response().status == 400


def test_content_length_too_long(service, stores_nothing):
    """The rest of the body never comes. There is no answer or a 400, and nothing is stored."""
    head = service.request(b"", JSON, headers=[("Content-Length", str(len(BODY) + 1))], length=False)
    with Connection(service.port) as connection:
        connection.send(head + BODY)
        connection.finish_sending()
        data = connection.read_to_end()
    assert data == b"" or data.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("values", [
    ["-1"], ["x"], ["+5"], ["0x10"], ["99999999999999999999999"], ["5", "5"], ["5", "6"], ["5, 5"], ["5 5"], ["1.0"],
    [""],
])
def test_wrong_content_lengths(service, stores_nothing, values):
    headers = [("Content-Length", value) for value in values]
    response = exchange(service.port, service.request(b"", JSON, headers=headers, length=False) + BODY)
    assert response.status in (400, 413)
    assert list(response.json()) == (["non_field_errors"] if response.status == 400 else ["detail"])


def test_both_length_and_chunks(service, stores_nothing):
    headers = [("Transfer-Encoding", "chunked"), ("Content-Length", "5")]
    expect_malformed(exchange(service.port, service.request(b"", JSON, headers=headers, length=False) + chunked(BODY)))


@pytest.mark.parametrize("coding", ["gzip", "gzip, chunked", "chunked, chunked", "identity", "x"])
def test_other_transfer_codings(service, stores_nothing, coding):
    data = service.request(b"", JSON, headers=[("Transfer-Encoding", coding)], length=False) + chunked(BODY)
    response = exchange(service.port, data)
    assert response.status in (400, 501)
    assert list(response.json()) == (["detail"] if response.status == 501 else ["non_field_errors"])


def test_no_length_at_all(service, stores_nothing):
    """A request without a length has no body."""
    expect_malformed(exchange(service.port, service.request(b"", JSON, length=False)))


def test_pipelining(service):
    names = [f"pipelined {i}" for i in range(20)]
    requests = [service.request(encode(kind, {"url": GOOD_URL, "name": name})[1], encode(kind, {})[0])
                for i, name in enumerate(names) for kind in [CONTENT_TYPES[i % 3]]]
    with Connection(service.port) as connection:
        connection.send(b"".join(requests))
        for name in names:
            expect_registered(service, connection.read_response(), name=name)


def test_pipelined_errors_and_successes(service):
    bad = service.request(b"[]", JSON)
    good = service.request(BODY, JSON)
    missing = service.request(b"", JSON, path="/nowhere/")
    with Connection(service.port) as connection:
        connection.send(bad + good + missing + good)
        assert [connection.read_response().status for _ in range(4)] == [400, 200, 404, 200]


def test_connection_close(service):
    with Connection(service.port) as connection:
        connection.send(service.request(BODY, JSON, headers=[("Connection", "close")]))
        response = connection.read_response()
        expect_registered(service, response, name="raw")
        assert response.header("Connection") == "close"
        assert connection.read_to_end() == b""


def test_expect_100_continue(service):
    headers = [("Expect", "100-continue"), ("Content-Length", str(len(BODY)))]
    head = service.request(b"", JSON, headers=headers, length=False)
    with Connection(service.port) as connection:
        connection.send(head)
        assert connection.read_continue() == 100
        connection.send(BODY)
        expect_registered(service, connection.read_response(), name="raw")


def test_http_1_0(service):
    with Connection(service.port) as connection:
        connection.send(service.request(BODY, JSON, version="HTTP/1.0"))
        expect_registered(service, connection.read_response(), name="raw")
        assert connection.read_to_end() == b""


def test_leading_empty_lines(service):
    with Connection(service.port) as connection:
        connection.send(b"\r\n\r\n" + service.request(BODY, JSON))
        expect_registered(service, connection.read_response(), name="raw")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@KINDS
def test_abandoned_mid_request(service, kind, share):
    """The client leaves in the middle of the head or body: nothing is stored, and others are served."""
    content_type, body = encode(kind, FIELDS)
    for data in (service.request(body, content_type), chunked_head(service, content_type) + chunked(body, [7, 9])):
        with expect_nothing_stored(service):
            with Connection(service.port) as connection:
                connection.send(data[: int(len(data) * share)])
            expect_detail(service.send(b"", None, path="/nowhere/"), 404)
        expect_event(service, service.post(FIELDS, kind))


def test_closed_without_a_word(service):
    for _ in range(50):
        Connection(service.port).close()
    expect_event(service, service.post(FIELDS))


@KINDS
def test_half_closed_after_the_request(service, kind):
    """A client that stops sending may count as gone. It is answered, or at most one row is stored."""
    content_type, body = encode(kind, {"url": GOOD_URL, "name": f"half closed {kind}"})
    with Connection(service.port) as connection:
        connection.send(service.request(body, content_type))
        connection.finish_sending()
        try:
            answered = connection.read_response().status == 200
        except ConnectionEnded:
            answered = False
    expect_event(service, service.post(FIELDS))
    stored = service.stored_names().get(f"half closed {kind}", 0)
    assert stored == 1 if answered else stored <= 1


def test_a_client_that_reads_nothing_holds_up_nobody(service):
    idle = [Connection(service.port) for _ in range(60)]
    try:
        for connection in idle:
            connection.send(service.request(BODY, JSON) * 3)
        expect_event(service, service.post(FIELDS))
        for connection in idle:
            assert [connection.read_response().status for _ in range(3)] == [200, 200, 200]
    finally:
        for connection in idle:
            connection.close()


def test_slow_clients_hold_up_nobody(service):
    """More unfinished requests than the pool has threads."""
    slow = [Connection(service.port) for _ in range(150)]
    try:
        for connection in slow:
            connection.send(service.request(BODY, JSON)[:-5])
        for kind in CONTENT_TYPES:
            expect_event(service, service.post(FIELDS, kind))
        for connection in slow:
            connection.send(BODY[-5:])
        assert {connection.read_response().status for connection in slow} == {200}
    finally:
        for connection in slow:
            connection.close()


CURL_FORMS = {
    "json": ["-H", "Content-Type: application/json", "-d", json.dumps(FIELDS)],
    "urlencoded": ["--data-urlencode", f"url={GOOD_URL}", "--data-urlencode", "name=raw"],
    "multipart": ["-F", f"url={GOOD_URL}", "-F", "name=raw"],
}


@KINDS
@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_curl_over_tls(service, kind, version):
    command = [shutil.which("curl"), "-sS", version, "--cacert", service.nginx.authority,
               "-w", "\n%{http_code} %{http_version}",
               "-H", f"Authorization: Bearer {service.key}", *CURL_FORMS[kind],
               f"https://localhost:{service.tls_port}{service.path()}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    body, _, result = done.stdout.rpartition("\n")
    assert result == ("200 2" if version == "--http2" else "200 1.1")
    event = json.loads(body)
    assert event["event_type"] == "target_created" and len(event["webhooks"]) == 1


@KINDS
def test_curl_in_chunks(service, kind):
    content_type, body = encode(kind, FIELDS)
    command = [shutil.which("curl"), "-sS", "-o", "/dev/null", "-w", "%{http_code}",
               "-H", f"Authorization: JWT {service.key}", "-H", f"Content-Type: {content_type}",
               "-H", "Transfer-Encoding: chunked", "--data-binary", "@-",
               f"http://127.0.0.1:{service.port}{service.path()}"]
    done = subprocess.run(command, input=body, capture_output=True, check=False, timeout=60)
    assert done.stdout == b"200", done.stderr


def test_a_client_that_leaves_before_the_answer(service):
    """At most one row is stored for each, and the service goes on."""
    before = service.row_counts()["webhooks"]
    for i in range(20):
        with Connection(service.port) as connection:
            connection.send(service.request(encode("json", {"url": GOOD_URL, "name": f"left {i}"})[1], JSON))
    expect_event(service, service.post({"url": GOOD_URL, "name": "after"}))
    wait_until(lambda: service.row_counts()["webhooks"] <= before + 21, "the rows are stored")
    assert all(count == 1 for name, count in service.stored_names().items() if name.startswith("left "))
