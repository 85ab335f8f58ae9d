"""The other operations beside registration, on one service: reading a page of webhooks, a page of events and a
single event, and publishing events for one webhook and for ten."""

import json

from contenders import FIELDS, Requests, processes_of
from measure import Contender, Tables
from support.ids import from_base58, to_base58

REFERENCE = "registration"
LISTED = 1000  # webhooks of the target, and its events, that the lists are read from
FAN_OUT = (1, 10)
EVENT = json.dumps({"event_type": "scan_completed", "content": {"id": "5Kd3NBUAdUn", "severity": "high"}}).encode()

FILL = (
    "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret,"
    " created_at, created_by)"
    " SELECT seq, {account}, {target}, CONCAT('https://receiver', seq, '.example.com/hook'), CONCAT('Webhook ', seq),"
    " TRUE, 'v1', '', UTC_TIMESTAMP(6), {user} FROM seq_1_to_{count}",
    "INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at)"
    " SELECT seq, {account}, {target}, 'finding_detected', CONCAT('{{\"id\": \"', seq, '\"}}'),"
    " UTC_TIMESTAMP(6) - INTERVAL seq MINUTE FROM seq_1_to_{count}",
    "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status)"
    " SELECT id, id, account_id, occurred_at, 1 FROM events WHERE id <= {count}",
    "INSERT INTO counters (owner, owner_id, what, shard, n) VALUES ('target', {target}, 'webhook', 8, {count}),"
    " ('target', {target}, 'finding_detected', 8, {count}), ('account', {account}, 'finding_detected', 8, {count})",
)


def contenders(service, directory):
    """Registration comes first; the others are compared with it."""
    directory.mkdir()
    key = service.make_key("bench", rights="read,manage,publish")
    listed = service.make_target("Listed", "https://shop.example.com")
    for statement in FILL:
        service.execute(statement.format(account=from_base58(service.account_id), target=from_base58(listed.id),
                                         user=from_base58(service.user_id), count=LISTED))
    parts = {"nginx": processes_of(service.nginx), "pool": [process.pid for process in service.processes],
             "database": [service.database.process.pid]}

    def tables(counted):
        return Tables(service.database.root_connection(service.schema), counted)

    def requests(name, path):
        return Requests(directory / name.replace(" ", "-"), key, [path])

    made = [Contender(REFERENCE, requests(REFERENCE, service.path()).wrk(service.port), parts, tables("webhooks"))]
    event = to_base58(1)
    for name, path in (("page of webhooks", f"/targets/{listed.id}/webhooks/"),
                       ("page of events", f"/targets/{listed.id}/events/"),
                       ("one event", f"/targets/{listed.id}/events/{event}/")):
        made.append(Contender(name, requests(name, path).wrk(service.port, method="GET"), parts))
    for count in FAN_OUT:
        target = service.make_target(f"Fan-out {count}", "https://shop.example.com")
        for _ in range(count):
            assert service.post(FIELDS, target=target).status == 200
        name = f"publish, fan-out {count}"
        command = requests(name, f"/targets/{target.id}/events/").wrk(service.port, body=EVENT)
        made.append(Contender(name, command, parts, tables("events")))
    return made
