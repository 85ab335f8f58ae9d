"""The state of a delivery after each kind of outcome."""

import json

import pytest

from deliveries import webhook_of
from support.daemon import Daemon, url_of
from support.service import wait_until
from support.tls_receiver import answering, response

SUCCEEDED, RESCHEDULED, FAILED = 1, 2, 3


def in_turn(*answers):
    """Gives these answers one after the other, on any connection. The last one is repeated."""
    left = list(answers)

    def behave(connection):
        while connection.read_request():
            connection.send(left.pop(0) if len(left) > 1 else left[0])
    return behave


def tried(service, event, times=1):
    wait_until(lambda: len(service.attempts(event)) >= times, f"it was tried {times} times")
    return service.delivery(event)


def seconds_to_next_try(service, event):
    return float(service.row("SELECT TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), next_try) / 1000000 AS s FROM"
                             " deliveries WHERE webhook_id = %s", webhook_of(event))["s"])


@pytest.fixture(name="daemon")
def make_daemon(service, receivers):
    """Delays are a tenth of the contract's: the first retry comes after 3 seconds, give or take a tenth."""
    with Daemon(service, authority=receivers.authority) as running:
        yield running


@pytest.mark.usefixtures("daemon")
@pytest.mark.parametrize("status", [301, 400, 404, 500, 503])
def test_every_other_answer_is_tried_again(service, receivers, status):
    body = b"\x00\xff" + b"x" * 2000
    with receivers.start(answering(status, ["Location: https://localhost/"], body)) as receiver:
        event = service.register(url_of(receiver))
        delivery = tried(service, event)
        assert (delivery["status"], delivery["retries"], delivery["reason"]) == (RESCHEDULED, 0, f"http {status}")
        assert 2 < seconds_to_next_try(service, event) <= 3.4
        assert delivery["first_try"] and not delivery["lease"]
        (attempt,) = service.attempts(event)
        assert (attempt["status"], attempt["failure"], attempt["answer"]) == (status, None, body[:1024])
        # The text is for the operator only, and has no control characters.
        (shown,) = service.cli("delivery", "attempts", "--event", event["id"], "--webhook", event["webhooks"][0]["id"])
        assert (shown["status"], shown["failure"], shown["answer"]) == (status, None, "\\x00\\xff" + "x" * 1022)


@pytest.mark.usefixtures("daemon")
def test_retries_are_counted_until_one_succeeds(service, receivers):
    with receivers.start(in_turn(response(500), response(404), response(204))) as receiver:
        event = service.register(url_of(receiver))
        assert tried(service, event)["retries"] == 0
        service.make_due(event)
        delivery = tried(service, event, 2)
        assert (delivery["retries"], delivery["reason"]) == (1, "http 404")
        assert 4 < seconds_to_next_try(service, event) <= 6.7  # a tenth of a minute, give or take
        service.make_due(event)
        delivery = tried(service, event, 3)
        assert (delivery["status"], delivery["retries"], delivery["reason"]) == (SUCCEEDED, 2, None)
        assert delivery["next_try"] is None
        assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
        told = [json.loads(request.body)["webhooks"][0] for request in receiver.requests]
        assert [(one["status"], one["retries"]) for one in told] == [
            ("scheduled", 0), ("rescheduled", 0), ("rescheduled", 1)]


def test_a_request_without_an_answer_on_a_kept_connection_is_sent_once_more(service, receivers, daemon):
    def behave(connection):
        connection.read_request()
        connection.send(response())
        if connection.read_request() and connection.number > 1:
            connection.send(response())

    with receivers.start(behave) as receiver:
        first = service.register(url_of(receiver))
        assert tried(service, first)["status"] == SUCCEEDED
        second = service.register(url_of(receiver))
        delivery = tried(service, second, 2)
        assert (delivery["status"], delivery["retries"]) == (SUCCEEDED, 1)
        unanswered, answered = service.attempts(second)
        assert (unanswered["status"], unanswered["failure"]) == (None, "connect")
        assert (answered["status"], answered["failure"]) == (200, None)
        assert [request.connection for request in receiver.requests] == [1, 1, 2]
        assert daemon.log_count("outcome=repeated") == 1


def test_retries_come_by_themselves(service, receivers):
    with receivers.start(in_turn(response(500), response(500), response(200))) as receiver, \
            Daemon(service, authority=receivers.authority, deliver_time_scale=100):
        event = service.register(url_of(receiver))
        wait_until(lambda: service.delivery(event)["status"] == SUCCEEDED, "a retry has succeeded", 10)
        assert len(receiver.requests) == 3 and service.delivery(event)["retries"] == 2


@pytest.mark.usefixtures("daemon")
def test_retry_after_delays_the_retry(service, receivers):
    with receivers.start(answering(429, ["Retry-After: 100"])) as receiver:
        event = service.register(url_of(receiver))
        tried(service, event)
        assert 9 < seconds_to_next_try(service, event) <= 11


