-- Webhooks whose last request did not succeed, written when that changes, so that a daemon that starts knows whom to
-- be careful with. A table of its own: whoever changes a webhook never waits for the daemon, nor the daemon for him.

CREATE TABLE IF NOT EXISTS failing_webhooks (
  webhook_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  since DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
