"""Daemons are killed at every step, stopped, and run twice; the database goes away and comes back. Every accepted event
is delivered, and those that arrive more than once have the same id. Each test prints its numbers.
"""

import collections
import threading

import pytest

from support.daemon import Daemon, url_of
from support.mariadb import PrivateMariaDB
from support.service import wait_until
from support.tls_receiver import answering

from deliveries import DeliveringService

FAILPOINTS = ["before-claim", "after-claim", "after-send", "before-record", "after-record"]
ACCEPTED = 60


def settle(service, receiver, accepted, what, most_duplicates):
    """Prints how many were accepted and delivered, and checks that none is missing."""
    wait_until(lambda: service.undelivered() == 0, "all are delivered")
    arrived = collections.Counter(
        (request.headers["webhook-id"], request.line.split()[1]) for request in receiver.requests)
    missing = accepted - len(arrived)
    duplicates = sum(arrived.values()) - len(arrived)
    succeeded = service.row("SELECT COUNT(*) AS n FROM deliveries WHERE status = 1")["n"]
    print(f"\n{what}: accepted {accepted}, delivered {len(arrived)}, recorded as succeeded {succeeded}, missing"
          f" {missing}, sent more than once {duplicates}")
    assert missing == 0 and succeeded == accepted
    assert duplicates <= most_duplicates


def register_many(service, receiver, count=ACCEPTED, beginning=0):
    for number in range(beginning, beginning + count):
        service.register(url_of(receiver, f"/{number}"))


@pytest.mark.parametrize("point", FAILPOINTS)
def test_killed_at_every_step(service, receivers, point):
    """The daemon is killed when it passes the point for the third time. Another one takes over once the leases have run
    out.
    """
    with receivers.start(answering()) as receiver:
        daemon = Daemon(service, authority=receivers.authority, deliver_failpoint=point, deliver_failpoint_hit=3).start()
        register_many(service, receiver)
        assert daemon.wait_dead() == -9
        before = len(receiver.requests)
        with Daemon(service, "two", receivers.authority, wakeup_socket=daemon.socket):
            settle(service, receiver, ACCEPTED, f"killed {point}, when {before} had been sent", ACCEPTED)


def test_killed_again_and_again(service, receivers):
    with receivers.start(answering()) as receiver:
        daemon = Daemon(service, authority=receivers.authority)
        registering = threading.Thread(target=register_many, args=(service, receiver, 400))
        registering.start()
        for goal in (50, 100, 150, 200):
            daemon.start()
            wait_until(lambda goal=goal: len(receiver.requests) >= goal, f"{goal} have arrived")
            daemon.kill9()
        registering.join()
        with daemon:
            settle(service, receiver, 400, "killed four times", 4 * 128)


def test_two_workers_share_the_work_and_send_nothing_twice(service, receivers):
    with receivers.start(answering()) as first, receivers.start(answering()) as second, \
            receivers.start(answering()) as third, receivers.start(answering()) as fourth:
        all_of_them = [first, second, third, fourth]
        with Daemon(service, "one", receivers.authority) as one, \
                Daemon(service, "two", receivers.authority, wakeup_socket=service.directory / "two.sock") as two:
            wait_until(lambda: all(daemon.log_count("event=workers_changed detail=2") for daemon in (one, two)),
                       "they know of each other")
            for number in range(40):
                for receiver in all_of_them:
                    service.register(url_of(receiver, f"/{number}"))
            wait_until(lambda: service.undelivered() == 0, "all are delivered")
            shares = [daemon.log_count("outcome=succeeded") for daemon in (one, two)]
            print(f"\ntwo workers: {shares[0]} and {shares[1]} of 160, none twice")
        for receiver in all_of_them:
            assert sorted(request.line for request in receiver.requests) == sorted(
                f"POST /{number} HTTP/1.1" for number in range(40))


def test_a_worker_takes_over_from_one_that_died(service, receivers):
    with receivers.start(answering()) as receiver:
        one = Daemon(service, "one", receivers.authority).start()
        two = Daemon(service, "two", receivers.authority, wakeup_socket=service.directory / "two.sock").start()
        wait_until(lambda: all(daemon.log_count("event=workers_changed detail=2") for daemon in (one, two)),
                   "they know of each other")
        register_many(service, receiver)
        owner, other = (one, two) if one.log_count("event=attempt") else (two, one)
        owner.kill9()
        register_many(service, receiver, beginning=ACCEPTED)
        settle(service, receiver, 2 * ACCEPTED, "one of two workers killed", ACCEPTED)
        other.stop()


def test_a_name_belongs_to_one_daemon(service, receivers):
    """A second daemon takes over the name, and the first one exits."""
    first = Daemon(service, "one", receivers.authority).start()
    with Daemon(service, "later", receivers.authority, deliver_name="one"):
        assert first.wait_dead() == 1
        assert first.log_count("event=name_taken")


def test_sigterm_finishes_the_requests_in_flight(service, receivers):
    """Their outcomes are recorded, the rest waits for the next daemon, and nothing is sent twice."""
    asked, go_on = threading.Semaphore(0), threading.Event()

    def behave(connection):
        while connection.read_request():
            asked.release()
            go_on.wait(30)
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with receivers.start(behave) as receiver:
        # One account gets two of a host's three requests; the last one is kept for another account.
        daemon = Daemon(service, authority=receivers.authority, deliver_per_host=3, deliver_timeout_ms=20000).start()
        register_many(service, receiver, 5)
        assert all(asked.acquire(timeout=30) for _ in range(2))
        daemon.term()
        wait_until(lambda: daemon.log_count("event=stopping"), "it knows")
        go_on.set()
        daemon.stop()
        assert len(receiver.requests) == 2 and service.undelivered() == 3
        with daemon:
            settle(service, receiver, 5, "SIGTERM with 2 of 5 in flight", 0)


def test_sigterm_gives_back_requests_that_do_not_end_in_time(service, receivers):
    with receivers.start(lambda connection: connection.read_request() and connection.hold()) as receiver:
        event = service.register(url_of(receiver))
        daemon = Daemon(service, authority=receivers.authority, deliver_timeout_ms=60000, deliver_stop_ms=500).start()
        wait_until(lambda: receiver.requests, "the request has arrived")
        daemon.stop()
        delivery = service.delivery(event)
        assert (delivery["status"], delivery["retries"], delivery["lease"]) == (0, 0, 0)
        assert delivery["next_try"] is not None and not service.attempts(event)
        assert daemon.log_count("event=given_back") == 1


def test_the_database_goes_away_and_comes_back(receivers):
    """The database is killed, so the answers to some commits are lost."""
    with PrivateMariaDB(external_allowed=False) as database, receivers.start(answering()) as receiver, \
            DeliveringService(processes=1, database=database,
                              settings={"destination_allow": "127.0.0.0/8"}) as service:
        register_many(service, receiver, 200)
        with Daemon(service, authority=receivers.authority, deliver_per_webhook=1, deliver_per_host=4) as daemon:
            for times, goal in enumerate((30, 90), start=1):
                wait_until(lambda goal=goal: len(receiver.requests) >= goal, f"{goal} have arrived")
                database.kill9()
                wait_until(lambda times=times: daemon.log_count("event=database_lost") == times, "it has noticed")
                database.start()
                wait_until(lambda times=times: daemon.log_count("event=database_connected") == times, "it is back")
            settle(service, receiver, 200, "database killed twice", 2 * 128)
