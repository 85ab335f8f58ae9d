"""What a service holds before a measurement, and what it is asked.

Accounts with a key each, and targets to register for, which belong to the accounts in turn. Each account has three
targets more for the other operations: one whose lists are read, and two that events are published for, with a webhook
and with ten. Rows are stored by SQL, under ids of an hour ago, so that new rows follow them.
"""

import base64
import datetime
import hashlib
import random
import time

from support.ids import to_base58

EPOCH_MS, ID_RANDOM_BITS = 1_577_836_800_000, 22  # of ids, see common/model/id.hpp
ROW_BITS = 8  # a target's rows have its id in the upper bits
LISTED = 20  # webhooks of a target whose lists are read, and its events beside the first
FAN_OUTS = (1, 10)
MEASURED_TABLES = ("webhooks", "deliveries", "events", "counters")

WEBHOOKS = """
    INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret, created_at, created_by)
    SELECT t.id + seq, account_id, t.id, CONCAT('https://receiver', seq, '.example.com/hook'), CONCAT('Webhook ', seq),
           TRUE, 'v1', REPEAT('s', 61), UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, account_id
    FROM targets t JOIN seq_1_to_{count} WHERE t.id BETWEEN {first} AND {last}"""
EVENTS = """
    INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at)
    SELECT t.id + seq, account_id, t.id, 'finding_detected', CONCAT('{{"id": "', seq, '", "severity": "high"}}'),
           UTC_TIMESTAMP(6) - INTERVAL 2 HOUR + INTERVAL seq MINUTE
    FROM targets t JOIN seq_1_to_{count} WHERE t.id BETWEEN {first} AND {last}"""
# The listed events were delivered to one of the listed webhooks each.
DELIVERIES = """
    INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status)
    SELECT id, id, account_id, occurred_at, 1 FROM events WHERE event_type = 'finding_detected'"""
COUNTERS = ("""
    INSERT INTO counters SELECT 'target', target_id, 'webhook', 0, COUNT(*) FROM webhooks GROUP BY target_id""", """
    INSERT INTO counters SELECT 'account', account_id, 'all_webhooks', 0, COUNT(*) FROM webhooks GROUP BY account_id""",
            """
    INSERT INTO counters SELECT 'target', target_id, event_type, 0, COUNT(*) FROM events
    WHERE target_id IS NOT NULL GROUP BY target_id, event_type""", """
    INSERT INTO counters SELECT 'account', account_id, event_type, 0, COUNT(*) FROM events
    GROUP BY account_id, event_type""")


