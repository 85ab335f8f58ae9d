"""Clients that keep connections open as long as they can, and clients that write one key in many ways."""

import contextlib
import resource
import socket
import ssl
import time

import pytest
from support.http_client import encode, exchange, request_bytes
from support.nginx import Nginx
from support.service import wait_until

from expect import GOOD_URL, expect_detail

HEADS = 3000
IN_PROGRESS = 512  # limit_conn in nginx/targethooks.conf
HEAD_SECONDS = 10  # client_header_timeout
CONTENT_TYPE, BODY = encode("json", {"url": GOOD_URL})


@contextlib.contextmanager
def connections(service, count):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(socket.create_connection(("127.0.0.1", service.port))) for _ in range(count)]


def is_over(one):
    """Whether nginx has answered or closed the connection."""
    one.setblocking(False)
    try:
        one.recv(65536)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def register(service):
    return service.send(BODY, CONTENT_TYPE)


def test_half_a_head_keeps_nobody_out_and_ends(service):
    with connections(service, HEADS) as heads:
        for one in heads:
            one.sendall(b"POST /targets/")
        for _ in range(20):
            assert register(service).status == 200
        # A byte a second does not prolong it.
        for _ in range(HEAD_SECONDS // 2):
            for one in heads[:100]:
                with contextlib.suppress(OSError):
                    one.sendall(b"x")
            time.sleep(1)
        wait_until(lambda: all(is_over(one) for one in heads), "nginx has closed them")
    assert register(service).status == 200


def test_bodies_byte_by_byte_keep_nobody_else_out(service):
    """An address has a limit of requests in progress, and further ones are refused at once."""
    head = service.request(b"", CONTENT_TYPE, headers=[("Content-Length", "60000")], length=False)
    with connections(service, IN_PROGRESS + 100) as slow:
        for one in slow:
            one.sendall(head + b"{")
        refused = wait_until(lambda: len(answers := answered(slow)) >= 100 and answers, "those beyond are refused")
        assert len(refused) == 100
        for answer in refused:
            assert b" 429 " in answer.split(b"\r\n")[0] and b"Retry-After: 1\r\n" in answer
            assert answer.endswith(b'{"detail": "Request was throttled."}')
        # From another address.
        assert b" 200 " in from_elsewhere(service)
        expect_detail(register(service), 429, "Request was throttled.")
    wait_until(lambda: register(service).status == 200, "the address is served again")


def answered(sockets):
    """The answers that have come; they can still be read."""
    found = []
    for one in sockets:
        with contextlib.suppress(OSError):
            found.append(one.recv(65536, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    return found


def from_elsewhere(service):
    """The first line of the answer."""
    request = service.request(BODY, CONTENT_TYPE, headers=[("Connection", "close")])
    place = ("127.0.0.1", service.port)
    with socket.create_connection(place, timeout=30, source_address=("127.0.0.2", 0)) as one:
        one.sendall(request)
        return one.makefile("rb").readline()


SPELLINGS = ["JWT {}", "jwt {}", "Jwt    {}", "Bearer {}", "bEARER  {}", " JWT {} ", "JWT {}   ", "\tJWT {}\t"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_key_in_any_form_of_the_header_is_one_key(service, spelling):
    with Nginx(service.directory / f"spelling-{SPELLINGS.index(spelling)}", service.socket_path, rate_limits=True) as nginx:
        def send(authorization):
            headers = [("Authorization", authorization), ("Content-Type", CONTENT_TYPE)]
            return exchange(nginx.port, request_bytes("POST", service.path(), headers, BODY))
        assert [send(f"JWT {service.key}").status for _ in range(2)] == [200, 200]
        expect_detail(send(spelling.format(service.key)), 429, "Request was throttled.")
        # Another key has a count of its own, and so has the same key in another case.
        assert send(f"JWT {service.other_key}").status == 404
        assert send(f"JWT {service.key.swapcase()}").status == 401


def test_only_https_says_that_it_is_to_be_used(service):
    def header(path, context=None):
        with contextlib.ExitStack() as stack:
            port = service.tls_port if context else service.port
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            if context:
                one = stack.enter_context(context.wrap_socket(one, server_hostname="localhost"))
            one.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            answer = b""
            while chunk := one.recv(65536):
                answer += chunk
        return [line for line in answer.split(b"\r\n") if line.lower().startswith(b"strict-transport-security:")]

    context = ssl.create_default_context(cafile=service.nginx.authority)
    for path in ("/webhooks/", "/nowhere", "/" + "x" * 9000, "/%"):
        assert header(path, context) == [b"Strict-Transport-Security: max-age=31536000"]
        assert header(path) == []
