"""Events that an application records in its own transaction, through the outbox (docs/outbox.md)."""

import json

import pymysql
import pytest
from events import expect_event_object, expect_page, make_owner, stored_event
from support.ids import from_base58

PASSWORD = "outbox-password"
INSERT = "INSERT INTO outbox (target, event_type, content, occurred_at) VALUES (%s, %s, %s, %s)"


@pytest.fixture(scope="module")
def application(service):
    """The connection of a user with the outbox's rights, and a table of the application's own."""
    user = service.database.create_user(PASSWORD, grants="outbox", schema=service.schema)
    service.execute("CREATE TABLE application_scans (id INT PRIMARY KEY) ENGINE=InnoDB")
    service.execute(f"GRANT INSERT, SELECT ON application_scans TO '{user}'@'localhost'")
    address = {"unix_socket": service.database.socket} if service.database.socket else {
        "host": service.database.host, "port": service.database.port}
    connection = pymysql.connect(user=user, password=PASSWORD, database=service.schema, charset="utf8mb4", **address)
    yield connection
    connection.close()
    service.execute("DROP TABLE application_scans")


@pytest.fixture
def owner(service):
    return make_owner(service)


def write(application, scan, target, content, event_type="scan_completed", occurred_at=None):
    with application.cursor() as cursor:
        cursor.execute("INSERT INTO application_scans (id) VALUES (%s)", (scan,))
        cursor.execute(INSERT, (target, event_type, json.dumps(content, ensure_ascii=False), occurred_at))


def drain(service):
    return service.cli("outbox", "drain")["taken"]


def test_committed_rows_become_events(service, application, owner):
    target = owner.make_target()
    webhook = owner.register(target)
    content = {"id": "4711", "name": "Grüße \N{GRINNING FACE}", "nested": [{"a": None}]}
    write(application, 1, target.id, content)
    assert drain(service) == 0  # not committed yet
    application.commit()
    assert drain(service) == 1
    (event,) = expect_page(owner.get(f"/targets/{target.id}/events/?event_type=scan_completed"), 1)
    assert event["content"] == content
    assert [(one["id"], one["status"]) for one in event["webhooks"]] == [(webhook, "scheduled")]
    stored_event(service, event)
    assert service.row("SELECT COUNT(*) AS n FROM outbox")["n"] == 0


def test_rolled_back_rows_become_no_events(service, application, owner):
    target = owner.make_target()
    write(application, 2, target.id, {})
    application.rollback()
    assert drain(service) == 0
    expect_page(owner.get(f"/targets/{target.id}/events/?event_type=scan_completed"), 0)


def test_when_it_occurred(service, application, owner):
    target = owner.make_target()
    owner.register(target)
    write(application, 3, target.id, {"n": 1}, "finding_fixed", "2026-01-31 16:32:17.238553")
    application.commit()
    assert drain(service) == 1
    (event,) = expect_page(owner.get("/events/?event_type=finding_fixed"), 1)
    expect_event_object(event)
    assert event["occurred_at"] == "2026-01-31T16:32:17.238553Z"
    assert event["webhooks"] == []  # the webhook was registered later


def test_a_bad_row_stays_and_holds_up_no_other(service, application, owner):
    target = owner.make_target()
    write(application, 4, "11111111111", {"n": 1})
    write(application, 5, target.id, {"n": 2})
    application.commit()
    assert drain(service) == 2
    (event,) = expect_page(owner.get(f"/targets/{target.id}/events/?event_type=scan_completed"), 1)
    assert event["content"] == {"n": 2}
    row = service.row("SELECT target, error, failed_at FROM outbox")
    assert row["target"] == "11111111111" and row["failed_at"] is not None
    assert row["error"] == "target: There is no such target."
    assert drain(service) == 0
    service.execute("DELETE FROM outbox")


@pytest.mark.parametrize("event_type", ["user_created", "scan_done"])
def test_an_event_type_that_is_not_for_applications_is_set_aside(service, application, owner, event_type):
    write(application, 7, owner.make_target().id, {}, event_type)
    application.commit()
    assert drain(service) == 1
    assert service.row("SELECT error FROM outbox")["error"] == "event_type: This is not a valid choice."
    service.execute("DELETE FROM outbox")
    service.execute("DELETE FROM application_scans WHERE id = 7")


@pytest.mark.parametrize("content", ["[]", "null", "{", ""])
def test_content_that_is_no_object_is_refused_at_once(service, application, owner, content):
    with application.cursor() as cursor, pytest.raises(pymysql.err.Error) as refused:
        cursor.execute(INSERT, (owner.make_target().id, "scan_failed", content, None))
    application.rollback()
    assert refused.value.args[0] in (4025, 3819)


def test_the_application_can_do_nothing_else(application):
    for statement in ("SELECT * FROM outbox", "DELETE FROM outbox", "UPDATE outbox SET failed_at = NULL",
                      "SELECT * FROM events", "SELECT * FROM targets", "SELECT * FROM api_keys"):
        with application.cursor() as cursor, pytest.raises(pymysql.err.OperationalError):
            cursor.execute(statement)


def test_keys_of_the_account_see_the_event_like_any_other(service, application, owner):
    target = owner.make_target()
    write(application, 6, target.id, {"n": 1})
    application.commit()
    drain(service)
    (event,) = expect_page(owner.get("/events/?event_type=scan_completed"), 1)
    row = service.row("SELECT account_id, target_id FROM events WHERE id = %s", from_base58(event["id"]))
    assert row == {"account_id": from_base58(owner.account_id), "target_id": from_base58(target.id)}
