"""The program `targethooks` against a database: the commands that register, change and steer webhooks."""

import json

import pytest
from support.ids import from_base58
from support.operator_shell import CONFIGURATION, DONE, REFUSED, USAGE, run

NOBODY = "11111111112"
URL = "https://ci.example.com/hook"
KEY = "secret_key = " + "5a" * 32 + "\n"


@pytest.fixture(name="sealing", autouse=True)
def configure_secret_key(operator):
    operator.config.write_text(operator.config.read_text() + KEY)


@pytest.fixture(name="create")
def make_create(operator, target, user):
    def create(*words, owner=("--target", target), url=URL):
        return operator.json("webhook", "create", *owner, "--user", user, "--url", url, *words)
    return create


def deeds(operator, count):
    return [(row["action"], row["object"]) for row in operator.json("audit", "list", "--limit", str(count))]


# Lists


def test_webhooks_of_all_accounts_are_listed(operator, account, create):
    ours = [create(owner=("--account", account))["id"], create()["id"]]
    other = operator.json("account", "create", "--name", "Other")["id"]
    bob = operator.json("user", "create", "--account", other, "--email", "bob@example.com", "--name", "Bob")["id"]
    theirs = operator.json("webhook", "create", "--account", other, "--user", bob, "--url", URL)["id"]
    deleted = create()["id"]
    operator.json("webhook", "delete", deleted)

    def listed(*words):
        return [(one["account"], one["id"]) for one in operator.json("webhook", "list", *words)]

    assert listed() == [(other, theirs), (account, ours[1]), (account, ours[0])]
    assert listed("--limit", "2", "--page", "2") == [(account, ours[0])]
    assert "more: see --page 2." in operator.run("webhook", "list", "--limit", "2").stdout
    assert listed("--failing") == []
    for webhook, minutes in ((ours[1], 3), (theirs, 2), (ours[0], 1), (deleted, 4)):
        operator.rows("INSERT INTO failing_webhooks (webhook_id, since)"
                      f" VALUES ({from_base58(webhook)}, UTC_TIMESTAMP(6) - INTERVAL {minutes} MINUTE)")
    assert listed("--failing") == [(account, ours[1]), (other, theirs), (account, ours[0])]
    assert listed("--failing", "--account", account) == [(account, ours[1]), (account, ours[0])]
    assert listed("--failing", "--limit", "1", "--page", "2") == [(other, theirs)]
    line = operator.json("webhook", "list", "--failing")[0]
    assert line["failing_since"] is not None
    assert listed("--failing", "--target", line["target"]) == [(account, ours[1])]
    for line in operator.run("webhook", "list").stdout.splitlines():
        assert len(line) <= 100
    operator.refused(REFUSED, f"no such account: {NOBODY}", "webhook", "list", "--failing", "--account", NOBODY)


