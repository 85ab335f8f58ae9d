"""Signals to the processes of the pool, and the pool under a real spawn-fcgi."""

import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

import pytest
from load import Load, post_at_once, post_one, settle
from support.mariadb import PrivateMariaDB
from support.service import STOP_SECONDS, Service, build_directory, wait_until

WAITING = "SELECT 1 FROM information_schema.processlist WHERE user = %s AND state LIKE '%%lock%%'"


@pytest.fixture
def service(database):
    # Requests wait for the database as long as a test needs.
    with Service(processes=1, settings={"api_store_timeout_ms": 20_000}, database=database) as running:
        yield running


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_an_idle_process_ends_at_once(service, number):
    (process,) = service.processes
    start = time.monotonic()
    process.send_signal(number)
    assert process.wait(timeout=STOP_SECONDS) == 0
    print(f"\n{number.name}: exit 0 after {time.monotonic() - start:.2f} s")
    assert time.monotonic() - start < 5
    service.processes.clear()
    assert "event=stopped" in service.log_text()


def test_requests_in_hand_are_finished(service):
    """The requests wait for a table lock when the signal comes, and the lock ends later."""
    (process,) = service.processes
    sent = [post_one(service)]
    with service.database.root_connection(service.schema) as lock, lock.cursor() as cursor:
        cursor.execute("LOCK TABLES targets WRITE")
        threads = [threading.Thread(target=lambda: sent.append(post_one(service))) for _ in range(20)]
        for thread in threads:
            thread.start()
        wait_until(lambda: service.rows(WAITING, service.api_user), "requests wait for the lock")
        accepted_by(process, 20)
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: "event=stopping" in service.log_text(), "the process has seen the signal")
        assert process.poll() is None
        cursor.execute("UNLOCK TABLES")
    for thread in threads:
        thread.join()
    assert process.wait(timeout=STOP_SECONDS) == 0
    service.processes.clear()
    answers = settle(service, sent, "SIGTERM with 20 requests in hand")
    assert dict(answers) == {200: 21}


def accepted_by(process, count):
    """Waits until the process holds that many connections besides those it has when idle: its listening socket
    and those to the database."""
    def connections():
        found = 0
        for entry in pathlib.Path(f"/proc/{process.pid}/fd").iterdir():
            try:
                found += os.readlink(entry).startswith("socket:")
            except FileNotFoundError:
                pass  # closed meanwhile
        return found

    wait_until(lambda: connections() > count, "the requests are in hand")


def test_a_silent_peer_does_not_hold_up_the_end(service):
    (process,) = service.processes
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.connect(service.socket_path)
        wait_until(lambda: post_one(service).status == 200, "the pool serves")
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=STOP_SECONDS) == 0
        print(f"\nSIGTERM with a silent peer: exit 0 after {time.monotonic() - start:.2f} s")
    service.processes.clear()


def test_sigterm_with_the_database_away():
    with PrivateMariaDB(external_allowed=False) as database, Service(database=database) as service:
        database.kill9()
        post_at_once(service, 20)
        service.stop_pool()
        database.start()


def test_the_log_is_reopened(service):
    log, rotated = service.directory / "api.log", service.directory / "api.log.1"
    with Load(service) as load:
        load.wait_for(50)
        log.rename(rotated)
        load.wait_for(50)
        assert not log.exists()
        service.hup_api()
        wait_until(lambda: log.exists() and "event=log_reopened" in log.read_text(), "the log is reopened")
        load.wait_for(50)
    answers = settle(service, load.sent, "log rotated under load")
    assert set(answers) == {200}
    size = rotated.stat().st_size
    assert post_one(service).status == 200
    assert rotated.stat().st_size == size
    lines = (rotated.read_text() + log.read_text()).splitlines()
    assert sum("event=request" in line for line in lines) == len(load.sent) + 1


def test_a_log_that_cannot_be_reopened(service):
    """The process goes on with the old one, and says so."""
    log, aside = service.directory / "api.log", service.directory / "api.log.1"
    log.rename(aside)
    log.mkdir()
    service.hup_api()
    wait_until(lambda: "event=log_reopen_failed" in aside.read_text(), "the old log says so")
    assert post_one(service).status == 200
    log.rmdir()
    aside.rename(log)


def test_many_signals(service):
    with Load(service) as load:
        for _ in range(50):
            service.hup_api()
            load.wait_for(5)
        service.check_pool()
    assert set(settle(service, load.sent, "50 times SIGHUP under load")) == {200}


def test_under_spawn_fcgi(service):
    """The pool as spawn-fcgi starts it, instead of the tests' own pool."""
    service.stop_pool()
    own = service.socket_path + ".own"
    os.rename(service.socket_path, own)
    pid_file = service.directory / "spawned.pid"
    command = ["spawn-fcgi", "-s", service.socket_path, "-M", "0600", "-F", "3", "-P", pid_file, "--",
               build_directory() / "fcgi/targethooks-api", "--config", service.api_config]
    started = service.log_count("event=started")
    done = subprocess.run(command, env=service.environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pids = [int(word) for word in pid_file.read_text().split()]
    try:
        assert len(pids) == 3
        wait_until(lambda: service.log_count("event=started") == started + 3, "three processes serve")
        sent = post_at_once(service, 60)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not any(is_running(pid) for pid in pids), "the processes have ended", STOP_SECONDS)
        os.unlink(service.socket_path)
        os.rename(own, service.socket_path)
    assert service.log_count("event=stopped") == 1 + 3
    assert set(settle(service, sent, "3 processes under spawn-fcgi")) == {200}


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
