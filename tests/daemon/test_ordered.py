"""An ordered webhook gets one delivery at a time, in the order of the events' ids: with a receiver that fails and is
slow, while daemons are killed, restarted, come and go. What waits for a failing one is its own webhook alone.
"""

import itertools
import json
import threading

import pytest

from deliveries import webhook_of
from support.daemon import Daemon, url_of
from support.ids import from_base58, to_base58
from support.service import wait_until
from support.tls_receiver import response

QUICK = {"deliver_time_scale": 100, "deliver_poll_ms": 50}
SUCCEEDED, RESCHEDULED, FAILED = 1, 2, 3


class Watching:
    """A receiver's behaviour that counts the requests of each path that it has at once. `answers`: by path, a function
    of the event and of how often it has come, which returns the status. Requests wait while `go_on` is cleared.
    """

    def __init__(self, **answers):
        self.answers, self.at_once, self.most = answers, {}, {}
        self.lock, self.go_on, self.came = threading.Lock(), threading.Event(), {}
        self.go_on.set()

    def __call__(self, connection):
        while request := connection.read_request():
            path, event = request.line.split()[1].strip("/"), request.headers["webhook-id"]
            with self.lock:
                self.at_once[path] = self.at_once.get(path, 0) + 1
                self.most[path] = max(self.most.get(path, 0), self.at_once[path])
                self.came[path, event] = self.came.get((path, event), 0) + 1
                status = self.answers.get(path, lambda *_: 200)(event, self.came[path, event])
            self.go_on.wait(30)
            with self.lock:
                self.at_once[path] -= 1
            connection.send(response(status))


def arrived(receiver, path):
    """The ids of the events in the order of their requests, repeats in a row once."""
    ids = [request.headers["webhook-id"] for request in list(receiver.requests)
           if request.line.split()[1] == f"/{path}"]
    return [from_base58(one) for one, _ in itertools.groupby(ids)]


def set_ordered(service, event, ordered=True):
    answer = ask(service, event, "PATCH", body=json.dumps({"ordered": ordered}).encode())
    assert answer.json()["ordered"] is ordered


def register(service, receiver, path="hook", ordered=True):
    """Registers a webhook and returns its greeting."""
    return service.register(url_of(receiver, f"/{path}"), ordered=ordered)


def states(service, event):
    """The status of each of its deliveries, in the order of events."""
    rows = service.rows("SELECT status FROM deliveries WHERE webhook_id = %s ORDER BY event_id", webhook_of(event))
    return [row["status"] for row in rows]


def all_succeed(service, event, count):
    wait_until(lambda: states(service, event) == [SUCCEEDED] * count, "all have succeeded")


def check_order(service, receiver, watching, event, path="hook"):
    events = [row["event_id"] for row in service.rows("SELECT event_id FROM deliveries WHERE webhook_id = %s ORDER BY"
                                                      " event_id", webhook_of(event))]
    assert arrived(receiver, path) == events
    assert watching.most[path] == 1


def ask(service, event, method="POST", rest="", body=b"{}"):
    answer = service.send(body, method=method, path=f"{service.path()}{event['webhooks'][0]['id']}/{rest}")
    assert answer.status == 200 or method == "DELETE", answer
    return answer


def wait_for_a_later_try(service, event, hours=4):
    """The webhook's first delivery has failed and is to be tried again in hours."""
    wait_until(lambda: RESCHEDULED in states(service, event), "it has failed")
    service.execute("UPDATE deliveries SET next_try = UTC_TIMESTAMP(6) + INTERVAL %s HOUR WHERE webhook_id = %s AND"
                    " status = 2", hours, webhook_of(event))


def fails_at_first(event, times):
    """Each fourth event fails twice."""
    return 500 if from_base58(event) % 4 == 0 and times < 3 else 200


def test_events_arrive_in_order_although_some_fail(service, receivers):
    watching = Watching(hook=fails_at_first)
    with receivers.start(watching) as receiver, Daemon(service, authority=receivers.authority, **QUICK):
        event = register(service, receiver)
        for _ in range(4):
            service.publish(10)
        all_succeed(service, event, 41)
        check_order(service, receiver, watching, event)
        assert len(receiver.requests) > 41


def test_the_next_goes_when_one_has_failed_for_good(service, receivers):
    watching = Watching(hook=lambda event, times: 500 if from_base58(event) % 2 else 200)
    with receivers.start(watching) as receiver, Daemon(service, authority=receivers.authority, **QUICK):
        event = register(service, receiver)
        service.publish(8)

        def has_ended():
            # Its 48 hours are over.
            service.execute("UPDATE deliveries SET first_try = UTC_TIMESTAMP(6) - INTERVAL 49 HOUR WHERE status = 2")
            return set(states(service, event)) == {SUCCEEDED, FAILED}
        wait_until(has_ended, "all have ended")
        check_order(service, receiver, watching, event)


