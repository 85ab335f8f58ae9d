"""kill -9 of processes of the pool under load, each replaced as a supervisor would."""

from load import Load, settle
from support.service import Service

CLIENTS = 16
KILLS = 10


def test_at_most_the_requests_in_hand_are_lost(database):
    with Service(processes=2, database=database) as service:
        with Load(service, CLIENTS) as load:
            for _ in range(KILLS):
                load.wait_for(100)
                victim = service.processes[0]
                before = len(load.sent)
                service.kill9_api(victim)
                service.start_pool(1)
                load.wait_for(CLIENTS)
                failed = [one for one in load.sent[before:] if one.status != 200]
                assert len(failed) <= CLIENTS, "more requests failed than were in anybody's hands"
        answers = settle(service, load.sent, f"{KILLS} processes killed under load of {CLIENTS} clients")
        assert answers[0] == 0 and answers[500] <= KILLS * CLIENTS
        assert answers[200] >= KILLS * 100


def test_the_whole_pool_at_once(database):
    """The socket stays open, and nginx's requests wait there for the next pool."""
    with Service(processes=2, database=database) as service:
        with Load(service, CLIENTS) as load:
            load.wait_for(100)
            for process in list(service.processes):
                service.kill9_api(process)
            service.start_pool()
            load.wait_for(100)
        answers = settle(service, load.sent, "the whole pool killed under load")
        assert answers[0] == 0 and answers[500] <= CLIENTS
