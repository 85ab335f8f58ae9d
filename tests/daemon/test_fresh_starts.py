"""A webhook starts afresh when its URL changes, when it is enabled or tested, and when one of its deliveries is
scheduled again. What the daemons had learnt about it delays nothing then, with one daemon and with two. All deadlines
are shorter than the pauses that receivers ask for and than the daemons' full scans are apart.
"""

import contextlib
import json
import threading

import pytest

from deliveries import webhook_of
from support.daemon import Daemon, url_of
from support.service import wait_until
from support.tls_receiver import answering, response

SUCCEEDED, RESCHEDULED = 1, 2
PATIENCE = 25  # seconds; much less than the daemons' full scans are apart
FOUR_HOURS = ["Retry-After: 14400"]


class Changing:
    """A receiver's behaviour: the first answer is `answer` (None: no answer), the others are `later` if it is given.
    While `go_on` is cleared it waits before it answers.
    """

    def __init__(self, answer, later=None):
        self.answer, self.later, self.go_on = answer, later, threading.Event()
        self.go_on.set()

    def __call__(self, connection):
        while connection.read_request():
            self.go_on.wait(60)
            answer, self.answer = self.answer, self.later or self.answer
            if answer is None:
                return
            connection.send(answer)


@contextlib.contextmanager
def daemons(service, receivers, count=1, **settings):
    """Starts daemons that know each other. Delays are those of the contract."""
    settings = {"deliver_time_scale": 1, "deliver_timeout_ms": 30_000, **settings}
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(Daemon(service, f"daemon{number}", receivers.authority, **settings,
                                              **({} if number == 0 else {"wakeup_socket": service.directory / f"{number}.sock"})))
                   for number in range(count)]
        if count > 1:
            wait_until(lambda: all(one.log_count(f"event=workers_changed detail={count}") for one in running),
                       "they know of each other")
        yield running


def path(service, event, rest=""):
    return f"{service.path()}{event['webhooks'][0]['id']}/{rest}"


def ask(service, method, where, body=b"{}"):
    answer = service.send(body, method=method, path=where)
    assert answer.status == 200, answer
    return answer.json()


def move(service, event, url, method="PATCH", **fields):
    return ask(service, method, path(service, event), json.dumps({"url": url, **fields}).encode())


def states(service, event):
    return sorted(row["status"] for row in service.rows("SELECT status FROM deliveries WHERE webhook_id = %s",
                                                        webhook_of(event)))


def arrives(service, event, count):
    """Waits until its deliveries are `count`, and all have arrived."""
    wait_until(lambda: states(service, event) == [SUCCEEDED] * count, "all have arrived", PATIENCE)


def fails(service, event, count=1):
    wait_until(lambda: states(service, event).count(RESCHEDULED) >= count, "it has failed", PATIENCE)


def retry(service, event):
    ask(service, "POST", f"/targets/{service.target.id}/events/{event['id']}/webhooks/{event['webhooks'][0]['id']}/retry/")


CHANGES = {
    "patch": lambda service, event, url: move(service, event, url),
    "put": lambda service, event, url: move(service, event, url, "PUT"),
    "check_cert": lambda service, event, url: ask(service, "PATCH", path(service, event), b'{"check_cert": false}'),
    "enable": lambda service, event, url: ask(service, "POST", path(service, event, "enable/")),
    "test": lambda service, event, url: ask(service, "POST", path(service, event, "test/")),
    "retry": lambda service, event, url: retry(service, event),
    "enable-by-operator": lambda service, event, url: service.cli("webhook", "enable", event["webhooks"][0]["id"]),
    "retry-by-operator": lambda service, event, url: service.cli(
        "delivery", "retry", "--event", event["id"], "--webhook", event["webhooks"][0]["id"]),
}


@pytest.mark.parametrize("trouble,change", [*(("asks for patience", change) for change in CHANGES),
                                            ("is away", "patch"), ("is away", "enable")])
def test_deliveries_that_wait_for_a_retry_go_at_once(service, receivers, trouble, change):
    """The greeting has failed and two more events wait. Then the receiver works again, and the webhook changes."""
    receiver_of = Changing(response(503, FOUR_HOURS))
    with receivers.start(receiver_of) as receiver, daemons(service, receivers, 2):
        if trouble == "is away":
            receiver_of.answer = None
        event = service.register(url_of(receiver, "/old"))
        fails(service, event)
        service.publish(2)
        # The same as after many tries.
        service.execute("UPDATE deliveries SET next_try = UTC_TIMESTAMP(6) + INTERVAL 4 HOUR WHERE webhook_id = %s AND status = 2",
                        webhook_of(event))
        receiver_of.answer = response()
        CHANGES[change](service, event, url_of(receiver, "/new"))
        arrives(service, event, 3 + (change == "test"))  # a test is one more


@pytest.mark.parametrize("change", ["patch", "test"])
def test_an_unreachable_host_delays_no_webhook_that_moves_or_starts_afresh(service, receivers, change):
    with receivers.start(answering()) as away:
        pass
    with receivers.start(answering()) as receiver, daemons(service, receivers):
        event = service.register(url_of(away))
        fails(service, event)
        for _ in range(5):  # the pause grows to half a minute
            service.execute("UPDATE deliveries SET next_try = UTC_TIMESTAMP(6) WHERE webhook_id = %s", webhook_of(event))
            before = len(service.attempts(event))
            wait_until(lambda before=before: len(service.attempts(event)) > before, "it was tried again")
        if change == "patch":
            move(service, event, url_of(receiver))
            return arrives(service, event, 1)
        with receivers.start(answering(), port=away.port):
            ask(service, "POST", path(service, event, "test/"))
            return arrives(service, event, 2)


