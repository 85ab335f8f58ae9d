"""Requests about events, and checks of what the contract promises for their answers."""

import itertools
import json
from dataclasses import dataclass

from support.http_client import encode
from support.ids import PATTERN, from_base58

from expect import TIME, time_text

TYPES = ("user_created", "user_deleted", "target_created", "target_deleted", "target_verified",
         "target_verification_failed", "scan_started", "scan_canceled", "scan_completed", "scan_failed",
         "finding_detected", "finding_fixed")
PUBLISHED = TYPES[6:]
STATUSES = ("scheduled", "succeeded", "rescheduled", "failed")
NOT_A_TIME = ("Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm:ss[.uuuuuu]Z,"
              " YYYY-MM-DDThh:mm:ss[.uuuuuu]+hh:mm.")
CONTENT = {"id": "5Kd3NBUAdUn", "severity": "high"}
_numbers = itertools.count()


@dataclass(frozen=True)
class Owner:
    """An account with a user, and a key of hers that may do everything."""
    service: object
    account_id: str
    user_id: str
    key: str

    def send(self, method, path, body=b"", content_type=None, headers=(), key=None):
        return self.service.send(body, content_type, method=method, path=path, headers=headers,
                                 authorization=f"JWT {key or self.key}")

    def get(self, path, **how):
        return self.send("GET", path, **how)

    def publish(self, target, fields, kind="json", headers=(), key=None):
        content_type, body = encode(kind, in_encoding(fields, kind))
        return self.send("POST", events_path(target), body, content_type, headers, key)

    def published(self, target, **fields):
        """The event in the body of a 200."""
        response = self.publish(target, {"event_type": "scan_completed", "content": CONTENT, **fields})
        assert response.status == 200, (response.status, response.body)
        return response.json()

    def register(self, target=None, url="https://ci.example.com/hook"):
        """The id of a new webhook of that target, or of the account."""
        content_type, body = encode("json", {"url": url})
        path = f"/targets/{target.id}/webhooks/" if target else "/webhooks/"
        response = self.send("POST", path, body, content_type)
        assert response.status == 200, (response.status, response.body)
        return response.json()["webhooks"][0]["id"]

    def make_target(self):
        return self.service.make_target("Shop", "https://shop.example.com", self.account_id)

    def make_key(self, rights, targets=None):
        return self.service.make_key(f"key {next(_numbers)}", self.user_id, rights, targets)


def make_owner(service):
    number = next(_numbers)
    account = service.cli("account", "create", "--name", f"Account {number}")["id"]
    user = service.cli("user", "create", "--account", account, "--email", f"u{number}@example.com", "--name", "U")["id"]
    key = service.make_key(f"key {next(_numbers)}", user, "read,manage,publish")
    return Owner(service, account, user, key)


def in_encoding(fields, kind):
    """In forms, the content is the text of its JSON."""
    if kind == "json":
        return fields
    return {name: json.dumps(value) if isinstance(value, (dict, list)) else value for name, value in fields.items()}


def events_path(target=None):
    return f"/targets/{target.id}/events/" if target else "/events/"


def retry_path(event_id, webhook_id, target=None):
    return f"{events_path(target)}{event_id}/webhooks/{webhook_id}/retry/"


def expect_event_object(event):
    """The form of an event, and its deliveries in the order of their webhooks."""
    assert list(event) == ["id", "event_type", "occurred_at", "object_type", "content", "webhooks", "webhooks_count"]
    assert event["webhooks_count"] >= len(event["webhooks"])
    assert PATTERN.fullmatch(event["id"])
    assert event["event_type"] in TYPES and event["object_type"] == event["event_type"].split("_")[0]
    assert TIME.fullmatch(event["occurred_at"])
    assert isinstance(event["content"], dict)
    ids = [delivery["id"] for delivery in event["webhooks"]]
    assert ids == sorted(ids) and len(set(ids)) == len(ids)
    for delivery in event["webhooks"]:
        assert list(delivery) == ["id", "api_version", "status", "next_try", "retries"]
        assert delivery["status"] in STATUSES
        assert delivery["next_try"] is None or TIME.fullmatch(delivery["next_try"])


def stored_event(service, event):
    """The row of the event that an answer holds. Its deliveries are stored as the answer says."""
    expect_event_object(event)
    row = service.row("SELECT * FROM events WHERE id = %s", from_base58(event["id"]))
    assert row["event_type"] == event["event_type"]
    assert time_text(row["occurred_at"]) == event["occurred_at"]
    assert json.loads(row["content"]) == event["content"]
    deliveries = service.rows("SELECT * FROM deliveries WHERE event_id = %s ORDER BY webhook_id", row["id"])
    assert event["webhooks_count"] == len(deliveries)
    assert [one["webhook_id"] for one in deliveries] == [from_base58(one["id"]) for one in event["webhooks"]]
    for stored, shown in zip(deliveries, event["webhooks"]):
        assert STATUSES[stored["status"]] == shown["status"]
        assert (stored["next_try"] and time_text(stored["next_try"])) == shown["next_try"]
        assert stored["retries"] == shown["retries"]
        assert (stored["account_id"], stored["occurred_at"]) == (row["account_id"], row["occurred_at"])
    return row


def expect_page(response, count, page=1, length=10):
    """The events of a page; they are ordered newest first."""
    assert response.status == 200, (response.status, response.body)
    body = response.json()
    assert list(body) == ["count", "page_total", "page", "length", "next", "results"]
    assert (body["count"], body["page"], body["length"]) == (count, page, length)
    assert (body["next"] is None) == (count <= page * length)
    assert body["page_total"] == max(1, -(-count // length))
    assert len(body["results"]) == max(0, min(length, count - (page - 1) * length))
    for event in body["results"]:
        expect_event_object(event)
    order = [(event["occurred_at"], event["id"]) for event in body["results"]]
    assert order == sorted(order, reverse=True)
    return body["results"]
