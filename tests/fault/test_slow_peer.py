"""Peers on the pool's own socket that send nothing or an incomplete request, and stay."""

import itertools
import resource
import socket
import struct
import time

import pytest
from load import post_at_once, post_one, settle, wait_for_service
from peer import (ABORT, BEGIN, BODY, END, GET_VALUES, PARAMS, STDIN, begin, connect, head, parameter, peers,
                  read_to_end, record, stored_by_peers, whole_request)
from support.service import Service, wait_until

# Connections of peers: many more than a process has threads, or requests in hand.
PEERS = 500
MANY_PEERS = 4000
PEER_SECONDS = 3  # after which the pool closes their connections

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
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Service(processes=2) as running:
        yield running


@pytest.mark.parametrize("case", STALLS)
def test_stalled_peers_hold_nothing(service, case):
    """Others are served while the stalled ones are still there."""
    before = stored_by_peers(service)
    start = time.monotonic()
    with peers(service, [STALLS[case](service)] * PEERS) as stalled:
        sent = post_at_once(service, 20)
        if time.monotonic() - start < PEER_SECONDS:
            for peer in stalled:
                peer.setblocking(False)
                with pytest.raises(BlockingIOError):
                    peer.recv(1)
    answers = settle(service, sent, f"{PEERS} peers sent {case}")
    assert set(answers) == {200}
    assert stored_by_peers(service) == before


def test_thousands_of_all_kinds(service):
    """More than all requests that the pool takes in hand. Nobody else notices, and the pool closes them in the end."""
    before = stored_by_peers(service)
    datas = [stall(service) for stall in itertools.islice(itertools.cycle(STALLS.values()), MANY_PEERS)]
    with peers(service, datas) as stalled:
        sent = post_at_once(service, 20)
        for peer in stalled:
            assert read_to_end(peer) == b""
        sent += wait_for_service(service)
    answers = settle(service, sent, f"{MANY_PEERS} peers sent all kinds of halves")
    assert set(answers) == {200}
    assert stored_by_peers(service) == before


def test_a_whole_request_of_a_raw_peer(service):
    """The peer of these tests speaks correct FastCGI. Its silence is the only thing wrong with it."""
    before = stored_by_peers(service)
    with connect(service, whole_request(service)) as peer:
        data = read_to_end(peer)
    assert b"Status: 200" in data and b'"target_created"' in data
    assert stored_by_peers(service) == before + 1


@pytest.mark.parametrize("sent, declared", [
    (BODY[:-1], len(BODY)), (BODY + b" ", len(BODY)), (b"", len(BODY)), (BODY, 0),
])
def test_a_body_of_another_length_than_declared(service, sent, declared):
    before = stored_by_peers(service)
    body = (record(STDIN, sent) if sent else b"") + record(STDIN)
    with connect(service, head(service, declared) + body) as peer:
        assert b"Status: 400" in read_to_end(peer)
    assert stored_by_peers(service) == before


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
    before = stored_by_peers(service)
    with connect(service, head(service, len(BODY)) + record(STDIN, BODY[:20]) + record(ABORT)) as peer:
        peer.shutdown(socket.SHUT_WR)
        read_to_end(peer)
    assert stored_by_peers(service) == before


def test_the_pool_is_free_again(service):
    wait_until(lambda: post_one(service).status == 200, "the pool serves")
    sent = post_at_once(service, 40)
    assert set(settle(service, sent, "afterwards")) == {200}
