"""A FastCGI peer on the pool's own socket, which sends the bytes that a test wants."""

import contextlib
import errno
import os
import socket
import struct
import time

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, GET_VALUES = 1, 2, 3, 4, 5, 6, 9
BODY = b'{"url": "https://ci.example.com/hook", "name": "raw peer"}'


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


def whole_request(service, keep=False):
    """A registration under the name of the raw peer."""
    return head(service, len(BODY), keep) + record(STDIN, BODY) + record(STDIN)


def connect(service, data):
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    peer.settimeout(60)
    # Thousands at once may fill the socket's queue for a moment.
    while (error := peer.connect_ex(service.socket_path)) == errno.EAGAIN:
        time.sleep(0.001)
    assert error == 0, os.strerror(error)
    peer.sendall(data)
    return peer


@contextlib.contextmanager
def peers(service, datas):
    """One connection for each, after it has sent its bytes."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(connect(service, data)) for data in datas]


def read_to_end(peer):
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := peer.recv(65536):
            data += piece
    return data


def read_answer(peer):
    """One whole answer, up to its end record. It must be a 200."""
    while True:
        header = _read_exactly(peer, 8)
        _, kind, _, length, padding = struct.unpack(">BBHHBx", header)
        content = _read_exactly(peer, length + padding)
        if kind == STDOUT and content.startswith(b"Status"):
            assert content.startswith(b"Status: 200"), content
        if kind == END:
            return


def _read_exactly(peer, size):
    data = b""
    while len(data) < size:
        piece = peer.recv(size - len(data))
        assert piece, "the connection was not kept"
        data += piece
    return data


def stored_by_peers(service):
    """The number of webhooks that raw peers have registered."""
    return service.stored_names().get("raw peer", 0)