def test_the_order_outlives_kills_and_restarts(service, receivers):
    watching = Watching(hook=fails_at_first)
    leases = {**QUICK, "deliver_timeout_ms": 500, "deliver_lease_margin_ms": 500}
    with receivers.start(watching) as receiver:
        daemon = Daemon(service, authority=receivers.authority, **leases).start()
        event = register(service, receiver)
        for number, end in enumerate([daemon.kill9, daemon.stop, daemon.kill9]):
            service.publish(15)
            before = len(arrived(receiver, "hook"))
            wait_until(lambda before=before: len(arrived(receiver, "hook")) > before + 5, "some have arrived")
            if number == 2:
                watching.go_on.clear()  # one is in flight
                wait_until(lambda: watching.at_once["hook"] == 1, "one is in flight")
            end()
            watching.go_on.set()
            daemon.start()
        all_succeed(service, event, 46)
        assert sorted(set(arrived(receiver, "hook"))) == arrived(receiver, "hook")
        daemon.stop()


@pytest.mark.parametrize("point", ["before-claim", "after-claim", "after-send", "before-record", "after-record"])
def test_killed_at_every_step(service, receivers, point):
    watching = Watching(hook=fails_at_first)
    leases = {**QUICK, "deliver_timeout_ms": 500, "deliver_lease_margin_ms": 500}
    with receivers.start(watching) as receiver:
        daemon = Daemon(service, authority=receivers.authority, deliver_failpoint=point, deliver_failpoint_hit=7,
                        **leases).start()
        event = register(service, receiver)
        service.publish(20)
        assert daemon.wait_dead() == -9
        with Daemon(service, "two", receivers.authority, wakeup_socket=daemon.socket, **leases):
            all_succeed(service, event, 21)
        check_order(service, receiver, watching, event)


def test_the_order_holds_while_daemons_come_and_go(service, receivers):
    """Several receivers, so that some change hands each time."""
    watching = [Watching(hook=fails_at_first) for _ in range(4)]
    leases = {**QUICK, "deliver_timeout_ms": 500, "deliver_lease_margin_ms": 500, "deliver_dead_after_ms": 500}
    with receivers.start(watching[0]) as first, receivers.start(watching[1]) as second, \
            receivers.start(watching[2]) as third, receivers.start(watching[3]) as fourth, \
            Daemon(service, "stays", receivers.authority, **leases) as stays:
        targets = [first, second, third, fourth]
        for receiver in targets:
            register(service, receiver)
        other = Daemon(service, "comes", receivers.authority, wakeup_socket=service.directory / "comes.sock", **leases)
        for end in (other.stop, other.kill9):
            service.publish(20)
            before = stays.log_count("event=workers_changed detail=2")
            other.start()
            wait_until(lambda before=before: stays.log_count("event=workers_changed detail=2") > before, "it has come")
            service.publish(20)
            wait_until(lambda: other.log_count("event=attempt"), "it works")
            end()
        service.publish(5)
        wait_until(lambda: service.undelivered() == 0, "all have arrived")
        for receiver, seen in zip(targets, watching):
            ids = arrived(receiver, "hook")
            assert ids == sorted(set(ids)) and len(ids) == 86
            assert seen.most["hook"] == 1


def test_a_failing_ordered_webhook_holds_up_only_itself(service, receivers):
    watching = Watching(bad=lambda event, times: 500)
    with receivers.start(watching) as receiver, Daemon(service, authority=receivers.authority):
        bad, good, plain = (register(service, receiver, path, path != "plain") for path in ("bad", "good", "plain"))
        service.publish(30)
        all_succeed(service, good, 31)
        all_succeed(service, plain, 31)
        check_order(service, receiver, watching, good, "good")
        assert watching.most["bad"] == 1
        assert len(arrived(receiver, "bad")) == 1 and SUCCEEDED not in states(service, bad)