@pytest.mark.usefixtures("daemon")
def test_410_disables_the_webhook(service, receivers):
    with receivers.start(answering(410)) as receiver:
        event = service.register(url_of(receiver))
        delivery = tried(service, event)
        assert (delivery["status"], delivery["next_try"], delivery["reason"]) == (FAILED, None, "gone")
        webhook = service.webhook(event)
        assert (webhook["enabled"], webhook["disabled_reason"]) == (0, "The receiver answered 410 Gone.")
        service.make_due(event)
        wait_until(lambda: service.delivery(event)["reason"] == "disabled", "it has failed for that", 10)
        assert service.delivery(event)["status"] == FAILED and len(receiver.requests) == 1


def test_nothing_is_sent_to_deleted_and_disabled_webhooks(service, receivers):
    with receivers.start(answering()) as receiver:
        deleted, disabled = (service.register(url_of(receiver)) for _ in range(2))
        service.execute("UPDATE webhooks SET deleted_at = UTC_TIMESTAMP(6) WHERE id = %s", webhook_of(deleted))
        service.execute("UPDATE webhooks SET enabled = FALSE WHERE id = %s", webhook_of(disabled))
        with Daemon(service, authority=receivers.authority):
            wait_until(lambda: service.undelivered() == 0, "both are dealt with")
        assert not service.rows("SELECT * FROM deliveries WHERE webhook_id = %s", webhook_of(deleted))
        delivery = service.delivery(disabled)
        assert (delivery["status"], delivery["reason"], delivery["first_try"]) == (FAILED, "disabled", None)
        assert not receiver.requests and not service.rows("SELECT * FROM attempts")


@pytest.mark.usefixtures("daemon")
def test_after_48_hours_it_has_failed(service, receivers):
    with receivers.start(answering(500)) as receiver:
        event = service.register(url_of(receiver))
        tried(service, event)
        for hours, status in ((47, RESCHEDULED), (48, FAILED)):
            service.execute("UPDATE deliveries SET first_try = UTC_TIMESTAMP(6) - INTERVAL %s HOUR", hours)
            before = len(service.attempts(event))
            service.make_due(event)
            assert tried(service, event, before + 1)["status"] == status
        assert service.delivery(event)["reason"] == "http 500"


def test_a_destination_that_is_not_allowed_is_not_tried_again(service, receivers):
    with receivers.start(answering()) as receiver:
        event = service.register(url_of(receiver))
        with Daemon(service, authority=receivers.authority, destination_allow=None):
            delivery = tried(service, event)
        assert (delivery["status"], delivery["next_try"]) == (FAILED, None)
        assert delivery["reason"].startswith("refused (")
        assert receiver.connections == 0


@pytest.mark.usefixtures("daemon")
def test_a_receiver_that_is_away_or_has_a_wrong_certificate(service, receivers):
    with receivers.start(answering()) as receiver:
        away = url_of(receiver)
    event = service.register(away)
    assert tried(service, event)["reason"].startswith("connect (")
    with receivers.start(answering()) as receiver:
        by_address = f"https://127.0.0.1:{receiver.port}/"
        verified, unverified = service.register(by_address), service.register(by_address, check_cert=False)
        delivery = tried(service, verified)
        assert delivery["status"] == RESCHEDULED and delivery["reason"].startswith("tls (")
        assert tried(service, unverified)["status"] == SUCCEEDED


def test_a_proxy_that_is_away_is_not_the_webhooks_fault(service, receivers):
    with receivers.start(answering()) as receiver:
        away = receiver.port
    with receivers.start(answering()) as receiver, \
            Daemon(service, authority=receivers.authority, deliver_proxy=f"http://127.0.0.1:{away}"):
        event = service.register(url_of(receiver))
        delivery = tried(service, event)
        assert delivery["status"] == RESCHEDULED and delivery["reason"].startswith("proxy")
        assert (delivery["retries"], delivery["first_try"]) == (0, None)
        service.make_due(event)
        assert tried(service, event, 2)["retries"] == 0


@pytest.mark.usefixtures("daemon")
def test_a_secret_that_cannot_be_read_stops_only_its_webhook(service, receivers):
    with receivers.start(answering()) as receiver:
        odd = service.register(url_of(receiver, "/odd"))
        tried(service, odd)
        service.execute("UPDATE webhooks SET secret = REVERSE(secret) WHERE id = %s", webhook_of(odd))
        service.make_due(odd)
        good = service.register(url_of(receiver, "/good"))
        assert tried(service, good)["status"] == SUCCEEDED
        wait_until(lambda: service.log_text("one.log").count("event=secret_unreadable"), "the operator is told")
        assert len(receiver.requests) == 2 and service.undelivered() == 1
