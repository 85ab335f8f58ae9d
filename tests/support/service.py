"""Runs the whole service on this machine, with a private database, schema, demo data, pool and nginx.

    with Service() as service:
        response = service.post({"url": "https://ci.example.com/hook"})

Everything but the database lives in one temporary directory, which is removed at the end together with every
process. The programs come from the build directory that TARGETHOOKS_BUILD names (default: build/release). nginx
runs the site and the snippets of this repository, with adapted paths and ports. The pool's socket is bound here
and passed to each process as its standard input, so that the pool can be stopped and started again while nginx
keeps connecting. At the end, reports of sanitizers, a process of the pool that died, and API keys in log files
are failures.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass

import pymysql.cursors

from support import http_client
from support.ids import from_base58
from support.mariadb import PrivateMariaDB
from support.nginx import Nginx


ROOT = pathlib.Path(__file__).resolve().parents[2]
BACKLOG = 1024
STOP_SECONDS = 30
WAIT_SECONDS = 60
GOOD_URL = "https://ci.example.com/hook"
# Tests register many webhooks; tests of limits set the limits that they need.
NO_LIMITS = {"api_webhooks_of_target": 0, "api_webhooks_of_account": 0}
SECRET_KEY = "5ec2e7" * 10 + "0123"


def build_directory():
    return pathlib.Path(os.environ.get("TARGETHOOKS_BUILD") or ROOT / "build/release").resolve()


def wait_until(condition, what, seconds=WAIT_SECONDS):
    """Polls until the condition holds and returns its value. After a timeout it fails and names the condition."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"timeout after {seconds} s: {what}"
        time.sleep(0.02)
    return value