@pytest.mark.parametrize("how", ["retry", "enable", "due", "gone", "not ordered", "disabled", "deleted"])
def test_the_others_go_on_when_the_first_need_not_be_waited_for(service, receivers, how):
    """The first delivery has failed and waits for hours, and two more wait for it."""
    came = {}
    watching = Watching(
        hook=lambda event, times: 500 if times == 1 and came.setdefault("first", event) == event else 200)
    with receivers.start(watching) as receiver, Daemon(service, authority=receivers.authority, deliver_poll_ms=50):
        event = register(service, receiver)
        first, webhook = from_base58(event["id"]), webhook_of(event)
        wait_for_a_later_try(service, event)
        service.publish(2)
        if how == "retry":
            path = f"/targets/{service.target.id}/events/{event['id']}/webhooks/{to_base58(webhook)}/retry/"
            assert service.send(b"{}", path=path).status == 200
        elif how == "enable":
            ask(service, event, rest="enable/")
        elif how == "due":
            service.make_due(event)
        elif how == "gone":
            service.execute("DELETE FROM deliveries WHERE webhook_id = %s AND event_id = %s", webhook, first)
        elif how == "not ordered":
            set_ordered(service, event, False)
        elif how == "disabled":
            service.cli("webhook", "disable", to_base58(webhook), "--reason", "for a test")
        else:
            ask(service, event, "DELETE")
        expected = {"gone": [SUCCEEDED] * 2, "not ordered": [RESCHEDULED, SUCCEEDED, SUCCEEDED],
                    "disabled": [RESCHEDULED, FAILED, FAILED], "deleted": []}.get(how, [SUCCEEDED] * 3)
        wait_until(lambda: states(service, event) == expected, f"the others go on: {how}", 30)


def test_an_older_event_that_is_scheduled_again_goes_before_those_that_wait(service, receivers):
    """While the first of three waits for hours, an older event is scheduled again."""
    answers = {"fails": False}
    watching = Watching(hook=lambda event, times: 500 if answers["fails"] and from_base58(event) != first else 200)
    with receivers.start(watching) as receiver, Daemon(service, authority=receivers.authority, deliver_poll_ms=50):
        event = register(service, receiver)
        first, webhook = from_base58(event["id"]), webhook_of(event)
        all_succeed(service, event, 1)
        answers["fails"] = True
        service.publish(3)
        wait_for_a_later_try(service, event)
        path = f"/targets/{service.target.id}/events/{event['id']}/webhooks/{to_base58(webhook)}/retry/"
        assert service.send(b"{}", path=path).status == 200
        wait_until(lambda: len(service.attempts(event)) == 2, "it has arrived again")
        answers["fails"] = False
        wait_until(lambda: states(service, event)[0] == SUCCEEDED, "it is recorded")
        ask(service, event, rest="enable/")
        all_succeed(service, event, 4)
        ids = arrived(receiver, "hook")
        assert ids[-3:] == sorted(ids)[-3:] and watching.most["hook"] == 1


def test_what_is_recovered_arrives_in_order(service, receivers):
    watching = Watching()
    with receivers.start(watching) as receiver, Daemon(service, authority=receivers.authority, **QUICK):
        event = register(service, receiver)
        all_succeed(service, event, 1)
        ask(service, event, rest="disable/")
        service.publish(30)
        wait_until(lambda: states(service, event).count(FAILED) == 30, "they have failed as disabled")
        ask(service, event, rest="enable/")
        assert ask(service, event, rest="recover/", body=b'{"since": "2020-01-01T00:00:00Z"}').json()["scheduled"] == 30
        all_succeed(service, event, 31)
        check_order(service, receiver, watching, event)


def test_a_webhook_that_becomes_ordered_finishes_what_is_in_flight(service, receivers):
    watching = Watching()
    with receivers.start(watching) as receiver, Daemon(service, authority=receivers.authority,
                                                       deliver_timeout_ms=20_000):
        event = register(service, receiver, ordered=False)
        all_succeed(service, event, 1)
        watching.go_on.clear()
        service.publish(40)
        wait_until(lambda: watching.at_once["hook"] > 2, "several are in flight")
        set_ordered(service, event)
        before = len(receiver.requests)
        watching.most["hook"] = 0
        watching.go_on.set()
        all_succeed(service, event, 41)
        ids = arrived(receiver, "hook")
        assert len(ids) == 41
        # Some more may have been claimed before a claim found that the webhook is ordered.
        assert ids[before + 20:] == sorted(ids)[before + 20:]


def test_only_ordered_webhooks_have_rows_of_their_order(service, receivers):
    watching = Watching()
    with receivers.start(watching) as receiver, Daemon(service, authority=receivers.authority):
        ordered, plain = register(service, receiver, "a"), register(service, receiver, "b", ordered=False)
        service.publish(1)
        all_succeed(service, ordered, 2)
        all_succeed(service, plain, 2)
        rows = service.rows("SELECT webhook_id FROM ordered_webhooks")
        assert [row["webhook_id"] for row in rows] == [webhook_of(ordered)]
