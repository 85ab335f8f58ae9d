"""One account with long lists: what `scripts/bench lists` reads.

Of the events, half belong to one target. Its first webhook gets them all, and has as many deliveries of each status.
The account's first webhook gets every event, and the rest of the deliveries is spread over all webhooks. Of these many
have failed, but none of an event of the type that is searched or of that target: filters that match little are the
hardest. Few events are of the rare type, few webhooks are disabled, and one URL is registered a few times. One event
goes to every webhook, and one delivery has many attempts.
"""

import datetime
import hashlib
import time

from population import EPOCH_MS, ID_RANDOM_BITS
from support.ids import to_base58

KEY = "thk_" + "l" * 43
BATCH = 100_000
TWO_YEARS_MS = 2 * 365 * 24 * 3600 * 1000
RARE_URL = "https://twice.example.com/hook"
RARE_TYPE = "target_verified"
SEARCHED_TYPE = "scan_failed"
# Without these, rows are stored faster; they are built afterwards.
INDEXES = {
    "events": ("events_account", "events_account_type", "events_target", "events_target_type"),
    "deliveries": ("deliveries_due", "deliveries_status", "deliveries_webhook", "deliveries_history"),
}
WEBHOOKS = """
    INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret, enabled, created_at,
                          created_by)
    SELECT {webhook} + seq, {account}, IF(seq MOD 2, {target}, NULL),
           IF(seq IN (2, 3, 4, 5), '{rare_url}', CONCAT('https://receiver', seq, '.example.com/hooks/', MD5(seq))),
           CONCAT('Webhook ', seq), TRUE, 'v1', REPEAT('s', 61), seq NOT IN (6, 7, 8, 9),
           UTC_TIMESTAMP(6) - INTERVAL 2 YEAR, {account}
    FROM seq_0_to_{last_webhook}"""
TARGETS = """
    INSERT INTO targets (id, account_id, name, url, created_event_id, created_at)
    SELECT {target} + seq, {account}, CONCAT('Shop ', seq), CONCAT('https://shop', seq, '.example.com'), {target} + seq,
           UTC_TIMESTAMP(6) - INTERVAL 2 YEAR
    FROM seq_0_to_{last_target}"""
# Three events in a row occur at the same time.
EVENTS = """
    INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at)
    SELECT (({start} + n * {step}) << {bits}) + n * 2654435761 MOD 4194304, {account},
           IF(n MOD 2, {target}, {target} + 1 + n MOD {last_target}),
           IF(n < 40, '{rare_type}',
              ELT(1 + n DIV 2 MOD 6, 'scan_started', 'scan_completed', 'finding_detected', 'finding_fixed',
                  'scan_failed', 'scan_canceled')),
           CONCAT('{{"id": "', n, '", "severity": "high"}}'),
           {began} + INTERVAL (n DIV 3 * 3) * {step} * 1000 MICROSECOND
    FROM (SELECT seq AS n FROM seq_{first}_to_{last}) AS numbers"""
# Of an event: to the account's first webhook, to the target's first one if it is the target's, and to one at random.
DELIVERIES = f"""
    INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try, changed_at)
    SELECT event_id, {{webhook}} + webhook, {{account}}, occurred_at, status,
           IF(status IN (0, 2), UTC_TIMESTAMP(6) + INTERVAL 1 DAY, NULL), occurred_at
    FROM (SELECT id AS event_id, occurred_at, kind,
                 CASE kind WHEN 0 THEN 0 WHEN 1 THEN 1 ELSE 2 + number MOD ({{last_webhook}} - 1) END AS webhook,
                 CASE WHEN kind = 1 THEN number MOD 4
                      WHEN kind = 2 AND event_type <> '{SEARCHED_TYPE}' AND target_id <> {{target}} THEN 3
                      ELSE 1 END AS status
          FROM (SELECT id, occurred_at, event_type, target_id, id MOD 4194304 AS number FROM events
                WHERE id BETWEEN {{first_id}} AND {{last_id}}) e
          JOIN (SELECT 0 AS kind UNION ALL SELECT 1 UNION ALL SELECT 2) kinds ON kind <> 1 OR target_id = {{target}}
         ) AS generated
    ORDER BY event_id, kind"""
# The last event goes to every webhook.
CROWD = """
    INSERT IGNORE INTO deliveries (event_id, webhook_id, account_id, occurred_at, status)
    SELECT e.id, w.id, w.account_id, e.occurred_at, 1 FROM webhooks w JOIN events e ON e.id = {last_event}
    WHERE w.account_id = {account}"""
ATTEMPTS = """
    INSERT INTO attempts (id, event_id, webhook_id, made_at, duration_us, status, answer)
    SELECT {last_event} + seq, {last_event}, {webhook}, UTC_TIMESTAMP(6) + INTERVAL seq SECOND, seq, 503,
           REPEAT('x', 1024)
    FROM seq_1_to_{attempts}"""
