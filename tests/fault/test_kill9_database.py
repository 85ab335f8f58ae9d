"""kill -9 of the database server under load."""

from load import Load, settle, wait_for_service
from support.mariadb import PrivateMariaDB
from support.service import Service

CLIENTS = 16
KILLS = 3


def test_every_200_survives_and_none_is_there_twice():
    with PrivateMariaDB(external_allowed=False) as database, Service(database=database) as service:
        pool = list(service.processes)
        with Load(service, CLIENTS) as load:
            for _ in range(KILLS):
                load.wait_for(200)
                database.kill9()
                load.wait_for(CLIENTS, status=500)
                database.start()
                load.wait_for(100)
        sent = load.sent + wait_for_service(service)
        answers = settle(service, sent, f"database killed {KILLS} times under load of {CLIENTS} clients")
        assert answers[0] == 0
        assert answers[200] >= KILLS * 300 and answers[500] >= KILLS * CLIENTS
        assert service.processes == pool
        service.check_pool()
