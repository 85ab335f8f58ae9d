"""A tiny HTTP/1.x client that sends exactly the bytes that a test wants, and builders of the three body types.

A request is put together as bytes and written unchanged. An answer is read strictly (status line, headers, body by
Content-Length, chunks or the end of the connection), so that a test sees what is on the wire.
"""

import json
import socket
import urllib.parse
from dataclasses import dataclass

DEADLINE_SECONDS = 30.0
CONTENT_TYPES = ("json", "urlencoded", "multipart")
BOUNDARY = "a-boundary-of-the-tests"


class ConnectionEnded(Exception):
    """The peer closed the connection before a whole answer was there."""


@dataclass
class Response:
    status: int
    headers: list
    body: bytes

    def header(self, name):
        values = self.header_values(name)
        return values[0] if values else None

    def header_values(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def json(self):
        """The body, decoded. It must be JSON with that content type."""
        assert self.header_values("Content-Type") == ["application/json"], (self.status, self.headers)
        return json.loads(self.body.decode("utf-8"))


class Connection:
    """One TCP connection; answers are read from it one after another."""

    def __init__(self, port, timeout=DEADLINE_SECONDS):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def send(self, data):
        self._socket.sendall(data)

    def send_slices(self, data, size=1):
        for start in range(0, len(data), size):
            self._socket.sendall(data[start : start + size])

    def finish_sending(self):
        self._socket.shutdown(socket.SHUT_WR)

    def read_response(self, method="POST"):
        status, headers = self._read_head()
        while status == 100:
            status, headers = self._read_head()
        return Response(status, headers, self._read_body(method, status, dict_of(headers)))

    def read_continue(self):
        """Reads the interim answer to "Expect: 100-continue"."""
        status, _ = self._read_head()
        return status

    def read_to_end(self):
        while self._receive():
            pass
        data, self._buffer = self._buffer, b""
        return data

    def _read_head(self):
        head = self._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, _, rest = head[0].partition(" ")
        assert version in ("HTTP/1.1", "HTTP/1.0"), head[0]
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in head[1:]]
        return int(rest.split(" ")[0]), headers

    def _read_body(self, method, status, headers):
        if method == "HEAD" or status in (204, 304):
            return b""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._read_chunks()
        if "content-length" in headers:
            return self._read_exactly(int(headers["content-length"]))
        return self.read_to_end()

    def _read_chunks(self):
        body = b""
        while size := int(self._read_until(b"\r\n").split(b";")[0], 16):
            body += self._read_exactly(size)
            assert self._read_until(b"\r\n") == b""
        while self._read_until(b"\r\n"):
            pass
        return body

    def _read_until(self, mark):
        while mark not in self._buffer:
            if not self._receive():
                raise ConnectionEnded(self._buffer)
        data, self._buffer = self._buffer.split(mark, 1)
        return data

    def _read_exactly(self, size):
        while len(self._buffer) < size:
            if not self._receive():
                raise ConnectionEnded(self._buffer)
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _receive(self):
        try:
            data = self._socket.recv(65536)
        except ConnectionResetError:
            return False
        self._buffer += data
        return bool(data)


def dict_of(headers):
    return {key.lower(): value for key, value in headers}


def to_bytes(text):
    return text if isinstance(text, bytes) else text.encode("utf-8")


def request_bytes(method, target, headers=(), body=b"", *, host="localhost", length=True, version="HTTP/1.1"):
    """The request as it is sent. host=None, length=False: without that header."""
    lines = [b" ".join(map(to_bytes, (method, target, version)))]
    if host is not None:
        lines.append(b"Host: " + to_bytes(host))
    lines += [to_bytes(name) + b": " + to_bytes(value) for name, value in headers]
    if length:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def exchange(port, data, method="POST", timeout=DEADLINE_SECONDS):
    """Writes one request on a connection of its own and reads its answer."""
    with Connection(port, timeout) as connection:
        try:
            connection.send(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the request was refused before all of it was read, and the response is already there
        return connection.read_response(method)


def chunked(body, sizes=None):
    """The chunked coding of the body, in chunks of the given sizes (then the rest)."""
    coded, rest = b"", body
    for size in sizes or ():
        piece, rest = rest[:size], rest[size:]
        if piece:
            coded += b"%x\r\n%s\r\n" % (len(piece), piece)
    if rest:
        coded += b"%x\r\n%s\r\n" % (len(rest), rest)
    return coded + b"0\r\n\r\n"


# Bodies. Fields are a mapping, or a list of pairs where one is repeated.


def pairs_of(fields):
    return list(fields.items()) if isinstance(fields, dict) else list(fields)


def form_pairs_of(fields):
    """The same for a form, which repeats the name of a list for each of its items."""
    return [(name, item) for name, value in pairs_of(fields)
            for item in (value if isinstance(value, list) else [value])]


def form_text(value):
    """The text of a value in a form."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def json_body(fields):
    members = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in pairs_of(fields))
    return ("{" + ", ".join(members) + "}").encode()


def urlencoded_body(fields):
    return urllib.parse.urlencode([(name, form_text(value)) for name, value in form_pairs_of(fields)]).encode()


def part(name, value, extra=b"", headers=()):
    """One part of a multipart body, without its delimiter; extra follows the name parameter."""
    lines = [b'Content-Disposition: form-data; name="' + to_bytes(name) + b'"' + extra]
    lines += [to_bytes(header) for header in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + to_bytes(value)


def multipart_of(parts, boundary=BOUNDARY):
    delimiter = b"--" + to_bytes(boundary)
    return b"".join(delimiter + b"\r\n" + piece + b"\r\n" for piece in parts) + delimiter + b"--\r\n"


def multipart_body(fields, boundary=BOUNDARY):
    return multipart_of([part(name, form_text(value)) for name, value in form_pairs_of(fields)], boundary)


def encode(kind, fields):
    """(Content-Type, body) of these fields."""
    if kind == "json":
        return "application/json", json_body(fields)
    if kind == "urlencoded":
        return "application/x-www-form-urlencoded", urlencoded_body(fields)
    return f"multipart/form-data; boundary={BOUNDARY}", multipart_body(fields)
