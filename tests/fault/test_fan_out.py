"""An event for many webhooks is recorded as a whole while others register, and no registration waits for it."""

import threading
import time

from load import GOOD_URL, Clients
from support.ids import from_base58
from support.service import Service

WEBHOOKS = 10_000
MANY_WEBHOOKS = 100_000
CLIENTS = 4


def add_webhooks(service, target, count):
    numbers = ("WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 316)"
               " SELECT a.n * 317 + b.n AS n FROM s a JOIN s b")
    service.execute(
        "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret, created_at,"
        f" created_by) SELECT n + 1, %s, %s, '{GOOD_URL}', '', TRUE, 'v1', '', UTC_TIMESTAMP(6), %s"
        f" FROM ({numbers}) numbers WHERE n < %s",
        from_base58(service.account_id), from_base58(target.id), from_base58(service.user_id), count)
    service.execute("INSERT INTO counters (owner, owner_id, what, shard, n) VALUES ('target', %s, 'webhook', 0, %s)",
                    from_base58(target.id), count)


class Registrations(Clients):
    """Clients that register one webhook after another, each on a target of its own."""

    def __init__(self, service):
        super().__init__(service.make_target(f"Target {n}", "https://shop.example.com") for n in range(CLIENTS))
        self.seconds = []
        self.statuses = set()
        self._service = service

    def step(self, target):
        start = time.monotonic()
        response = self._service.post({"url": GOOD_URL}, target=target)
        self.seconds.append(time.monotonic() - start)
        self.statuses.add(response.status)

    def slowest(self):
        return max(self.seconds)


def publish(service, key, target, headers=()):
    start = time.monotonic()
    response = service.send(b'{"event_type": "scan_completed", "content": {}}', path=f"/targets/{target.id}/events/",
                            authorization=f"JWT {key}", headers=headers)
    return response, time.monotonic() - start


def test_ten_thousand_webhooks():
    with Service() as service:
        key = service.make_key("publisher", rights="read,publish")
        add_webhooks(service, service.target, WEBHOOKS)
        with Registrations(service) as alone:
            time.sleep(1)
        with Registrations(service) as meanwhile:
            times = []
            for number in range(3):
                response, seconds = publish(service, key, service.target, [("Idempotency-Key", f"k{number}")])
                assert response.status == 200, response.body
                event = response.json()
                assert (len(event["webhooks"]), event["webhooks_count"]) == (1000, WEBHOOKS)
                times.append(seconds)
        repeat, repeat_seconds = publish(service, key, service.target, [("Idempotency-Key", "k2")])
        assert repeat.body == response.body
        rows = service.row("SELECT COUNT(*) AS n FROM deliveries WHERE event_id = %s", from_base58(event["id"]))["n"]
        assert rows == WEBHOOKS
        assert alone.statuses == meanwhile.statuses == {200}
        print(f"\nan event for {WEBHOOKS} webhooks: {', '.join(f'{seconds:.2f}' for seconds in times)} s, its repeat"
              f" {repeat_seconds:.2f} s; {len(meanwhile.seconds)} registrations on other targets meanwhile, the slowest"
              f" {meanwhile.slowest():.3f} s; {len(alone.seconds)} before, the slowest {alone.slowest():.3f} s")


def test_a_hundred_thousand_webhooks():
    with Service() as service:
        key = service.make_key("publisher", rights="read,publish")
        add_webhooks(service, service.target, MANY_WEBHOOKS)
        seen = set()
        answers = []
        start = time.monotonic()
        with Registrations(service) as meanwhile:
            publisher = threading.Thread(target=publish_until_stored, args=(service, key, answers))
            publisher.start()
            while publisher.is_alive():
                seen.add(deliveries(service))
                time.sleep(0.02)
            publisher.join()
        seconds = time.monotonic() - start
        assert seen | {deliveries(service)} == {0, MANY_WEBHOOKS}
        event = answers[-1].json()
        assert (len(event["webhooks"]), event["webhooks_count"]) == (1000, MANY_WEBHOOKS)
        assert service.row("SELECT COUNT(*) AS n FROM events WHERE event_type = 'scan_completed'")["n"] == 1
        assert {answer.status for answer in answers[:-1]} <= {500}
        assert meanwhile.statuses == {200}
        print(f"\nan event for {MANY_WEBHOOKS} webhooks: {seconds:.2f} s, {len(answers)} requests;"
              f" {len(meanwhile.seconds)} registrations on other targets meanwhile, the slowest"
              f" {meanwhile.slowest():.3f} s")


def publish_until_stored(service, key, answers):
    """Repeats a publication with the same key until it gets a 200, as a client does."""
    while not answers or answers[-1].status != 200:
        answers.append(publish(service, key, service.target, [("Idempotency-Key", "many")])[0])
        assert len(answers) < 100


def deliveries(service):
    return service.row("SELECT COUNT(*) AS n FROM deliveries d JOIN events e ON e.id = d.event_id"
                       " WHERE e.event_type = 'scan_completed'")["n"]
