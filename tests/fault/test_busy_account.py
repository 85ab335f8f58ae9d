"""One account keeps the service as busy as it can. Other accounts hardly notice, and no work remains when it has left.
Its requests are slow because another client holds the lock of the webhook that all of them change, or because the
server is told to be slow.
"""

import contextlib
import itertools
import socket
import threading
import time

import pytest
from load import Clients
from support.ids import from_base58
from support.service import Service, wait_until

SECONDS = 6
_numbers = itertools.count()


class Account:
    """An account with a target and a webhook."""

    def __init__(self, service):
        number = next(_numbers)
        account = service.cli("account", "create", "--name", f"Account {number}")["id"]
        user = service.cli("user", "create", "--account", account, "--email", f"{number}@example.com", "--name", "U")["id"]
        self.service = service
        self.key = service.make_key("key", user, "read,manage,publish")
        self.target = service.make_target("Shop", "https://shop.example.com", account)
        self.webhook = self.send("POST", "", b'{"url": "https://ci.example.com/hook"}').json()["webhooks"][0]["id"]

    def request(self, method, rest, body=b"{}"):
        return self.service.request(body, "application/json", method=method, path=self.service.path(self.target) + rest,
                                    authorization=f"JWT {self.key}")

    def send(self, method, rest, body=b"{}"):
        return self.service.send(body, "application/json", method=method, path=self.service.path(self.target) + rest,
                                 authorization=f"JWT {self.key}")

    def rename(self):
        return self.send("PATCH", f"{self.webhook}/", b'{"name": "new"}')


class Greedy(Clients):
    """Clients that change the same webhook of an account, again and again."""

    def __init__(self, account, clients):
        super().__init__(itertools.repeat(account, clients))
        self.statuses = []

    def step(self, given):
        response = given.rename()
        self.statuses.append(response.status)
        if response.status != 200:
            time.sleep(0.02)


@pytest.fixture(scope="module")
def service(database):
    with Service(database=database) as running:
        yield running


@contextlib.contextmanager
def held(service, webhook):
    """Nobody can change the webhook meanwhile."""
    connection = service.database.root_connection(service.schema)
    try:
        with connection.cursor() as cursor:
            cursor.execute("START TRANSACTION")
            cursor.execute("SELECT id FROM webhooks WHERE id = %s FOR UPDATE", (from_base58(webhook),))
            yield
    finally:
        connection.close()


def running(service):
    """The statements of the pool's connections that the server is executing."""
    return service.rows("SELECT id, info FROM information_schema.processlist WHERE user = %s AND command <> 'Sleep'",
                        service.api_user)


@pytest.mark.parametrize("clients", [8, 16, 140])
def test_other_accounts_are_served(service, clients):
    greedy, neighbour = Account(service), Account(service)
    with held(service, greedy.webhook), Greedy(greedy, clients):
        wait_until(lambda: len(running(service)) >= 4, "one process has no more for the account")
        ended = time.monotonic() + SECONDS
        slowest, answers = 0, 0
        while time.monotonic() < ended:
            start = time.monotonic()
            for method, rest, body in (("GET", "", b""), ("PATCH", f"{neighbour.webhook}/", b'{"name": "n"}'),
                                       ("POST", "", b'{"url": "https://ci.example.com/hook"}')):
                response = neighbour.send(method, rest, body)
                assert response.status == 200, (response.status, response.body)
                answers += 1
            slowest = max(slowest, time.monotonic() - start)
        # The access requests of further requests, which may run for a moment, are not counted.
        waiting = [row for row in running(service) if "FOR UPDATE" in (row["info"] or "")]
        assert len(waiting) <= 8, "the account holds more than half of each process's connections"
    print(f"\n{clients} clients of one account wait for a lock: a neighbour got {answers} answers in {SECONDS} s, three of"
          f" them in {slowest:.2f} s at the most")
    wait_until(lambda: greedy.rename().status == 200, "the account is served again")


class Listing(Greedy):
    """Clients that read the list of an account's webhooks, again and again."""

    def step(self, given):
        self.statuses.append(given.send("GET", "").status)


def test_lists_get_fewer_connections(service):
    """Lists get an eighth of each process's connections. Waiting lists delay no other request of the account."""
    greedy = Account(service)
    connection = service.database.root_connection(service.schema)
    with contextlib.closing(connection), connection.cursor() as cursor, contextlib.ExitStack() as load:
        cursor.execute("LOCK TABLES webhooks WRITE, webhooks AS w WRITE")
        listing = load.enter_context(Listing(greedy, 16))
        load.callback(cursor.execute, "UNLOCK TABLES")  # before the clients are joined
        wait_until(lambda: running(service), "a list waits")
        ended = time.monotonic() + 1
        while time.monotonic() < ended:
            # Their access requests, which may run for a moment, are not counted.
            at_it = [row for row in running(service) if "ORDER BY w.id" in (row["info"] or "")]
            assert len(at_it) <= len(service.processes), at_it
            assert service.send(b"", method="GET", path=f"/targets/{greedy.target.id}/events/2Nq8Zr4VxKe/",
                                authorization=f"JWT {greedy.key}").status == 404
    wait_until(lambda: 200 in listing.statuses or greedy.send("GET", "").status == 200, "lists are answered again")


def test_a_full_line_is_refused_at_once(database):
    """The service works on few requests at once, and one account may have half of them wait."""
    with Service(processes=1, database=database, settings={"api_requests": 64}) as service:
        greedy, neighbour = Account(service), Account(service)
        with held(service, greedy.webhook), Greedy(greedy, 40) as load:
            wait_until(lambda: load.statuses.count(500) > 100, "many are refused")
            for _ in range(20):
                assert neighbour.rename().status == 200
        assert set(load.statuses) <= {200, 500}
        assert service.log_count("the account has too many requests in hand") > 0
        wait_until(lambda: greedy.rename().status == 200, "the account is served again")


def leave_after(seconds, service, requests):
    """Sends the requests, each on its own connection, and leaves without waiting for the answers."""
    sockets = [socket.create_connection(("127.0.0.1", service.port)) for _ in requests]
    for one, request in zip(sockets, requests):
        one.sendall(request)
    time.sleep(seconds)
    for one in sockets:
        one.close()


def test_the_server_is_idle_when_clients_have_left(service):
    greedy = Account(service)
    with held(service, greedy.webhook):
        leave_after(1, service, [greedy.request("PATCH", f"{greedy.webhook}/", b'{"name": "n"}')] * 140)
        left = time.monotonic()
        wait_until(lambda: not running(service), "the server is idle")
        idle_after = time.monotonic() - left
    print(f"\n140 clients left while all waited: the server was idle after {idle_after:.1f} s")
    assert len(service.pool_connections()) <= 2 * 9


def test_statements_of_killed_processes_end(database):
    """The pool can't end them any more; the server does."""
    with Service(processes=1, database=database) as service:
        account = Account(service)
        connection = service.database.root_connection(service.schema)
        with contextlib.closing(connection), connection.cursor() as cursor:
            # Every read of the table waits.
            cursor.execute("LOCK TABLES webhooks WRITE, webhooks AS w WRITE")
            thread = threading.Thread(target=leave_after,
                                      args=(0.5, service, [account.request("GET", "", b"")] * 4))
            thread.start()
            wait_until(lambda: running(service), "the server is at it")
            process = service.processes[0]
            service.kill9_api(process)
            thread.join()
            wait_until(lambda: not running(service), "the server has ended them")
        service.start_pool()
        assert account.rename().status == 200
