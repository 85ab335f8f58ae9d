"""The database server is switched to read-only and back, as a failover does."""

import pytest
from load import Load, expect_away, post_at_once, post_one, settle, wait_for_service
from support.mariadb import PrivateMariaDB
from support.service import Service


@pytest.fixture(scope="module")
def database():
    with PrivateMariaDB(external_allowed=False) as server:
        yield server


def test_read_only_and_back(database):
    with Service(database=database) as service:
        before = post_at_once(service, 20)
        service.execute("SET GLOBAL read_only = 1")
        counts = service.row_counts()
        away = post_at_once(service, 30) + [post_one(service, kind) for kind in ("json", "urlencoded", "multipart")]
        for one in away:
            expect_away(one)
        # Requests that store nothing need no writable server.
        assert service.send(b"[").status == 400
        assert service.send(b"{}", authorization="JWT wrong").status == 401
        assert service.row_counts() == counts
        service.execute("SET GLOBAL read_only = 0")
        sent = before + away + wait_for_service(service)
        answers = settle(service, sent, "database read-only")
        assert answers[500] >= 33 and set(answers) == {200, 500}


def test_under_load(database):
    with Service(database=database) as service:
        with Load(service) as load:
            for _ in range(3):
                load.wait_for(100)
                service.execute("SET GLOBAL read_only = 1")
                load.wait_for(20, status=500)
                service.execute("SET GLOBAL read_only = 0")
                load.wait_for(100)
        answers = settle(service, load.sent, "database read-only three times under load")
        assert answers[0] == 0
