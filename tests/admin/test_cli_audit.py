"""The audit of commands: who changed what."""

import os
import pwd

import pytest
from support.operator_shell import DONE, REFUSED, run

NOBODY = "11111111112"


def actions(operator, *words):
    return [(row["action"], row["object"]) for row in operator.json("audit", "list", *words)]


def test_only_changes_leave_a_row(operator, account, user, target):
    key = operator.json("key", "create", "--user", user, "--name", "ci")["id"]
    operator.json("key", "revoke", key)
    operator.json("target", "verify", target)
    event = operator.json("event", "publish", "--target", target, "--type", "scan_started", "--content", "{}")["id"]
    operator.json("target", "delete", target)
    for words in (["account", "list"], ["user", "list", "--account", account], ["key", "list", "--user", user],
                  ["event", "show", event], ["undelivered"], ["outbox", "list"], ["outbox", "drain"], ["migrate"]):
        operator.json(*words)
    operator.refused(REFUSED, "revoked already", "key", "revoke", key)
    operator.refused(REFUSED, "no such", "target", "delete", target)
    assert actions(operator) == [
        ("target delete", f"target {target}"), ("event publish", f"event {event}"),
        ("target verify", f"target {target}"), ("key revoke", f"key {key}"), ("key create", f"key {key}"),
        ("target create", f"target {target}"), ("user create", f"user {user}"),
        ("account create", f"account {account}"), ("migrate", operator.json("migrate")["schema"])]
    assert actions(operator, "--account", account) == actions(operator)[:-1]
    assert actions(operator, "--action", "key create") == [("key create", f"key {key}")]
    assert actions(operator, "--account", NOBODY) == []
    assert actions(operator, "--since", "2999-01-01T00:00:00Z") == []
    assert len(actions(operator, "--limit", "2", "--page", "2")) == 2


def test_webhooks_deliveries_and_the_outbox(operator, target, account, user):
    operator.rows("INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret,"
                  " created_at, created_by)"
                  " SELECT 7, account_id, id, 'https://example.com', '', TRUE, 'v1', '', UTC_TIMESTAMP(6),"
                  " (SELECT MIN(id) FROM users) FROM targets")
    operator.json("webhook", "disable", "11111111118", "--reason", "gone")
    operator.json("webhook", "enable", "11111111118")
    event = operator.json("event", "publish", "--target", target, "--type", "scan_started", "--content", "{}")["id"]
    operator.json("delivery", "retry", "--event", event, "--webhook", "11111111118")
    operator.rows("INSERT INTO outbox (id, target, event_type, content) VALUES (41, 'none', 'scan_started', '{}')")
    operator.json("outbox", "drain")
    operator.json("outbox", "retry", "41")
    operator.json("outbox", "drain")
    operator.json("outbox", "delete", "41")
    assert actions(operator)[:8] == [
        ("outbox delete", "outbox 41"), ("outbox drain", None), ("outbox retry", "outbox 41"), ("outbox drain", None),
        ("delivery retry", f"event {event} to 11111111118"), ("event publish", f"event {event}"),
        ("webhook enable", "webhook 11111111118"), ("webhook disable", "webhook 11111111118")]
    assert len(actions(operator, "--account", account)) >= 6


def test_the_system_user_is_named(operator, account):
    me = pwd.getpwuid(os.getuid()).pw_name
    (row,) = operator.json("audit", "list", "--account", account)
    assert row["operator"].split(" (sudo: ")[0] == me
    assert (row["user"], row["key"], row["request"]) == (None, None, None)
    assert row["done"].endswith("Z")
    lines = operator.run("audit", "list", "--wide").stdout.splitlines()
    assert lines[0].split() == ["done", "action", "object", "account", "operator", "user", "key", "request"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be root by sudo")
def test_root_by_sudo_is_distinguished_from_root(operator):
    done = run("account", "create", "--name", "Acme", config=operator.config, environment={"SUDO_USER": "ana"})
    assert done.returncode == DONE
    assert operator.json("audit", "list")[0]["operator"] == "root (sudo: ana)"
