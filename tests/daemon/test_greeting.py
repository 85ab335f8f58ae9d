"""After a registration the greeting arrives at once, signed, and as the contract says."""

import base64
import hashlib
import hmac
import json
import statistics
import time

from deliveries import webhook_of
from support.at_once import at_once
from support.daemon import Daemon, url_of
from support.service import wait_until
from support.tls_receiver import answering, response

ROUNDS = 30


def signature(secret, request):
    """The signature of Standard Webhooks 1.0.0."""
    signed = ".".join([request.headers["webhook-id"], request.headers["webhook-timestamp"], ""]).encode() + request.body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def test_a_greeting_arrives(service, receivers):
    with receivers.start(answering()) as receiver, Daemon(service, authority=receivers.authority) as daemon:
        event = service.register(url_of(receiver, "/hook?a=b"))
        wait_until(lambda: receiver.requests, "the greeting has arrived")
        (request,) = receiver.requests
        assert request.line == "POST /hook?a=b HTTP/1.1"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["user-agent"].startswith("targethooks/")
        assert request.headers["webhook-id"] == event["id"]
        assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 5
        assert request.headers["webhook-signature"].startswith("v1,")
        assert json.loads(request.body) == event

        wait_until(lambda: daemon.log_count("outcome=succeeded"), "its outcome is known")
        wait_until(lambda: service.delivery(event)["status"] == 1, "it is recorded")
        delivery = service.delivery(event)
        assert (delivery["next_try"], delivery["retries"], delivery["reason"]) == (None, 0, None)
        assert delivery["first_try"] < delivery["changed_at"] and not delivery["lease"]
        (attempt,) = service.attempts(event)
        assert (attempt["status"], attempt["failure"], attempt["answer"]) == (200, None, b"")
        time.sleep(0.5)
        assert len(receiver.requests) == 1
    assert "localhost" not in daemon.log_text(), "a URL is in the log"


def test_it_is_signed_with_the_webhooks_secrets(service, receivers):
    """The current one and, for 24 hours after a rotation, the one before."""
    with receivers.start(answering()) as receiver:
        events = [service.register(url_of(receiver, path)) for path in ("/rotated", "/expired", "/first")]
        secrets = {"/rotated": service.rotate_secret(events[0]), "/expired": service.rotate_secret(events[1], True),
                   "/first": [service.secret(events[2])]}
        with Daemon(service, authority=receivers.authority):
            wait_until(lambda: len(receiver.requests) == 3, "all have arrived")
        by_path = {request.line.split()[1]: request for request in receiver.requests}
        for path, request in by_path.items():
            expected = [signature(secret, request) for secret in secrets[path]]
            assert request.headers["webhook-signature"].split() == expected, path


def test_it_arrives_at_once(service, receivers):
    """The median time from the 200 to the first byte at the receiver is under 20 ms, without polling."""
    arrived = []

    def behave(connection):
        while connection.read_request():
            arrived.append(time.monotonic())
            connection.send(response())

    with receivers.start(behave) as receiver, Daemon(service, authority=receivers.authority, deliver_poll_ms=60000):
        times = []
        for count in range(ROUNDS + 1):
            service.register(url_of(receiver))
            answered = time.monotonic()
            wait_until(lambda goal=count + 1: len(arrived) == goal, "the greeting has arrived", 5)
            times.append(arrived[-1] - answered)
        times = times[1:]  # the first one opens the connection
        print(f"\nfrom the 200 to the receiver: median {statistics.median(times) * 1000:.1f} ms, longest"
              f" {max(times) * 1000:.1f} ms, of {ROUNDS}")
        assert statistics.median(times) < 0.1, times  # 0.02 on an idle machine, but tests share theirs


def test_many_webhooks_at_once(service, receivers):
    """Each of them gets one greeting."""
    with receivers.start(answering()) as receiver, Daemon(service, authority=receivers.authority):
        at_once(*[lambda: [service.register(url_of(receiver)) for _ in range(25)]] * 8)
        wait_until(lambda: service.undelivered() == 0, "all are delivered")
        webhooks = [json.loads(request.body)["webhooks"][0]["id"] for request in receiver.requests]
        assert len(webhooks) == len(set(webhooks)) == 200
