-- Rights of an application that records events through the outbox (docs/outbox.md): it may write rows to this table. It
-- can't even read them.
--
-- Apply this file as the database's administrator, with the database selected, after "targethooks migrate":
--
--     mariadb targethooks < outbox.sql         (mysql targethooks < outbox.sql)
--
-- The user must exist. If the application already has a user for its own tables, put that name in place of this one,
-- because the application must write to its tables and to the outbox in one transaction.

GRANT INSERT (target, event_type, content, occurred_at) ON outbox TO 'targethooks_outbox'@'localhost';
