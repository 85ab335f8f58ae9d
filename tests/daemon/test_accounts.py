"""No account waits for another: whatever one account does, another account's receiver gets its events as if it were
alone. The tests print the times. The deadlines are generous: without division by account the events would take half a
minute or never come.
"""

import contextlib
import json
import time

import pytest

from deliveries import seal, webhook_of
from support.daemon import Daemon, url_of
from support.ids import from_base58
from support.service import wait_until
from support.tls_receiver import response

SOON = 10
# Requests in flight. Without division, the greedy account would use all of them.
IN_FLIGHT = 16
HANGING = {"deliver_timeout_ms": 60_000, "deliver_in_flight": IN_FLIGHT, "deliver_time_scale": 1}
QUEUES_IN_MEMORY = 20_000
FIRST_WEBHOOK = 1000
SECRET = bytes(32)


def answer(connection):
    while connection.read_request():
        connection.send(response())


def hang(connection):
    connection.read_request()
    connection.hold()


class Greedy:
    """The account that has much. Its webhooks are inserted directly into the database."""

    def __init__(self, service):
        self.service, self.next = service, FIRST_WEBHOOK

    def add_webhooks(self, urls, check_cert=False):
        """Adds webhooks with these URLs and returns their ids."""
        ids = list(range(self.next, self.next + len(urls)))
        self.next += len(urls)
        account, target = from_base58(self.service.account_id), from_base58(self.service.target.id)
        self.service.many(
            # Only parameters, so that the client sends them together.
            "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret, created_at,"
            " created_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [(webhook, account, target, url, "", check_cert, "v1", seal(webhook, SECRET), "2026-01-01", 1)
             for webhook, url in zip(ids, urls)])
        return ids

    def publish(self, count=1, content="{}"):
        """Publishes that number of events to all its webhooks."""
        before = self.service.row("SELECT COALESCE(MAX(id), 0) AS id FROM events")["id"]
        self.service.publish(count)
        self.service.execute("UPDATE events SET content = %s WHERE id > %s", content, before)


class Neighbour:
    """Another account, with a receiver that answers at once."""

    def __init__(self, service, receiver):
        self.service, self.receiver = service, receiver

    def register(self, path="/"):
        body = json.dumps({"url": url_of(self.receiver, path)}).encode()
        answered = self.service.send(body, path=self.service.path(self.service.other_target),
                                     authorization=f"JWT {self.service.other_key}")
        assert answered.status == 200, answered

    def count(self):
        return len(self.receiver.requests)

    def greeting_takes(self):
        before, begun = self.count(), time.monotonic()
        self.register(f"/{before}")
        wait_until(lambda: self.count() > before, "the neighbour's webhook is greeted", SOON)
        return time.monotonic() - begun

    def event_takes(self):
        """The seconds until an event has arrived at all its webhooks."""
        before, begun = self.count(), time.monotonic()
        self.service.publish(1, target=self.service.other_target)
        wait_until(lambda: self.count() > before, "the neighbour's event has arrived", SOON)
        return time.monotonic() - begun

    def check(self, what):
        greeting, event = self.greeting_takes(), self.event_takes()
        print(f"\n{what}: a neighbour's greeting took {greeting:.2f} s, an event {event:.2f} s")


@pytest.fixture(name="greedy")
def make_greedy(service):
    return Greedy(service)


@pytest.fixture(name="neighbour")
def make_neighbour(service, receivers):
    with receivers.start(answer) as receiver:
        yield Neighbour(service, receiver)


def in_flight(receiver_list):
    return sum(len(receiver.requests) for receiver in receiver_list)


def test_an_account_with_more_webhooks_than_fit_in_memory(service, receivers, greedy, neighbour):
    with receivers.start(hang) as receiver:
        greedy.add_webhooks([url_of(receiver, f"/{n}") for n in range(QUEUES_IN_MEMORY + 4000)])
        greedy.publish()
        with Daemon(service, authority=receivers.authority, deliver_timeout_ms=60_000) as daemon:
            wait_until(lambda: len(receiver.requests) > 2, "the greedy account's requests hang", 60)
            time.sleep(3)
            neighbour.check("24,000 webhooks at one host")
            for _ in range(5):
                neighbour.event_takes()
            print(f"{daemon.peak_kib() // 1024} MiB")
            daemon.kill9()