def test_the_lines_of_every_table_fit_a_terminal(operator, account, target, user, create):
    long = "x" * 255
    operator.json("account", "rename", account, "--name", long)
    operator.json("user", "rename", user, "--name", long, "--email", "y" * 240 + "@example.com")
    operator.json("target", "rename", target, "--name", long)
    operator.json("key", "create", "--user", user, "--name", long, "--rights", "read,manage,publish",
                  "--targets", target, "--expires-in-days", "9")
    webhook = create("--name", long, url="https://ci.example.com/" + long)["id"]
    event = operator.json("event", "publish", "--target", target, "--type", "scan_completed", "--content", "{}")["id"]
    operator.rows(f"UPDATE deliveries SET status = 2, next_try = UTC_TIMESTAMP(6), retries = 99, reason = '{long}'")
    operator.rows("UPDATE events SET event_type = 'target_verification_failed' WHERE event_type = 'scan_completed'")
    operator.rows("INSERT INTO failing_webhooks (webhook_id, since) SELECT id, UTC_TIMESTAMP(6) FROM webhooks")
    operator.rows("INSERT INTO attempts"
                  " (id, event_id, webhook_id, made_at, duration_us, status, failure, detail, answer)"
                  f" SELECT 1, event_id, webhook_id, UTC_TIMESTAMP(6), 15000000, 503, 'connect', '{long}', '{long}'"
                  " FROM deliveries")
    operator.rows("INSERT INTO outbox (target, event_type, content, occurred_at, failed_at, error) VALUES"
                  f" ('{target}', 'scan_started', '{{}}', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), '{long}')")
    operator.rows(f"UPDATE audit SET operator = '{long}', user_id = id, key_id = id, request_id = '{long[:64]}'")
    for words in (["account", "list"], ["user", "list", "--account", account], ["key", "list", "--user", user],
                  ["target", "list", "--account", account], ["webhook", "list"], ["webhook", "list", "--failing"],
                  ["webhook", "deliveries", webhook], ["event", "list", "--account", account],
                  ["delivery", "list", "--event", event], ["undelivered"], ["outbox", "list"], ["audit", "list"],
                  ["delivery", "attempts", "--event", event, "--webhook", webhook]):
        lines = operator.run(*words).stdout.splitlines()
        assert len(lines) > 1, words
        assert max(map(len, lines)) <= 100, (words, lines)
        wide = operator.run(*words, "--wide").stdout
        assert "\N{HORIZONTAL ELLIPSIS}" not in wide and len(wide.splitlines()) == len(lines), words


# Registering


def test_a_webhook_is_registered_and_greeted(operator, account, target, user, create):
    created = create()
    webhook = created["id"]
    assert {**created, "id": None, "created": None, "changed": None} == {
        "id": None, "account": account, "target": target, "name": "", "url": URL, "check_cert": True,
        "api_version": "v1", "event_types": [], "ordered": False, "enabled": True, "disabled_reason": None,
        "failing_since": None, "created": None, "created_by": "Ana <ana@example.com>", "changed": None,
        "changed_by": "Ana <ana@example.com>"}
    assert operator.json("webhook", "show", webhook) == created
    (greeting,) = operator.json("delivery", "list", "--webhook", webhook)
    assert (greeting["event_type"], greeting["status"]) == ("target_created", "scheduled")
    (secret,), = operator.rows(f"SELECT LENGTH(secret) FROM webhooks WHERE id = {from_base58(webhook)}")
    assert secret > 32
    assert deeds(operator, 1) == [("webhook create", f"webhook {webhook}")]
    assert operator.run("webhook", "list", "--target", target).stdout.count(URL) == 1
    page = operator.run("webhook", "list", "--target", target, "--limit", "1").stdout
    assert "more" not in page and " of " not in page, "the counter has the webhook"


def test_all_fields_are_taken(create, account, operator):
    created = create("--name", " Büro ", "--check-cert", "no", "--event-types", "scan_failed, finding_fixed",
                     "--ordered", "yes", owner=("--account", account),
                     url=" HTTPS://user:pw@ci.example.com:8443/a?b#c ")
    assert {**created, "id": None, "created": None, "changed": None} == {
        "id": None, "account": account, "target": None, "name": "Büro",
        "url": "HTTPS://user:pw@ci.example.com:8443/a?b#c", "check_cert": False, "api_version": "v1",
        "event_types": ["scan_failed", "finding_fixed"], "ordered": True, "enabled": True, "disabled_reason": None,
        "failing_since": None, "created": None, "created_by": "Ana <ana@example.com>", "changed": None,
        "changed_by": "Ana <ana@example.com>"}
    (greeting,) = operator.json("delivery", "list", "--webhook", created["id"])
    assert greeting["event_type"] == "user_created"


