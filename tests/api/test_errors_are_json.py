"""nginx's own answers have the contract's shapes, and the cause of a 500 never shows."""

import socket
import ssl
import threading

import pytest
from support.http_client import CONTENT_TYPES, Connection, encode, exchange, request_bytes
from support.nginx import Nginx
from support.service import wait_until

from expect import GOOD_URL, expect_detail, expect_event, expect_no_html

FIELDS = {"url": GOOD_URL}

# Raw requests -> the status that nginx gives them.
REFUSED_BY_NGINX = {
    "no request": (b"\x00\x01\x02\r\n\r\n", 400),
    "no method": (b" / HTTP/1.1\r\n\r\n", 400),
    "no path": (b"POST\r\n\r\n", 400),
    "words": (b"hello there general kenobi\r\n\r\n", 400),
    "no Host": (b"POST / HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (b"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "malformed Host": (b"POST / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    "malformed version": (b"POST / HTTP/x\r\nHost: a\r\n\r\n", 400),
    "malformed header": (b"POST / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", None),
    "NUL in a header": (b"POST / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", 400),
    "path without a slash": (b"POST targets HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "percent sign": (b"POST /% HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "above the root": (b"POST /../.. HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "NUL in the path": (b"POST /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "negative length": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
    "too large": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", None),
    "long URI": (b"POST /%s HTTP/1.1\r\nHost: a\r\n\r\n" % (b"x" * 40_000), 414),
    "long header": (b"POST / HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n" % (b"x" * 40_000), 431),
    "unknown transfer coding": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n", 501),
    "HTTP/2.0 by name": (b"POST / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    "HTTP/9.9": (b"POST / HTTP/9.9\r\nHost: a\r\n\r\n", 505),
    "nothing there": (b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "the page of errors": (b"GET /.targethooks-error HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "a range": (b"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-5\r\n\r\n", 404),
    "a precondition": (b"GET / HTTP/1.1\r\nHost: a\r\nIf-Match: x\r\n\r\n", None),
    "TLS on the plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 100 + b"\r\n\r\n", 400),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None),
}


def expect_shape(response):
    body = response.json()
    if response.status == 400:
        (message,) = body["non_field_errors"]
        assert list(body) == ["non_field_errors"] and message
    else:
        assert list(body) == ["detail"] and body["detail"]


@pytest.mark.parametrize("case", REFUSED_BY_NGINX)
def test_refused_by_nginx(service, stores_nothing, case):
    data, status = REFUSED_BY_NGINX[case]
    response = exchange(service.port, data)
    assert response.status >= 400
    if status is not None:
        assert response.status == status
    expect_shape(response)


@pytest.mark.parametrize("data", [b"GET /\r\n", b"GET /targets/x/webhooks/\r\n"])
def test_http_0_9_gets_no_html(service, data):
    with Connection(service.port) as connection:
        connection.send(data)
        expect_no_html(connection.read_to_end())


def test_plain_http_on_the_tls_port(service, stores_nothing):
    response = exchange(service.tls_port, service.request(b"{}"))
    assert response.status == 400
    expect_shape(response)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
@pytest.mark.parametrize("version, accepted", [
    (ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True),
])
def test_versions_of_tls(service, version, accepted):
    context = ssl.create_default_context(cafile=service.nginx.authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", service.tls_port), timeout=30) as plain:
        if not accepted:
            with pytest.raises(ssl.SSLError):
                context.wrap_socket(plain, server_hostname="localhost")
            return
        with context.wrap_socket(plain, server_hostname="localhost") as secured:
            secured.sendall(service.request(b"{}", headers=[("Connection", "close")]))
            assert secured.recv(100).startswith(b"HTTP/1.1 400 ")


def expect_away(response):
    expect_detail(response, 500)
    assert int(response.header("Retry-After")) >= 1


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_no_socket_of_the_pool(service, stores_nothing, kind):
    with service.other_socket():
        expect_away(service.post(FIELDS, kind))
        content_type, body = encode(kind, FIELDS)
        expect_away(service.send(body, content_type, authorization=None))
        expect_away(service.send(b"", None, method="GET"))
        response = service.send(b"", None, method="HEAD")
        assert response.status == 500 and response.header("Content-Type") == "application/json"


def test_the_pool_is_found_again(service):
    with service.other_socket():
        expect_away(service.post(FIELDS))
    expect_event(service, service.post(FIELDS))


def test_the_pools_socket_is_full(service, stores_nothing):
    with service.other_socket(backlog=0):
        waiting = []
        try:
            while len(waiting) < 10:
                one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                one.setblocking(False)
                waiting.append(one)
                if one.connect_ex(service.socket_path) != 0:
                    break
            else:
                raise AssertionError("the backlog is never full")
            expect_away(service.post(FIELDS))
        finally:
            for one in waiting:
                one.close()


@pytest.mark.parametrize("answer", [
    b"", b"garbage" * 10, b"\x01\x06\x00\x01\xff", b"\x01\x06\x00\x01\x00\x05\x00\x00hello",
    b"\x01\x06\x00\x01\x00\x00\x00\x00\x01\x03\x00\x01\x00\x08\x00\x00" + b"\x00" * 8,
    b"\x01\x03\x00\x01\x00\x08\x00\x00" + b"\x00" * 8,
    b"\x01\x03\x00\x01\x00\x08\x00\x00" + b"\x00\x00\x00\x00\x02\x00\x00\x00",
])
def test_a_peer_that_answers_nonsense(service, stores_nothing, answer):
    """A peer replaces the pool, reads a little, writes this and closes."""
    with service.other_socket(backlog=5) as peer:
        thread = threading.Thread(target=answer_once, args=(peer, answer))
        thread.start()
        try:
            expect_away(service.post(FIELDS))
        finally:
            thread.join()


def answer_once(peer, answer):
    connection, _ = peer.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


def test_throttled(service):
    """With the optional limits of rate: a request beyond them is answered as the contract says."""
    with Nginx(service.directory / "throttled", service.socket_path, rate_limits=True) as nginx:
        content_type, body = encode("json", FIELDS)
        data = service.request(body, content_type)
        statuses = [exchange(nginx.port, data).status for _ in range(2)]
        assert statuses == [200, 200]
        response = exchange(nginx.port, data)
        expect_detail(response, 429, "Request was throttled.")
        assert int(response.header("Retry-After")) >= 1
        expect_detail(exchange(nginx.port, service.request(body, content_type, authorization=None)), 401)


def test_every_answer_names_its_request(service):
    """The id of the response also stands in both logs."""
    request_id = service.post(FIELDS).header("X-Request-Id")
    assert request_id
    wait_until(lambda: f"request_id={request_id}" in service.log_text("api.log"), "the pool logs it")
    wait_until(lambda: f"request_id={request_id}" in service.log_text("nginx/logs/access.log"), "nginx logs it")
    (line,) = [line for line in service.log_text("nginx/logs/access.log").splitlines() if request_id in line]
    assert "status=200" in line and 'upstream_status="200"' in line


def test_the_server_says_nothing_of_itself(service):
    answers = (service.post(FIELDS), service.send(b"", None, path="/nowhere"), exchange(service.port, b"x\r\n\r\n"))
    for response in answers:
        assert response.header("Server") in (None, "nginx")
        assert response.header("X-Powered-By") is None


def test_no_answer_has_html(service):
    for path in ("/", "/index.html", service.path(), "/targets", "/targets/", "/%"):
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "x"):
            response = exchange(service.port, request_bytes(method, path), method)
            expect_no_html(response.body)
            assert response.status == 204 or response.json()