class Population:
    """`keys`: as many accounts; `targets`: those to register for."""

    def __init__(self, service, keys, targets):
        self.service = service
        self.connection = service.database.root_connection(service.schema)
        service.at_end(self.connection.close)
        self.targets = targets
        self.first_id = (int(time.time() * 1000) - EPOCH_MS - 3_600_000) << ID_RANDOM_BITS
        self.keys = [_key(number) for number in range(keys)]

    def fill(self):
        """Stores all rows, and remembers the measured tables for reset()."""
        self._add_accounts()
        self._add_targets()
        listed, *published = (self._extra_targets(kind) for kind in range(1 + len(FAN_OUTS)))
        for (first, last), count in zip((listed, *published), (LISTED, *FAN_OUTS)):
            self.service.execute(WEBHOOKS.format(count=count, first=first, last=last))
        self.service.execute(EVENTS.format(count=LISTED, first=listed[0], last=listed[1]))
        self.service.execute(DELIVERIES)
        self.service.execute("TRUNCATE TABLE counters")
        for statement in COUNTERS:
            self.service.execute(statement)
        for table in MEASURED_TABLES:
            self.service.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        return self

    def reset(self):
        """Undoes what was stored since fill(). Each round begins with the same rows."""
        for table in MEASURED_TABLES:
            self.service.execute(f"TRUNCATE TABLE {table}")
            self.service.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
            self.service.execute(f"ANALYZE TABLE {table}")
        self.settle()

    def settle(self):
        """Has the database write what it has changed, which it would otherwise do while something is measured."""
        self.service.execute(f"FLUSH TABLES {', '.join(MEASURED_TABLES)} FOR EXPORT")
        self.service.execute("UNLOCK TABLES")

    # Ids

    @property
    def numbers(self):
        """For statements that make more rows."""
        return {"accounts": self.first_id, "keys": len(self.keys), "targets": self.target_id(0), "row_bits": ROW_BITS,
                "count_of_targets": self.targets}

    def account_of(self, target):
        return self.first_id + target % len(self.keys)

    def target_id(self, target):
        return self.first_id + ((len(self.keys) + target) << ROW_BITS)

    def _extra_targets(self, kind):
        """The first and the last id of the accounts' targets of that kind."""
        first = self.targets + kind * len(self.keys)
        return self.target_id(first), self.target_id(first + len(self.keys) - 1)

    # What the service is asked: pairs of key and path, in a random order that is the same in every run

    def registrations(self):
        return self._shuffled(range(self.targets), lambda target: f"{self._path(target)}webhooks/")

    def pages(self, of):
        return self._of_each_key(0, lambda target: f"{self._path(target)}{of}/")

    def single_objects(self, of):
        def path(target):
            row = self.target_id(target) + 1 + target % LISTED
            return f"{self._path(target)}{of}/{to_base58(row)}/"
        return self._of_each_key(0, path)

    def publications(self, fan_out):
        return self._of_each_key(1 + FAN_OUTS.index(fan_out), lambda target: f"{self._path(target)}events/")

    def _path(self, target):
        return f"/targets/{to_base58(self.target_id(target))}/"

    def _of_each_key(self, kind, path):
        first = self.targets + kind * len(self.keys)
        return self._shuffled(range(first, first + len(self.keys)), path)

    def _shuffled(self, targets, path):
        pairs = [(self.keys[target % len(self.keys)], path(target)) for target in targets]
        random.Random(0).shuffle(pairs)
        return pairs

    # Rows. An account, its user and its key have the same id, and so have a target and its first event.

    def _add_accounts(self):
        ids, now = range(self.first_id, self.first_id + len(self.keys)), _hours_ago(3)
        self._insert("accounts (id, name, created_at) VALUES (%s, %s, %s)",
                     [(id_, f"Account {id_}", now) for id_ in ids])
        self._insert("events (id, account_id, event_type, content, occurred_at) VALUES (%s, %s, %s, %s, %s)",
                     [(id_, id_, "user_created", "{}", now) for id_ in ids])
        self._insert("users (id, account_id, email, name, created_event_id, created_at)"
                     " VALUES (%s, %s, %s, %s, %s, %s)",
                     [(id_, id_, "ana@example.com", "Ana", id_, now) for id_ in ids])
        self._insert("api_keys (id, account_id, user_id, name, digest, rights, created_at)"
                     " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                     [(id_, id_, id_, "bench", hashlib.sha256(key.encode()).digest(), "read,manage,publish", now)
                      for id_, key in zip(ids, self.keys)])

    def _add_targets(self):
        targets, events, now = [], [], _hours_ago(3)
        for target in range(self.targets + (1 + len(FAN_OUTS)) * len(self.keys)):
            id_, account, name = self.target_id(target), self.account_of(target), f"Shop {target}"
            url = f"https://shop{target}.example.com"
            content = f'{{"id": "{to_base58(id_)}", "name": "{name}", "url": "{url}"}}'
            targets.append((id_, account, name, url, id_, now))
            events.append((id_, account, id_, "target_created", content, now))
        self._insert("targets (id, account_id, name, url, created_event_id, created_at)"
                     " VALUES (%s, %s, %s, %s, %s, %s)", targets)
        self._insert("events (id, account_id, target_id, event_type, content, occurred_at)"
                     " VALUES (%s, %s, %s, %s, %s, %s)", events)

    def _insert(self, into, rows):
        with self.connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {into}", rows)


def _hours_ago(hours):
    return datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours)


def _key(number):
    """Made like the service's own (common/security/api_key.hpp), but the same in every run."""
    digest = hashlib.sha256(f"benchmark {number}".encode()).digest()
    return "thk_" + base64.urlsafe_b64encode(digest).decode().rstrip("=")
