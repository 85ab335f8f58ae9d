"""kill -9 of the database server and of the pool while webhooks are registered with an Idempotency-Key.

Every client registers one webhook after another, each under a name of its own. It repeats a failed request with the
same key until it gets a 200. So each name is stored exactly once, and every answer to it is the same.
"""

import collections
import itertools
import json
import time

import pytest
from load import GOOD_URL, Clients
from support.http_client import ConnectionEnded
from support.mariadb import PrivateMariaDB
from support.service import Service, wait_until

CLIENTS = 8
KILLS = 3
REGISTRATIONS = 100  # between two kills


class Registrants(Clients):
    """`answers` are all bodies of 200s, by name."""

    def __init__(self, service):
        super().__init__([itertools.count()] * CLIENTS)
        self.service = service
        self.answers = collections.defaultdict(list)
        self.failures = 0

    def step(self, numbers):
        name = f"webhook {next(numbers)}"
        while not self.register(name):
            time.sleep(0.02)

    def register(self, name):
        """Whether there was a 200."""
        body = json.dumps({"url": GOOD_URL, "name": name}).encode()
        try:
            response = self.service.send(body, headers=[("Idempotency-Key", name)], timeout=60)
        except (OSError, ConnectionEnded):
            response = None
        if response is None or response.status != 200:
            assert response is None or response.status == 500, (response.status, response.body)
            self.failures += 1
            return False
        self.answers[name].append(response.body)
        return True

    def wait_for(self, more):
        goal = len(self.answers) + more
        wait_until(lambda: len(self.answers) >= goal, f"{more} more webhooks are registered")

    def wait_for_trouble(self):
        before = self.failures
        wait_until(lambda: self.failures > before, "a request has failed")


def kill_database(registrants):
    database = registrants.service.database
    database.kill9()
    registrants.wait_for_trouble()
    database.start()


def kill_process(registrants):
    service = registrants.service
    service.kill9_api(service.processes[0])
    service.start_pool(1)


def kill_connections(registrants):
    registrants.service.kill_connections()


@pytest.fixture
def service():
    with PrivateMariaDB(external_allowed=False) as database, Service(database=database) as running:
        yield running


@pytest.mark.parametrize("harm", [kill_database, kill_process, kill_connections])
def test_every_webhook_is_stored_once_and_every_answer_is_the_same(service, harm):
    registrants = Registrants(service)
    with registrants:
        for _ in range(KILLS):
            registrants.wait_for(REGISTRATIONS)
            harm(registrants)
        registrants.wait_for(REGISTRATIONS)
    names = list(registrants.answers)
    for name in names:
        wait_until(lambda name=name: registrants.register(name), "the service has come back")
    rows = service.rows("SELECT w.name, COUNT(*) AS n, COUNT(d.webhook_id) AS greetings FROM webhooks w"
                        " LEFT JOIN deliveries d ON d.webhook_id = w.id GROUP BY w.name")
    counts = {row["name"]: (row["n"], row["greetings"]) for row in rows}
    differing = [name for name in names if len(set(registrants.answers[name])) != 1]
    print(f"\n{harm.__name__} {KILLS} times under {CLIENTS} clients: {len(names)} webhooks answered with 200,"
          f" {registrants.failures} failures, each repeated once more: {len(differing)} answered differently")
    assert counts == dict.fromkeys(names, (1, 1))
    assert differing == []
