"""Good and bad receivers of deliveries over TLS, and their certificates.

Every receiver listens on a free port of a loopback address and serves each connection in its own thread. A function
of the connection decides how it behaves. The functions below make the bad receivers that a sender must expect.
"""

import contextlib
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import threading

PATIENCE = 60
CHUNK = b"x" * 4096


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Certificate:
    """A certificate and its key, in one PEM file."""

    def __init__(self, path):
        self.path = path


class Authority:
    """A certificate authority of our own. `path`: its certificate."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.path = self.directory / "authority.pem"
        self._key = self.directory / "authority.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 2,
                "-subj", "/CN=Test authority", "-keyout", self._key, "-out", self.path)

    def issue(self, name, days=2):
        """A certificate for a name, signed by this authority. If days is negative, it has expired."""
        request, extensions, key, signed, joined = self._files(f"{name}{days}")
        extensions.write_text(f"subjectAltName=DNS:{name}\n")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                f"/CN={name}", "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.path, "-CAkey", self._key, "-CAcreateserial", "-days",
                days, "-extfile", extensions, "-out", signed)
        return self._joined(joined, key, signed)

    def self_signed(self, name):
        """A certificate that this authority does not sign."""
        _, _, key, signed, joined = self._files(f"{name}-self")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 2,
                "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", signed)
        return self._joined(joined, key, signed)

    def _files(self, name):
        return [self.directory / f"{name}.{kind}" for kind in ("csr", "ext", "key", "crt", "pem")]

    @staticmethod
    def _joined(path, key, signed):
        path.write_bytes(key.read_bytes() + signed.read_bytes())
        return Certificate(path)


class Request:
    """A request: `line`, `headers` (names in lower case) and `body`; `connection`: the number of its connection; `fields`:
    the lines of the header as they were sent."""

    def __init__(self, connection, head, body):
        self.connection = connection
        self.line, *self.fields = head.decode("latin-1").split("\r\n")
        self.headers = {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in self.fields)}
        self.body = body


class Connection:
    """The connection that a behaviour uses."""

    def __init__(self, receiver, number, stream):
        self.receiver, self.number, self.stream = receiver, number, stream
        self._rest = b""

    def read_request(self):
        """Reads and records the next request. Returns None when the sender has closed."""
        while b"\r\n\r\n" not in self._rest:
            data = self.stream.recv(65536)
            if not data:
                return None
            self._rest += data
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        request = Request(self.number, head, b"")
        length = int(request.headers.get("content-length", "0"))
        while len(self._rest) < length:
            self._rest += self.stream.recv(65536)
        request.body, self._rest = self._rest[:length], self._rest[length:]
        self.receiver.requests.append(request)
        return request

    def send(self, data):
        self.stream.sendall(data)

    def hold(self):
        """Does nothing until the receiver is told to stop."""
        self.receiver.stopping.wait(PATIENCE)

    def drip(self, data, seconds):
        """Sends byte by byte, with a pause after each."""
        for byte in data:
            self.send(bytes([byte]))
            if self.receiver.stopping.wait(seconds):
                return

    def send_for_ever(self, data):
        while not self.receiver.stopping.is_set():
            self.send(data)

    def reset(self):
        """Closes the connection with a reset instead of an orderly end."""
        descriptor = self.stream.detach()
        plain = socket.socket(fileno=descriptor)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        plain.close()


def response(status=200, headers=(), body=b""):
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answering(*args, **kwargs):
    """A good receiver: answers every request of a connection in the same way."""
    def behave(connection):
        while connection.read_request():
            connection.send(response(*args, **kwargs))
    return behave


def sending(data):
    """Makes a behaviour that sends this data after the first request, and closes."""
    def behave(connection):
        if connection.read_request():
            connection.send(data)
    return behave


class Receiver:
    """Listens between entering and leaving a `with` block. certificate: None for no TLS at all (and no handshake).

    `requests`: the received ones, in order; `connections`: the number of accepted ones. protocols: for ALPN, the best
    first.
    """

    def __init__(self, behave, certificate=None, address="127.0.0.1", port=0, version=None, protocols=("http/1.1",)):
        self.requests, self.connections = [], 0
        self.stopping = threading.Event()
        self._behave = behave
        self._context = self._make_context(certificate, version, protocols) if certificate else None
        self._listener = socket.create_server((address, port), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @staticmethod
    def _make_context(certificate, version, protocols):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.path)
        context.set_alpn_protocols(list(protocols))
        if version:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
        return context

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.refuse()
        self._thread.join(PATIENCE)

    def refuse(self):
        """Refuses further connections."""
        # This wakes accept up, which close does not.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while not self.stopping.is_set():
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(plain, self.connections), daemon=True).start()

    def _serve(self, plain, number):
        # An error ends only its connection. Most senders in these tests give up at some time.
        with contextlib.suppress(OSError, ValueError), plain:
            plain.settimeout(PATIENCE)
            if self._context is None:
                return self._behave(Connection(self, number, plain))
            with self._context.wrap_socket(plain, server_side=True) as stream:
                self._behave(Connection(self, number, stream))


class Proxy:
    """An HTTP proxy for CONNECT. names: the address of each host name, or its address and port. answer: data that it
    sends instead of building the tunnel; b"": it sends nothing. `heads`: the heads of the received requests.
    """

    def __init__(self, names, answer=None):
        self.heads = []
        self._names, self._answer = names, answer
        self._receiver = Receiver(self._behave)
        self.port = self._receiver.port

    def __enter__(self):
        self._receiver.__enter__()
        return self

    def __exit__(self, *exception):
        self._receiver.__exit__(*exception)

    def _behave(self, connection):
        request = connection.read_request()
        self.heads.append(request)
        if self._answer == b"":
            return connection.hold()
        if self._answer is not None:
            return connection.send(self._answer)
        name, port = request.line.split()[1].rsplit(":", 1)
        place = self._names[name]
        with socket.create_connection((place, int(port)) if isinstance(place, str) else place) as far:
            connection.send(b"HTTP/1.1 200 Go\r\n\r\n")
            back = threading.Thread(target=self._copy, args=(far, connection.stream), daemon=True)
            back.start()
            self._copy(connection.stream, far)
            back.join(PATIENCE)

    @staticmethod
    def _copy(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


NGINX = """\
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 1024; }}
http {{
    log_format one "$request_id x-own=$http_x_own x-empty=$http_x_empty";
    access_log {log};
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl http2;
        ssl_certificate {certificate};
        ssl_certificate_key {certificate};
        location / {{ return 200 "$server_protocol $connection"; }}
    }}
}}
"""


@contextlib.contextmanager
def http2_receiver(directory, certificate, log=None):
    """nginx as an HTTP/2 receiver that answers with the protocol and the number of the connection. Yields its port.
    log: a file that has a line for each request at the end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = pathlib.Path(directory) / "nginx.conf"
    configuration.write_text(NGINX.format(directory=directory, port=port, certificate=certificate.path,
                                          log=f"{log} one" if log else "off"))
    with subprocess.Popen(["nginx", "-p", str(directory), "-e", f"{directory}/error.log", "-c", str(configuration)],
                          env={"PATH": os.environ["PATH"] + ":/usr/sbin"}) as process:
        try:
            wait_for_port(port, process)
            yield port
        finally:
            process.terminate()


def wait_for_port(port, process):
    for _ in range(PATIENCE * 10):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        assert process.poll() is None, "it has ended"
        threading.Event().wait(0.1)
    raise AssertionError("it does not listen")
