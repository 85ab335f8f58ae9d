-- What the user of the delivery daemon may do: read what it sends, record what came of it, remove what is old, turn
-- rows of the outbox into events. It can neither register webhooks nor read keys, users and accounts.
--
-- Apply it as the database's administrator, with the database selected, after "targethooks migrate", because rights
-- are given table by table:
--
--     mariadb targethooks < deliver.sql        (mysql targethooks < deliver.sql)
--
-- The user must be there: see admin.sql, which says how users are made.

GRANT SELECT ON schema_migrations TO 'targethooks_deliver'@'localhost';
GRANT SELECT ON targets TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT, DELETE ON events TO 'targethooks_deliver'@'localhost';
GRANT SELECT, UPDATE (secret, enabled, disabled_reason, url, name, deleted_at) ON webhooks TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON attempts TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_workers TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON failing_webhooks TO 'targethooks_deliver'@'localhost';
GRANT SELECT, DELETE ON retired_secrets TO 'targethooks_deliver'@'localhost';
GRANT SELECT (created_at), DELETE ON idempotency_keys TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT ON secret_key_check TO 'targethooks_deliver'@'localhost';
GRANT SELECT (id, done_at), DELETE ON audit TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT, UPDATE ON totals TO 'targethooks_deliver'@'localhost';
GRANT SELECT, UPDATE, DELETE ON outbox TO 'targethooks_deliver'@'localhost';
