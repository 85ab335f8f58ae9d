-- What the delivery daemon needs. Those who write deliveries need not name its columns.

-- One row for each request made, for the operator. id grows with time (common/model/id.hpp). status: the answer's, NULL if
-- there was none; failure: why not, the first word of deliveries.reason. answer: the first 1,024 bytes of its body.
CREATE TABLE IF NOT EXISTS attempts (
  id BIGINT UNSIGNED NOT NULL,
  event_id BIGINT UNSIGNED NOT NULL,
  webhook_id BIGINT UNSIGNED NOT NULL,
  made_at DATETIME(6) NOT NULL,
  duration_us BIGINT UNSIGNED NOT NULL,
  status SMALLINT UNSIGNED NULL,
  failure VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
  detail VARCHAR(255) NULL,
  answer VARBINARY(1024) NULL,
  PRIMARY KEY (id, event_id, webhook_id),
  KEY attempts_delivery (event_id, webhook_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The daemons that are at work. Each host name of receivers belongs to one of them (delivery/schedule/roster.hpp), so that
-- what one receiver gets at once is counted in one place. token: of the process that has the name now.
CREATE TABLE IF NOT EXISTS delivery_workers (
  name VARCHAR(255) NOT NULL PRIMARY KEY,
  token BIGINT UNSIGNED NOT NULL,
  started_at DATETIME(6) NOT NULL,
  beat_at DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- lease, lease_until: which worker has the delivery in its hands, and until when nobody else may take it.
-- first_try: when its first request was made, since it was last scheduled anew; the 48 hours count from then.
-- finished_at: when it succeeded or failed, for retention; NULL while it is under way, and for those that were
-- recorded as failed from the start.
ALTER TABLE deliveries
  ADD COLUMN lease BIGINT UNSIGNED NULL,
  ADD COLUMN lease_until DATETIME(6) NULL,
  ADD COLUMN first_try DATETIME(6) NULL,
  ADD COLUMN finished_at DATETIME(6) NULL;
