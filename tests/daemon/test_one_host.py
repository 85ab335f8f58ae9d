"""Ten webhooks of a host fail and one works: their trouble doesn't slow the one that works."""

import time

import pytest

from deliveries import webhook_of
from support.daemon import Daemon, url_of
from support.service import wait_until
from support.tls_receiver import response

BAD = 10
EVENTS = 15
SUCCEEDED = 1


def close(_):
    pass


def reset(connection):
    connection.reset()


def break_off(connection):
    connection.send(b"HTTP/1.1 200 OK\r\nContent-")


def hang(connection):
    connection.hold()


def unavailable(connection):
    connection.send(response(503, ["Retry-After: 14400"]))


def good_but(trouble):
    """Answers requests for /good. Requests for any other path get the trouble."""
    def behave(connection):
        while request := connection.read_request():
            if request.line.split()[1] != "/good":
                return trouble(connection)
            connection.send(response())
        return None
    return behave


def arrived(receiver):
    return sum(request.line.split()[1] == "/good" for request in receiver.requests)


def publish_to_all(service, receiver):
    """Publishes events one after the other, and waits for each at the good webhook. Returns the longest time."""
    longest = 0
    for number in range(EVENTS):
        before = time.monotonic()
        service.publish(1)
        wait_until(lambda goal=number + 2: arrived(receiver) >= goal, f"event {number} has arrived", 20)
        longest = max(longest, time.monotonic() - before)
        time.sleep(0.2)
    return longest


@pytest.mark.parametrize("trouble", [close, reset, break_off, hang, unavailable])
def test_a_path_in_trouble_does_not_starve_its_host(service, receivers, trouble):
    with receivers.start(good_but(trouble)) as receiver, Daemon(service, authority=receivers.authority):
        for number in range(BAD):
            service.register(url_of(receiver, f"/bad/{number}"))
        good = service.register(url_of(receiver, "/good"))
        wait_until(lambda: arrived(receiver) == 1, "the good one is greeted")
        longest = publish_to_all(service, receiver)
        print(f"\n{trouble.__name__}: {EVENTS} of {EVENTS} events, the last to arrive after {longest:.2f} s")
        wait_until(lambda: service.row("SELECT COUNT(*) AS n FROM deliveries WHERE webhook_id = %s AND status = %s",
                                       webhook_of(good), SUCCEEDED)["n"] == EVENTS + 1, "all are recorded")
        assert arrived(receiver) == EVENTS + 1


def test_wrong_certificates_do_not_starve_webhooks_that_do_not_verify_them(service, receivers):
    with receivers.start(good_but(close)) as receiver, Daemon(service, authority=receivers.authority):
        by_address = f"https://127.0.0.1:{receiver.port}"  # the certificate is for localhost
        for number in range(BAD):
            service.register(f"{by_address}/verified/{number}")
        service.register(f"{by_address}/good", check_cert=False)
        wait_until(lambda: arrived(receiver) == 1, "the good one is greeted")
        longest = publish_to_all(service, receiver)
        print(f"\ncertificates: {EVENTS} of {EVENTS} events, the last to arrive after {longest:.2f} s")