COUNTERS = ("""
    INSERT INTO counters SELECT 'account', account_id, event_type, 0, COUNT(*) FROM events
    WHERE account_id = {account} GROUP BY event_type""", """
    INSERT INTO counters SELECT 'target', target_id, event_type, 0, COUNT(*) FROM events
    WHERE account_id = {account} AND target_id IS NOT NULL GROUP BY target_id, event_type""", """
    INSERT INTO counters SELECT 'account', account_id, 'webhook', 0, COUNT(*) FROM webhooks
    WHERE account_id = {account} AND target_id IS NULL""", """
    INSERT INTO counters SELECT 'account', account_id, 'all_webhooks', 0, COUNT(*) FROM webhooks
    WHERE account_id = {account}""", """
    INSERT INTO counters SELECT 'target', target_id, 'webhook', 0, COUNT(*) FROM webhooks
    WHERE account_id = {account} AND target_id IS NOT NULL""")


class LongLists:
    """`events` and `webhooks`: how many; there are five deliveries for two events."""

    def __init__(self, service, events, webhooks):
        self._service = service
        self._count = events
        self.webhooks = webhooks
        start = int(time.time() * 1000) - EPOCH_MS - TWO_YEARS_MS
        first_id = (start - 24 * 3_600_000) << ID_RANDOM_BITS
        self._numbers = {
            "account": first_id, "target": first_id + (1 << 20), "webhook": first_id + (2 << 20),
            "last_webhook": webhooks - 1, "last_target": webhooks // 10, "attempts": webhooks // 2,
            "start": start, "step": TWO_YEARS_MS // events, "bits": ID_RANDOM_BITS,
            "began": f"(TIMESTAMP'2020-01-01 00:00:00' + INTERVAL {start} * 1000 MICROSECOND)",
            "rare_url": RARE_URL, "rare_type": RARE_TYPE}

    def fill(self, say=lambda text: None):
        """Stores all rows."""
        self._add_account()
        self._execute(TARGETS)
        self._execute(WEBHOOKS)
        dropped = self._drop_indexes()
        for first in range(0, self._count, BATCH):
            last = min(first + BATCH, self._count) - 1
            self._execute(EVENTS, first=first, last=last)
            self._execute(DELIVERIES, first_id=self._first_id(first), last_id=self._first_id(last + 1) - 1)
            say(f"{last + 1:,} events")
        self._numbers["last_event"] = self._value("SELECT MAX(id) AS n FROM events")
        self._execute(CROWD)
        self._execute(ATTEMPTS)
        for table, definitions in dropped.items():
            say(f"indexes of {table}")
            self._execute(f"ALTER TABLE {table} " + ", ".join(f"ADD {one}" for one in definitions))
        for statement in COUNTERS:
            self._execute(statement)
        self._execute("ANALYZE TABLE events, deliveries, webhooks, targets, attempts")
        return self

    # What can be asked for

    @property
    def target(self):
        return to_base58(self._numbers["target"])

    @property
    def last_event(self):
        return to_base58(self._numbers["last_event"])

    @property
    def middle_target(self):
        return to_base58(self._numbers["target"] + self._numbers["last_target"] // 2)

    def webhook(self, number):
        return to_base58(self._numbers["webhook"] + number)

    def time_of(self, share):
        """When the events up to that share of all have occurred."""
        milliseconds = self._numbers["start"] + int(TWO_YEARS_MS * share) + EPOCH_MS
        time_ = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.timezone.utc)
        return time_.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    # How

    def _first_id(self, number):
        return (self._numbers["start"] + number * self._numbers["step"]) << ID_RANDOM_BITS

    def _add_account(self):
        self._execute("INSERT INTO accounts (id, name, created_at) VALUES ({account}, 'Long', UTC_TIMESTAMP(6))")
        self._execute("INSERT INTO users (id, account_id, email, name, created_event_id, created_at)"
                      " VALUES ({account}, {account}, 'ana@example.com', 'Ana', {account}, UTC_TIMESTAMP(6))")
        digest = hashlib.sha256(KEY.encode()).hexdigest()
        self._execute("INSERT INTO api_keys (id, account_id, user_id, name, digest, rights, created_at) VALUES"
                      f" ({{account}}, {{account}}, {{account}}, 'bench', x'{digest}', 'read,manage,publish',"
                      " UTC_TIMESTAMP(6))")

    def _drop_indexes(self):
        """The definitions of the indexes that were dropped, by table."""
        dropped = {}
        for table, names in INDEXES.items():
            text = self._service.row(f"SHOW CREATE TABLE {table}")["Create Table"]
            lines = [line.strip().rstrip(",") for line in text.splitlines()]
            dropped[table] = [line for name in names for line in lines if line.startswith(f"KEY `{name}`")]
            self._execute(f"ALTER TABLE {table} " + ", ".join(f"DROP KEY {name}" for name in names))
        return dropped

    def _value(self, statement):
        return self._service.row(statement)["n"]

    def _execute(self, statement, **more):
        self._service.execute(statement.format(**self._numbers, **more))
