-- What the secrets were encrypted with, and who did what.

-- One row: what sql/connection/secret_key_check.hpp derives from the secret_key that the database's secrets are sealed with.
CREATE TABLE IF NOT EXISTS secret_key_check (
  id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
  value BINARY(32) NOT NULL,
  stored_at DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A row for each secret that was read or changed over the API, and each change by the operator's command line. id
-- grows with time (common/model/id.hpp). account_id: whose object it is; NULL for what is no account's. user_id and key_id: over
-- the API; operator: the system's user who ran the command.
CREATE TABLE IF NOT EXISTS audit (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  done_at DATETIME(6) NOT NULL,
  action VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  object VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  account_id BIGINT UNSIGNED NULL,
  user_id BIGINT UNSIGNED NULL,
  key_id BIGINT UNSIGNED NULL,
  operator VARCHAR(255) NULL,
  request_id VARCHAR(64) NULL,
  KEY audit_account (account_id, id),
  KEY audit_action (action, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A webhook that is deleted keeps neither address, name nor secrets.
UPDATE webhooks SET url = '', name = '', secret = NULL, disabled_reason = NULL WHERE deleted_at IS NOT NULL;
DELETE r FROM retired_secrets r JOIN webhooks w ON w.id = r.webhook_id WHERE w.deleted_at IS NOT NULL;
