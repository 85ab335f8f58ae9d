-- What the user of the API's processes may do: look keys, targets and greetings up, add webhooks and deliveries.
-- It can neither change nor remove a row, nor read what webhooks and users hold.
--
-- Apply it as the database's administrator, with the database selected, after "targethooks migrate", because rights
-- are given table by table:
--
--     mariadb targethooks < api.sql            (mysql targethooks < api.sql)
--
-- The user must be there: see admin.sql, which says how users are made.

GRANT SELECT ON schema_migrations TO 'targethooks_api'@'localhost';
GRANT SELECT ON api_keys TO 'targethooks_api'@'localhost';
GRANT SELECT ON targets TO 'targethooks_api'@'localhost';
GRANT SELECT ON events TO 'targethooks_api'@'localhost';
GRANT SELECT (id), INSERT ON webhooks TO 'targethooks_api'@'localhost';
GRANT INSERT ON deliveries TO 'targethooks_api'@'localhost';
