"""Prefetch for a receiver that answers quickly: it never gets more requests at once than its limit, nothing arrives
twice without a fault, and prefetched deliveries that can't be sent are given back. Each test prints its numbers.
"""

import collections
import threading

from support.daemon import Daemon, url_of
from support.service import wait_until
from support.tls_receiver import response

PER_WEBHOOK = 20  # the daemon's default
EVENTS = 1500
WARM = 300  # successes after which many deliveries are prefetched


class Switched:
    """A receiver's behaviour: it answers by `status`, at once unless `go_on` is cleared. `most`: the most requests that
    it had at once.
    """

    def __init__(self):
        self.status, self.go_on, self.most = 200, threading.Event(), 0
        self.go_on.set()
        self._now, self._lock = 0, threading.Lock()

    def __call__(self, connection):
        while connection.read_request():
            with self._lock:
                self._now += 1
                self.most = max(self.most, self._now)
            self.go_on.wait(60)
            with self._lock:
                self._now -= 1
            connection.send(response(self.status))


def arrivals(receiver):
    return collections.Counter(request.headers["webhook-id"] for request in receiver.requests)


def leased(service):
    return service.row("SELECT COUNT(*) AS n FROM deliveries WHERE lease <> 0")["n"]


def warm_up(service, receiver):
    """Registers a webhook and publishes many events; returns when some have arrived."""
    service.register(url_of(receiver))
    service.publish(EVENTS)
    wait_until(lambda: len(receiver.requests) >= WARM, "it is warm")


def finish(service, daemon, receiver):
    """Starts the daemon again until all are delivered. Returns how often each has arrived."""
    with daemon:
        wait_until(lambda: service.undelivered() == 0, "all are delivered")
    counts = arrivals(receiver)
    assert len(counts) == EVENTS + 1
    return counts


def test_many_for_one_webhook_arrive_once_each_and_at_most_twenty_at_once(service, receivers):
    quick = Switched()
    with receivers.start(quick) as receiver, Daemon(service, authority=receivers.authority) as daemon:
        service.register(url_of(receiver))
        service.publish(EVENTS)
        wait_until(lambda: service.undelivered() == 0, "all are delivered")
        counts = arrivals(receiver)
        print(f"\n{EVENTS + 1} for one webhook: {len(counts)} arrived, none twice")
        assert len(counts) == EVENTS + 1 and set(counts.values()) == {1}
        assert quick.most <= PER_WEBHOOK
        assert daemon.log_count("event=attempt") == EVENTS + 1


def test_prefetched_deliveries_for_a_receiver_that_pauses_are_given_back(service, receivers):
    quick = Switched()
    with receivers.start(quick) as receiver, \
            Daemon(service, authority=receivers.authority, deliver_timeout_ms=60000) as daemon:
        warm_up(service, receiver)
        quick.go_on.clear()
        wait_until(lambda: leased(service) > PER_WEBHOOK, "some are prefetched")
        prefetched = leased(service) - PER_WEBHOOK
        wait_until(lambda: leased(service) <= PER_WEBHOOK, "they are given back")
        print(f"\n{prefetched} were prefetched when it paused")
        quick.go_on.set()
        wait_until(lambda: service.undelivered() == 0, "all are delivered")
        counts = arrivals(receiver)
        assert len(counts) == EVENTS + 1 and set(counts.values()) == {1}
        assert quick.most == PER_WEBHOOK and not daemon.log_count("event=lease_lost")


def test_a_receiver_that_begins_to_fail_gets_no_prefetched_deliveries(service, receivers):
    quick = Switched()
    with receivers.start(quick) as receiver, Daemon(service, authority=receivers.authority) as daemon:
        warm_up(service, receiver)
        quick.status = 503
        wait_until(lambda: daemon.log_count("status=503"), "it fails")
        wait_until(lambda: leased(service) <= 1, "the rest is given back")  # one may be in flight as a probe
        failed = daemon.log_count("status=503")
        print(f"\n503 {failed} times, {service.undelivered()} wait")
        assert failed <= PER_WEBHOOK + 5
        quick.status = 200
        wait_until(lambda: service.undelivered() == 0, "all are delivered")
        failed = daemon.log_count("status=503")
        counts = arrivals(receiver)
        assert len(counts) == EVENTS + 1 and sum(counts.values()) == EVENTS + 1 + failed


def test_sigterm_gives_back_prefetched_deliveries(service, receivers):
    quick = Switched()
    with receivers.start(quick) as receiver:
        daemon = Daemon(service, authority=receivers.authority).start()
        warm_up(service, receiver)
        daemon.stop()
        sent = len(receiver.requests)
        assert leased(service) == 0
        assert service.undelivered() == EVENTS + 1 - sent
        counts = finish(service, daemon, receiver)
        print(f"\nstopped after {sent} of {EVENTS + 1}, {sum(counts.values()) - len(counts)} twice")
        assert set(counts.values()) == {1}


def test_nothing_is_lost_when_killed_with_many_prefetched(service, receivers):
    quick = Switched()
    with receivers.start(quick) as receiver:
        daemon = Daemon(service, authority=receivers.authority).start()
        warm_up(service, receiver)
        daemon.kill9()
        sent, prefetched = len(receiver.requests), leased(service)
        counts = finish(service, daemon, receiver)
        twice = sum(counts.values()) - len(counts)
        print(f"\nkilled after {sent} of {EVENTS + 1}, with {prefetched} claimed: {len(counts)} arrived, {twice} twice")
        # Those in flight, and those that had ended but were not recorded, arrive twice.
        assert twice <= prefetched and max(counts.values()) <= 2