def test_owner_and_user_must_fit(operator, account, target, user):
    other = operator.json("account", "create", "--name", "Other")["id"]
    words = ["webhook", "create", "--url", URL]
    operator.refused(REFUSED, f"no such target: {NOBODY}", *words, "--target", NOBODY, "--user", user)
    operator.refused(REFUSED, f"no such account: {NOBODY}", *words, "--account", NOBODY, "--user", user)
    operator.refused(REFUSED, f"no such user: {NOBODY}", *words, "--target", target, "--user", NOBODY)
    operator.refused(REFUSED, f"the user belongs to another account: {user}", *words, "--account", other,
                     "--user", user)
    operator.json("target", "delete", target)
    operator.refused(REFUSED, f"no such target: {target}", *words, "--target", target, "--user", user)
    operator.json("user", "delete", user)
    operator.refused(REFUSED, f"no such user: {user}", *words, "--account", account, "--user", user)
    assert operator.rows("SELECT COUNT(*) FROM webhooks") == ((0,),)


@pytest.mark.parametrize("words, message", [
    (["--url", "http://ci.example.com"], "--url must be an https URL"),
    (["--url", ""], "--url must be an https URL"),
    (["--url", "https://example.com/" + "a" * 2029], "--url must have at most 2048 characters, not 2049"),
    (["--url", "https://10.0.0.1/"], "--url leads to an address"),
    (["--url", "https://localhost/"], "--url leads to an address"),
    (["--url", URL, "--name", "x" * 256], "--name must have at most 255 characters, not 256"),
    (["--url", URL, "--check-cert", "1"], "--check-cert must be one of yes, no"),
    (["--url", URL, "--ordered", "true"], "--ordered must be one of yes, no"),
    (["--url", URL, "--event-types", "scan_failed,"], '--event-types must be "all" or event types'),
    (["--url", URL, "--event-types", "scan_lost"], '"scan_lost" is none'),
])
def test_fields_are_validated(operator, target, user, create, words, message):
    operator.refused(USAGE, message, "webhook", "create", "--target", target, "--user", user, *words)
    webhook = create()["id"]
    operator.refused(USAGE, message, "webhook", "update", webhook, *words)
    assert operator.json("webhook", "show", webhook)["name"] == ""


def test_the_allow_list_is_obeyed(operator, create):
    operator.config.write_text(operator.config.read_text() + "destination_allow = 10.1.0.0/16\n")
    assert create(url="https://10.1.2.3/")["url"] == "https://10.1.2.3/"


@pytest.mark.parametrize("words", [
    ["webhook", "create", "--target", NOBODY, "--url", URL], ["webhook", "create", "--user", NOBODY, "--url", URL],
    ["webhook", "create", "--target", NOBODY, "--user", NOBODY], ["webhook", "update", NOBODY],
    ["webhook", "update", "x", "--name", "a"], ["webhook", "delete"], ["webhook", "delete", "x"],
    ["webhook", "headers", "show", "x"], ["webhook", "headers", "set", NOBODY, "--file", "/nonexistent"],
    ["webhook", "headers", "set", NOBODY]])
def test_wrong_usage(words):
    done = run(*words, config="/nonexistent/targethooks.conf")
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert "--help" in done.stderr


def test_the_secret_key_must_be_that_of_the_database(operator, target, user, create):
    create()
    text = operator.config.read_text()
    words = ["webhook", "create", "--target", target, "--user", user, "--url", URL]
    operator.config.write_text(text.replace("5a5a", "5b5b"))
    operator.refused(CONFIGURATION, "secret_key is not the key", *words)
    operator.config.write_text(text.replace(KEY, ""))
    operator.refused(CONFIGURATION, "secret_key", *words)
    assert operator.rows("SELECT COUNT(*) FROM webhooks") == ((1,),)


# Changing and deleting


def test_a_webhook_is_changed(operator, create):
    before = create("--name", "CI", "--event-types", "scan_failed")
    webhook = before["id"]
    after = operator.json("webhook", "update", webhook, "--name", " ", "--event-types", "all", "--ordered", "yes",
                          "--check-cert", "no", "--url", "https://b.example.com/")
    assert after == {**before, "name": "", "event_types": [], "ordered": True, "check_cert": False,
                     "url": "https://b.example.com/"}, "the operator is no user"
    assert operator.json("webhook", "update", webhook, "--name", "CI") == {**after, "name": "CI"}
    assert deeds(operator, 1) == [("webhook update", f"webhook {webhook}")]
    operator.refused(USAGE, "at least one field", "webhook", "update", webhook)
    operator.refused(REFUSED, f"no such webhook: {NOBODY}", "webhook", "update", NOBODY, "--name", "x")


