-- What it takes to manage webhooks, and to record and read events. An ALTER TABLE is done as a whole or not at
-- all, so a migration that was interrupted can be run again.

-- rights: what the key may do. limited: only with the targets that api_key_targets names.
ALTER TABLE api_keys
  ADD COLUMN rights SET('read', 'manage', 'publish') CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'read,manage',
  ADD COLUMN limited BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE IF NOT EXISTS api_key_targets (
  key_id BIGINT UNSIGNED NOT NULL,
  target_id BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (key_id, target_id),
  FOREIGN KEY (key_id) REFERENCES api_keys (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- secret: sealed (common/security/secret_cipher.hpp); NULL until it is first needed, for webhooks older than this migration.
-- changed_at, changed_by: the last change by a user, NULL until there is one.
ALTER TABLE webhooks
  ADD COLUMN disabled_reason VARCHAR(255) NULL,
  ADD COLUMN secret VARBINARY(255) NULL,
  ADD COLUMN changed_at DATETIME(6) NULL,
  ADD COLUMN changed_by BIGINT UNSIGNED NULL,
  DROP KEY webhooks_owner,
  ADD KEY webhooks_owner (account_id, target_id, deleted_at, id);

-- Secrets that a rotation has replaced: deliveries carry signatures by them as well until they expire.
CREATE TABLE IF NOT EXISTS retired_secrets (
  webhook_id BIGINT UNSIGNED NOT NULL,
  id BIGINT UNSIGNED NOT NULL,
  secret VARBINARY(255) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  PRIMARY KEY (webhook_id, id),
  KEY retired_secrets_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- For lists, newest first, of an account and of a target, with and without a choice of type.
ALTER TABLE events
  ADD KEY events_account (account_id, occurred_at, id),
  ADD KEY events_account_type (account_id, event_type, occurred_at, id),
  ADD KEY events_target (target_id, occurred_at, id),
  ADD KEY events_target_type (target_id, event_type, occurred_at, id);

-- account_id, occurred_at: the event's, so that an account's events can be listed by the status of their deliveries.
-- reason: why it has failed or is tried again.
ALTER TABLE deliveries
  ADD COLUMN account_id BIGINT UNSIGNED NOT NULL AFTER webhook_id,
  ADD COLUMN occurred_at DATETIME(6) NOT NULL AFTER account_id,
  ADD COLUMN reason VARCHAR(255) NULL;

UPDATE deliveries d JOIN events e ON e.id = d.event_id
  SET d.account_id = e.account_id, d.occurred_at = e.occurred_at
  WHERE d.account_id = 0;

ALTER TABLE deliveries
  ADD KEY deliveries_status (account_id, status, occurred_at, event_id),
  ADD KEY deliveries_webhook (webhook_id, next_try);

-- How many rows an owner has, for the count that lists show: COUNT(*) over a million rows takes too long. what is
-- 'webhook' or an event's type. A total is the sum of its slots: those who add to it at once use different ones,
-- so none waits for another's commit (sql/events/totals.hpp).
CREATE TABLE IF NOT EXISTS totals (
  owner ENUM('account', 'target') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  owner_id BIGINT UNSIGNED NOT NULL,
  what VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  slot TINYINT UNSIGNED NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (owner, owner_id, what, slot)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

REPLACE INTO totals (owner, owner_id, what, slot, n)
  SELECT IF(target_id IS NULL, 'account', 'target'), COALESCE(target_id, account_id), 'webhook', 0, COUNT(*)
  FROM webhooks WHERE deleted_at IS NULL GROUP BY 1, 2;
REPLACE INTO totals (owner, owner_id, what, slot, n)
  SELECT 'account', account_id, event_type, 0, COUNT(*) FROM events GROUP BY account_id, event_type;
REPLACE INTO totals (owner, owner_id, what, slot, n)
  SELECT 'target', target_id, event_type, 0, COUNT(*) FROM events WHERE target_id IS NOT NULL GROUP BY target_id, event_type;

-- What was answered to a publisher that sent an Idempotency-Key, for 24 hours. key_digest, request_digest: SHA-256.
CREATE TABLE IF NOT EXISTS idempotency_keys (
  account_id BIGINT UNSIGNED NOT NULL,
  target_id BIGINT UNSIGNED NOT NULL,
  key_digest BINARY(32) NOT NULL,
  request_digest BINARY(32) NOT NULL,
  event_id BIGINT UNSIGNED NOT NULL,
  response LONGTEXT NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (account_id, target_id, key_digest),
  KEY idempotency_keys_age (created_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Where applications that share the database record events, in their own transactions: see docs/outbox.md. A row
-- that has become an event is gone; one that can't stays, with failed_at and error.
CREATE TABLE IF NOT EXISTS outbox (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  target VARCHAR(22) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  event_type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  content MEDIUMTEXT NOT NULL,
  occurred_at DATETIME(6) NULL,
  recorded_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
  failed_at DATETIME(6) NULL,
  error VARCHAR(255) NULL,
  KEY outbox_waiting (failed_at, id),
  CONSTRAINT outbox_event_type CHECK (event_type IN ('scan_started', 'scan_canceled', 'scan_completed', 'scan_failed', 'finding_detected', 'finding_fixed')),
  CONSTRAINT outbox_content CHECK (JSON_VALID(content) AND JSON_TYPE(content) = 'OBJECT')
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
