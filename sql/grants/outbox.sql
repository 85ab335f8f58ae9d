-- What the user of an application that records events through the outbox may do: write rows to that table, and
-- nothing else, not even read them (docs/outbox.md).
--
-- Apply it as the database's administrator, with the database selected, after "targethooks migrate":
--
--     mariadb targethooks < outbox.sql         (mysql targethooks < outbox.sql)
--
-- The user must be there. An application that has a user already, for its own tables, is better given the right
-- itself, because it must write to them and to the outbox in one transaction: put its name in place of this one.

GRANT INSERT (target, event_type, content, occurred_at) ON outbox TO 'targethooks_outbox'@'localhost';
