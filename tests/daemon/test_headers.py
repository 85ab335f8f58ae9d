"""A webhook's own headers are sent with its deliveries, after the standard ones, and told nowhere else."""

import json

import pytest
from deliveries import webhook_of
from support.daemon import Daemon, url_of
from support.service import wait_until
from support.tls_receiver import answering

SECRET = "s3cret-of-the-receiver"
STANDARD = ["content-type", "webhook-id", "webhook-timestamp", "webhook-signature"]


@pytest.fixture(name="daemon")
def make_daemon(service, receivers):
    with Daemon(service, authority=receivers.authority) as running:
        yield running


def headers_path(service, event):
    return f"/targets/{service.target.id}/webhooks/{event['webhooks'][0]['id']}/headers/"


def put(service, event, headers):
    response = service.send(json.dumps({"headers": headers}).encode(), method="PUT", path=headers_path(service, event),
                            authorization=f"JWT {service.key}")
    assert response.status == 200, response.body


def greeted(service, receiver, **fields):
    """A webhook whose greeting has arrived."""
    before = len(receiver.requests)
    event = service.register(url_of(receiver), **fields)
    wait_until(lambda: len(receiver.requests) > before, "the greeting has arrived")
    wait_until(lambda: service.delivery(event)["status"] == 1, "it is recorded")
    return event


def next_request(service, receiver, event):
    before = len(receiver.requests)
    service.publish(1)
    wait_until(lambda: len(receiver.requests) > before, "the next event has arrived")
    wait_until(lambda: service.undelivered() == 0, "it is recorded")
    return receiver.requests[-1]


def test_they_follow_the_standard_ones_each_once(service, receivers, daemon):
    own = {"X-Api-Key": SECRET, "Authorization": f"Bearer {SECRET}", "x-colon": "a: b, c", "X-Empty": "",
           "Accept": "text/plain", "Cookie": "a=b; c"}
    with receivers.start(answering()) as receiver:
        event = greeted(service, receiver)
        put(service, event, own)
        request = next_request(service, receiver, event)
        names = [field.split(":", 1)[0] for field in request.fields]
        assert len({name.lower() for name in names}) == len(names), names
        places = [[name.lower() for name in names].index(name) for name in STANDARD]
        assert [name for name in names if name in own] == list(own)
        assert max(places) < min(names.index(name) for name in own)
        assert {name: request.headers[name.lower()] for name in own} == own
        assert request.headers["user-agent"].startswith("targethooks/")

        put(service, event, {"X-Other": "x"})
        request = next_request(service, receiver, event)
        assert request.headers["x-other"] == "x" and "x-api-key" not in request.headers
        put(service, event, {})
        assert "x-other" not in next_request(service, receiver, event).headers
    assert SECRET not in daemon.log_text()
    assert SECRET not in repr(service.rows("SELECT * FROM attempts")) + repr(service.rows("SELECT * FROM deliveries"))


@pytest.mark.usefixtures("daemon")
def test_the_largest_are_sent(service, receivers):
    own = {f"{i:02}" + "n" * 62: "v" * 1024 for i in range(20)}
    with receivers.start(answering()) as receiver:
        event = greeted(service, receiver)
        put(service, event, own)
        request = next_request(service, receiver, event)
        assert {name: request.headers[name] for name in own} == own


@pytest.mark.usefixtures("daemon")
def test_credentials_in_the_url_give_way(service, receivers):
    """The URL's user would be sent as Authorization as well."""
    with receivers.start(answering()) as receiver:
        url = url_of(receiver).replace("https://", "https://ana:password@")
        before = len(receiver.requests)
        event = service.register(url)
        wait_until(lambda: len(receiver.requests) > before, "the greeting has arrived")
        assert receiver.requests[-1].headers["authorization"].startswith("Basic ")
        wait_until(lambda: service.undelivered() == 0, "it is recorded")
        put(service, event, {"Authorization": f"Bearer {SECRET}"})
        fields = [field for field in next_request(service, receiver, event).fields if field.lower().startswith("authorization")]
        assert fields == [f"Authorization: Bearer {SECRET}"]


@pytest.mark.usefixtures("daemon")
def test_other_headers_let_a_webhook_start_afresh(service, receivers):
    """A receiver that refused for want of a header gets what waits for a retry at once."""
    def behave(connection):
        while request := connection.read_request():
            status = "200 OK" if request.headers.get("x-api-key") == SECRET else "401 Unauthorized"
            connection.send(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    with receivers.start(behave) as receiver:
        event = service.register(url_of(receiver))
        wait_until(lambda: service.delivery(event)["status"] == 2, "it is refused")
        put(service, event, {"X-Api-Key": SECRET})
        wait_until(lambda: service.delivery(event)["status"] == 1, "it is delivered")


def test_headers_that_cannot_be_read_put_the_delivery_off(service, receivers, daemon):
    """Those of another key, and a secret in their place."""
    with receivers.start(answering()) as receiver:
        event = greeted(service, receiver)
        service.execute("UPDATE webhooks SET headers = secret WHERE id = %s", webhook_of(event))
        service.publish(1)
        wait_until(lambda: daemon.log_count("event=secret_unreadable"), "the operator is told")
        assert len(receiver.requests) == 1 and service.undelivered() == 1
        service.execute("UPDATE webhooks SET headers = NULL WHERE id = %s", webhook_of(event))
        service.execute("UPDATE deliveries SET next_try = UTC_TIMESTAMP(6) WHERE next_try IS NOT NULL")
        wait_until(lambda: service.undelivered() == 0, "it is delivered")
