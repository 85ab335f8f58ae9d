"""API keys are known only to their owners: they are in no log, no answer and no table."""

import subprocess

import pymysql
import pytest
from support.http_client import encode, exchange
from support.service import wait_until

from expect import GOOD_URL, expect_event

JSON, BODY = encode("json", {"url": GOOD_URL})


def requests_with_keys(service):
    key = service.key
    for form in ("JWT {}", "Bearer {}", "Basic {}", "{}", "JWT\t{}", "JWT {} x", "JWT {}x"):
        authorization = form.format(key)
        yield service.request(BODY, JSON, authorization=authorization)
        yield service.request(b"[", JSON, authorization=authorization)
    yield service.request(BODY, JSON, headers=[("Authorization", f"JWT {key}")])
    yield service.request(BODY, JSON, path="/nowhere/")
    yield service.request(BODY, "text/plain", method="TRACE")
    yield service.request(b"x" * 70_000, JSON)
    yield service.request(BODY, JSON, headers=[("X-Long", "x" * 10_000)])
    yield service.request(b'{"url": "https://localhost", "name": "' + key.encode() + b'"}', JSON)
    yield service.request(b'{"url": "https://example.com", "api_version": 1, "' + key.encode() + b'": 1}', JSON)


def test_no_key_in_any_log_or_answer(service):
    answers = [exchange(service.port, data) for data in requests_with_keys(service)]
    assert {response.status for response in answers} >= {200, 400, 401, 404, 405, 413, 431}
    for response in answers:
        assert service.key.encode() not in response.body
        assert service.key not in str(response.headers)
    with service.other_socket():
        assert service.post({"url": GOOD_URL}).status == 500
    last = service.post({"url": GOOD_URL}).header("X-Request-Id")
    wait_until(lambda: last in service.log_text("api.log") and last in service.log_text("nginx/logs/access.log"),
               "the logs are written")
    assert len(service.log_files()) >= 3
    assert service.leaked_keys() == []


def test_no_key_in_the_database(service):
    expect_event(service, service.post({"url": GOOD_URL}))
    tables = [next(iter(row.values())) for row in service.rows("SHOW TABLES")]
    assert "api_keys" in tables
    for table in tables:
        content = repr(service.rows(f"SELECT * FROM {table}"))
        assert not [key for key in service.keys if key in content], table


def test_no_secret_in_the_command_lines_of_processes(service):
    seen = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert "targethooks-api" in seen
    for secret in (*service.keys, "api-password"):
        assert secret not in seen


def test_the_pools_database_user_can_do_no_more_than_it_must(service):
    with service.database.connect(service.api_user, "api-password", service.schema) as connection:
        for statement in ("SELECT * FROM accounts", "SELECT * FROM outbox", "DELETE FROM webhooks", "DELETE FROM events",
                          "UPDATE events SET content = '{}'", "UPDATE targets SET deleted_at = NULL",
                          "UPDATE users SET name = ''", "UPDATE api_keys SET rights = 'read,manage,publish'",
                          "INSERT INTO api_keys (id) VALUES (1)", "DELETE FROM api_key_targets",
                          "UPDATE retired_secrets SET expires_at = NULL", "DROP TABLE webhooks",
                          "CREATE TABLE x (id INT)", "INSERT INTO schema_migrations (number) VALUES (9)"):
            with connection.cursor() as cursor, pytest.raises(pymysql.err.OperationalError) as refusal:
                cursor.execute(statement)
            assert refusal.value.args[0] in (1142, 1143, 1044), (statement, refusal)
