"""The pool is restarted under load while its socket is held open: no request is lost."""

from load import Load, settle
from support.service import Service

RESTARTS = 5


def test_new_processes_before_the_old_ones_end(database):
    with Service(processes=2, database=database) as service:
        with Load(service, 16) as load:
            for _ in range(RESTARTS):
                load.wait_for(100)
                service.restart_api()
            load.wait_for(100)
        answers = settle(service, load.sent, f"{RESTARTS} overlapping restarts under load")
        assert set(answers) == {200}


def test_old_processes_end_before_the_new_ones_start(database):
    with Service(processes=2, database=database) as service:
        with Load(service, 16) as load:
            for _ in range(RESTARTS):
                load.wait_for(100)
                service.stop_pool()
                assert service.processes == []
                service.start_pool()
            load.wait_for(100)
        answers = settle(service, load.sent, f"{RESTARTS} restarts with a gap under load")
        assert set(answers) == {200}


def test_one_process_after_the_other(database):
    with Service(processes=3, database=database) as service:
        with Load(service, 16) as load:
            for process in list(service.processes):
                load.wait_for(50)
                service.stop_pool([process])
                load.wait_for(50)
                service.start_pool(1)
            load.wait_for(50)
        answers = settle(service, load.sent, "a rolling restart of 3 processes under load")
        assert set(answers) == {200}
