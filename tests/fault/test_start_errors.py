"""A process that can't start says why in one line, and its exit status is not 0."""

import pathlib
import socket
import subprocess
import tempfile

import pytest
from support.service import Service, build_directory

SECRET = "not-to-be-shown"


@pytest.fixture
def directory():
    with tempfile.TemporaryDirectory(prefix="targethooks-start-", dir="/tmp") as path:
        yield pathlib.Path(path)


@pytest.fixture(scope="module")
def service():
    with Service(processes=1) as running:
        yield running


def start(service, *arguments, stdin=None, environment=None):
    """Runs the program, which must end by itself; returns status and standard error."""
    done = subprocess.run([build_directory() / "fcgi/targethooks-api", *arguments],
                          stdin=service.listener if stdin is None else stdin,
                          capture_output=True, text=True, timeout=60,
                          env={**service.environment(), **(environment or {})}, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


def expect_one_line(result, *words):
    status, text = result
    print(f"\nexit {status}: {text}", end="")
    assert status > 0
    assert text.startswith("targethooks-api: ") and text.count("\n") == 1 and text.endswith("\n"), text
    for word in words:
        assert word in text, (word, text)
    assert SECRET not in text


def config(service, directory, changes, extra=()):
    """The pool's configuration, with these keys changed (None: removed) and these lines at its end."""
    lines = dict(line.split(" = ", 1) for line in service.api_config.read_text().splitlines())
    lines.update(changes)
    path = directory / "api.conf"
    kept = [f"{key} = {value}" for key, value in lines.items() if value is not None]
    path.write_text("\n".join([*kept, *extra]))
    return path


# changes, lines at the end -> words of the message
CONFIGURATION = {
    "unknown key": ({"api_workres": "5"}, [], ["api.conf:", "api_workres"]),
    "unknown key without prefix": ({"workers": "5"}, [], ["api.conf:", "workers"]),
    "a word for a number": ({"api_workers": "many"}, [], ["api.conf:", "api_workers", "many"]),
    "no threads": ({"api_io_threads": "0"}, [], ["api.conf:", "api_io_threads"]),
    "negative": ({"api_workers": "-1"}, [], ["api.conf:", "api_workers"]),
    "too many": ({"api_requests": "1000000"}, [], ["api.conf:", "api_requests"]),
    "number with a unit": ({"api_requests": "5k"}, [], ["api.conf:", "api_requests"]),
    "empty number": ({"api_requests": ""}, [], ["api.conf:", "api_requests"]),
    "log level": ({"log_level": "loud"}, [], ["api.conf:", "log_level", "loud"]),
    "port": ({"database_socket": None, "database_port": "70000"}, [], ["api.conf:", "database_port"]),
    "no key = value": ({}, ["hello"], ["api.conf:"]),
    "twice": ({}, ["api_workers = 4", "api_workers = 4"], ["api.conf:", "api_workers"]),
    "missing password file": ({"api_database_password_file": "/nonexistent/password"}, [],
                              ["api_database_password_file", "/nonexistent/password"]),
    "two passwords": ({"api_database_password": SECRET}, [], ["api_database_password"]),
    "another host without TLS": ({"database_socket": None, "database_host": "192.0.2.1"}, [], ["database_tls_ca"]),
    "log file": ({"api_log_file": "/nonexistent/api.log"}, [], ["/nonexistent/api.log"]),
    "database away": ({"database_socket": "/nonexistent/db.sock"}, [], ["/nonexistent/db.sock"]),
    "nobody listens": ({"database_socket": None, "database_host": "127.0.0.1", "database_port": "1"}, [],
        ["127.0.0.1"]),
    "wrong user": ({"api_database_user": "nobody_here"}, [], ["nobody_here"]),
    "wrong database": ({"database_name": "no_such_database"}, [], ["no_such_database"]),
    "wrong password": ({"api_database_password_file": None, "api_database_password": SECRET}, [], ["denied"]),
}


@pytest.mark.parametrize("case", CONFIGURATION)
def test_configuration(service, directory, case):
    changes, extra, words = CONFIGURATION[case]
    expect_one_line(start(service, "--config", config(service, directory, changes, extra)), *words)


def test_no_configuration(service, directory):
    expect_one_line(start(service, "--config", directory / "missing.conf"), "missing.conf")
    expect_one_line(start(service, environment={"TARGETHOOKS_CONFIG": str(directory / "missing.conf")}), "missing.conf")


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--config"], ["x"], ["-h", "x"]])
def test_usage(service, arguments):
    expect_one_line(start(service, *arguments), arguments[0])


@pytest.mark.parametrize("variable, value", [
    ("TARGETHOOKS_API_WORKERS", "x"), ("TARGETHOOKS_API_WORKRES", "5"), ("TARGETHOOKS_UNKNOWN", "1"),
    ("TARGETHOOKS_API_DATABASE_PASSWORD", SECRET),
])
def test_environment(service, variable, value):
    expect_one_line(start(service, "--config", service.api_config, environment={variable: value}), variable)


def test_standard_input_that_is_no_listening_socket(service, directory):
    arguments = ("--config", service.api_config)
    expect_one_line(start(service, *arguments, stdin=subprocess.DEVNULL), "socket")
    with open(service.api_config, "rb") as file:
        expect_one_line(start(service, *arguments, stdin=file), "socket")
    one, other = socket.socketpair()
    with one, other:
        expect_one_line(start(service, *arguments, stdin=one), "socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
        bound.bind(str(directory / "bound.sock"))
        expect_one_line(start(service, *arguments, stdin=bound), "socket")


def test_no_schema(service, directory):
    database = service.database
    empty = database.create_schema()
    user = database.create_user("password")
    database.execute(f"GRANT SELECT ON {empty}.* TO '{user}'@'localhost'")
    changes = {"database_name": empty, "api_database_user": user, "api_database_password_file": None,
               "api_database_password": "password"}
    expect_one_line(start(service, "--config", config(service, directory, changes)), "targethooks migrate")


@pytest.mark.parametrize("program", ["fcgi/targethooks-api", "delivery/targethooks-deliver"])
def test_another_secret_key_than_the_databases(service, directory, program):
    other = directory / "other.key"
    other.write_text("ab" * 32 + "\n")
    if program.startswith("fcgi"):
        configured = config(service, directory, {"secret_key_file": other})
        expect_one_line(start(service, "--config", configured), "secret_key", "docs/operations.md")
        return
    user = service.database.create_user("deliver-password", grants="deliver", schema=service.schema)
    configured = service.write_config("deliver.conf", "deliver", (user, "deliver-password"), {"secret_key_file": other})
    done = subprocess.run([build_directory() / program, "--config", configured], capture_output=True, text=True,
                          timeout=60, check=False, env=service.environment())
    assert done.returncode == 1
    assert done.stderr.startswith("targethooks-deliver: secret_key is not the key "), done.stderr


def test_no_core_file_and_no_tracer(service):
    """What a process of the pool has in memory stays there: keys, passwords, secrets."""
    for process in service.processes:
        limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text(encoding="ascii")
        (core,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
        assert core.split()[4:6] == ["0", "0"]


def test_a_newer_schema(service):
    service.execute("INSERT INTO schema_migrations (number, name, applied_at)"
                    " VALUES (9999, '9999_future', UTC_TIMESTAMP(6))")
    try:
        expect_one_line(start(service, "--config", service.api_config), "9999_future", "newer")
    finally:
        service.execute("DELETE FROM schema_migrations WHERE number = 9999")


def test_an_older_schema(service):
    (last,) = service.rows("SELECT * FROM schema_migrations ORDER BY number DESC LIMIT 1")
    service.execute("DELETE FROM schema_migrations WHERE number = %s", last["number"])
    try:
        expect_one_line(start(service, "--config", service.api_config), "targethooks migrate")
    finally:
        service.execute("INSERT INTO schema_migrations (number, name, applied_at) VALUES (%s, %s, %s)", last["number"],
                        last["name"], last["applied_at"])


def test_a_database_that_does_not_answer(service, directory):
    """It accepts the connection and is silent: the start fails in bounded time."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
        silent.bind(str(directory / "silent.sock"))
        silent.listen(5)
        changes = {"database_socket": str(directory / "silent.sock")}
        expect_one_line(start(service, "--config", config(service, directory, changes)))


def test_the_reason_stands_in_the_log_file_as_well(service, directory):
    log = directory / "api.log"
    changes = {"api_log_file": str(log), "database_socket": "/nonexistent/db.sock"}
    expect_one_line(start(service, "--config", config(service, directory, changes)), "/nonexistent/db.sock")
    assert "event=start_failed" in log.read_text() and "/nonexistent/db.sock" in log.read_text()


def test_help_and_version(service):
    for option in ("--help", "--version"):
        command = [build_directory() / "fcgi/targethooks-api", option]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=service.environment())
        assert done.stdout.strip() and done.stderr == ""


def test_the_pool_that_runs_is_not_disturbed(service):
    assert service.post({"url": "https://ci.example.com/hook"}).status == 200
