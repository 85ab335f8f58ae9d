"""The service with its daemon, and loads for it: webhooks registered through nginx, events recorded in the database as
the event store does it, and a wakeup after each commit.
"""

import contextlib
import socket
import time

from processes import memory_kib, process_seconds
from support.daemon import Daemon
from support.ids import from_base58, to_base58
from support.service import Service, wait_until

# The daemon as it is shipped, except that it may send to loopback and stops quickly.
SHIPPED = {**{key: None for key in ("deliver_timeout_ms", "deliver_connect_timeout_ms", "deliver_lease_margin_ms",
                                    "deliver_dead_after_ms", "deliver_time_scale", "deliver_retention_days")},
           "deliver_stop_ms": 500}
LONGEST_SECONDS = 600
EPOCH_MS, ID_RANDOM_BITS = 1_577_836_800_000, 22  # of ids, see common/model/id.hpp
EVENTS = ("INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at) SELECT %s + seq, %s, %s,"
          " 'finding_detected', %s, UTC_TIMESTAMP(6) FROM seq_0_to_{last}")
DELIVERIES = ("INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, next_try) SELECT e.id, w.id,"
              " e.account_id, e.occurred_at, UTC_TIMESTAMP(6) FROM events e JOIN webhooks w ON w.target_id ="
              " e.target_id WHERE e.id BETWEEN %s AND %s")
# The size of a typical finding's event.
CONTENT = ('{"id": "5Kd3NBUAdUn", "name": "SQL injection", "severity": 30, "url": "https://shop.example.com/search?q=1",'
           ' "parameter": "q", "method": "get", "target": {"id": "2NqBaYqTm7P", "name": "Shop", "url":'
           ' "https://shop.example.com"}, "state": "notfixed", "last_found": "2026-01-31T16:32:17.238553Z"}')


class Delivering:
    """A Service with a daemon, on a database that others may use as well."""

    def __init__(self, database, receivers, **settings):
        self.receivers = receivers
        self.service = Service(processes=1, database=database,
                               settings={"destination_allow": "127.0.0.0/8"})
        self._settings = {**SHIPPED, **settings}
        self.daemon = None
        self._connection = None
        self._next_event = (int(time.time() * 1000) - EPOCH_MS) << ID_RANDOM_BITS
        self._wakeup = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._resources = contextlib.ExitStack()

    def __enter__(self):
        self._resources.callback(self._wakeup.close)
        self._resources.enter_context(self.service)
        with self._resources:
            self.daemon = self._resources.enter_context(
                Daemon(self.service, authority=self.receivers.authority, **self._settings))
            self._connection = self._resources.enter_context(
                self.service.database.root_connection(self.service.schema, autocommit=False))
            self._resources = self._resources.pop_all()
        return self

    def __exit__(self, *failure):
        return self._resources.__exit__(*failure)

    # Loads

    def target(self, name):
        return self.service.make_target(name, "https://shop.example.com")

    def register(self, target, url):
        """Registers through nginx and returns the webhook's id."""
        answer = self.service.post({"url": url}, target=target)
        assert answer.status == 200, answer
        return answer.json()["webhooks"][0]["id"]

    def record(self, target, count=1):
        """Records that many events and their deliveries in one transaction, then sends a wakeup. Returns the ids as
        receivers see them.
        """
        first = self._next_event
        self._next_event += count
        account, owner = from_base58(self.service.account_id), from_base58(target.id)
        with self._connection.cursor() as cursor:
            cursor.execute(EVENTS.format(last=count - 1), (first, account, owner, CONTENT))
            cursor.execute(DELIVERIES, (first, first + count - 1))
        self._connection.commit()
        self.wake_up()
        return [to_base58(first + number) for number in range(count)]

    def wake_up(self):
        with contextlib.suppress(OSError):
            self._wakeup.sendto(b"", str(self.daemon.socket))

    # Outcomes

    def undelivered(self):
        """How many deliveries have neither succeeded nor failed."""
        return self._count("next_try IS NOT NULL")

    def due(self):
        return self._count("next_try <= UTC_TIMESTAMP(6)")

    def undelivered_to(self, webhooks):
        return self._count(f"next_try IS NOT NULL AND webhook_id IN ({','.join(str(from_base58(one)) for one in webhooks)})")

    def forget(self, webhooks):
        """Removes the unfinished deliveries of these webhooks."""
        for one in webhooks:
            self.service.execute("DELETE FROM deliveries WHERE webhook_id = %s AND next_try IS NOT NULL",
                                 from_base58(one))

    def attempts(self):
        return self.service.row("SELECT COUNT(*) AS n FROM attempts")["n"]

    def _count(self, condition):
        return self.service.row(f"SELECT COUNT(*) AS n FROM deliveries WHERE {condition}")["n"]

    def wait_until_arrived(self, count, seconds=LONGEST_SECONDS):
        """Asks the receivers, not the database, so as not to disturb it."""
        deadline = time.monotonic() + seconds
        while self.receivers.count() < count and time.monotonic() < deadline:
            time.sleep(0.02)

    def wait_until_recorded(self, seconds=LONGEST_SECONDS):
        wait_until(lambda: self.undelivered() == 0, "all outcomes are recorded", seconds)

    # Costs

    def cpu(self):
        """Seconds of processor time so far."""
        return {"database": process_seconds(self.service.database.process.pid),
                "daemon": process_seconds(self.daemon.process.pid),
                "receiver": process_seconds(self.receivers.process.pid)}

    def statements(self):
        """How many statements and commits the database has executed so far."""
        rows = self.service.rows("SHOW GLOBAL STATUS WHERE Variable_name IN ('Questions', 'Com_commit')")
        return {row["Variable_name"]: int(row["Value"]) for row in rows}

    def memory(self):
        return memory_kib(self.daemon.process.pid)