def test_an_account_whose_receivers_hang(service, receivers, greedy, neighbour):
    with contextlib.ExitStack() as stack:
        hanging = [stack.enter_context(receivers.start(hang)) for _ in range(2 * IN_FLIGHT)]
        greedy.add_webhooks([url_of(receiver) for receiver in hanging])
        greedy.publish(3)
        daemon = stack.enter_context(Daemon(service, authority=receivers.authority, **HANGING))
        wait_until(lambda: in_flight(hanging) >= IN_FLIGHT // 2 - 2, "the unhealthy have taken their slots")
        neighbour.check("new receivers that hang")
        daemon.kill9()


def test_an_account_whose_receivers_worked_and_hang(service, receivers, greedy, neighbour):
    """They may have all slots except one, which is kept for other accounts."""
    hangs = []

    def work_then_hang(connection):
        while connection.read_request():
            if hangs:
                connection.hold()
            connection.send(response())

    with contextlib.ExitStack() as stack:
        hanging = [stack.enter_context(receivers.start(work_then_hang)) for _ in range(2 * IN_FLIGHT)]
        greedy.add_webhooks([url_of(receiver) for receiver in hanging])
        greedy.publish(1)
        daemon = stack.enter_context(Daemon(service, authority=receivers.authority, **HANGING))
        wait_until(lambda: service.undelivered() == 0, "all have worked")
        hangs.append(True)
        greedy.publish(3)
        wait_until(lambda: in_flight(hanging) >= len(hanging) + IN_FLIGHT - 3, "nearly all slots are taken")
        neighbour.check("receivers that worked and hang")
        daemon.kill9()


def test_an_account_whose_webhooks_hang_at_the_neighbours_host(service, receivers, greedy):
    def hang_but_for_the_neighbour(connection):
        while request := connection.read_request():
            if "/greedy" in request.line:
                return connection.hold()
            connection.send(response())
        return None

    class NeighbourAtHost(Neighbour):
        def count(self):
            return sum("/greedy" not in request.line for request in self.receiver.requests)

    with receivers.start(hang_but_for_the_neighbour) as receiver:
        greedy.add_webhooks([url_of(receiver, f"/greedy/{n}") for n in range(300)])
        greedy.publish(3)
        with Daemon(service, authority=receivers.authority, **{**HANGING, "deliver_in_flight": 512}) as daemon:
            wait_until(lambda: len(receiver.requests) >= 4, "the host's window is taken")
            NeighbourAtHost(service, receiver).check("hanging webhooks at the same host")
            daemon.kill9()


def test_an_account_with_large_events_to_slow_receivers(service, receivers, greedy, neighbour):
    """The daemon has at most 16 MiB of events in memory."""
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(receivers.start(hang)) for _ in range(80)]
        greedy.add_webhooks([url_of(receiver) for receiver in slow])
        greedy.publish(4, '{"a": "%s"}' % ("x" * 65_000))
        daemon = stack.enter_context(Daemon(service, authority=receivers.authority, deliver_timeout_ms=60_000,
                                            deliver_connect_timeout_ms=30_000))
        wait_until(lambda: in_flight(slow) >= 200, "large events are on their way", 60)
        neighbour.check("16 MiB of large events under way")
        print(f"{daemon.peak_kib() // 1024} MiB")
        daemon.kill9()


def test_an_account_whose_events_come_in_bursts(service, receivers, greedy, neighbour):
    """Tens of thousands of its deliveries become due at once, again and again, mixed with another account's."""
    with receivers.start(hang) as receiver:
        greedy.add_webhooks([url_of(receiver, f"/{n}") for n in range(8000)])
        with Daemon(service, authority=receivers.authority, deliver_timeout_ms=60_000) as daemon:
            longest = 0
            neighbour.register()
            for _ in range(5):
                greedy.publish()
                longest = max(longest, neighbour.event_takes())
            print(f"\n8,000 due at once: a neighbour's event took {longest:.2f} s at most")
            daemon.kill9()


def test_after_a_restart_the_healthy_do_not_wait_for_those_that_hang(service, receivers, greedy):
    """An account has one receiver that works, and more that hang than there are slots of the unhealthy. The daemon is
    killed and starts again.
    """
    with contextlib.ExitStack() as stack:
        hanging = [stack.enter_context(receivers.start(hang)) for _ in range(2 * IN_FLIGHT)]
        well = stack.enter_context(receivers.start(answer))
        greedy.add_webhooks([url_of(receiver) for receiver in [*hanging, well]])
        greedy.publish()
        daemon = stack.enter_context(Daemon(service, authority=receivers.authority, **{**HANGING,
                                                                                       "deliver_timeout_ms": 500}))
        wait_until(lambda: service.row("SELECT COUNT(*) AS n FROM failing_webhooks")["n"] == len(hanging),
                   "those that hang are known", 60)
        wait_until(lambda: well.requests, "the one that works has got it")
        daemon.kill9()
        service.execute("UPDATE deliveries SET next_try = UTC_TIMESTAMP(6) WHERE next_try IS NOT NULL")
        greedy.publish(5)
        again = stack.enter_context(Daemon(service, name="again", authority=receivers.authority, **HANGING))
        begun = time.monotonic()
        wait_until(lambda: len(well.requests) >= 6, "the one that works gets its events", SOON)
        print(f"\nafter a restart beside {len(hanging)} that hang: {time.monotonic() - begun:.2f} s")
        again.kill9()


def test_a_webhook_that_recovers_is_no_longer_recorded_as_failing(service, receivers):
    fails = [True]

    def fail_then_work(connection):
        while connection.read_request():
            connection.send(response(500 if fails else 200))

    with receivers.start(fail_then_work) as receiver, Daemon(service, authority=receivers.authority):
        event = service.register(url_of(receiver))
        wait_until(lambda: service.rows("SELECT * FROM failing_webhooks WHERE webhook_id = %s", webhook_of(event)),
                   "it is recorded that it fails")
        fails.clear()
        service.make_due(event)
        wait_until(lambda: not service.rows("SELECT * FROM failing_webhooks"), "it is recorded that it works")
