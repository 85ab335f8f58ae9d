"""No process of the pool runs, while its socket is kept open or missing."""

from load import UNEXPECTED, post_at_once, post_one, settle, wait_for_service
from support.service import Service

# nginx gives a pool that doesn't answer more time than the database gets; the contract bounds only the latter.
PATIENCE_SECONDS = 30


def expect_gateway_failure(sent):
    assert sent.status == 500, sent
    assert sent.response.json() == UNEXPECTED
    assert int(sent.response.header("Retry-After")) >= 1
    assert sent.seconds < PATIENCE_SECONDS


def test_abandoned_requests_are_not_stored_later():
    """The socket is kept open, so requests wait there until nginx times out. The pool finds them when it returns, and
    their clients have got an error by then."""
    with Service() as service:
        sent = [post_one(service)]
        service.stop_pool()
        away = post_at_once(service, 20)
        for one in away:
            expect_gateway_failure(one)
        service.start_pool()
        sent += wait_for_service(service)
        settle(service, sent, "pool away, socket held: before and after")
        stored = service.stored_names()
        late = [one.name for one in away if one.name in stored]
        print(f"meanwhile: sent {len(away)}; got {len(away)} x 500; found {len(late)} stored")
        assert late == []


def test_socket_gone():
    with Service() as service:
        sent = [post_one(service)]
        with service.other_socket():
            away = post_at_once(service, 20)
        for one in away:
            expect_gateway_failure(one)
        sent += away + wait_for_service(service)
        assert settle(service, sent, "the pool's socket gone")[500] == 20
        stored = service.stored_names()
        assert not [one.name for one in away if one.name in stored]
