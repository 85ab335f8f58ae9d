"""A delivery that the database refuses to record or to claim delays no other delivery. The database servers here are
private: triggers make most of them refuse, and one accepts statements of at most 1 MiB.
"""

import contextlib
import os
import signal
import threading

import pytest

from deliveries import DeliveringService, webhook_of
from support.daemon import Daemon, url_of
from support.ids import from_base58
from support.mariadb import PrivateMariaDB
from support.service import wait_until
from support.tls_receiver import answering, response

SUCCEEDED, RESCHEDULED = 1, 2
ANSWER = b"x" * 1024
PACKET = 1024 * 1024


@contextlib.contextmanager
def service_of(database):
    with DeliveringService(processes=1, database=database, settings={"destination_allow": "127.0.0.0/8"}) as service:
        yield service


@pytest.fixture(scope="module", name="private")
def make_private():
    with PrivateMariaDB(external_allowed=False) as server:
        yield server


@pytest.fixture(name="service")
def make_service(private):
    with service_of(private) as service:
        yield service


def refuse(service, what, condition):
    """Refuses rows. what: for example "INSERT ON attempts". condition: on the row."""
    service.execute(f"CREATE TRIGGER poison BEFORE {what} FOR EACH ROW BEGIN"
                    f" IF {condition} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'poison'; END IF; END")


def recorded(service):
    return service.row("SELECT COUNT(*) AS n FROM deliveries WHERE status = %s", SUCCEEDED)["n"]


class Together:
    """A receiver's behaviour: it answers at once, but while `go_on` is cleared requests wait until it is set again.
    `waiting`: how many requests wait.
    """

    def __init__(self):
        self.go_on, self.waiting, self._lock = threading.Event(), 0, threading.Lock()
        self.go_on.set()

    def __call__(self, connection):
        while connection.read_request():
            with self._lock:
                self.waiting += 1
            self.go_on.wait(120)
            with self._lock:
                self.waiting -= 1
            connection.send(response(body=ANSWER))


def end_together(database, together, count):
    """Ends that number of requests while the database is stopped."""
    wait_until(lambda: together.waiting == count, f"{count} are under way", 120)
    os.kill(database.process.pid, signal.SIGSTOP)
    try:
        together.go_on.set()
        wait_until(lambda: together.waiting == 0, "all are answered")
        threading.Event().wait(1)
    finally:
        os.kill(database.process.pid, signal.SIGCONT)


@pytest.mark.parametrize("packet,count", [(PACKET, 800), (PACKET // 8, 120)])
def test_outcomes_that_are_too_large_for_one_statement(receivers, packet, count):
    """In the second case even a part of them is too large."""
    together = Together()
    settings = {"deliver_in_flight": 2000, "deliver_per_host": 1000, "deliver_timeout_ms": 120_000,
                "deliver_connect_timeout_ms": 60_000, "deliver_lease_margin_ms": 60_000}
    with PrivateMariaDB([f"--max-allowed-packet={packet}"], external_allowed=False) as database, \
            service_of(database) as service, receivers.start(together) as receiver, \
            Daemon(service, authority=receivers.authority, **settings) as daemon:
        for number in range(count):
            service.register(url_of(receiver, f"/{number}"))
        # Each success adds one request to the host's window. One account alone gets eight ninths of the window.
        wait_until(lambda: recorded(service) == count, "all are greeted", 120)
        service.publish(1)
        wait_until(lambda: recorded(service) == 2 * count, "all have got an event", 120)
        together.go_on.clear()
        service.publish(1)
        end_together(database, together, count)
        wait_until(lambda: recorded(service) == 3 * count, "all are recorded")
        assert len(receiver.requests) == 3 * count
        (event,) = service.rows("SELECT id FROM events ORDER BY id DESC LIMIT 1")
        kept = service.row("SELECT COUNT(*) AS n FROM attempts WHERE event_id = %s AND answer = %s", event["id"], ANSWER)["n"]
        print(f"\n{count} outcomes, {packet} bytes a statement: {kept} answers are kept,"
              f" divided {daemon.log_count('event=batch_divided')} times")
        assert kept == count


def test_an_answer_that_cannot_be_stored_is_left_out(service, receivers):
    with receivers.start(answering(body=b"poison")) as bad, receivers.start(answering()) as good, \
            Daemon(service, authority=receivers.authority) as daemon:
        refuse(service, "INSERT ON attempts", "NEW.answer = 'poison'")
        odd = service.register(url_of(bad))
        others = [service.register(url_of(good, f"/{number}")) for number in range(20)]
        wait_until(lambda: recorded(service) == 21, "all are recorded")
        (attempt,) = service.attempts(odd)
        assert (attempt["status"], attempt["answer"]) == (200, b"")
        assert len(bad.requests) == 1 and all(len(service.attempts(other)) == 1 for other in others)
        assert daemon.log_count("event=batch_divided") and daemon.log_count("poison")


def test_an_attempt_that_cannot_be_stored_is_left_out(service, receivers):
    with receivers.start(answering()) as receiver, Daemon(service, authority=receivers.authority):
        odd = service.register(url_of(receiver, "/odd"))
        wait_until(lambda: recorded(service) == 1, "it is recorded")
        refuse(service, "INSERT ON attempts", f"NEW.webhook_id = {webhook_of(odd)}")
        service.publish(1)
        other = service.register(url_of(receiver, "/other"))
        wait_until(lambda: recorded(service) == 3, "both are recorded")
        assert len(service.attempts(other)) == 1 and len(service.attempts(odd)) == 1
        assert len(receiver.requests) == 3


@pytest.mark.parametrize("when", ["NEW.lease <> 0", "NEW.status = 1"], ids=["claimed", "recorded"])
def test_a_delivery_that_can_be_neither_claimed_nor_recorded_is_put_off(service, receivers, when):
    with receivers.start(answering()) as receiver, Daemon(service, authority=receivers.authority) as daemon:
        odd = service.register(url_of(receiver, "/odd"))
        wait_until(lambda: recorded(service) == 1, "it is recorded")
        refuse(service, "UPDATE ON deliveries", f"{when} AND NEW.webhook_id = {webhook_of(odd)}")
        service.publish(1)
        for number in range(20):
            service.register(url_of(receiver, f"/{number}"))
        wait_until(lambda: recorded(service) == 21, "all others are recorded")
        wait_until(lambda: daemon.log_count("event=put_off"), "the operator is told")
        put_off = service.row("SELECT lease, TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), next_try) AS s FROM deliveries"
                              " WHERE webhook_id = %s AND event_id <> %s", webhook_of(odd), from_base58(odd["id"]))
        assert put_off["lease"] == 0 and put_off["s"] > 240
        assert sum(request.line.split()[1] == "/odd" for request in receiver.requests) <= 2


def test_a_fault_of_all_statements_loses_nothing(service, receivers):
    """The daemon's grants are missing for a while. Outcomes wait, and are recorded in full."""
    with receivers.start(answering(body=b"kept")) as receiver, Daemon(service, authority=receivers.authority) as daemon:
        service.execute("RENAME TABLE attempts TO attempts_away")
        events = [service.register(url_of(receiver, f"/{number}")) for number in range(5)]
        wait_until(lambda: daemon.log_count("event=database_lost") >= 2, "it can't record")
        service.execute("RENAME TABLE attempts_away TO attempts")
        wait_until(lambda: recorded(service) == 5, "all are recorded")
        assert [service.attempts(event)[0]["answer"] for event in events] == [b"kept"] * 5
        assert len(receiver.requests) == 5 and not daemon.log_count("event=batch_divided")
