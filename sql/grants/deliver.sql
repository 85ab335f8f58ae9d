-- Rights of the delivery daemon: it may read what it sends, record outcomes, remove what is old, and turn rows of the
-- outbox into events. It can't register webhooks, and it can't read keys or accounts. Of users it may read name and
-- address, because it mails the creators of webhooks that fail (mail_from in targethooks.conf).
--
-- Apply this file as the database's administrator, with the database selected, after "targethooks migrate", because
-- rights are granted table by table:
--
--     mariadb targethooks < deliver.sql        (mysql targethooks < deliver.sql)
--
-- The user must exist; admin.sql says how to create users.

GRANT SELECT ON schema_migrations TO 'targethooks_deliver'@'localhost';
GRANT SELECT ON targets TO 'targethooks_deliver'@'localhost';
GRANT SELECT (id, email, name, deleted_at) ON users TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT, DELETE ON events TO 'targethooks_deliver'@'localhost';
GRANT SELECT, UPDATE (secret, headers, enabled, disabled_reason, revision, url, name, deleted_at) ON webhooks TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON attempts TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_workers TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON failing_webhooks TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_mails TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON ordered_webhooks TO 'targethooks_deliver'@'localhost';
GRANT SELECT, DELETE ON retired_secrets TO 'targethooks_deliver'@'localhost';
GRANT SELECT (created_at), DELETE ON idempotency_keys TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT ON secret_key_check TO 'targethooks_deliver'@'localhost';
GRANT SELECT (id, done_at), DELETE ON audit TO 'targethooks_deliver'@'localhost';
GRANT SELECT, INSERT, UPDATE ON counters TO 'targethooks_deliver'@'localhost';
GRANT SELECT, UPDATE, DELETE ON outbox TO 'targethooks_deliver'@'localhost';
