-- Each delivery is claimed and recorded, so its row is written at least twice. Columns of a fixed size are changed
-- where they are; those that become NULL, or cease to be, move the row, which takes about twice the time.

-- lease is 0 where there is none, whatever lease_until says. first_try and finished_at are '1970-01-01 00:00:00',
-- their default, as long as they are never.
UPDATE deliveries SET
  lease = COALESCE(lease, 0), lease_until = COALESCE(lease_until, UTC_TIMESTAMP(6)),
  first_try = COALESCE(first_try, '1970-01-01 00:00:00'), finished_at = COALESCE(finished_at, '1970-01-01 00:00:00');

ALTER TABLE deliveries
  MODIFY lease BIGINT UNSIGNED NOT NULL DEFAULT 0,
  MODIFY lease_until DATETIME(6) NOT NULL DEFAULT '1970-01-01 00:00:00',
  MODIFY first_try DATETIME(6) NOT NULL DEFAULT '1970-01-01 00:00:00',
  MODIFY finished_at DATETIME(6) NOT NULL DEFAULT '1970-01-01 00:00:00';
