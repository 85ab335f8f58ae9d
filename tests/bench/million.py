"""Does a large table slow a registration down? Two services on one database server, one as every round finds it, one
with many webhooks in its tables, measured alternately."""

import time

from contenders import COMPARED_LEVEL, parts_of, stored_webhooks
from measure import Contender
from population import EPOCH_MS

EMPTY, FILLED = "empty tables", "filled tables"
# The webhooks belong to the targets in turn. They were registered at even distances over two years; nearly all were
# greeted.
FILL = (
    "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret,"
    " created_at, created_by)"
    " SELECT id, {accounts} + target MOD {keys}, {targets} + (target << {row_bits}),"
    " CONCAT('https://receiver', seq, '.example.com/hooks/', MD5(seq)), CONCAT('Webhook ', seq), TRUE, 'v1',"
    " REPEAT('s', 61), UTC_TIMESTAMP(6) - INTERVAL 2 YEAR + INTERVAL seq * {step} * 1000 MICROSECOND,"
    " {accounts} + target MOD {keys} FROM (SELECT seq, seq MOD {count_of_targets} AS target,"
    " (({start} + seq * {step}) << 22) + seq * 2654435761 MOD 4194304 AS id FROM seq_1_to_{count}) AS generated",
    "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try, retries)"
    " SELECT target_id, id, account_id, created_at, IF(id MOD 1000 = 0, 2, 1),"
    " IF(id MOD 1000 = 0, UTC_TIMESTAMP(6) + INTERVAL id MOD 14400 SECOND, NULL), 0 FROM webhooks"
    " WHERE id < {accounts}",
)
TWO_YEARS_MS = 2 * 365 * 24 * 3600 * 1000


def fill(population, count):
    """Stores that many webhooks with their deliveries."""
    start = int(time.time() * 1000) - EPOCH_MS - TWO_YEARS_MS - 24 * 3_600_000
    for statement in FILL:
        population.service.execute(statement.format(
            **population.numbers, start=start, step=TWO_YEARS_MS // count, count=count))
    population.settle()


def contenders(empty, filled):
    """Of the loads for the two services."""
    return [Contender(name, load.registration(load.population.service.port), parts_of(load.population.service),
                      [COMPARED_LEVEL], stored=stored_webhooks(load.population.connection))
            for name, load in ((EMPTY, empty), (FILLED, filled))]
