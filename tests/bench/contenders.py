"""What is measured: the service and its contenders, each behind an nginx of its own.

Every nginx is configured by the shipped files of nginx/, with the changes that distinguish a contender. The contenders
are measured one after another, so most processes are idle most of the time.
"""

import contextlib
import os
import re
import socket
import subprocess

from load import FIELDS
from measure import Contender, Stored
from php_fpm import PAGE, PhpFpm, check_answers
from population import FAN_OUTS
from processes import children_of
from support import http_client
from support.nginx import Nginx
from support.service import BACKLOG, build_directory, wait_until

REGISTRATION = "service json"
REFERENCE = "empty pool"
PEER = "PHP-FPM"
COMPARED_LEVEL = 64
EMPTY_POOL_THREADS = 512  # more than the connections of the largest load


class Site(Nginx):
    """nginx with the shipped files, in which a text is replaced: `edits` has a function for the text of a file."""

    def __init__(self, directory, socket_path, edits):
        super().__init__(directory, socket_path)
        self._edits = edits

    def _write_configuration(self):
        super()._write_configuration()
        for name, edit in self._edits.items():
            path = self.directory / name
            path.write_text(edit(path.read_text()))


def answers_itself(answer):
    """nginx answers by itself."""
    here = "location /targets {"

    def edit(text):
        assert text.count(here) == 1, f"the shipped configuration has no {here!r}, or several"
        return text.replace(here, f"{here}\n    default_type application/json;\n    return 200 '{answer}';")
    return {"targethooks.conf": edit}


def connects_for_each_request(parameters=""):
    """nginx keeps no connection to the pool, and sends these parameters as well."""
    return {"targethooks.conf": lambda text: parameters + re.sub(r"(?m)^\s*fastcgi_keep_conn\b.*;", "", text),
            "targethooks-http.conf": lambda text: re.sub(r"(?m)^\s*keepalive.*;", "", text)}


class EmptyPool:
    """Processes that share a listening socket, like those of the service."""

    def __init__(self, directory, processes, answer_file):
        directory.mkdir()
        self.socket_path = str(directory / "pool.sock")
        self._command = [build_directory() / "tests/bench/empty_pool", str(EMPTY_POOL_THREADS), answer_file]
        self._count = processes
        self._processes = []

    def __enter__(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(self.socket_path)
            listener.listen(BACKLOG)
            self._processes = [subprocess.Popen(self._command, stdin=listener) for _ in range(self._count)]
        return self

    def __exit__(self, *_):
        for process in self._processes:
            process.terminate()
            process.wait()

    @property
    def pids(self):
        return [process.pid for process in self._processes]


class Field:
    """All contenders around the service of `load`, which makes their commands. `directory` is for their files."""

    def __init__(self, load, directory, arguments):
        self.load = load
        self.population = load.population
        self.service = load.population.service
        self.directory = directory
        self._arguments = arguments
        self.contenders = []
        self.memory_of = {}  # process ids by what they are
        self._resources = contextlib.ExitStack()

    def __enter__(self):
        with self._resources:
            self._add_references()
            self._add_peer()
            self._add_database()
            self._add_service()
            self._resources = self._resources.pop_all()
        return self

    def __exit__(self, *_):
        self._resources.close()

    def _add(self, name, command, parts, **how):
        levels = how.pop("levels", self._arguments.connections)
        self.contenders.append(Contender(name, command, parts, levels, **how))

    def _add_references(self):
        response = self.service.post(FIELDS)
        assert response.status == 200, response
        answer = self.directory / "answer"
        answer.write_bytes(response.body)
        nginx = self._site("nginx", "/nowhere", answers_itself(response.body.decode()))
        self._add("nginx alone", self.load.registration(nginx.port), {"nginx": processes_of(nginx)},
                  levels=[COMPARED_LEVEL], reference=True)
        pool = self._resources.enter_context(
            EmptyPool(self.directory / "pool", os.cpu_count(), answer))
        site = self._site("empty", pool.socket_path, connects_for_each_request())
        self._add(REFERENCE, self.load.registration(site.port), {"nginx": processes_of(site), "pool": pool.pids},
                  reference=True)
        self.memory_of["empty pool"] = pool.pids

    def _add_peer(self):
        peer = self._resources.enter_context(
            PhpFpm(self.service, self.directory / "php", self._arguments.php_children))
        site = self._site("php-nginx", peer.socket_path,
                          connects_for_each_request(f"fastcgi_param SCRIPT_FILENAME {PAGE};\n"))
        check_answers(self.service, site.port, FIELDS)
        parts = {"nginx": processes_of(site), "pool": peer.pids, "database": self._database()}
        self._add(PEER, self.load.registration(site.port), parts, stored=self._webhooks())
        self.memory_of[PEER] = peer.pids[:2]  # the first process, and one of many that are alike

    def _add_database(self):
        program = build_directory() / "tests/bench/database_alone"

        def command(connections, seconds):
            return [str(program), str(self.service.api_config), self.service.key, self.service.target.id,
                    str(connections), str(seconds)]
        self._add("database alone", command, {"database": self._database()}, levels=[COMPARED_LEVEL],
                  stored=self._webhooks(), abandons=False)

    def _add_service(self):
        parts = parts_of(self.service)
        port, load = self.service.port, self.load
        for kind in http_client.CONTENT_TYPES:
            levels = [level for level in self._arguments.connections if kind == "json" or level >= COMPARED_LEVEL]
            self._add(f"service {kind}", load.registration(port, kind), parts, levels=levels, stored=self._webhooks())
        self._add("one webhook", load.single_object(port, "webhooks"), parts)
        self._add("one event", load.single_object(port, "events"), parts)
        self._add("page of webhooks", load.page(port, "webhooks"), parts)
        self._add("page of events", load.page(port, "events"), parts)
        for fan_out in FAN_OUTS:
            self._add(f"publish to {fan_out}", load.publication(port, fan_out), parts,
                      stored=Stored(self.population.connection, "events", "event_id", fan_out))
        self.memory_of.update({"service": parts["pool"], "nginx of the service": parts["nginx"],
                               "database": parts["database"]})

    def _site(self, name, socket_path, edits):
        return self._resources.enter_context(Site(self.directory / name, socket_path, edits))

    def _database(self):
        return [self.service.database.process.pid]

    def _webhooks(self):
        return stored_webhooks(self.population.connection)

    def trim_logs(self):
        """The logs are written as usual, but they need not fill the disk."""
        for directory in (self.directory, self.service.directory):
            for path in directory.rglob("*.log"):
                os.truncate(path, 0)


def stored_webhooks(connection):
    return Stored(connection, "webhooks", "webhook_id", 1)


def parts_of(service):
    return {"nginx": processes_of(service.nginx), "pool": [process.pid for process in service.processes],
            "database": [service.database.process.pid]}


def processes_of(site):
    """The ids of nginx's first process and of its workers, once these have started."""
    first = int(wait_until((site.directory / "nginx.pid").read_text, "nginx has written its id"))
    workers = int(re.search(r"worker_processes (\d+);", (site.directory / "nginx.conf").read_text()).group(1))
    wait_until(lambda: len(children_of(first)) == workers, "nginx has its workers")
    return [first, *children_of(first)]