def end_in_good_order_on_sigterm():
    """Lets SIGTERM end the tests as Ctrl-C does, so that fixtures clean up."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@dataclass(frozen=True)
class Target:
    id: str
    name: str
    url: str


class Service:
    """See the module's text. `settings` are lines of the configuration beyond those needed."""

    def __init__(self, processes=2, settings=None, database=None, nginx_workers=2):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="targethooks-api-", dir="/tmp"))
        self.processes = []
        self.expected_deaths = set()  # processes that a test has killed
        self.keys = []  # all keys that were created
        self.database = database or PrivateMariaDB()
        self._owns_database = database is None
        self._pool_size = processes
        self._nginx_workers = nginx_workers
        self._settings = {**NO_LIMITS, **(settings or {})}
        self._connection = None
        self._resources = contextlib.ExitStack()

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, failure, *_):
        try:
            if failure is None:
                self.check_pool()
                self.stop_pool()
        finally:
            self._close()

    def _start(self):
        if self._owns_database:
            self.database.start()
        self._resources.callback(self._disconnect)
        self.schema = self.database.create_schema()
        self.admin_config = self.write_config("admin.conf", "admin", self._admin_user())
        self.cli("migrate")
        self.api_user = self.database.create_user("api-password", grants="api", schema=self.schema)
        self.api_config = self.write_config("api.conf", "api", (self.api_user, "api-password"), {
            "api_log_file": str(self.directory / "api.log"), **self._settings})
        self._seed()
        self.socket_path = str(self.directory / "api.sock")
        self.listener = self._bind()
        self.start_pool()
        self.nginx = self._resources.enter_context(
            Nginx(self.directory / "nginx", self.socket_path, workers=self._nginx_workers))
        self.port, self.tls_port = self.nginx.port, self.nginx.tls_port

    def _close(self):
        self._resources.close()
        for process in self.processes:
            process.kill()
            process.wait()
        if getattr(self, "listener", None):
            self.listener.close()
        reports, leaks = self.sanitizer_reports(), self.leaked_keys()
        if self._owns_database:
            self.database.close()
        shutil.rmtree(self.directory, ignore_errors=True)
        assert not reports, "sanitizers reported:\n" + "\n".join(reports)
        assert not leaks, f"API keys in log files: {leaks}"

    def at_end(self, callback):
        """Registers a function that is called at the end, however the service ends."""
        self._resources.callback(callback)

    # Configuration and seeding

    def _admin_user(self):
        return self.database.create_user("admin-password", grants="admin", schema=self.schema), "admin-password"

    def write_config(self, name, program, user, settings=None):
        password_file = self.directory / f"{program}.password"
        password_file.write_text(user[1] + "\n")
        password_file.chmod(0o600)
        key_file = self.directory / "secret.key"
        key_file.write_text(SECRET_KEY + "\n")
        address = {"database_socket": self.database.socket} if self.database.socket else {
            "database_host": self.database.host, "database_port": self.database.port}
        lines = {**address, "database_name": self.schema, f"{program}_database_user": user[0],
                 f"{program}_database_password_file": password_file, "secret_key_file": key_file,
                 "wakeup_socket": self.directory / "deliver.sock", **(settings or {})}
        path = self.directory / name
        path.write_text("".join(f"{key} = {value}\n" for key, value in lines.items()))
        return path

    def cli(self, *arguments):
        """Runs the operator's command line with --json and returns what it printed, decoded."""
        command = [build_directory() / "admin/targethooks", "--config", self.admin_config, "--json", *arguments]
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def _seed(self):
        self.account_id = self.cli("account", "create", "--name", "Acme")["id"]
        self.user_id = self._make_user(self.account_id, "ana@example.com", "Ana")
        self.key = self.make_key("first")
        self.target = self.make_target("Shop", "https://shop.example.com")
        self.deleted_target = self.make_target("Old shop", "https://old.example.com")
        self.delete_target(self.deleted_target)
        self.revoked_key = self.make_key("revoked")
        self.revoke_key(self.revoked_key)
        self.expired_key = self.make_key("expired")
        self.execute("UPDATE api_keys SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE name = 'expired'")
        other_account = self.cli("account", "create", "--name", "Other")["id"]
        other_user = self._make_user(other_account, "bob@example.com", "Bob")
        self.other_key = self.make_key("other", other_user)
        self.other_target = self.make_target("Other", "https://other.example.com", other_account)

    def _make_user(self, account_id, email, name):
        return self.cli("user", "create", "--account", account_id, "--email", email, "--name", name)["id"]

    def make_key(self, name, user_id=None, rights=None, targets=None):
        """A key of that user (default: Ana) with those rights, such as "read,publish", limited to those targets."""
        scope = ["--rights", rights if isinstance(rights, str) else ",".join(rights)] if rights else []
        scope += ["--targets", ",".join(target.id for target in targets)] if targets else []
        made = self.cli("key", "create", "--user", user_id or self.user_id, "--name", name, *scope)
        self.keys.append(made["key"])
        self._key_ids = {**getattr(self, "_key_ids", {}), made["key"]: made["id"]}
        return made["key"]

    def revoke_key(self, key):
        self.cli("key", "revoke", self._key_ids[key])

    def make_target(self, name, url, account_id=None):
        made = self.cli("target", "create", "--account", account_id or self.account_id, "--name", name, "--url", url)
        return Target(made["id"], name, url)

    def delete_target(self, target):
        self.cli("target", "delete", target.id)

    # The pool

    def environment(self):
        """The programs' environment: without our own keys, and with the sanitizers' reports in files."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("TARGETHOOKS_")}
        for name in ("ASAN", "TSAN", "UBSAN", "LSAN"):
            variable = f"{name}_OPTIONS"
            options = [environment[variable]] if variable in environment else []
            if name == "UBSAN":
                options.append("print_stacktrace=1")
            environment[variable] = ":".join([*options, f"log_path={self.directory}/sanitizer.{name.lower()}"])
        return environment

    def _bind(self):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(self.socket_path)
        listener.listen(BACKLOG)
        return listener

    def start_api(self, config=None, stdin=None, environment=None):
        """Starts one process, with standard error in a file of its own, and returns it at once."""
        with open(self.directory / "api.stderr", "ab") as errors:
            return subprocess.Popen(
                [build_directory() / "fcgi/targethooks-api", "--config", config or self.api_config],
                stdin=self.listener if stdin is None else stdin, stdout=errors, stderr=errors,
                env={**self.environment(), **(environment or {})})

    def start_pool(self, processes=None):
        """Starts these many processes (default: the pool's number) and waits until they serve."""
        started = self.log_count("event=started")
        new = [self.start_api() for _ in range(processes or self._pool_size)]
        self.processes += new
        wait_until(lambda: self._has_started(new, started), "the pool has started")

    def _has_started(self, processes, before):
        for process in processes:
            assert process.poll() is None, f"targethooks-api ended: {self.stderr()}"
        return self.log_count("event=started") == before + len(processes)

    def stop_pool(self, processes=None):
        """Sends SIGTERM to these processes (default: all). Each must exit with 0 in time."""
        processes = list(processes or self.processes)
        self.term_api(processes)
        for process in processes:
            assert process.wait(timeout=STOP_SECONDS) == 0, self.stderr()
            self.processes.remove(process)

    def term_api(self, processes=None):
        for process in processes or self.processes:
            process.send_signal(signal.SIGTERM)

    def hup_api(self):
        for process in self.processes:
            process.send_signal(signal.SIGHUP)

    def kill9_api(self, process):
        process.kill()
        process.wait()
        self.processes.remove(process)

    def restart_api(self):
        """New processes take over the socket, then the old ones finish their requests."""
        old = list(self.processes)
        self.start_pool()
        self.stop_pool(old)

    def check_pool(self):
        for process in self.processes:
            assert process.poll() is None, f"targethooks-api died: {process.returncode}: {self.stderr()}"

    @contextlib.contextmanager
    def other_socket(self, backlog=None):
        """Replaces the pool's socket by another one for nginx, which listens with that backlog or has no listener.
        Restores the pool's own socket afterwards.
        """
        aside = self.socket_path + ".aside"
        os.rename(self.socket_path, aside)
        other = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            other.bind(self.socket_path)
            if backlog is not None:
                other.listen(backlog)
            self.nginx.reload()  # it keeps connections to the pool
            yield other
        finally:
            other.close()
            os.rename(aside, self.socket_path)

    # Logs

    def log_text(self, name="api.log"):
        path = self.directory / name
        return path.read_text(errors="replace") if path.exists() else ""

    def log_count(self, text, name="api.log"):
        return self.log_text(name).count(text)

    def stderr(self):
        return self.log_text("api.stderr")

    def log_files(self):
        """Every file that the service wrote: logs of the pool and of nginx, and the programs' standard error."""
        return [path for path in self.directory.rglob("*") if path.is_file()
                and (path.suffix in (".log", ".stderr") or path.parent.name == "logs")]

    def leaked_keys(self):
        texts = {path.name: path.read_bytes() for path in self.log_files()}
        return sorted({name for name, text in texts.items() for key in self.keys if key.encode() in text})

    def sanitizer_reports(self):
        return [path.read_text(errors="replace") for path in self.directory.glob("sanitizer.*")]

    # The database

    def _connect(self):
        self._disconnect()
        self._connection = self.database.root_connection(self.schema, cursorclass=pymysql.cursors.DictCursor)

    def _disconnect(self):
        if self._connection is not None:
            with contextlib.suppress(pymysql.err.Error):
                self._connection.close()
            self._connection = None

    def rows(self, statement, *parameters):
        if self._connection is None:
            self._connect()
        self._connection.ping(reconnect=True)
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())

    def row(self, statement, *parameters):
        (row,) = self.rows(statement, *parameters)
        return row

    def execute(self, statement, *parameters):
        self.rows(statement, *parameters)

    def row_counts(self):
        return self.row("SELECT (SELECT COUNT(*) FROM webhooks) AS webhooks, (SELECT COUNT(*) FROM deliveries) AS"
                        " deliveries, (SELECT COUNT(*) FROM events) AS events")

    def kill_connections(self):
        """Ends all connections of the pool to the database, from the server's side. Returns their number."""
        ids = self.pool_connections()
        for number in ids:
            with contextlib.suppress(pymysql.err.OperationalError):  # it has ended by itself
                self.execute("KILL %s", number)
        return len(ids)

    def pool_connections(self):
        rows = self.rows("SELECT id AS id FROM information_schema.processlist WHERE user = %s", self.api_user)
        return [row["id"] for row in rows]

    def stored_names(self):
        """The number of webhooks with each name."""
        return {row["name"]: row["n"] for row in self.rows("SELECT name, COUNT(*) AS n FROM webhooks GROUP BY name")}

    def webhooks_without_one_delivery(self):
        """Webhooks without exactly one greeting, and deliveries without a webhook. There must never be any."""
        greeted = self.row("SELECT COUNT(*) AS n FROM (SELECT w.id FROM webhooks w LEFT JOIN deliveries d ON"
                           " d.webhook_id = w.id GROUP BY w.id HAVING COUNT(d.event_id) <> 1) AS wrong")["n"]
        orphans = self.row("SELECT COUNT(*) AS n FROM deliveries d LEFT JOIN webhooks w ON w.id = d.webhook_id"
                           " WHERE w.id IS NULL")["n"]
        return greeted + orphans

    # Requests

    def path(self, target=None):
        return f"/targets/{(target or self.target).id}/webhooks/"

    def post(self, fields, kind="json", target=None, timeout=http_client.DEADLINE_SECONDS):
        """Sends a registration in that content type, with good credentials."""
        content_type, body = http_client.encode(kind, fields)
        return self.send(body, content_type, path=self.path(target), timeout=timeout)

    def send(self, body, content_type="application/json", *, method="POST", path=None, headers=(),
             authorization="good", timeout=http_client.DEADLINE_SECONDS):
        """Sends any request, on its own connection. A header that is None is omitted."""
        data = self.request(body, content_type, method=method, path=path, headers=headers, authorization=authorization)
        return http_client.exchange(self.port, data, method, timeout)

    def request(self, body=b"", content_type="application/json", *, method="POST", path=None, headers=(),
                authorization="good", **how):
        """The bytes of a request; `how` goes to http_client.request_bytes."""
        headers = list(headers)
        if authorization is not None:
            headers.append(("Authorization", f"JWT {self.key}" if authorization == "good" else authorization))
        if content_type is not None:
            headers.append(("Content-Type", content_type))
        return http_client.request_bytes(method, path or self.path(), headers, body, **how)

    def webhook_row(self, response):
        """The row of the webhook in the body of a 200."""
        (delivery,) = response.json()["webhooks"]
        return self.row("SELECT * FROM webhooks WHERE id = %s", from_base58(delivery["id"]))
