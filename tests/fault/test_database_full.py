"""The database server has no connection left for the pool."""

import contextlib

import pymysql
import pytest
from load import expect_away, post_at_once, post_one, settle, wait_for_service
from support.mariadb import PrivateMariaDB
from support.service import Service, wait_until

MAX_CONNECTIONS = 10


@pytest.fixture
def service():
    options = [f"--max-connections={MAX_CONNECTIONS}"]
    with PrivateMariaDB(options, external_allowed=False) as database, Service(database=database) as running:
        yield running


def occupy(service, others, user):
    """Takes every connection that this user can get."""
    while len(others) < 3 * MAX_CONNECTIONS:
        try:
            others.append(service.database.connect(*user))
        except pymysql.err.OperationalError as error:
            assert error.args[0] == 1040, error
            return
    raise AssertionError("the server takes any number of connections")


def test_others_hold_every_connection(service):
    other = service.database.create_user("other"), "other"
    sent = [post_one(service)]
    assert sent[0].status == 200
    others = []
    with contextlib.ExitStack() as cleanup:
        cleanup.callback(lambda: [one.close() for one in others])
        service.kill_connections()
        wait_until(lambda: not service.pool_connections(), "the pool has lost its connections")
        occupy(service, others, other)
        away = post_at_once(service, 30) + [post_one(service) for _ in range(3)]
        for one in away:
            expect_away(one)
        sent += away
        another = service.start_api()
        assert another.wait(timeout=30) == 1
        assert "Too many connections" in service.stderr()
    sent += wait_for_service(service)
    answers = settle(service, sent, f"{len(others)} connections of {MAX_CONNECTIONS} held by others")
    assert answers[500] >= 33 and set(answers) == {200, 500}


def test_the_pool_goes_on_with_the_connections_it_has(service):
    other = service.database.create_user("other"), "other"
    others = []
    try:
        occupy(service, others, other)
        sent = post_at_once(service, 50)
    finally:
        for one in others:
            one.close()
    answers = settle(service, sent, f"{len(others)} connections taken by others, the pool's kept")
    assert set(answers) == {200}
