"""Every size that is limited, at the limit and one past it."""

import pytest
from support.http_client import CONTENT_TYPES, Connection, chunked, encode, exchange, multipart_of, part

from expect import GOOD_URL, expect_detail, expect_malformed, expect_registered

LIMIT = 64 * 1024
TYPES = {kind: encode(kind, {})[0] for kind in CONTENT_TYPES}


def body_of(kind, size):
    """A good body of exactly that size, padded by an unknown field."""
    def build(fill):
        if kind == "json":
            return b'{"url": "%s", "x": "%s"}' % (GOOD_URL.encode(), b"x" * fill)
        if kind == "urlencoded":
            return b"url=%s&x=%s" % (GOOD_URL.encode(), b"x" * fill)
        return multipart_of([part("url", GOOD_URL), part("x", b"x" * fill)])
    body = build(size - len(build(0)))
    assert len(body) == size
    return body


def register(service, path=None, headers=()):
    content_type, body = encode("json", {"url": GOOD_URL})
    return service.send(body, content_type, path=path, headers=headers)


def chunked_request(service, body, content_type, sizes):
    request = service.request(b"", content_type, headers=[("Transfer-Encoding", "chunked")], length=False)
    return request + chunked(body, sizes)


@pytest.mark.parametrize("kind", CONTENT_TYPES)
@pytest.mark.parametrize("size", [LIMIT - 1, LIMIT])
def test_body_within_the_limit(service, kind, size):
    body = body_of(kind, size)
    expect_registered(service, service.send(body, TYPES[kind]))
    for sizes in ([size], [1, 1000, 32768]):
        expect_registered(service, exchange(service.port, chunked_request(service, body, TYPES[kind], sizes)))


@pytest.mark.parametrize("kind", CONTENT_TYPES)
@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT * 2, 3_000_000])
def test_body_past_the_limit(service, stores_nothing, kind, size):
    body = body_of(kind, size)
    expect_detail(service.send(body, TYPES[kind]), 413)


@pytest.mark.parametrize("kind", CONTENT_TYPES)
@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT + 300])
def test_chunked_body_past_the_limit(service, stores_nothing, kind, size):
    for sizes in ([size], [1000] * 70):
        data = chunked_request(service, body_of(kind, size), TYPES[kind], sizes)
        expect_detail(exchange(service.port, data), 413)


def test_the_limit_holds_before_the_body_is_sent(service, stores_nothing):
    data = service.request(length=False, headers=[("Content-Length", "10000000000")])
    expect_detail(exchange(service.port, data), 413)


def test_a_large_body_with_everything_else_wrong(service, stores_nothing):
    """413 may come before all others; otherwise only the contract's errors may come."""
    response = service.send(b"x" * (LIMIT + 1), "text/plain", path="/nowhere/", authorization=None)
    assert response.status in (413, 404)
    expect_detail(response, response.status)


@pytest.mark.parametrize("length", [100, 4000])
def test_long_uris_within_the_limit(service, length):
    path = f"{service.path()}?{'q' * length}"
    expect_registered(service, register(service, path))


@pytest.mark.parametrize("length", [9_000, 100_000])
def test_long_uris(service, stores_nothing, length):
    for path in (f"{service.path()}?{'q' * length}", f"/{'p' * length}"):
        response = register(service, path)
        assert response.status == 414
        assert list(response.json()) == ["detail"]


@pytest.mark.parametrize("headers", [
    [("X-Long", "x" * 9_000)],
    [("X-Long", "x" * 200_000)],
    [("X" * 9_000, "x")],
    [(f"X-{i}", "x" * 500) for i in range(100)],
    [("Cookie", "x" * 9_000)],
])
def test_headers_that_are_too_large(service, stores_nothing, headers):
    response = register(service, headers=headers)
    assert response.status == 431
    assert list(response.json()) == ["detail"]


def test_many_headers(service):
    headers = [(f"X-{i}", "x") for i in range(200)]
    expect_registered(service, register(service, headers=headers))


def test_a_long_authorization_is_no_credential(service, stores_nothing):
    response = service.send(b"{}", authorization="JWT " + "k" * 7_000)
    expect_detail(response, 401)


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_the_largest_of_every_field_at_once(service, kind):
    url = "https://example.com/" + "u" * (2048 - 20)
    name = "\N{GRINNING FACE}" * 255
    fields = {"url": url, "name": name, "check_cert": "false", "api_version": "v1"}
    expect_registered(service, service.post(fields, kind), url=url, name=name, check_cert=False)


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_long_values_are_refused_in_time(service, stores_nothing, kind):
    """60 KB of input that is slow for careless parsers."""
    for text, count in (("%", 15_000), ("\\", 15_000), (" ", 55_000), ("-", 55_000), ("\r\n--", 5_000), ("é", 7_000)):
        value = text * count
        response = service.post({"url": value, "name": value[:500]}, kind)
        assert response.status == 400


def test_one_connection_for_many_requests(service):
    content_type, body = encode("json", {"url": GOOD_URL})
    with Connection(service.port) as connection:
        for _ in range(200):
            connection.send(service.request(body, content_type))
            assert connection.read_response().status == 200


def test_malformed_bodies_of_every_size(service, stores_nothing):
    for size in (1, 100, 4095, 4096, 4097, 16_384, 65_535, LIMIT):
        for kind in CONTENT_TYPES:
            if kind != "urlencoded":
                expect_malformed(service.send(b"\x00" * size, TYPES[kind]))
