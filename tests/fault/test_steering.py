"""kill -9 of the pool, and connections to the database that end, while webhooks are tested and recovered."""

import itertools
import json

import pytest
from load import GOOD_URL, Clients
from support.http_client import ConnectionEnded
from support.ids import from_base58
from support.service import Service, wait_until

CLIENTS = 6
HARMS = 3
ANSWERS_BETWEEN = 30
MISSED = 15_000


@pytest.fixture
def service(database):
    with Service(database=database) as running:
        yield running


def kill_process(service):
    service.kill9_api(service.processes[0])
    service.start_pool(1)


def kill_connections(service):
    service.kill_connections()


HARM = pytest.mark.parametrize("harm", [kill_process, kill_connections])


def ask(service, path, fields, headers=()):
    """The body of a 200; None if the request has failed."""
    try:
        response = service.send(json.dumps(fields).encode(), path=path, headers=headers,
                                authorization=f"JWT {service.key}", timeout=60)
    except (OSError, ConnectionEnded):
        return None
    assert response.status in (200, 500), (response.status, response.body)
    return response.body if response.status == 200 else None


class KeyedTests(Clients):
    """Clients that test the webhook and repeat what fails under the same key; `answers`: by key."""

    def __init__(self, service, path):
        super().__init__([itertools.count(client, CLIENTS) for client in range(CLIENTS)])
        self.service, self.path, self.answers = service, path, {}

    def step(self, numbers):
        number = next(numbers)
        wait_until(lambda: self.test(number), "the test is answered")

    def test(self, number):
        body = ask(self.service, self.path, {"event_type": "scan_failed"}, [("Idempotency-Key", f"test {number}")])
        if body is not None:
            assert self.answers.setdefault(number, body) == body
        return body

    def wait_for(self, more):
        goal = len(self.answers) + more
        wait_until(lambda: len(self.answers) >= goal, f"{more} more tests are answered")


@HARM
def test_every_test_is_recorded_once(service, harm):
    webhook = service.post({"url": GOOD_URL}).json()["webhooks"][0]["id"]
    with KeyedTests(service, service.path() + f"{webhook}/test/") as testers:
        for _ in range(HARMS):
            testers.wait_for(ANSWERS_BETWEEN)
            harm(service)
        testers.wait_for(ANSWERS_BETWEEN)
    rows = service.rows("SELECT e.id, COUNT(d.webhook_id) AS n FROM events e LEFT JOIN deliveries d ON d.event_id = e.id"
                        " WHERE e.event_type = 'scan_failed' GROUP BY e.id")
    answered = {from_base58(json.loads(body)["id"]) for body in testers.answers.values()}
    print(f"\n{harm.__name__} {HARMS} times: {len(answered)} tests answered, {len(rows)} recorded")
    assert len(answered) == len(testers.answers)
    assert {row["id"] for row in rows} == answered and {row["n"] for row in rows} == {1}
    for owner in ("account", "target"):
        counted = service.row("SELECT SUM(n) AS n FROM counters WHERE owner = %s AND what = 'scan_failed'", owner)["n"]
        assert counted == len(rows)


@HARM
def test_everything_missed_is_recovered(service, harm):
    greeting = service.post({"url": GOOD_URL}).json()
    webhook, number = greeting["webhooks"][0]["id"], from_base58(greeting["webhooks"][0]["id"])
    for first in range(1, MISSED + 1, 900):
        service.execute("INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try) WITH"
                        " RECURSIVE s (n) AS (SELECT %s UNION ALL SELECT n + 1 FROM s WHERE n < %s)"
                        " SELECT n, %s, 1, '2026-01-01', 3, NULL FROM s", first, min(first + 899, MISSED), number)
    answers = []

    def recover(_):
        answers.append(ask(service, service.path() + f"{webhook}/recover/", {"since": "2026-01-01T00:00:00Z"}))

    class Recoverers(Clients):
        step = staticmethod(recover)

    def left():
        return service.row("SELECT COUNT(*) AS n FROM deliveries WHERE webhook_id = %s AND status = 3", number)["n"]

    with Recoverers([None]):
        wait_until(lambda: left() < MISSED, "some are scheduled")
        harm(service)
        wait_until(lambda: left() == 0, "all are scheduled")
        before = len(answers)
        wait_until(lambda: len(answers) > before, "the one in hand is answered")
    told = sum(json.loads(body)["scheduled"] for body in answers if body is not None)
    failed = answers.count(None)
    print(f"\n{harm.__name__}: {MISSED} missed, {told} told to be scheduled, {failed} requests failed")
    rows = service.row("SELECT COUNT(*) AS n FROM deliveries WHERE webhook_id = %s AND status = 0 AND event_id <= %s AND"
                       " next_try IS NOT NULL", number, MISSED)
    assert rows["n"] == MISSED
    assert told <= MISSED and (failed or told == MISSED)