def test_a_webhook_is_deleted(operator, target, create):
    webhook = create("--name", "CI")
    assert operator.json("webhook", "delete", webhook["id"]) == webhook
    assert operator.json("webhook", "list", "--target", target) == []
    assert operator.json("delivery", "list", "--webhook", webhook["id"]) == []
    assert operator.rows("SELECT url, name, secret, headers FROM webhooks") == (("", "", b"", None),)
    assert deeds(operator, 1) == [("webhook delete", f"webhook {webhook['id']}")]
    for words in (["delete"], ["update", "--name", "x"], ["headers", "show"]):
        operator.refused(REFUSED, f"no such webhook: {webhook['id']}", "webhook", *words, webhook["id"])
    assert len(operator.json("audit", "list", "--action", "webhook delete")) == 1


# Testing and recovering


def test_a_webhook_is_tested_with_an_event_of_its_own(operator, account, create):
    webhook = create("--event-types", "scan_failed")["id"]
    other = create()["id"]
    tested = operator.json("webhook", "test", webhook)
    assert {**tested, "event": None, "occurred": None, "next_try": None} == {
        "event": None, "webhook": webhook, "event_type": "target_created", "occurred": None, "status": "scheduled",
        "next_try": None, "retries": 0, "reason": None}
    event = operator.json("event", "show", tested["event"])
    assert (event["content"]["test"], event["content"]["name"], event["scheduled"]) == (True, "Shop", 1)
    named = operator.json("webhook", "test", webhook, "--type", "finding_fixed")
    assert named["event_type"] == "finding_fixed"
    assert len(operator.json("delivery", "list", "--webhook", other)) == 1
    assert deeds(operator, 2) == [("webhook test", f"webhook {webhook}")] * 2
    of_account = create(owner=("--account", account))["id"]
    tested = operator.json("webhook", "test", of_account)
    assert tested["event_type"] == "user_created"
    assert operator.json("event", "show", tested["event"])["content"]["email"] == "ana@example.com"
    operator.json("webhook", "disable", webhook, "--reason", "x")
    assert operator.json("webhook", "test", webhook)["status"] == "failed"
    operator.refused(REFUSED, f"no such webhook: {NOBODY}", "webhook", "test", NOBODY)
    operator.refused(USAGE, "--type must be one of", "webhook", "test", webhook, "--type", "scan_lost")


def test_failed_deliveries_are_recovered(operator, target, create):
    webhook = create()["id"]
    for _ in range(3):
        operator.json("event", "publish", "--target", target, "--type", "scan_failed", "--content", "{}")
    operator.rows("UPDATE deliveries SET status = 3, next_try = NULL")
    words = ["webhook", "recover", webhook, "--since"]
    assert operator.json(*words, "2999-01-01T00:00:00Z") == {"id": webhook, "scheduled": 0, "more": False}
    assert operator.json(*words, "2020-01-01T00:00:00Z", "--until", "2021-01-01T00:00:00Z")["scheduled"] == 0
    assert operator.json(*words, "2020-01-01T00:00:00Z") == {"id": webhook, "scheduled": 4, "more": False}
    assert operator.json(*words, "2020-01-01T00:00:00Z")["scheduled"] == 0
    assert {one["status"] for one in operator.json("delivery", "list", "--webhook", webhook)} == {"scheduled"}
    assert deeds(operator, 1) == [("webhook recover", f"webhook {webhook}")]
    operator.refused(REFUSED, f"no such webhook: {NOBODY}", "webhook", "recover", NOBODY,
                     "--since", "2020-01-01T00:00:00Z")
    operator.refused(USAGE, "--since", "webhook", "recover", webhook)
    operator.refused(USAGE, "--until must be a time", *words, "2020-01-01T00:00:00Z", "--until", "now")


