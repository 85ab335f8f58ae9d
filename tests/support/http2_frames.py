"""HTTP/2 (RFC 9113) frame by frame, for receivers that end streams and connections in ways that no library offers.

    with Receiver(by_http2(behave), certificate, protocols=["h2"]) as receiver: ...

`behave` gets an Http2Connection whose preface and settings have been exchanged. The connection reads streams and
bodies, but does not decode header fields.
"""

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_STREAM, ACK, END_HEADERS = 0x1, 0x1, 0x4
NO_ERROR, INTERNAL_ERROR, REFUSED_STREAM, HTTP_1_1_REQUIRED = 0x0, 0x2, 0x7, 0xD
LAST_STREAM = 2**31 - 1


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def field(name, value):
    """A header field in HPACK's plainest form: literal, not indexed, no Huffman code; both texts below 127 bytes."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


class Http2Request:
    """`connection`: the number of its connection. `body` grows as its frames come."""

    def __init__(self, connection, stream):
        self.connection, self.stream = connection, stream
        self.body, self.is_complete = b"", False


class Http2Connection:
    """The connection that a behaviour uses."""

    def __init__(self, connection):
        self.receiver, self.number, self.stream = connection.receiver, connection.number, connection.stream
        self.hold, self.reset, self.send = connection.hold, connection.reset, connection.send
        self._requests, self._rest = {}, b""
        assert self._read(len(PREFACE)) == PREFACE
        self.send(frame(SETTINGS))

    def _read(self, count):
        while len(self._rest) < count:
            data = self.stream.recv(65536)
            if not data:
                raise ConnectionError("the sender has closed")
            self._rest += data
        data, self._rest = self._rest[:count], self._rest[count:]
        return data

    def _take_frame(self):
        """The request that the frame belongs to, if any."""
        head = self._read(9)
        length, kind, flags, stream = struct.unpack(">I", b"\0" + head[:3])[0], head[3], head[4], head[5:]
        stream = struct.unpack(">I", stream)[0]
        payload = self._read(length)
        if kind in (SETTINGS, PING) and not flags & ACK:
            self.send(frame(kind, ACK, 0, payload if kind == PING else b""))
        if kind not in (HEADERS, DATA):
            return None
        if kind == HEADERS:
            self._requests[stream] = Http2Request(self.number, stream)
            self.receiver.requests.append(self._requests[stream])
        request = self._requests[stream]
        request.body += payload if kind == DATA else b""
        request.is_complete = bool(flags & END_STREAM)
        return request

    def read_head(self):
        """The next request whose head has come."""
        while True:
            request = self._take_frame()
            if request and not request.body and not request.is_complete:
                return request

    def read_request(self):
        """The next request that has come as a whole."""
        while True:
            request = self._take_frame()
            if request and request.is_complete:
                return request

    def answer(self, request, status=200, body=b"", fields=b""):
        self.send(answer_frames(request, status, body, fields))

    def reset_stream(self, request, error):
        self.send(frame(RST_STREAM, 0, request.stream, struct.pack(">I", error)))

    def go_away(self, last_stream=LAST_STREAM, error=NO_ERROR):
        self.send(frame(GOAWAY, 0, 0, struct.pack(">II", last_stream, error)))


def answer_frames(request, status=200, body=b"", fields=b""):
    head = b"\x08\x03" + str(status).encode() + fields
    return (frame(HEADERS, END_HEADERS | (0 if body else END_STREAM), request.stream, head)
            + (frame(DATA, END_STREAM, request.stream, body) if body else b""))


def by_http2(behave):
    """The behaviour of a Receiver."""
    return lambda connection: behave(Http2Connection(connection))


def answering_by_http2(connection):
    """A good receiver."""
    while True:
        connection.answer(connection.read_request())
