"""Does a large table slow a registration down? Two services on one database server, one with empty tables, one
with many webhooks in them, measured alternately."""

import time

from contenders import Requests, processes_of
from measure import Contender, Tables
from support.ids import from_base58

# One webhook in a hundred belongs to the target that is measured, the others to 10,000 targets of 1,000
# accounts. They were registered at even distances over two years; nearly all were greeted.
FILL = (
    "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret,"
    " created_at, created_by)"
    " SELECT id, IF(ours, {account}, 1 + seq MOD 1000), IF(ours, {target}, 1 + seq MOD 10000),"
    " CONCAT('https://receiver', seq, '.example.com/hooks/', MD5(seq)), CONCAT('Webhook ', seq), TRUE, 'v1', '',"
    " UTC_TIMESTAMP(6) - INTERVAL 2 YEAR + INTERVAL seq * {step} * 1000 MICROSECOND, {user} FROM"
    " (SELECT seq, seq MOD 100 = 0 AS ours, (({start} + seq * {step}) << 22) + seq * 2654435761 MOD 4194304 AS id"
    " FROM seq_1_to_{count}) AS generated",
    "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try, retries)"
    " SELECT IF(target_id = {target}, {event}, target_id), id, account_id, created_at, IF(id MOD 1000 = 0, 2, 1),"
    " IF(id MOD 1000 = 0, UTC_TIMESTAMP(6) + INTERVAL id MOD 14400 SECOND, NULL), 0 FROM webhooks",
)
TWO_YEARS_MS = 2 * 365 * 24 * 3600 * 1000
EPOCH_MS = 1_577_836_800_000  # ids count from 2020


def fill(service, count):
    """Stores that many webhooks with their deliveries."""
    start = int(time.time() * 1000) - EPOCH_MS - TWO_YEARS_MS
    target = from_base58(service.target.id)
    event = service.row("SELECT created_event_id FROM targets WHERE id = %s", target)["created_event_id"]
    for statement in FILL:
        service.execute(statement.format(
            account=from_base58(service.account_id), user=from_base58(service.user_id), target=target, event=event,
            start=start, step=TWO_YEARS_MS // count, count=count))


def contenders(empty, filled, directory):
    """The service with empty tables and the service with full ones, in that order."""
    made = []
    for name, service in (("empty table", empty), ("filled table", filled)):
        requests = Requests(directory / name.replace(" ", "-"), service.key, [service.path()])
        parts = {"nginx": processes_of(service.nginx), "pool": [process.pid for process in service.processes],
                 "database": [service.database.process.pid]}
        made.append(Contender(name, requests.wrk(service.port), parts,
                              Tables(service.database.root_connection(service.schema))))
    return made
