"""An account is deleted by the command line while its keys are in use and the daemon delivers."""

import concurrent.futures
import json

import pytest
from support.daemon import Daemon, url_of
from support.ids import from_base58
from support.service import wait_until
from support.tls_receiver import answering

EVENT = json.dumps({"event_type": "scan_completed", "content": {}}).encode()


@pytest.fixture(name="daemon")
def make_daemon(service, receivers):
    with Daemon(service, authority=receivers.authority) as running:
        yield running


def publish_until_refused(service, key):
    """Returns the number of events that were published before the key was refused."""
    count = 0
    while True:
        response = service.send(EVENT, path=f"/targets/{service.target.id}/events/", authorization=f"JWT {key}")
        if response.status == 401:
            return count
        assert response.status == 200, response.body
        count += 1


def test_nothing_of_the_account_remains_and_nothing_more_is_sent(service, receivers, daemon):
    with receivers.start(answering()) as receiver, concurrent.futures.ThreadPoolExecutor() as threads:
        service.register(url_of(receiver))
        name, account = service.account_id, from_base58(service.account_id)
        key = service.make_key("publishes", rights="read,publish")
        clients = [threads.submit(publish_until_refused, service, key) for _ in range(3)]
        wait_until(lambda: len(receiver.requests) > 20, "events are delivered")
        deletion = threads.submit(service.cli, "account", "delete", name, "--yes")
        published = sum(client.result() for client in clients)
        assert published > 0
        # Requests could be under way for a minute and a half. These clients have ended.
        wait_until(lambda: not service.rows("SELECT id FROM api_keys WHERE account_id = %s AND revoked_at IS NULL",
                                            account), "all keys are revoked")
        service.execute("UPDATE api_keys SET revoked_at = revoked_at - INTERVAL 2 MINUTE WHERE account_id = %s",
                        account)
        deleted = deletion.result()
        sent = len(receiver.requests)
        # The daemon itself removes deliveries of deleted webhooks.
        assert deleted["events"] > published and deleted["deliveries"] > 0
        for table in ("webhooks", "events", "deliveries", "targets", "users", "api_keys", "idempotency_keys"):
            assert service.row(f"SELECT COUNT(*) AS n FROM {table} WHERE account_id = %s", account)["n"] == 0, table
        assert service.row("SELECT COUNT(*) AS n FROM attempts a LEFT JOIN events e ON e.id = a.event_id"
                           " WHERE e.id IS NULL")["n"] == 0
        assert service.row("SELECT COUNT(*) AS n FROM failing_webhooks f LEFT JOIN webhooks w ON w.id = f.webhook_id"
                           " WHERE w.id IS NULL")["n"] == 0
        assert name not in [one["id"] for one in service.cli("account", "list")]
        assert len(receiver.requests) == sent
