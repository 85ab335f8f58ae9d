-- Ids are drawn by the programs (common/model/id.hpp) and grow with time, so rows are appended to their tables.
-- Times are UTC. Text that is compared exactly has a binary collation. Tables that a registration writes have
-- no foreign keys: each would cost a locking read of a row that thousands of registrations share, and the rows
-- they would point to are never removed, only marked as deleted.

CREATE TABLE IF NOT EXISTS accounts (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  name VARCHAR(255) NOT NULL,
  created_at DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- created_event_id: the user's user_created event.
CREATE TABLE IF NOT EXISTS users (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  account_id BIGINT UNSIGNED NOT NULL,
  email VARCHAR(254) NOT NULL,
  name VARCHAR(255) NOT NULL,
  created_event_id BIGINT UNSIGNED NOT NULL,
  created_at DATETIME(6) NOT NULL,
  UNIQUE KEY users_email (account_id, email),
  FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- digest: SHA-256 of the key, which is never stored.
CREATE TABLE IF NOT EXISTS api_keys (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  account_id BIGINT UNSIGNED NOT NULL,
  user_id BIGINT UNSIGNED NOT NULL,
  name VARCHAR(255) NOT NULL,
  digest BINARY(32) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NULL,
  revoked_at DATETIME(6) NULL,
  UNIQUE KEY api_keys_digest (digest),
  KEY api_keys_user (user_id),
  FOREIGN KEY (account_id) REFERENCES accounts (id),
  FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- created_event_id: the target's target_created event, which greets its new webhooks.
CREATE TABLE IF NOT EXISTS targets (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  account_id BIGINT UNSIGNED NOT NULL,
  name VARCHAR(255) NOT NULL,
  url VARCHAR(2048) NOT NULL,
  created_event_id BIGINT UNSIGNED NOT NULL,
  created_at DATETIME(6) NOT NULL,
  verified_at DATETIME(6) NULL,
  deleted_at DATETIME(6) NULL,
  KEY targets_account (account_id, id),
  FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- content: a JSON object. It is text, not JSON, because MySQL would reorder and reformat what it stores.
CREATE TABLE IF NOT EXISTS events (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  account_id BIGINT UNSIGNED NOT NULL,
  target_id BIGINT UNSIGNED NULL,
  event_type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  content MEDIUMTEXT NOT NULL,
  occurred_at DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- target_id is NULL for a webhook that gets all of its account's events.
CREATE TABLE IF NOT EXISTS webhooks (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  account_id BIGINT UNSIGNED NOT NULL,
  target_id BIGINT UNSIGNED NULL,
  url VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(255) NOT NULL,
  check_cert BOOLEAN NOT NULL,
  api_version VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  enabled BOOLEAN NOT NULL DEFAULT TRUE,
  created_at DATETIME(6) NOT NULL,
  created_by BIGINT UNSIGNED NOT NULL,
  deleted_at DATETIME(6) NULL,
  KEY webhooks_owner (account_id, target_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The queue: an event on its way to a webhook. next_try is when the next request is due, NULL once none is.
-- status: 0 scheduled, 1 succeeded, 2 rescheduled, 3 failed.
CREATE TABLE IF NOT EXISTS deliveries (
  event_id BIGINT UNSIGNED NOT NULL,
  webhook_id BIGINT UNSIGNED NOT NULL,
  status TINYINT UNSIGNED NOT NULL DEFAULT 0,
  next_try DATETIME(6) NULL,
  retries INT NOT NULL DEFAULT 0,
  PRIMARY KEY (event_id, webhook_id),
  KEY deliveries_due (next_try)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
