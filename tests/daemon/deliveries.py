"""A Service with functions for deliveries and their secrets."""

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from support.ids import from_base58, to_base58
from support.service import SECRET_KEY, Service

_KEY = AESGCM(bytes.fromhex(SECRET_KEY))
VERSION = b"\x01"
NONCE_BYTES = 12


def seal(webhook_id, secret):
    """Seals a secret like common/security/secret_cipher.hpp."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + _KEY.encrypt(nonce, secret, _associated(webhook_id))


def unseal(webhook_id, sealed):
    nonce, rest = sealed[1:1 + NONCE_BYTES], sealed[1 + NONCE_BYTES:]
    return _KEY.decrypt(nonce, rest, _associated(webhook_id))


def _associated(webhook_id):
    return to_base58(webhook_id).encode()


def webhook_of(event):
    """The webhook's id as a number, from an answer of the API with one webhook."""
    (delivery,) = event["webhooks"]
    return from_base58(delivery["id"])


class DeliveringService(Service):
    """See the module. `event` is the answer of the API to a registration."""

    def register(self, url, **fields):
        """Registers a webhook and returns its greeting."""
        answer = self.post({"url": url, **fields})
        assert answer.status == 200, answer
        return answer.json()

    def delivery(self, event):
        """The row of its delivery."""
        return self.row("SELECT * FROM deliveries WHERE event_id = %s AND webhook_id = %s", from_base58(event["id"]),
                        webhook_of(event))

    def attempts(self, event):
        return self.rows("SELECT * FROM attempts WHERE event_id = %s AND webhook_id = %s ORDER BY made_at, id",
                         from_base58(event["id"]), webhook_of(event))

    def webhook(self, event):
        return self.row("SELECT * FROM webhooks WHERE id = %s", webhook_of(event))

    def undelivered(self):
        """How many deliveries have neither succeeded nor failed."""
        return self.row("SELECT COUNT(*) AS n FROM deliveries WHERE next_try IS NOT NULL")["n"]

    def make_due(self, event):
        """Sets its next try to now."""
        self.execute("UPDATE deliveries SET next_try = UTC_TIMESTAMP(6) WHERE event_id = %s AND webhook_id = %s",
                     from_base58(event["id"]), webhook_of(event))

    def secret(self, event):
        return unseal(webhook_of(event), self.webhook(event)["secret"])

    def rotate_secret(self, event, expired=False):
        """Replaces the webhook's secret. Returns the secrets that sign: the new one, and the former unless expired."""
        webhook, former, new = webhook_of(event), self.secret(event), os.urandom(32)
        self.execute("INSERT INTO retired_secrets (webhook_id, id, secret, expires_at) VALUES"
                     " (%s, %s, %s, UTC_TIMESTAMP(6) + INTERVAL %s HOUR)", webhook, webhook, seal(webhook, former),
                     -1 if expired else 24)
        self.execute("UPDATE webhooks SET secret = %s WHERE id = %s", seal(webhook, new), webhook)
        return [new] if expired else [new, former]

    def publish(self, count, event_type="scan_completed", target=None):
        """Inserts that number of events of the target, and their deliveries, directly into the database."""
        target_id = from_base58((target or self.target).id)
        account = self.row("SELECT account_id FROM targets WHERE id = %s", target_id)["account_id"]
        first = self.row("SELECT COALESCE(MAX(id), 0) AS id FROM events")["id"] + 1
        self.many("INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at) VALUES"
                  " (%s, %s, %s, %s, '{}', UTC_TIMESTAMP(6))",
                  [(first + n, account, target_id, event_type) for n in range(count)])
        self.execute("INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, next_try)"
                     " SELECT e.id, w.id, e.account_id, e.occurred_at, UTC_TIMESTAMP(6) FROM events e JOIN webhooks w"
                     " ON w.target_id = e.target_id WHERE e.id >= %s AND e.id < %s", first, first + count)

    def many(self, statement, rows):
        self.rows("SELECT 1")
        with self._connection.cursor() as cursor:
            cursor.executemany(statement, rows)
