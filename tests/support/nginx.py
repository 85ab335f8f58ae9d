"""Runs nginx with the site and the snippets of this repository, as an operator would install them.

Only what an operator adapts is changed: ports, certificate, the paths of log and socket. Both ports are free ones
of the loopback address; the certificate is signed by an authority made for it (`authority`).
"""

import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import time

CONFIGURATION = pathlib.Path(__file__).resolve().parents[2] / "nginx"
START_SECONDS = 30

MAIN = """\
{user}
daemon off;
worker_processes {workers};
worker_rlimit_nofile {descriptors};
pid {directory}/nginx.pid;
error_log {directory}/logs/error.log warn;
events {{ worker_connections 16384; }}
http {{
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    access_log {directory}/logs/default.log;
    include {directory}/targethooks-http.conf;
    include {directory}/site.conf;
}}
"""


def _most_descriptors():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 40000 if hard == resource.RLIM_INFINITY else min(40000, hard)


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _replaced(text, replacements):
    for old, new in replacements.items():
        assert old in text, f"the shipped configuration has no {old!r}"
        text = text.replace(old, new)
    return text


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


# The rate limits that an operator would uncomment, low enough for tests: two requests, then one a minute.
RATE_LIMITS = {
    "# limit_req_zone": "limit_req_zone",
    "rate=50r/s": "rate=1r/m",
    "rate=100r/s": "rate=1r/m",
    "# limit_req": "limit_req",
    "burst=50": "burst=1",
    "burst=100": "burst=100",
}


class Nginx:
    """nginx, between entering and leaving a `with` block. rate_limits: with the optional limits of RATE_LIMITS."""

    def __init__(self, directory, socket_path, rate_limits=False, workers=2):
        self.directory = pathlib.Path(directory)
        self.socket_path = socket_path
        self.authority = self.directory / "authority.pem"
        self._workers = workers
        self._rate_limits = RATE_LIMITS if rate_limits else {}
        self._process = None

    def __enter__(self):
        (self.directory / "logs").mkdir(parents=True)
        self._make_certificate()
        for _ in range(5):  # a free port may be taken by the time nginx listens on it
            self.port, self.tls_port = _free_ports(2)
            self._write_configuration()
            if self._start():
                return self
        raise RuntimeError(f"nginx didn't start:\n{self._output()}")

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def reload(self):
        """Replaces the workers by new ones, which have no connections yet."""
        old = self._workers_running()
        self._process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + START_SECONDS
        while not (running := self._workers_running()) or running & old:
            assert time.monotonic() < deadline, self._output()
            time.sleep(0.02)

    def _workers_running(self):
        pid = self._process.pid
        return set(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())

    def _write_configuration(self):
        http = _replaced((CONFIGURATION / "targethooks-http.conf").read_text(),
                         {"unix:/run/targethooks/api.sock": f"unix:{self.socket_path}"})
        site = _replaced((CONFIGURATION / "example-site.conf").read_text(), {
            "listen 443 ": f"listen 127.0.0.1:{self.tls_port} ",
            "    listen [::]:443 ssl http2 default_server;\n": "",
            "listen 127.0.0.1:8080 ": f"listen 127.0.0.1:{self.port} ",
            "/etc/ssl/certs/api.example.com.pem": f"{self.directory}/site.pem",
            "/etc/ssl/private/api.example.com.key": f"{self.directory}/site.key",
            "/var/log/nginx/targethooks.log": f"{self.directory}/logs/access.log",
            "include snippets/targethooks.conf": f"include {self.directory}/targethooks.conf",
        })
        snippet = (CONFIGURATION / "targethooks.conf").read_text()
        for old, new in self._rate_limits.items():
            assert old in http + snippet, f"the shipped configuration has no {old!r}"
            http, snippet = http.replace(old, new), snippet.replace(old, new)
        user = "user root;" if os.geteuid() == 0 else ""
        (self.directory / "targethooks-http.conf").write_text(http)
        (self.directory / "targethooks.conf").write_text(snippet)
        (self.directory / "site.conf").write_text(site)
        (self.directory / "nginx.conf").write_text(MAIN.format(
            directory=self.directory, user=user, workers=self._workers, descriptors=_most_descriptors()))

    def _start(self):
        program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
        assert program, "nginx is missing; it comes with Debian's nginx-light"
        with open(self.directory / "logs/stderr.log", "ab") as errors:
            self._process = subprocess.Popen(
                [program, "-p", self.directory, "-e", self.directory / "logs/start.log",
                 "-c", self.directory / "nginx.conf"],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if (self.directory / "nginx.pid").exists() and probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return True
            time.sleep(0.02)
        self.stop()
        return False

    def _output(self):
        return "".join(path.read_text() for path in (self.directory / "logs").iterdir())

    def _make_certificate(self):
        here = self.directory
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                 "-subj", "/CN=Authority of the tests", "-keyout", here / "authority.key", "-out", self.authority)
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost",
                 "-keyout", here / "site.key", "-out", here / "site.csr")
        (here / "names").write_text("subjectAltName = DNS:localhost, IP:127.0.0.1\n")
        _openssl("x509", "-req", "-days", "2", "-in", here / "site.csr", "-CA", self.authority, "-CAkey",
                 here / "authority.key", "-CAcreateserial", "-extfile", here / "names", "-out", here / "site.pem")
