"""The measured programs: the service and its contenders, each behind an nginx of its own.

Every nginx is configured by the shipped files of nginx/, with the one change that distinguishes a contender. The
contenders are measured one after another, so most processes are idle most of the time.
"""

import contextlib
import os
import pathlib
import re
import socket
import subprocess

from measure import Contender, Tables, children_of
from support import http_client
from support.nginx import Nginx
from support.service import BACKLOG, build_directory, wait_until

SCRIPT = pathlib.Path(__file__).resolve().parent / "post.lua"
FIELDS = {"url": "https://ci.example.com/hook", "name": "CI", "check_cert": True, "api_version": "v1"}
REFERENCE = "empty pool"


class Site(Nginx):
    """nginx with the shipped files, in which some texts are replaced by others."""

    def __init__(self, directory, socket_path, changes):
        super().__init__(directory, socket_path)
        self._changes = changes

    def _write_configuration(self):
        super()._write_configuration()
        for name, replacements in self._changes.items():
            _replace(self.directory / name, replacements)


def answers_itself(answer):
    """nginx answers by itself."""
    here = "location /targets {"
    return {"targethooks.conf": {here: f"{here}\n    default_type application/json;\n    return 200 '{answer}';"}}


def keeps_connections(count=32):
    """nginx keeps its connections to the pool, the same number in each of its processes."""
    return {"targethooks-http.conf": {"# keepalive 32;": f"keepalive {count};"},
            "targethooks.conf": {"# fastcgi_keep_conn on;": "fastcgi_keep_conn on;"}}


class EmptyPool:
    """Processes that share a listening socket, like those of the service."""

    def __init__(self, directory, processes, threads, answer_file):
        directory.mkdir()
        self.socket_path = str(directory / "pool.sock")
        self._command = [str(build_directory() / "tests/bench/empty_pool"), str(threads), str(answer_file)]
        self._count = processes
        self.processes = []

    def __enter__(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(self.socket_path)
            listener.listen(BACKLOG)
            self.processes = [subprocess.Popen(self._command, stdin=listener) for _ in range(self._count)]
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
            process.wait()


class Requests:
    """The files that post.lua reads, one body for each content type, and the command lines of wrk."""

    def __init__(self, directory, key, paths):
        directory.mkdir()
        self._directory = directory
        self._key = key
        self._paths = directory / "paths"
        self._paths.write_text("".join(f"{path}\n" for path in paths))
        self._types = {}
        for kind in http_client.CONTENT_TYPES:
            content_type, body = http_client.encode(kind, FIELDS)
            (directory / kind).write_bytes(body)
            self._types[kind] = (content_type, directory / kind)

    def wrk(self, port, kind="json", method="POST", body=None):
        """`body`: a body other than that of a registration."""
        content_type, file = self._types[kind]
        if method == "GET" or body is not None:
            file = self._directory / "other"
            file.write_bytes(body or b"")

        def command(connections, seconds):
            return ["wrk", f"-t{min(2, connections)}", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT),
                    f"http://127.0.0.1:{port}", "--", content_type, str(file), self._key, str(self._paths), method]
        return command


class Field:
    """All contenders around one running service. `directory` is for their files."""

    def __init__(self, service, directory, processes, threads, targets):
        self.service = service
        self.directory = directory
        self._processes, self._threads = processes, threads
        self.tables = None
        self.requests = Requests(directory / "requests", service.key, [service.path(one) for one in targets])
        self.contenders = []
        self.memory_of = {}  # process ids by what they are
        self._resources = contextlib.ExitStack()

    def __enter__(self):
        with self._resources:
            self._start()
            self._resources = self._resources.pop_all()
        return self

    def __exit__(self, *_):
        self._resources.close()

    def _start(self):
        response = self.service.post(FIELDS)
        assert response.status == 200, response
        answer = response.body
        (self.directory / "answer").write_bytes(answer)
        self.tables = Tables(self.service.database.root_connection(self.service.schema))
        self._resources.callback(self.tables.close)
        self._add_nginx("nginx", None, answers_itself(answer.decode()))
        self._add_nginx(REFERENCE, self._empty_pool("pool"), {})
        # A connection that nginx keeps occupies a thread of libfcgi's. Half of them are left for others, and yet
        # under the largest load some requests wait until nginx drops an idle connection.
        kept = max(1, self._processes * self._threads // self._nginx_workers // 2)
        self._add_nginx(f"{REFERENCE}, kept", self._empty_pool("pool-kept"), keeps_connections(kept))
        self._add_database()
        self._add_service()

    def _site(self, name, socket_path, changes):
        directory = self.directory / name.replace(", ", "-").replace(" ", "-")
        return self._resources.enter_context(Site(directory, socket_path, changes))

    def _empty_pool(self, name):
        return self._resources.enter_context(
            EmptyPool(self.directory / name, self._processes, self._threads, self.directory / "answer"))

    def _add_nginx(self, name, pool, changes):
        site = self._site(name, pool.socket_path if pool else "/nowhere", changes)
        parts = {"nginx": processes_of(site)}
        self._nginx_workers = len(parts["nginx"]) - 1
        if pool:
            parts["pool"] = [process.pid for process in pool.processes]
            self.memory_of[name] = parts["pool"]
        self.contenders.append(Contender(name, self.requests.wrk(site.port), parts))

    def _add_database(self):
        program = build_directory() / "tests/bench/database_alone"

        def command(connections, seconds):
            return [str(program), str(self.service.api_config), self.service.key, self.service.target.id,
                    str(connections), str(seconds)]
        parts = {"database": [self.service.database.process.pid]}
        self.contenders.append(Contender("database", command, parts, self.tables, abandons=False))

    def _add_service(self):
        kept = self._site("service-kept", self.service.socket_path, keeps_connections())
        pool = [process.pid for process in self.service.processes]
        database = [self.service.database.process.pid]
        for suffix, site, kinds in (("", self.service.nginx, http_client.CONTENT_TYPES), (", kept", kept, ("json",))):
            parts = {"nginx": processes_of(site), "pool": pool, "database": database}
            self.memory_of[f"nginx of the service{suffix}"] = parts["nginx"]
            for kind in kinds:
                command = self.requests.wrk(site.port, kind)
                self.contenders.append(Contender(f"service {kind}{suffix}", command, parts, self.tables))
        self.memory_of.update({"service": pool, "database": database})

    def trim_logs(self):
        """The logs are written as usual, but they need not fill the disk."""
        for directory in (self.directory, self.service.directory):
            for path in directory.rglob("*.log"):
                os.truncate(path, 0)


def processes_of(site):
    """The ids of nginx's first process and of its workers, once these have started."""
    first = int(wait_until((site.directory / "nginx.pid").read_text, "nginx has written its id"))
    workers = int(re.search(r"worker_processes (\d+);", (site.directory / "nginx.conf").read_text()).group(1))
    wait_until(lambda: len(children_of(first)) == workers, "nginx has its workers")
    return [first, *children_of(first)]


def _replace(path, replacements):
    text = path.read_text()
    for old, new in replacements.items():
        assert text.count(old) == 1, f"{path.name} has no {old!r}, or several"
        path.write_text(text := text.replace(old, new))
