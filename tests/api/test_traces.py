"""Every log line of a request with a good key names key and account, and reading or rotating a secret leaves a row in
the audit.
"""

import re
import threading

import pytest
from support.ids import from_base58
from support.service import wait_until

from expect import GOOD_URL
from webhooks import Tenant


def log_line(service, answer):
    request_id = answer.header("X-Request-Id")
    wait_until(lambda: f"request_id={request_id} " in service.log_text(), "the line is written")
    (line,) = [line for line in service.log_text().splitlines() if f"request_id={request_id} " in line]
    return dict(re.findall(r"(\w+)=(\S+)", line))


@pytest.fixture(name="tenant")
def make_tenant(service):
    return Tenant(service, "target")


@pytest.mark.parametrize("method, path, body, statuses", [
    ("POST", "", {"url": GOOD_URL}, {200}), ("POST", "", {"url": "nonsense"}, {400}), ("GET", "", None, {200}),
    ("GET", "{id}/", None, {200}), ("GET", "11111111112/", None, {404}), ("GET", "no-id!/", None, {404}),
    ("PATCH", "{id}/", {"name": "x"}, {200}), ("PUT", "{id}/", {"name": "x"}, {400}),
    ("GET", "{id}/secret/", None, {200}), ("POST", "{id}/secret/rotate/", None, {200}),
    ("POST", "{id}/enable/", None, {200}), ("POST", "{id}/test/", None, {200}), ("DELETE", "{id}/", None, {204}),
])
def test_the_log_names_key_and_account(service, tenant, method, path, body, statuses):
    webhook = tenant.register()
    answer = tenant.send(method, path.format(id=webhook), body)
    assert answer.status in statuses
    line = log_line(service, answer)
    row = service.row("SELECT id, account_id FROM api_keys WHERE id = %s", from_base58(line["key"]))
    assert row["account_id"] == from_base58(line["account"])
    assert line["account"] == tenant.account_id


@pytest.mark.parametrize("method, body", [("POST", b'{"url": "https://example.com"}'), ("GET", b"")])
def test_it_names_those_who_are_refused_too(service, method, body):
    """403 for a missing right, 404 for another account's target."""
    weak = service.make_key("weak", rights="publish")
    for key, path, status in ((weak, service.path(), 403), (service.key, service.path(service.other_target), 404)):
        answer = service.send(body, "application/json", method=method, path=path, authorization=f"JWT {key}")
        assert answer.status == status
        assert from_base58(log_line(service, answer)["account"]) == from_base58(service.account_id)


@pytest.mark.parametrize("key", ["thk_none", None])
def test_it_names_nobody_without_a_good_key(service, key):
    answer = service.send(b"{}", authorization=f"JWT {key}" if key else None)
    assert answer.status == 401
    line = log_line(service, answer)
    assert "key" not in line and "account" not in line


def test_it_names_those_whose_request_failed_in_the_database(service, tenant):
    webhook = tenant.register()
    service.execute("RENAME TABLE audit TO audit_away")
    try:
        answer = tenant.send("GET", f"{webhook}/secret/")
    finally:
        service.execute("RENAME TABLE audit_away TO audit")
    assert answer.status == 500
    assert "whsec" not in answer.body.decode()
    line = log_line(service, answer)
    assert line["account"] == tenant.account_id and line["stored"] == "no"


def test_who_reads_or_rotates_a_secret_is_in_the_audit(service, tenant):
    webhook = tenant.register()
    read = tenant.send("GET", f"{webhook}/secret/")
    rotated = tenant.send("POST", f"{webhook}/secret/rotate/")
    assert (read.status, rotated.status) == (200, 200)
    line = log_line(service, read)
    rows = service.cli("audit", "list", "--account", tenant.account_id, "--limit", "2")
    assert [row["action"] for row in rows] == ["secret rotate", "secret read"]
    assert [row["request"] for row in rows] == [rotated.header("X-Request-Id"), read.header("X-Request-Id")]
    for row in rows:
        assert row["object"] == f"webhook {webhook}"
        assert (row["account"], row["key"]) == (tenant.account_id, line["key"])
        assert row["user"] is not None and row["operator"] is None


def test_secrets_read_at_once_leave_a_row_each(service, tenant):
    webhook = tenant.register()
    threads = [threading.Thread(target=lambda: tenant.send("GET", f"{webhook}/secret/")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert service.row("SELECT COUNT(*) AS n FROM audit WHERE object = %s", f"webhook {webhook}")["n"] == 8


def test_a_deleted_webhook_keeps_no_address_name_or_secret(service, tenant):
    webhook = tenant.register(url="https://ana:password@example.com/hook", name="mine")
    assert tenant.send("POST", f"{webhook}/secret/rotate/").status == 200
    assert tenant.send("DELETE", f"{webhook}/").status == 204
    row = service.row("SELECT * FROM webhooks WHERE id = %s", from_base58(webhook))
    assert (row["url"], row["name"], row["secret"]) == ("", "", b"")
    assert service.rows("SELECT id FROM retired_secrets WHERE webhook_id = %s", from_base58(webhook)) == []