def test_many_deliveries_that_wait_for_a_retry_go_at_once(service, receivers):
    with receivers.start(answering(503, FOUR_HOURS)) as old, receivers.start(answering()) as new, daemons(service, receivers):
        event = service.register(url_of(old))
        fails(service, event)
        service.publish(1500)
        service.execute("UPDATE deliveries SET status = 2, next_try = UTC_TIMESTAMP(6) + INTERVAL 4 HOUR"
                        " WHERE webhook_id = %s AND lease = 0", webhook_of(event))
        move(service, event, url_of(new))
        wait_until(lambda: states(service, event) == [SUCCEEDED] * 1501, "all have arrived", 60)


ANSWERS = {"410": response(410), "503": response(503, FOUR_HOURS), "500": response(500), "none": None}


@pytest.mark.parametrize("answer,count", [*((answer, 1) for answer in ANSWERS), ("410", 2)])
def test_an_outcome_counts_for_the_url_that_it_was_sent_to(service, receivers, answer, count):
    """The former URL answers after the webhook has moved."""
    slow = Changing(ANSWERS[answer])
    slow.go_on.clear()
    with receivers.start(slow) as old, receivers.start(answering()) as new, daemons(service, receivers, count) as running:
        event = service.register(url_of(old))
        wait_until(lambda: old.requests, "it is under way")
        move(service, event, url_of(new))
        slow.go_on.set()
        arrives(service, event, 1)
        assert service.webhook(event)["enabled"]
        assert len(old.requests) == 1 and len(new.requests) == 1
        assert [attempt["status"] for attempt in service.attempts(event)][-1] == 200
        assert sum(daemon.log_count("event=outcome_outdated") for daemon in running) == 1


def test_a_success_at_the_former_url_counts(service, receivers):
    slow = Changing(response())
    slow.go_on.clear()
    with receivers.start(slow) as old, receivers.start(answering()) as new, daemons(service, receivers):
        event = service.register(url_of(old))
        wait_until(lambda: old.requests, "it is under way")
        move(service, event, url_of(new))
        slow.go_on.set()
        arrives(service, event, 1)
        service.publish(1)
        arrives(service, event, 2)
        assert len(old.requests) == 1 and len(new.requests) == 1


def test_a_410_from_before_it_was_enabled_does_not_disable_it(service, receivers):
    receiver_of = Changing(response(410), later=response())
    receiver_of.go_on.clear()
    with receivers.start(receiver_of) as receiver, daemons(service, receivers):
        event = service.register(url_of(receiver))
        wait_until(lambda: receiver.requests, "it is under way")
        service.cli("webhook", "disable", event["webhooks"][0]["id"], "--reason", "for a while")
        ask(service, "POST", path(service, event, "enable/"))
        receiver_of.go_on.set()
        arrives(service, event, 1)
        assert service.webhook(event)["enabled"]
        assert [attempt["status"] for attempt in service.attempts(event)] == [410, 200]


def owner_of(service, running, receiver):
    """The daemon that sends to the receiver."""
    before = [daemon.log_count("outcome=succeeded") for daemon in running]
    event = service.register(url_of(receiver, "/owner"))
    arrives(service, event, 1)
    wait_until(lambda: [daemon.log_count("outcome=succeeded") for daemon in running] != before, "it is logged")
    return next(daemon for daemon, count in zip(running, before) if daemon.log_count("outcome=succeeded") > count)


def test_a_webhook_moves_from_one_daemon_to_another_and_back(service, receivers):
    with contextlib.ExitStack() as stack, daemons(service, receivers, 2) as running:
        by_owner = {}
        for _ in range(20):
            receiver = stack.enter_context(receivers.start(answering()))
            by_owner.setdefault(owner_of(service, running, receiver).name, receiver)
            if len(by_owner) == 2:
                break
        first, second = by_owner.values()
        event = service.register(url_of(first))
        arrives(service, event, 1)
        for number, receiver in enumerate([second, first, second, first], start=2):
            move(service, event, url_of(receiver, f"/{number}"))
            service.publish(1)
            arrives(service, event, number)
            assert f"/{number}" in [request.line.split()[1] for request in receiver.requests]


def test_daemons_that_join_and_leave_delay_nothing(service, receivers):
    with contextlib.ExitStack() as stack, daemons(service, receivers) as (first,):
        receiver_list = [stack.enter_context(receivers.start(answering())) for _ in range(6)]
        events = [service.register(url_of(receiver)) for receiver in receiver_list]
        for event in events:
            arrives(service, event, 1)
        with Daemon(service, "second", receivers.authority, deliver_time_scale=1, wakeup_socket=service.directory / "second.sock"):
            service.publish(1)
            for event in events:
                arrives(service, event, 2)
            wait_until(lambda: first.log_count("event=workers_changed detail=2"), "they know of each other")
            service.publish(1)
            for event in events:
                arrives(service, event, 3)
        service.publish(1)
        for event in events:
            arrives(service, event, 4)
