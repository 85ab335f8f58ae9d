"""A private database server for a test.

    with PrivateMariaDB() as server:
        connection = server.root_connection(server.create_schema())

`PrivateMariaDB` makes a data directory below /tmp with mariadb-install-db and runs mariadbd on it, at the
server's default durability (`options=FAST` gives that up), reachable by unix socket only (or, with `port`, on
that port of 127.0.0.1 as well). It runs as root or as an ordinary user; `root` has no password. `environment`
adds to what the server finds in its own. `kill9()` followed by `start()` is a crash and its recovery;
`restart(options)` is an orderly restart. Leaving the `with` block, or the end of the interpreter, stops the
server and removes the directory.

Where TEST_DATABASE_SOCKET or TEST_DATABASE_HOST (with TEST_DATABASE_PORT) is set, that server is used instead,
as TEST_DATABASE_USER (default root) with TEST_DATABASE_PASSWORD: it is never started, stopped or killed, and
the schemas and users made through this object are dropped at the end. This is how MySQL is tested. Tests that
need to kill the server ask for `PrivateMariaDB(external_allowed=False)`.

Users made by `create_user` are `...@localhost` and named at random, so that tests can share a server.
"""

import atexit
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import tempfile
import time

import pymysql

SQL = pathlib.Path(__file__).resolve().parents[2] / "sql"
START_SECONDS = 60

# For tests that don't crash or measure the server: nothing has to reach the disk.
FAST = ("--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync")


class ServerError(RuntimeError):
    """The server can't be made, started or reached."""


