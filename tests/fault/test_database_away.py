"""The database is stopped and comes back."""

from load import Load, expect_away, post_at_once, post_one, settle, wait_for_service
from support.mariadb import PrivateMariaDB
from support.service import Service


def test_stopped_and_started():
    with PrivateMariaDB(external_allowed=False) as database, Service(database=database) as service:
        sent = [post_one(service)]
        assert sent[0].status == 200
        for _ in range(2):
            database.stop()
            away = [post_one(service, kind) for kind in ("json", "urlencoded", "multipart")] + post_at_once(service, 40)
            for one in away:
                expect_away(one)
            # Requests that need no database are answered as always.
            assert service.send(b"", None, path="/targets/x/nothing/").status == 404
            assert service.send(b"", None, method="PUT").status == 405
            assert service.send(b"", None, authorization=None).status == 401
            # Key and target can't be checked, so the fields are not validated.
            for response in (service.send(b"["), service.send(b"", "text/plain"), service.post({})):
                assert response.status == 500 and response.header("Retry-After")
            database.start()
            sent += away + wait_for_service(service)
        answers = settle(service, sent, "database stopped twice")
        assert answers[500] >= 2 * 43
        assert set(answers) == {200, 500}


def test_restarted_under_load():
    with PrivateMariaDB(external_allowed=False) as database, Service(database=database) as service:
        with Load(service) as load:
            for _ in range(2):
                load.wait_for(100)
                database.restart()
                load.wait_for(100)
        answers = settle(service, load.sent, "database restarted twice under load")
        assert answers[0] == 0


def test_connections_killed_under_load():
    """As a firewall or an administrator would do it: the server stays."""
    with Service() as service:
        with Load(service) as load:
            killed = 0
            for _ in range(10):
                load.wait_for(50)
                killed += service.kill_connections()
            load.wait_for(100)
        answers = settle(service, load.sent, f"{killed} connections killed under load")
        assert answers[0] == 0 and killed >= 10
