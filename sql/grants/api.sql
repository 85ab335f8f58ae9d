-- What the user of the API's processes may do: look keys, targets and users up, add, change and mark webhooks as
-- deleted, record events, schedule and drop deliveries. It can neither make or change keys, users or targets, nor
-- remove a webhook or an event.
--
-- Apply it as the database's administrator, with the database selected, after "targethooks migrate", because rights
-- are given table by table:
--
--     mariadb targethooks < api.sql            (mysql targethooks < api.sql)
--
-- The user must be there: see admin.sql, which says how users are made.

GRANT SELECT ON schema_migrations TO 'targethooks_api'@'localhost';
GRANT SELECT ON api_keys TO 'targethooks_api'@'localhost';
GRANT SELECT ON api_key_targets TO 'targethooks_api'@'localhost';
GRANT SELECT ON targets TO 'targethooks_api'@'localhost';
GRANT SELECT ON users TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT ON events TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT, UPDATE ON webhooks TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT, DELETE ON retired_secrets TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT ON secret_key_check TO 'targethooks_api'@'localhost';
GRANT INSERT ON audit TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT, UPDATE ON totals TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT, UPDATE ON key_rates TO 'targethooks_api'@'localhost';
GRANT SELECT, INSERT, UPDATE ON idempotency_keys TO 'targethooks_api'@'localhost';