def test_deliveries_are_listed_and_filtered(operator, target, create):
    webhook = create()["id"]
    events = [operator.json("event", "publish", "--target", target, "--type", "scan_failed", "--content", "{}")["id"]
              for _ in range(3)]
    operator.rows(f"UPDATE deliveries SET status = 3, next_try = NULL WHERE event_id = {from_base58(events[1])}")

    def listed(*words):
        return [one["event"] for one in operator.json("webhook", "deliveries", webhook, *words)]

    assert listed()[:3] == events[::-1] and len(listed()) == 4
    assert operator.json("delivery", "list", "--webhook", webhook) == operator.json("webhook", "deliveries", webhook)
    assert listed("--status", "failed") == [events[1]]
    assert listed("--status", "scheduled", "--limit", "1", "--page", "2") == [events[0]]
    assert listed("--since", "2999-01-01T00:00:00Z") == listed("--until", "2020-01-01T00:00:00Z") == []
    assert operator.json("delivery", "list", "--webhook", webhook, "--status", "failed")[0]["event"] == events[1]
    page = operator.run("webhook", "deliveries", webhook, "--limit", "2").stdout
    assert page.endswith("\n\n1 to 2 of 4.\n")
    operator.refused(REFUSED, f"no such webhook: {NOBODY}", "webhook", "deliveries", NOBODY)


# Headers


def test_headers_are_replaced_and_shown(operator, create, tmp_path):
    webhook = create()["id"]
    show = ["webhook", "headers", "show", webhook]
    assert operator.json(*show) == {"id": webhook, "names": []}
    set_by = operator.json("webhook", "headers", "set", webhook, text='{"X-Api-Key": " s3cret ", "X-B": ""}')
    assert set_by == {"id": webhook, "names": ["X-Api-Key", "X-B"]}
    assert operator.json(*show) == set_by
    assert "s3cret" not in operator.run(*show).stdout
    assert operator.json(*show, "--reveal") == {"id": webhook, "headers": {"X-Api-Key": "s3cret", "X-B": ""}}
    assert "s3cret" in operator.run(*show, "--reveal").stdout
    file = tmp_path / "headers.json"
    file.write_text(json.dumps({"X-C": "c"}))
    assert operator.json("webhook", "headers", "set", webhook, "--file", str(file))["names"] == ["X-C"]
    assert operator.json("webhook", "headers", "set", webhook, text="{}")["names"] == []
    assert deeds(operator, 1) == [("headers change", f"webhook {webhook}")]
    assert len(operator.json("audit", "list", "--action", "headers read")) == 5
    for (table,) in operator.rows("SHOW TABLES"):
        assert "s3cret" not in str(operator.rows(f"SELECT * FROM {table}")), table


@pytest.mark.parametrize("text, message", [
    ("", "the headers must be a JSON object"), ("[]", "the headers must be a JSON object"),
    ('{"Host": "s3cret"}', '"Host": This header may not be set.'), ('{"X-A": "s3cret\\n"} ', "headers"),
    (json.dumps({f"X-{n}": "s3cret" for n in range(21)}), "20"), (json.dumps({"X-A": "s3cret" * 200}), "1024"),
    ('{"X-A": ' + " " * 65536, "at most 65536 bytes")])
def test_wrong_headers_are_refused_without_their_texts(operator, create, text, message):
    webhook = create()["id"]
    done = operator.run("webhook", "headers", "set", webhook, text=text)
    if text.startswith('{"X-A": "s3cret\\n'):
        assert done.returncode == DONE, "white space at the end is trimmed"
        return
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert message in done.stderr and "s3cret" not in done.stderr
    assert operator.json("webhook", "headers", "show", webhook)["names"] == []


def test_headers_need_a_webhook(operator):
    operator.refused(REFUSED, f"no such webhook: {NOBODY}", "webhook", "headers", "show", NOBODY)
    done = operator.run("webhook", "headers", "set", NOBODY, text="{}")
    assert done.returncode == REFUSED and f"no such webhook: {NOBODY}" in done.stderr