def _program(name):
    """The path of a server program. Debian installs mariadbd in a folder that is not in every PATH."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")
    if path is None:
        raise ServerError(f"{name} is missing; it comes with Debian's mariadb-server-core")
    return path


class PrivateMariaDB:
    """One database server; see the module's text."""

    def __init__(self, options=(), port=None, external_allowed=True, environment=None):
        self.options = list(options)
        self.environment = environment or {}
        self.port = port
        self.process = None
        self.directory = None
        self._schemas = []
        self._users = []
        self.external = external_allowed and bool(
            os.environ.get("TEST_DATABASE_SOCKET") or os.environ.get("TEST_DATABASE_HOST"))
        if self.external:
            self.socket = os.environ.get("TEST_DATABASE_SOCKET", "")
            self.host = os.environ.get("TEST_DATABASE_HOST", "127.0.0.1")
            self.port = int(os.environ.get("TEST_DATABASE_PORT", "3306"))
            self.user = os.environ.get("TEST_DATABASE_USER", "root")
            self.password = os.environ.get("TEST_DATABASE_PASSWORD", "")
        else:
            self.directory = pathlib.Path(tempfile.mkdtemp(prefix="targethooks-db-", dir="/tmp"))
            self.socket = str(self.directory / "db.sock")
            self.host, self.user, self.password = "127.0.0.1", "root", ""
        atexit.register(self.close)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    # The server

    def start(self, options=None):
        """Starts the server, with these options instead of the former ones if given, and waits until it answers."""
        if options is not None:
            self.options = list(options)
        if self.external:
            self.root_connection().close()
            return self
        if self.process is not None:
            raise ServerError("the server runs already")
        if not (self.directory / "data").exists():
            self._install()
        with open(self.directory / "server.log", "ab") as log:
            # In a session of its own, so that Ctrl-C reaches the test and not the server.
            self.process = subprocess.Popen(
                [_program("mariadbd"), *self._common_options(), f"--socket={self.socket}",
                 f"--pid-file={self.directory}/db.pid", *self._network_options(), *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, **self.environment})
        self._wait_until_it_answers()
        return self

    def stop(self):
        """Stops the server orderly."""
        self._end(signal.SIGTERM)

    def kill9(self):
        """Stops the server like a crash. Everything that it has acknowledged must exist after the next start()."""
        self._end(signal.SIGKILL)

    def restart(self, options=None):
        self.stop()
        return self.start(options)

    def close(self):
        """Stops the server and removes everything that this object created. May be called again."""
        atexit.unregister(self.close)
        if self.external:
            self._drop_what_was_made()
            return
        if self.process is not None:
            self.kill9()
        shutil.rmtree(self.directory, ignore_errors=True)

    def log(self):
        """The server's log so far."""
        return (self.directory / "server.log").read_text(errors="replace")

    # Its content

    def root_connection(self, schema=None, **settings):
        """A pymysql connection as the administrator of the server, with autocommit on."""
        return self.connect(self.user, self.password, schema, **settings)

    def connect(self, user, password="", schema=None, **settings):
        settings = {"charset": "utf8mb4", "autocommit": True, **settings}
        if self.socket:
            settings["unix_socket"] = self.socket
        return pymysql.connect(host=self.host, port=self.port or 0, user=user, password=password,
                               database=schema, **settings)

    def create_schema(self):
        """Makes an empty schema and returns its name, which is new on this server."""
        schema = "th_" + secrets.token_hex(6)
        self.execute(f"CREATE DATABASE {schema}")
        self._schemas.append(schema)
        return schema

    def create_user(self, password, grants=None, schema=None):
        """Creates a user and returns its name. With `grants` ("api", "admin" ...), it gets on that schema what
        sql/grants/ grants to the user of that program.
        """
        user = "th_" + secrets.token_hex(6)
        self.execute(f"CREATE USER '{user}'@'localhost' IDENTIFIED BY '{password}'")
        self._users.append(user)
        if grants is not None:
            text = (SQL / "grants" / f"{grants}.sql").read_text()
            for statement in statements(text.replace(f"'targethooks_{grants}'", f"'{user}'")):
                self.execute(statement, schema)
        return user

    def execute(self, statement, schema=None):
        """Runs one statement as the administrator; returns its rows as tuples."""
        with self.root_connection(schema) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def config_lines(self, schema, program, user=None, password=None):
        """The lines of targethooks.conf that connect a program ("admin", "api") to this server."""
        address = [f"database_socket = {self.socket}"] if self.socket else [
            f"database_host = {self.host}", f"database_port = {self.port}"]
        return "\n".join([
            *address, f"database_name = {schema}",
            f"{program}_database_user = {self.user if user is None else user}",
            f"{program}_database_password = {self.password if password is None else password}", ""])

    # How

    def _common_options(self):
        # Servers that share a folder for temporary tables remove each other's when they start.
        (self.directory / "tmp").mkdir(exist_ok=True)
        options = ["--no-defaults", f"--datadir={self.directory}/data", f"--tmpdir={self.directory}/tmp"]
        return options + ["--user=root"] if os.geteuid() == 0 else options

    def _network_options(self):
        if self.port is None:
            return ["--skip-networking"]
        return ["--bind-address=127.0.0.1", f"--port={self.port}"]

    def _install(self):
        done = subprocess.run(
            [_program("mariadb-install-db"), *self._common_options(), "--skip-test-db",
             "--auth-root-authentication-method=normal"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise ServerError("mariadb-install-db failed:\n" + done.stdout.decode(errors="replace"))

    def _wait_until_it_answers(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.root_connection().close()
                return
            except pymysql.err.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self._end(signal.SIGKILL)
                    raise ServerError(f"mariadbd didn't start; its log:\n{self.log()[-4000:]}") from error
                time.sleep(0.05)

    def _end(self, how):
        if self.external:
            raise ServerError("the server of TEST_DATABASE_... is not this test's to stop")
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.wait()
        self.process = None

    def _drop_what_was_made(self):
        while self._schemas:
            self.execute(f"DROP DATABASE IF EXISTS {self._schemas.pop()}")
        while self._users:
            self.execute(f"DROP USER IF EXISTS '{self._users.pop()}'@'localhost'")


def statements(text):
    """The statements of one of our SQL files: each ends with ";" at the end of a line, "--" lines are comments."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    parts = "\n".join(line.rstrip() for line in lines).split(";\n")
    return [part.strip().removesuffix(";") for part in parts if part.strip()]
