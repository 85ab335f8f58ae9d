"""Peers on the pool's own socket that send nothing or an incomplete request, and stay."""

import contextlib
import itertools
import socket
import struct

import pytest
from load import post_at_once, post_one, settle, wait_for_service
from support.service import Service, wait_until

THREADS = 8
BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, GET_VALUES = 1, 2, 3, 4, 5, 6, 9


def record(kind, content=b"", request=1):
    return struct.pack(">BBHHBx", 1, kind, request, len(content), 0) + content


def parameter(name, value):
    return struct.pack(">II", len(name) | 0x80000000, len(value) | 0x80000000) + name + value


def begin(keep=False):
    return record(BEGIN, struct.pack(">HB5x", 1, int(keep)))


def head(service, body_length, keep=False):
    """All of a good registration except its body."""
    parameters = {
        b"REQUEST_METHOD": b"POST", b"REQUEST_URI": service.path().encode(), b"CONTENT_TYPE": b"application/json",
        b"CONTENT_LENGTH": b"%d" % body_length, b"HTTP_AUTHORIZATION": b"JWT " + service.key.encode(),
        b"REQUEST_ID": b"raw-peer",
    }
    content = b"".join(parameter(name, value) for name, value in parameters.items())
    return begin(keep) + record(PARAMS, content) + record(PARAMS)


BODY = b'{"url": "https://ci.example.com/hook", "name": "raw peer"}'

# What a peer sends before it falls silent.
STALLS = {
    "nothing": lambda service: b"",
    "one byte": lambda service: b"\x01",
    "half a header": lambda service: begin()[:4],
    "the beginning": lambda service: begin(),
    "half of the parameters": lambda service: head(service, len(BODY))[:100],
    "parameters and no body": lambda service: head(service, len(BODY)),
    "half of the body": lambda service: head(service, len(BODY)) + record(STDIN, BODY[:20]),
    "the body and no end": lambda service: head(service, len(BODY)) + record(STDIN, BODY),
}


@pytest.fixture(scope="module")
def service():
    with Service(processes=2, threads=THREADS) as running:
        yield running


def connect(service, data):
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    peer.settimeout(60)
    peer.connect(service.socket_path)
    peer.sendall(data)
    return peer


def read_to_end(peer):
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := peer.recv(65536):
            data += piece
    return data


@contextlib.contextmanager
def stalled_peers(service, datas):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(connect(service, data)) for data in datas]


def unnamed(service):
    """The number of webhooks that the stalled peers have registered."""
    return service.stored_names().get("raw peer", 0)


@pytest.mark.parametrize("case", STALLS)
def test_fewer_than_threads(service, case):
    """Others are served while the stalled ones are still there."""
    before = unnamed(service)
    with stalled_peers(service, [STALLS[case](service)] * (THREADS - 1)) as peers:
        sent = post_at_once(service, 20)
        for peer in peers:
            peer.setblocking(False)
            with pytest.raises(BlockingIOError):
                peer.recv(1)
    answers = settle(service, sent, f"{THREADS - 1} peers of {2 * THREADS} threads sent {case}")
    assert set(answers) == {200}
    assert unnamed(service) == before


def test_more_than_threads(service):
    """Every thread is taken, and comes back once the peer's time is over, although the peers stay."""
    before = unnamed(service)
    datas = [stall(service) for stall in itertools.islice(itertools.cycle(STALLS.values()), 3 * THREADS)]
    with stalled_peers(service, datas):
        sent = wait_for_service(service)
    answers = settle(service, sent, f"{3 * THREADS} peers of {2 * THREADS} threads sent all kinds of halves")
    assert answers[0] == 0
    assert unnamed(service) == before


def test_a_whole_request_of_a_raw_peer(service):
    """The peer of these tests speaks correct FastCGI. Its silence is the only thing wrong with it."""
    before = unnamed(service)
    with connect(service, head(service, len(BODY)) + record(STDIN, BODY) + record(STDIN)) as peer:
        data = read_to_end(peer)
    assert b"Status: 200" in data and b'"target_created"' in data
    assert unnamed(service) == before + 1


@pytest.mark.parametrize("sent, declared", [
    (BODY[:-1], len(BODY)), (BODY + b" ", len(BODY)), (b"", len(BODY)), (BODY, 0),
])
def test_a_body_of_another_length_than_declared(service, sent, declared):
    before = unnamed(service)
    body = (record(STDIN, sent) if sent else b"") + record(STDIN)
    with connect(service, head(service, declared) + body) as peer:
        assert b"Status: 400" in read_to_end(peer)
    assert unnamed(service) == before


@pytest.mark.parametrize("data", [
    b"\xff" * 64, b"\x00" * 64, b"GET / HTTP/1.1\r\n\r\n", record(STDIN, b"x"), record(PARAMS, b"\xff" * 8),
    record(ABORT),
    record(END, b"\0" * 8), record(99, b"x"), record(GET_VALUES, parameter(b"FCGI_MAX_CONNS", b""), request=0),
    record(BEGIN, struct.pack(">HB5x", 2, 0)), record(BEGIN, struct.pack(">HB5x", 9, 0)), record(BEGIN),
    begin() + begin(),
    begin() + record(PARAMS, b"\x80\x00\x00\x7fx"), begin() + record(ABORT),
])
def test_nonsense(service, data):
    """The peer then closes, and the pool goes on."""
    with connect(service, data) as peer:
        peer.shutdown(socket.SHUT_WR)
        read_to_end(peer)
    service.check_pool()
    assert post_one(service).status == 200


def test_an_aborted_body(service):
    before = unnamed(service)
    with connect(service, head(service, len(BODY)) + record(STDIN, BODY[:20]) + record(ABORT)) as peer:
        peer.shutdown(socket.SHUT_WR)
        read_to_end(peer)
    assert unnamed(service) == before


def test_kept_connections_hold_no_thread(service):
    """As nginx keeps them with `keepalive`: there are more idle ones than threads, and others are served."""
    before = unnamed(service)
    request = head(service, len(BODY), keep=True) + record(STDIN, BODY) + record(STDIN)
    with contextlib.ExitStack() as stack:
        peers = []
        for _ in range(3 * THREADS):
            peers.append(stack.enter_context(connect(service, request)))
            read_answer(peers[-1])
        sent = post_at_once(service, 20)
        for peer in peers:
            peer.sendall(request)
        for peer in peers:
            read_answer(peer)
    answers = settle(service, sent, f"{3 * THREADS} idle kept connections")
    assert set(answers) == {200}
    assert unnamed(service) == before + 6 * THREADS


def read_answer(peer):
    """One whole answer, up to its end record."""
    while True:
        header = read_exactly(peer, 8)
        _, kind, _, length, padding = struct.unpack(">BBHHBx", header)
        content = read_exactly(peer, length + padding)
        if kind == STDOUT and content.startswith(b"Status"):
            assert content.startswith(b"Status: 200"), content
        if kind == END:
            return


def read_exactly(peer, size):
    data = b""
    while len(data) < size:
        piece = peer.recv(size - len(data))
        assert piece, "the connection was not kept"
        data += piece
    return data


def test_the_pool_is_free_again(service):
    wait_until(lambda: post_one(service).status == 200, "the pool serves")
    sent = post_at_once(service, 4 * THREADS)
    assert set(settle(service, sent, "afterwards")) == {200}
