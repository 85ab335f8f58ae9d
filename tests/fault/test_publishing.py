"""kill -9 of the database server and of the pool while events are published.

Every client publishes one event after another, each with a number in its content. Like a real publisher, it repeats a
failed request with the same Idempotency-Key until it gets a 200.
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
ROUNDS_OF_EVENTS = 100


class Publishers(Clients):
    """Clients that publish; `answers` are all bodies of 200s, by number."""

    def __init__(self, service, key, target, keyed):
        super().__init__([itertools.count()] * CLIENTS)
        self.service, self.key, self.target, self.keyed = service, key, target, keyed
        self.answers = collections.defaultdict(list)
        self.uncertain = set()  # numbers of requests that got no 200

    def step(self, numbers):
        number = next(numbers)
        while self.publish(number) is None and self.keyed:
            time.sleep(0.02)

    def publish(self, number):
        """The body of a 200."""
        headers = [("Idempotency-Key", f"request {number}")] if self.keyed else []
        body = json.dumps({"event_type": "scan_completed", "content": {"n": number}}).encode()
        try:
            response = self.service.send(body, path=f"/targets/{self.target.id}/events/", headers=headers,
                                         authorization=f"JWT {self.key}", timeout=60)
        except (OSError, ConnectionEnded):
            response = None
        if response is None or response.status != 200:
            assert response is None or response.status == 500, (response.status, response.body)
            self.uncertain.add(number)
            return None
        self.answers[number].append(response.body)
        return response.body

    def wait_for(self, more):
        goal = len(self.answers) + more
        wait_until(lambda: len(self.answers) >= goal, f"{more} more events are published")

    def wait_for_trouble(self):
        before = len(self.uncertain)
        wait_until(lambda: len(self.uncertain) > before, "a request has failed")


def stored(service):
    """How often each number is stored."""
    rows = service.rows("SELECT content, COUNT(*) AS n FROM events WHERE event_type = 'scan_completed' GROUP BY content")
    return {json.loads(row["content"])["n"]: row["n"] for row in rows}


def check_counters(service):
    counted = service.row("SELECT COUNT(*) AS n FROM events WHERE event_type = 'scan_completed'")["n"]
    for owner in ("account", "target"):
        row = service.row("SELECT SUM(n) AS n FROM counters WHERE owner = %s AND what = 'scan_completed'", owner)
        assert row["n"] == counted


@pytest.fixture
def service():
    with PrivateMariaDB(external_allowed=False) as database, Service(database=database) as running:
        running.post({"url": GOOD_URL})
        yield running


def kill_database(publishers):
    database = publishers.service.database
    database.kill9()
    publishers.wait_for_trouble()
    database.start()


def kill_process(publishers):
    service = publishers.service
    service.kill9_api(service.processes[0])
    service.start_pool(1)


def kill_connections(publishers):
    publishers.service.kill_connections()


@pytest.mark.parametrize("harm", [kill_database, kill_process, kill_connections])
def test_with_a_key_every_event_is_stored_once_and_every_answer_is_the_same(service, harm):
    publishers = Publishers(service, service.make_key("publisher", rights="publish"), service.target, keyed=True)
    with publishers:
        for _ in range(KILLS):
            publishers.wait_for(ROUNDS_OF_EVENTS)
            harm(publishers)
        publishers.wait_for(ROUNDS_OF_EVENTS)
    first = {number: bodies[0] for number, bodies in publishers.answers.items()}
    for number in first:
        wait_until(lambda number=number: publishers.publish(number), "the service has come back")
    counts = stored(service)
    lost = [number for number in first if number not in counts]
    twice = [number for number, count in counts.items() if count != 1]
    differing = [number for number, bodies in publishers.answers.items() if set(bodies) != {first[number]}]
    deliveries = service.row("SELECT COUNT(*) AS n FROM events e LEFT JOIN deliveries d ON d.event_id = e.id WHERE"
                             " e.event_type = 'scan_completed' AND d.webhook_id IS NULL")["n"]
    print(f"\n{harm.__name__} {KILLS} times under {CLIENTS} publishers: {len(first)} events answered with 200,"
          f" {len(publishers.uncertain)} of them after failures, each repeated once more: {len(lost)} lost,"
          f" {len(twice)} stored twice, {len(differing)} answered differently, {deliveries} without their delivery")
    assert (lost, twice, differing, deliveries) == ([], [], [], 0)
    assert set(counts) == set(first)
    check_counters(service)


def test_without_a_key_every_200_is_stored_once(service):
    publishers = Publishers(service, service.make_key("publisher", rights="publish"), service.target, keyed=False)
    with publishers:
        for _ in range(KILLS):
            publishers.wait_for(ROUNDS_OF_EVENTS)
            kill_database(publishers)
        publishers.wait_for(ROUNDS_OF_EVENTS)
    counts = stored(service)
    lost = [number for number in publishers.answers if number not in counts]
    twice = [number for number, count in counts.items() if count != 1]
    stray = [number for number in counts if number not in publishers.answers]
    told = service.log_count("stored=perhaps")
    print(f"\ndatabase killed {KILLS} times under {CLIENTS} publishers without keys: {len(publishers.answers)} answered"
          f" with 200, {len(publishers.uncertain)} with 500; {len(lost)} lost, {len(twice)} stored twice,"
          f" {len(stray)} stored despite an error, {told} of those were said to be uncertain")
    assert (lost, twice) == ([], [])
    assert len(stray) <= told
    check_counters(service)
