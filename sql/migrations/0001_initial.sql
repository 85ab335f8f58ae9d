-- The tables of targethooks, by subject: accounts and keys, events, webhooks, deliveries, the operator.
--
-- Programs generate the ids (common/model/id.hpp). Ids grow with time, so rows are appended to their tables. Times are
-- UTC. Text that is compared exactly has a binary collation. Tables that a registration or a publication writes have no
-- foreign keys: each would cost a locking read of a row that thousands of requests share. The rows that they would
-- point to are only marked as deleted while other rows need them.
--
-- Every statement may run twice: an interrupted migration is run again from its start.

-- Accounts and keys -------------------------------------------------------------------------------------------------

-- deleted_at: when the deletion of the account began. Its rows are removed by and by, this one last
--             (sql/operator/account_deletion.hpp).
CREATE TABLE IF NOT EXISTS accounts (
  id         BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  name       VARCHAR(255)    NOT NULL,
  created_at DATETIME(6)     NOT NULL,
  deleted_at DATETIME(6)     NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- created_event_id: the user_created event, which is the greeting of the account's webhooks that the user registers.
-- deleted_at:       a deleted user's row stays, because webhooks name their users. It has no name and no address left
--                   (sql/operator/admin_store.hpp).
--
-- users_email: an address belongs to one user of an account.
CREATE TABLE IF NOT EXISTS users (
  id               BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  account_id       BIGINT UNSIGNED NOT NULL,
  email            VARCHAR(254)    NOT NULL,
  name             VARCHAR(255)    NOT NULL,
  created_event_id BIGINT UNSIGNED NOT NULL,
  created_at       DATETIME(6)     NOT NULL,
  deleted_at       DATETIME(6)     NULL,
  UNIQUE KEY users_email (account_id, email),
  FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What accounts register webhooks for, and what events are about.
--
-- created_event_id: the target_created event, which is the greeting of the target's webhooks.
--
-- targets_account: lists an account's targets.
CREATE TABLE IF NOT EXISTS targets (
  id               BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  account_id       BIGINT UNSIGNED NOT NULL,
  name             VARCHAR(255)    NOT NULL,
  url              VARCHAR(2048)   NOT NULL,
  created_event_id BIGINT UNSIGNED NOT NULL,
  created_at       DATETIME(6)     NOT NULL,
  verified_at      DATETIME(6)     NULL,
  deleted_at       DATETIME(6)     NULL,
  KEY targets_account (account_id, deleted_at, id),
  FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- digest:  SHA-256 of the key. The key itself is never stored.
-- rights:  what the key may do.
-- limited: the key is only for the targets that api_key_targets names.
--
-- api_keys_digest: finds the key of a request. api_keys_account, api_keys_user: list an account's and a user's keys.
CREATE TABLE IF NOT EXISTS api_keys (
  id         BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  account_id BIGINT UNSIGNED NOT NULL,
  user_id    BIGINT UNSIGNED NOT NULL,
  name       VARCHAR(255)    NOT NULL,
  digest     BINARY(32)      NOT NULL,
  rights     SET('read', 'manage', 'publish') CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'read,manage',
  limited    BOOLEAN         NOT NULL DEFAULT FALSE,
  created_at DATETIME(6)     NOT NULL,
  expires_at DATETIME(6)     NULL,
  revoked_at DATETIME(6)     NULL,
  UNIQUE KEY api_keys_digest (digest),
  KEY api_keys_account (account_id, id),
  KEY api_keys_user (user_id),
  FOREIGN KEY (account_id) REFERENCES accounts (id),
  FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS api_key_targets (
  key_id    BIGINT UNSIGNED NOT NULL,
  target_id BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (key_id, target_id),
  FOREIGN KEY (key_id) REFERENCES api_keys (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- How often a key has registered or published within one second: the latest second in which it did so
-- (sql/webhooks/account_limits.hpp).
CREATE TABLE IF NOT EXISTS key_rates (
  key_id BIGINT UNSIGNED NOT NULL,
  what   ENUM('registration', 'publication') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  second BIGINT UNSIGNED NOT NULL,
  n      BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (key_id, what)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The answers to requests that came with an Idempotency-Key, for 24 hours. The digests are SHA-256; that of the request
-- covers its operation, its target and its values.
--
-- object_id: the event or the webhook that the request made.
--
-- idempotency_keys_age: finds the rows that are old enough to be removed.
CREATE TABLE IF NOT EXISTS idempotency_keys (
  account_id     BIGINT UNSIGNED NOT NULL,
  key_digest     BINARY(32)      NOT NULL,
  request_digest BINARY(32)      NOT NULL,
  object_id      BIGINT UNSIGNED NOT NULL,
  response       LONGTEXT        NOT NULL,
  created_at     DATETIME(6)     NOT NULL,
  PRIMARY KEY (account_id, key_digest),
  KEY idempotency_keys_age (created_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- How many rows an owner has, for the counts that lists show and for the limits of accounts: COUNT(*) over a million
-- rows takes too long. A total is the sum of its shards: transactions that add to it at the same time use different
-- shards, so none waits for another's commit (sql/events/counters.hpp).
--
-- what: 'webhook'; 'all_webhooks', which counts those of the account's targets as well; or an event type.
CREATE TABLE IF NOT EXISTS counters (
  owner    ENUM('account', 'target') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  owner_id BIGINT UNSIGNED  NOT NULL,
  what     VARCHAR(32)      CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  shard    TINYINT UNSIGNED NOT NULL,
  n        BIGINT           NOT NULL,
  PRIMARY KEY (owner, owner_id, what, shard)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Events ------------------------------------------------------------------------------------------------------------

-- target_id: NULL for an event of the account itself.
-- content:   a JSON object. The type is text, not JSON, because MySQL would reorder and reformat what it stores.
--
-- The indexes list the events of an account and of a target, newest first, of all types and of one.
CREATE TABLE IF NOT EXISTS events (
  id          BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  account_id  BIGINT UNSIGNED NOT NULL,
  target_id   BIGINT UNSIGNED NULL,
  event_type  VARCHAR(32)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  content     MEDIUMTEXT      NOT NULL,
  occurred_at DATETIME(6)     NOT NULL,
  KEY events_account (account_id, occurred_at, id),
  KEY events_account_type (account_id, event_type, occurred_at, id),
  KEY events_target (target_id, occurred_at, id),
  KEY events_target_type (target_id, event_type, occurred_at, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Events that applications on the same server record in their own transactions (docs/outbox.md). A row that has become
-- an event is removed. A row that can't become one stays, with failed_at and error.
--
-- The application may name target, event_type, content and occurred_at. The daemon checks them when it takes the row.
-- The table checks content as well, so that the application's INSERT fails while its transaction can still be undone.
--
-- outbox_waiting: finds the rows that wait (failed_at is NULL) in the order of their ids, and lists those that failed.
CREATE TABLE IF NOT EXISTS outbox (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  target      VARCHAR(22)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  event_type  VARCHAR(32)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  content     MEDIUMTEXT      NOT NULL,
  occurred_at DATETIME(6)     NULL,
  recorded_at DATETIME(6)     NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
  failed_at   DATETIME(6)     NULL,
  error       VARCHAR(255)    NULL,
  KEY outbox_waiting (failed_at, id),
  CONSTRAINT outbox_content CHECK (JSON_VALID(content) AND JSON_TYPE(content) = 'OBJECT')
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Webhooks ----------------------------------------------------------------------------------------------------------

-- target_id:   NULL for a webhook that gets all events of its account.
-- secret:      sealed (common/security/secret_cipher.hpp). Of a deleted webhook secret, headers, url and name are
--              empty.
-- changed_at, changed_by: the last change by a user; NULL until there is one.
-- event_types: those that it receives; '' stands for all of them.
-- ordered:     it gets one delivery at a time, in the order of the events' ids.
-- headers:     a JSON object, sealed like the secret: what its requests carry beside the standard headers.
-- generation:  grows whenever the webhook starts afresh (sql/deliveries/delivery_store.hpp), because the outcomes of
--              earlier requests count no more. It is the time of that start in microseconds since 1970; 0 at first.
--
-- revision:    grows with every change of enabled and event_types. So the webhook's entry in webhooks_owner only moves
--              forward, and a fan-out that has waited for the change finds it there.
--
-- webhooks_owner:      lists an owner's webhooks, and is how fan-outs find and lock them. It has all columns that a
--                      fan-out needs: the rows are not read.
-- webhooks_generation: finds the webhooks that have just started afresh.
CREATE TABLE IF NOT EXISTS webhooks (
  id              BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  account_id      BIGINT UNSIGNED NOT NULL,
  target_id       BIGINT UNSIGNED NULL,
  url             VARCHAR(2048)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name            VARCHAR(255)    NOT NULL,
  check_cert      BOOLEAN         NOT NULL,
  api_version     VARCHAR(8)      CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  secret          VARBINARY(255)  NOT NULL,
  event_types     SET('user_created', 'user_deleted', 'target_created', 'target_deleted', 'target_verified',
                      'target_verification_failed', 'scan_started', 'scan_canceled', 'scan_completed', 'scan_failed',
                      'finding_detected', 'finding_fixed') CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ordered         BOOLEAN         NOT NULL DEFAULT FALSE,
  headers         BLOB            NULL,
  enabled         BOOLEAN         NOT NULL DEFAULT TRUE,
  disabled_reason VARCHAR(255)    NULL,
  created_at      DATETIME(6)     NOT NULL,
  created_by      BIGINT UNSIGNED NOT NULL,
  changed_at      DATETIME(6)     NULL,
  changed_by      BIGINT UNSIGNED NULL,
  deleted_at      DATETIME(6)     NULL,
  generation      BIGINT UNSIGNED NOT NULL DEFAULT 0,
  revision        INT UNSIGNED    NOT NULL DEFAULT 0,
  KEY webhooks_owner (account_id, target_id, deleted_at, id, revision, enabled, event_types, created_at),
  KEY webhooks_generation (generation)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Secrets that a rotation has replaced. Until they expire, deliveries carry signatures by them as well.
--
-- id: counts from 1 for each webhook.
--
-- retired_secrets_expiry: finds the rows to be removed.
CREATE TABLE IF NOT EXISTS retired_secrets (
  webhook_id BIGINT UNSIGNED NOT NULL,
  id         BIGINT UNSIGNED NOT NULL,
  secret     VARBINARY(255)  NOT NULL,
  expires_at DATETIME(6)     NOT NULL,
  PRIMARY KEY (webhook_id, id),
  KEY retired_secrets_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Webhooks whose last outcome was a failure. A row is written by the first failure and removed by the first success
-- after it; further failures only read it. From this table a starting daemon knows which receivers to be careful with.
-- It is separate from webhooks so that a change of a webhook and the daemon never wait for each other.
--
-- since:     the first of the failures in a row.
-- warned_at: the failure that came a day or less before the webhook is disabled; NULL until there is one
--            (sql/deliveries/webhook_health.hpp).
--
-- failing_webhooks_since: lists those that have failed for long.
CREATE TABLE IF NOT EXISTS failing_webhooks (
  webhook_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  since      DATETIME(6)     NOT NULL,
  warned_at  DATETIME(6)     NULL,
  KEY failing_webhooks_since (since)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The mails about failing webhooks to their creators, at most one of a kind for a webhook and day. The transaction that
-- warns or disables writes the row. A daemon claims it before it sends the mail, so no mail is sent twice.
--
-- day:        that of made_at.
-- claimed_at: NULL while the mail waits.
--
-- webhook_mails_waiting: finds the mails that wait, and the rows that are old enough to be removed.
CREATE TABLE IF NOT EXISTS webhook_mails (
  webhook_id BIGINT UNSIGNED NOT NULL,
  kind       ENUM('failing', 'disabled') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  day        DATE            NOT NULL,
  made_at    DATETIME(6)     NOT NULL,
  claimed_at DATETIME(6)     NULL,
  PRIMARY KEY (webhook_id, kind, day),
  KEY webhook_mails_waiting (claimed_at, made_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The delivery of an ordered webhook that was claimed last. The next one is claimed only when this one has ended.
CREATE TABLE IF NOT EXISTS ordered_webhooks (
  webhook_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  event_id   BIGINT UNSIGNED NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Deliveries --------------------------------------------------------------------------------------------------------

-- The queue: an event on its way to a webhook, or the outcome. Statements that insert rows need not name the columns
-- from status on.
--
-- account_id, occurred_at: the event's, so that an account's events can be listed by the status of their deliveries.
-- status:      0 scheduled, 1 succeeded, 2 rescheduled, 3 failed (common/model/records.hpp).
-- next_try:    when the next request is due; NULL once there is none to be made.
-- reason:      why it has failed or is tried again.
-- changed_at:  when status was last set, for retention.
-- first_try:   when the first request was made since the delivery was last scheduled. The 48 hours count from then.
--              NULL until there is one.
-- lease, lease_until: which worker holds the delivery, and until when no other may take it. lease is 0 if none does.
--
-- Each row is claimed and recorded, so it is written at least twice, and a row that grows leaves its full page. With a
-- lease, a lease_until and a time of the end that were NULL at first, the table took 1.44 times the space, and claiming
-- and recording took the server 1.27 (1.15-1.34) times the processor time (medians of 7 alternating rounds of 40,000
-- rows, on MariaDB 10.11). So these are never NULL, and the row of a delivery that succeeds is as long at the end as at
-- the beginning: next_try becomes NULL, and first_try ceases to be NULL.
--
-- deliveries_due:     finds what is due, in the order of next_try.
-- deliveries_status:  lists an account's deliveries by status, and its events by the status of their deliveries.
-- deliveries_webhook: finds what is due of one webhook, and, among the rows without a next_try, its last outcome.
-- deliveries_history: lists a webhook's deliveries: those of one status, newest event first.
CREATE TABLE IF NOT EXISTS deliveries (
  event_id    BIGINT UNSIGNED  NOT NULL,
  webhook_id  BIGINT UNSIGNED  NOT NULL,
  account_id  BIGINT UNSIGNED  NOT NULL,
  occurred_at DATETIME(6)      NOT NULL,
  status      TINYINT UNSIGNED NOT NULL DEFAULT 0,
  next_try    DATETIME(6)      NULL,
  retries     INT              NOT NULL DEFAULT 0,
  reason      VARCHAR(255)     NULL,
  changed_at  DATETIME(6)      NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
  first_try   DATETIME(6)      NULL,
  lease       BIGINT UNSIGNED  NOT NULL DEFAULT 0,
  lease_until DATETIME(6)      NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
  PRIMARY KEY (event_id, webhook_id),
  KEY deliveries_due (next_try),
  KEY deliveries_status (account_id, status, occurred_at, event_id),
  KEY deliveries_webhook (webhook_id, next_try),
  KEY deliveries_history (webhook_id, status, occurred_at, event_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One row for each request that was made.
--
-- status:  the answer's; NULL if there was no answer.
-- failure: why there was no answer: the first word of deliveries.reason.
-- answer:  the first 1,024 bytes of its body.
-- by_allow_list: the address was reachable only because the operator's allow-list says so.
--
-- attempts_delivery: lists the requests of a delivery, newest first. The order of the ids would depend on the clocks of
-- the daemons' hosts, which may disagree; made_at is by the database's clock.
CREATE TABLE IF NOT EXISTS attempts (
  id          BIGINT UNSIGNED   NOT NULL,
  event_id    BIGINT UNSIGNED   NOT NULL,
  webhook_id  BIGINT UNSIGNED   NOT NULL,
  made_at     DATETIME(6)       NOT NULL,
  duration_us BIGINT UNSIGNED   NOT NULL,
  status      SMALLINT UNSIGNED NULL,
  failure     VARCHAR(16)       CHARACTER SET ascii COLLATE ascii_bin NULL,
  detail      VARCHAR(255)      NULL,
  answer      VARBINARY(1024)   NULL,
  by_allow_list BOOLEAN         NOT NULL DEFAULT FALSE,
  PRIMARY KEY (id, event_id, webhook_id),
  KEY attempts_delivery (event_id, webhook_id, made_at, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The running daemons. Each host name of receivers belongs to one of them (delivery/schedule/host_partition.hpp), so
-- one daemon counts all requests in flight to that host.
--
-- token: identifies the process that has the name now.
CREATE TABLE IF NOT EXISTS delivery_workers (
  name         VARCHAR(255)    NOT NULL PRIMARY KEY,
  token        BIGINT UNSIGNED NOT NULL,
  started_at   DATETIME(6)     NOT NULL,
  heartbeat_at DATETIME(6)     NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The operator ------------------------------------------------------------------------------------------------------

-- One row: a value that is derived from the secret_key with which the secrets in the database are sealed
-- (sql/connection/secret_key_check.hpp).
CREATE TABLE IF NOT EXISTS secret_key_check (
  id        TINYINT UNSIGNED NOT NULL PRIMARY KEY,
  value     BINARY(32)       NOT NULL,
  stored_at DATETIME(6)      NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A row for each secret, and for the headers of each webhook, that were read or changed over the API, and for each change
-- by the operator's command line.
--
-- account_id: the owner of the object; NULL for objects without an account.
-- user_id, key_id: who did it over the API. operator: the system's user who ran the command.
--
-- The indexes list the rows of an account, and of an action, newest first.
CREATE TABLE IF NOT EXISTS audit (
  id         BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  done_at    DATETIME(6)     NOT NULL,
  action     VARCHAR(32)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  object     VARCHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NULL,
  account_id BIGINT UNSIGNED NULL,
  user_id    BIGINT UNSIGNED NULL,
  key_id     BIGINT UNSIGNED NULL,
  operator   VARCHAR(255)    NULL,
  request_id VARCHAR(64)     NULL,
  KEY audit_account (account_id, id),
  KEY audit_action (action, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
