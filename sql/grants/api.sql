-- Rights of the API's processes. They may look up keys, targets and users, add and change webhooks and mark them as
-- deleted, record events, and schedule and drop deliveries. They can't create or change keys, users or targets, and
-- they can't remove a webhook or an event.
--
-- Apply this file as the database's administrator, with the database selected, after "targethooks migrate", because
-- rights are granted table by table:
--
--     mariadb targethooks < api.sql            (mysql targethooks < api.sql)
--
-- The user must exist; admin.sql says how to create users.

GRANT SELECT ON schema_migrations TO 'targethooks_api'@'localhost';
GRANT SELECT (id, name) ON accounts TO 'targethooks_api'@'localhost';
GRANT SELECT ON api_keys TO 'targethooks_api'@'localhost';
GRANT SELECT ON api_key_targets TO 'targethooks_api'@'localhost';
GRANT SELECT ON targets TO 'targethooks_api'@'localhost';
GRANT SELECT ON users TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT ON events TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT, UPDATE ON webhooks TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries TO 'targethooks_api'@'localhost';
GRANT SELECT ON attempts TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT, DELETE ON retired_secrets TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT ON secret_key_check TO 'targethooks_api'@'localhost';
GRANT SELECT, DELETE ON failing_webhooks TO 'targethooks_api'@'localhost';
GRANT INSERT ON audit TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT, UPDATE ON counters TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT, UPDATE ON key_rates TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO 'targethooks_api'@'localhost';
