-- What it takes to hold accounts and keys to their limits (sql/webhooks/account_limits.hpp).

-- All of an account's webhooks, those of its targets that aren't deleted included.
REPLACE INTO totals (owner, owner_id, what, slot, n)
  SELECT 'account', w.account_id, 'all_webhooks', 0, COUNT(*) FROM webhooks w LEFT JOIN targets t ON t.id = w.target_id
  WHERE w.deleted_at IS NULL AND t.deleted_at IS NULL GROUP BY w.account_id;

-- How often a key has done that within one second, the latest in which it did.
CREATE TABLE IF NOT EXISTS key_rates (
  key_id BIGINT UNSIGNED NOT NULL,
  what ENUM('registration', 'publication') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  second BIGINT UNSIGNED NOT NULL,
  n BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (key_id, what)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
