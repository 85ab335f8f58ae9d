"""The pool is restarted under load while its socket is held open and nginx keeps connections: no request is lost."""

import pytest
from full_load import full_load, wait_for_more
from load import Load, settle
from support.service import Service

RESTARTS = 20


def restart_overlapping(service):
    """New processes take over the socket before the old ones end."""
    service.restart_api()


def restart_with_a_gap(service):
    """The old processes end before the new ones start."""
    service.stop_pool()
    assert service.processes == []
    service.start_pool()


def restart_one(service):
    """One process of two, and the other one the next time."""
    service.stop_pool(service.processes[:1])
    service.start_pool(1)


WAYS = [restart_overlapping, restart_with_a_gap, restart_one]


@pytest.mark.parametrize("restart", WAYS)
def test_every_request_is_answered_with_200(database, restart):
    with Service(processes=2, database=database) as service:
        with Load(service, 16) as load:
            for _ in range(RESTARTS):
                load.wait_for(50)
                restart(service)
            load.wait_for(50)
        answers = settle(service, load.sent, f"{RESTARTS} restarts ({restart.__name__}) under load")
        assert set(answers) == {200}


@pytest.mark.parametrize("restart", WAYS)
def test_under_full_load(database, tmp_path, restart):
    with Service(processes=2, database=database) as service, full_load(service, tmp_path / "access") as end:
        for _ in range(RESTARTS):
            wait_for_more(service, 100)
            restart(service)
        report = end()
        print(f"\n{RESTARTS} restarts ({restart.__name__}) under full load: {report}")
        assert report["statuses"] == {"200": report["requests"]}
        assert report["unanswered"] == 0 and report["missing"] == 0 and report["faults"] == []
