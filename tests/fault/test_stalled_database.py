"""The database server hangs: connections stay open, and no answer comes."""

import contextlib
import os
import signal
import time

import pytest
from load import Load, expect_away, post_at_once, post_one, settle, wait_for_service
from support.mariadb import PrivateMariaDB
from support.service import Service


@pytest.fixture(scope="module")
def database():
    with PrivateMariaDB(external_allowed=False) as server:
        yield server


@contextlib.contextmanager
def stalled(database):
    os.kill(database.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(database.process.pid, signal.SIGCONT)


def test_stalled_and_awake_again(database):
    with Service(database=database) as service:
        sent = post_at_once(service, 20)
        assert {one.status for one in sent} == {200}
        with stalled(database):
            away = []
            for _ in range(3):
                away += post_at_once(service, 40)
                away.append(post_one(service))
        for one in away:
            expect_away(one)
        sent += away + wait_for_service(service)
        answers = settle(service, sent, "database stalled")
        assert answers[500] >= 123 and set(answers) == {200, 500}


def test_stalled_under_load(database):
    with Service(database=database) as service:
        with Load(service, 16) as load:
            for _ in range(3):
                load.wait_for(100)
                with stalled(database):
                    load.wait_for(16, status=500)
                load.wait_for(100)
        answers = settle(service, load.sent, "database stalled three times under load")
        assert answers[0] == 0
        for one in load.sent:
            if one.status == 500:
                expect_away(one)


def test_a_short_stall_is_waited_for(database):
    with Service(database=database) as service:
        with Load(service, 16) as load:
            for _ in range(5):
                load.wait_for(50)
                with stalled(database):
                    time.sleep(0.3)
            load.wait_for(50)
        answers = settle(service, load.sent, "database stalled five times for 0.3 s")
        assert set(answers) == {200}
