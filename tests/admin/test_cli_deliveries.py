"""The program `targethooks` against a database: the commands for webhooks, events, deliveries and the outbox."""

import datetime
import json
import time

import pytest
from support.ids import from_base58, to_base58
from support.operator_shell import DATABASE, REFUSED, USAGE

NOBODY = "11111111112"
CONTENT = '{"id": "7",  "found": [1, 2.50]}'
STORED = '{"id":"7","found":[1,2.50]}'


class Webhooks:
    """Adds webhooks like registrations do; ids grow from one to the next."""

    def __init__(self, operator, account, user):
        self.operator, self.account, self.user = operator, account, user
        self.last = 0

    def add(self, target=None, name="CI", enabled=True):
        self.last = max(self.last + 1, (time.time_ns() // 1_000_000 - 1_577_836_800_000) << 22)
        owner, what = ("target", from_base58(target)) if target else ("account", from_base58(self.account))
        self.operator.rows(
            "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret, enabled,"
            " created_at, created_by)"
            f" VALUES ({self.last}, {from_base58(self.account)}, {from_base58(target) if target else 'NULL'},"
            f" 'https://ci.example.com/hook', '{name}', FALSE, 'v1', '', {enabled}, UTC_TIMESTAMP(6),"
            f" {from_base58(self.user)})")
        self.operator.rows(
            f"INSERT INTO counters (owner, owner_id, what, shard, n) VALUES ('{owner}', {what}, 'webhook', 0, 1)"
            " ON DUPLICATE KEY UPDATE n = n + 1")
        return to_base58(self.last)


def ahead(**time):
    """A time in the service's format, after the registration of the webhooks, so that they get events of that time."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**time)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.fixture(name="webhooks")
def make_webhooks(operator, account, user):
    return Webhooks(operator, account, user)


def publish(operator, target, *words, event_type="scan_completed", content=CONTENT):
    return operator.json("event", "publish", "--target", target, "--type", event_type, "--content", content, *words)


def add_to_outbox(operator, target, content="{}", minutes_ago=0):
    operator.rows("INSERT INTO outbox (target, event_type, content, recorded_at) VALUES"
                  f" ('{target}', 'scan_started', '{content}', UTC_TIMESTAMP(6) - INTERVAL {minutes_ago} MINUTE)")


# Webhooks


def test_webhooks_are_listed_by_owner_newest_first(operator, account, target, webhooks):
    of_target = [webhooks.add(target, f"no {n}") for n in range(3)]
    of_account = webhooks.add()
    listed = operator.json("webhook", "list", "--target", target)
    assert [webhook["id"] for webhook in listed] == of_target[::-1]
    assert {**listed[0], "created": None} == {
        "id": of_target[2], "account": account, "target": target, "name": "no 2", "enabled": True,
        "failing_since": None, "created": None, "url": "https://ci.example.com/hook"}
    (wide,) = operator.json("webhook", "list", "--account", account)
    assert (wide["id"], wide["target"]) == (of_account, None)
    page = operator.run("webhook", "list", "--target", target, "--limit", "2", "--page", "2").stdout
    assert of_target[0] in page and of_target[1] not in page and page.endswith("\n\n3 to 3 of 3.\n")
    assert operator.json("webhook", "list", "--target", target, "--page", "2") == []
    operator.refused(REFUSED, f"no such target: {NOBODY}", "webhook", "list", "--target", NOBODY)
    operator.refused(REFUSED, f"no such account: {NOBODY}", "webhook", "list", "--account", NOBODY)
    operator.json("target", "delete", target)
    assert len(operator.json("webhook", "list", "--target", target)) == 3


def test_a_webhook_is_shown_without_its_secret(operator, account, target, webhooks):
    webhook = webhooks.add(target)
    operator.rows("UPDATE webhooks SET secret = 'sealed with care'")
    shown = operator.json("webhook", "show", webhook)
    created = shown["created"]
    assert shown == {
        "id": webhook, "account": account, "target": target, "name": "CI", "url": "https://ci.example.com/hook",
        "check_cert": False, "api_version": "v1", "event_types": [], "ordered": False, "enabled": True,
        "disabled_reason": None, "failing_since": None, "created": created,
        "created_by": "Ana <ana@example.com>", "changed": created, "changed_by": "Ana <ana@example.com>"}
    assert "sealed" not in operator.run("webhook", "show", webhook).stdout
    operator.refused(REFUSED, f"no such webhook: {NOBODY}", "webhook", "show", NOBODY)
    operator.rows("UPDATE webhooks SET deleted_at = UTC_TIMESTAMP(6)")
    for words in (["show"], ["enable"], ["disable", "--reason", "x"]):
        operator.refused(REFUSED, f"no such webhook: {webhook}", "webhook", *words, webhook)


def test_a_webhook_is_disabled_and_enabled(operator, target, webhooks):
    webhook = webhooks.add(target)
    before = operator.json("webhook", "show", webhook)
    disabled = operator.json("webhook", "disable", webhook, "--reason", " Ünwanted. ")
    assert disabled == {**before, "enabled": False, "disabled_reason": "Ünwanted."}
    event = publish(operator, target)
    assert (event["failed"], event["scheduled"]) == (1, 0)
    (delivery,) = operator.json("delivery", "list", "--event", event["id"])
    assert (delivery["status"], delivery["reason"]) == ("failed", "disabled")
    assert operator.json("webhook", "enable", webhook) == before
    assert publish(operator, target)["scheduled"] == 1


# Events


def test_an_event_is_published_with_its_deliveries(operator, account, target, webhooks):
    webhooks.add(target)
    webhooks.add()
    later = ahead(hours=23)
    east = datetime.timezone(datetime.timedelta(hours=1))
    event = publish(operator, target, "--occurred-at",
                    datetime.datetime.fromisoformat(later.replace("Z", "+00:00")).astimezone(east).isoformat())
    assert event == {
        "id": event["id"], "account": account, "target": target, "event_type": "scan_completed",
        "occurred": later, "content": json.loads(CONTENT), "scheduled": 2, "succeeded": 0,
        "rescheduled": 0, "failed": 0}
    assert operator.json("event", "show", event["id"]) == event
    assert f"content:     {STORED}\n" in operator.run("event", "show", event["id"]).stdout
    assert operator.rows(f"SELECT content FROM events WHERE id = {from_base58(event['id'])}") == ((STORED,),)
    assert len(operator.json("delivery", "list", "--event", event["id"])) == 2
    early = publish(operator, target, "--occurred-at", "2001-01-31T12:00:00Z")
    assert early["scheduled"] == 0, "webhooks that were registered later"


def test_content_is_read_from_standard_input(operator, target):
    words = ["event", "publish", "--target", target, "--type", "finding_fixed", "--content", "-"]
    assert operator.json(*words, text=f"\n{CONTENT}\n")["content"] == json.loads(CONTENT)
    long = json.dumps({"text": "x" * (65536 - 11)}, separators=(",", ":"))
    assert len(long) == 65536
    assert operator.json(*words, text=long)["content"] == json.loads(long)
    assert operator.json(*words, text=f"{{ {' ' * 100_000}{long[1:]}")["content"] == json.loads(long)
    for too_long in (long[:-2] + 'x"}', '{"a":1,' + long[1:], " " * 300_000 + long):
        done = operator.run(*words, text=too_long)
        assert (done.returncode, done.stdout) == (USAGE, "")
        assert "bytes" in done.stderr


def test_events_of_deleted_targets_are_read_but_not_published(operator, target):
    event = publish(operator, target)
    operator.json("target", "delete", target)
    operator.refused(REFUSED, f"no such target: {target}", "event", "publish", "--target", target,
                     "--type", "scan_failed", "--content", "{}")
    operator.refused(REFUSED, f"no such event: {NOBODY}", "event", "show", NOBODY)
    listed = operator.json("event", "list", "--target", target)
    assert [one["event_type"] for one in listed] == ["target_deleted", "scan_completed", "target_created"]
    assert listed[1]["id"] == event["id"]


def test_events_are_listed_and_filtered(operator, account, target, webhooks):
    webhook = webhooks.add(target)
    times = [ahead(hours=hours) for hours in (1, 2, 3)]
    first, second, third = [publish(operator, target, "--occurred-at", time, event_type=event_type)["id"]
                            for time, event_type in zip(times, ("scan_started", "scan_failed", "scan_started"))]
    operator.rows(f"UPDATE deliveries SET status = 3, next_try = NULL WHERE event_id = {from_base58(second)}")

    def listed(*words):
        return [event["id"] for event in operator.json("event", "list", *words)]

    assert listed("--target", target)[:3] == [third, second, first]
    assert len(listed("--account", account)) == 5
    assert listed("--account", account, "--limit", "1", "--page", "2") == [second]
    assert listed("--target", target, "--type", "scan_started") == [third, first]
    assert listed("--target", target, "--status", "failed") == [second]
    assert listed("--account", account, "--status", "scheduled", "--type", "scan_started") == [third, first]
    assert listed("--target", target, "--since", times[1]) == [third, second]
    assert listed("--target", target, "--since", times[0], "--until", times[1]) == [first]
    line = operator.json("event", "list", "--target", target, "--status", "failed")[0]
    assert line == {"id": second, "event_type": "scan_failed", "occurred": times[1], "scheduled": 0, "succeeded": 0,
                    "rescheduled": 0, "failed": 1}
    assert webhook in operator.run("delivery", "list", "--event", second).stdout


# Deliveries


def test_a_delivery_is_scheduled_again(operator, target, webhooks):
    webhook = webhooks.add(target)
    event = publish(operator, target)["id"]
    operator.rows("UPDATE deliveries SET status = 3, next_try = NULL, retries = 9, reason = 'http 410'")
    (failed,) = operator.json("delivery", "list", "--webhook", webhook)
    assert {**failed, "occurred": None} == {
        "event": event, "webhook": webhook, "event_type": "scan_completed", "occurred": None, "status": "failed",
        "next_try": None, "retries": 9, "reason": "http 410"}
    words = ["delivery", "retry", "--event", event, "--webhook", webhook]
    again = operator.json(*words)
    assert again["next_try"] is not None
    assert {**again, "next_try": None} == {**failed, "status": "scheduled", "retries": 0, "reason": None}
    assert operator.json("delivery", "list", "--webhook", webhook) == [again]
    for other in ([NOBODY, webhook], [event, NOBODY]):
        operator.refused(REFUSED, "no such delivery", "delivery", "retry", "--event", other[0], "--webhook", other[1])
    operator.rows("UPDATE webhooks SET deleted_at = UTC_TIMESTAMP(6)")
    operator.refused(REFUSED, "its webhook was deleted", *words)
    assert operator.json("delivery", "list", "--webhook", webhook) == [again]
    operator.refused(REFUSED, "no such event", "delivery", "list", "--event", NOBODY)
    operator.refused(REFUSED, "no such webhook", "delivery", "list", "--webhook", NOBODY)


def test_lists_without_counts_say_that_there_may_be_more(operator, target, webhooks):
    webhook = webhooks.add(target)
    for _ in range(3):
        publish(operator, target)
    words = ["audit", "list", "--limit"]
    entries = len(operator.json("audit", "list"))
    assert "more: see --page 2." in operator.run(*words, str(entries - 1)).stdout
    last = operator.run(*words, str(entries - 1), "--page", "2").stdout
    assert "more" not in last and last.count("migrate") == 1
    assert operator.run("delivery", "list", "--webhook", webhook, "--limit", "2").stdout.endswith("1 to 2 of 3.\n")


def test_undelivered_events_are_listed_with_the_reason(operator, account, target, webhooks):
    webhook = webhooks.add(target)
    late = publish(operator, target, "--occurred-at", ahead(hours=2))["id"]
    failed = publish(operator, target, "--occurred-at", ahead(hours=1))["id"]
    arrived = publish(operator, target)["id"]
    publish(operator, target)  # just scheduled
    change = "UPDATE deliveries SET {} WHERE event_id = {}".format
    operator.rows(change("next_try = UTC_TIMESTAMP(6) - INTERVAL 2 MINUTE", from_base58(late)))
    operator.rows(change("status = 3, next_try = NULL, retries = 21, reason = 'http 503'", from_base58(failed)))
    operator.rows(change("status = 1, next_try = NULL", from_base58(arrived)))
    add_to_outbox(operator, NOBODY)
    operator.json("outbox", "drain")
    add_to_outbox(operator, target, minutes_ago=2)

    waiting, unknown, *deliveries = operator.json("undelivered")
    assert (unknown["outbox"], unknown["event"], unknown["status"]) == (1, None, "failed")
    assert unknown["reason"].startswith("target: ")
    assert (waiting["outbox"], waiting["status"], waiting["reason"]) == (2, "waiting", "waiting")
    assert [one["event"] for one in deliveries] == [failed, late]
    assert {**deliveries[0], "since": None} == {
        "since": None, "event_type": "scan_completed", "account": account, "event": failed, "webhook": webhook,
        "outbox": None, "status": "failed", "next_try": None, "retries": 21, "reason": "http 503"}
    assert (deliveries[1]["status"], deliveries[1]["reason"]) == ("scheduled", "waiting")

    assert operator.json("undelivered", "--account", account) == [waiting, *deliveries]
    assert operator.json("undelivered", "--limit", "1") == [waiting]
    assert "There may be more: see --limit." in operator.run("undelivered", "--limit", "1").stdout
    other = operator.json("account", "create", "--name", "Other")["id"]
    assert operator.json("undelivered", "--account", other) == []
    operator.refused(REFUSED, "no such account", "undelivered", "--account", NOBODY)


# The outbox


def test_the_outbox_is_drained_and_cleared_up(operator, target, webhooks):
    webhooks.add(target)
    add_to_outbox(operator, target, '{"id": "1"}')
    add_to_outbox(operator, "nobody")
    add_to_outbox(operator, target, '{"id": "3"}')
    assert [row["id"] for row in operator.json("outbox", "list")] == [1, 2, 3]
    assert operator.json("outbox", "drain") == {"taken": 3}
    assert operator.json("outbox", "drain") == {"taken": 0}
    events = operator.json("event", "list", "--target", target, "--type", "scan_started")
    assert [event["scheduled"] for event in events] == [1, 1]
    (row,) = operator.json("outbox", "list")
    assert (row["id"], row["target"], row["event_type"]) == (2, "nobody", "scan_started")
    assert row["failed"] is not None and row["error"].startswith("target: ")

    operator.rows(f"UPDATE outbox SET target = '{target}'")
    assert operator.json("outbox", "drain") == {"taken": 0}
    assert operator.json("outbox", "retry", "2") == {"id": 2, "state": "waiting"}
    operator.refused(REFUSED, "no failed row with this number: 2", "outbox", "delete", "2")
    assert operator.json("outbox", "drain") == {"taken": 1}
    operator.refused(REFUSED, "no failed row with this number: 2", "outbox", "retry", "2")

    add_to_outbox(operator, "nobody")
    operator.json("outbox", "drain")
    assert operator.json("outbox", "delete", "4") == {"id": 4, "state": "deleted"}
    assert operator.json("outbox", "list") == []
    assert operator.json("event", "list", "--target", target, "--type", "scan_started", "--limit", "1000")[3:] == []


def test_draining_continues_until_all_rows_are_taken(operator, target):
    operator.rows("INSERT INTO outbox (target, event_type, content) VALUES "
                  + ", ".join([f"('{target}', 'scan_failed', '{{}}')"] * 1001))
    assert operator.json("outbox", "drain") == {"taken": 1001}
    assert operator.rows("SELECT COUNT(*) FROM events WHERE event_type = 'scan_failed'") == ((1001,),)


def test_a_missing_table_is_an_error_of_the_database(operator):
    operator.rows("RENAME TABLE outbox TO gone")
    operator.refused(DATABASE, "database: ", "undelivered")
