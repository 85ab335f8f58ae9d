"""The receivers of deliveries: the program tests/bench/receiver, and the requests that it got.

    with Receivers(directory, {"fast": ("127.0.0.2", 0)}) as receivers:
        receivers.url("fast", "/hook"), receivers.authority, receivers.arrivals()
"""

import pathlib
import subprocess
from dataclasses import dataclass

from support.service import build_directory
from support.tls_receiver import Authority, Certificate, openssl

NEVER = -1


@dataclass(frozen=True)
class Arrival:
    """A request: the receiver's name, its path and webhook-id, when its first byte was read (monotonic clock)."""
    receiver: str
    path: str
    id: str
    at_ns: int

    @property
    def delivery(self):
        """What must arrive once: an event, for a webhook. Each webhook of ours has a path of its own."""
        return self.path, self.id


class Receivers:
    """`listeners`: by name, an address of the loopback network and after how many milliseconds it answers."""

    def __init__(self, directory, listeners):
        self.directory = pathlib.Path(directory)
        self._listeners = listeners
        self._ports = {}
        self.authority = Authority(directory)
        self._certificate = self._issue({address for address, _ in listeners.values()})
        self.process = None

    def _issue(self, addresses):
        key, request, extensions, signed, joined = (self.directory / f"receivers.{kind}"
                                                    for kind in ("key", "csr", "ext", "crt", "pem"))
        extensions.write_text("subjectAltName=" + ",".join(f"IP:{address}" for address in sorted(addresses)) + "\n")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                "/CN=receivers", "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.authority.path, "-CAkey",
                self.directory / "authority.key", "-CAcreateserial", "-days", 2, "-extfile", extensions, "-out", signed)
        joined.write_bytes(key.read_bytes() + signed.read_bytes())
        return Certificate(joined)

    def __enter__(self):
        listeners = [f"{name}={address}:{delay}" for name, (address, delay) in self._listeners.items()]
        self.process = subprocess.Popen([build_directory() / "tests/bench/receiver", self._certificate.path,
                                         *listeners], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name, port in map(str.split, self._lines_until("ready")):
            self._ports[name] = int(port)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def url(self, name, path):
        return f"https://{self._listeners[name][0]}:{self._ports[name]}{path}"

    def count(self):
        """How many requests there were since the last clear()."""
        return int(self._do("count")[0])

    def clear(self):
        self._do("clear")

    def close(self, name):
        """The receiver is down: connections to it are refused."""
        self._do(f"close {name}")

    def open(self, name):
        self._do(f"open {name}")

    def arrivals(self):
        path = self.directory / "arrivals"
        self._do(f"dump {path}")
        return [Arrival(receiver, hook, number, int(at)) for receiver, hook, number, at in
                map(str.split, path.read_text().splitlines())]

    def _do(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self._lines_until("done")

    def _lines_until(self, last):
        lines = []
        while (line := self.process.stdout.readline()) != last + "\n":
            if not line:
                raise RuntimeError(f"the receiver has ended, with {self.process.wait()}")
            lines.append(line.rstrip("\n"))
        return lines
