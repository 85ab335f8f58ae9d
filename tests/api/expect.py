"""Functions that check everything that the contract promises for an answer."""

import contextlib
import datetime
import json
import re

from support.ids import PATTERN, from_base58, to_base58

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
GOOD_URL = "https://ci.example.com/hook"

REQUIRED = "This field is required."
NULL = "This field may not be null."
BLANK = "This field may not be blank."
NOT_STRING = "Not a valid string."
NOT_LIST = "Expected a list of items."
NOT_BOOLEAN = "Must be a valid boolean."
NOT_URL = "Enter a valid URL."
NOT_ALLOWED = "This address is not allowed."
NUL = "Null characters are not allowed."


def too_long(limit):
    return f"Ensure this field has no more than {limit} characters."


def not_a_choice(value):
    return f'"{value}" is not a valid choice.'


DETAILS = {
    401: "Incorrect authentication credentials.",
    404: "Not found.",
    413: "Request body too large.",
    500: "Unexpected error while handling your request.",
}


def expect_detail(response, status, detail=None):
    """An error whose body is {"detail": ...}: the contract's text of that status unless another is given."""
    assert response.status == status, (response.status, response.body)
    assert response.json() == {"detail": detail if detail is not None else DETAILS[status]}


def expect_unauthorised(response):
    expect_detail(response, 401)
    assert response.header("WWW-Authenticate")


def expect_method_not_allowed(response, method, allow=("GET", "HEAD", "POST", "OPTIONS")):
    expect_detail(response, 405, f'Method "{method}" not allowed.')
    assert [name.strip() for name in response.header("Allow").split(",")] == list(allow)


def expect_unsupported(response, essence):
    expect_detail(response, 415, f'Unsupported media type "{essence}" in request.')


def expect_fields(response, errors):
    """A 400 that names exactly these fields. A field's messages are a list, or one text; their order is free."""
    assert response.status == 400, (response.status, response.body)
    expected = {name: sorted([texts] if isinstance(texts, str) else texts) for name, texts in errors.items()}
    assert {name: sorted(texts) for name, texts in response.json().items()} == expected


def expect_malformed(response):
    """A 400 whose one message belongs to no field; returns the message."""
    assert response.status == 400, (response.status, response.body)
    body = response.json()
    assert list(body) == ["non_field_errors"], body
    (message,) = body["non_field_errors"]
    assert isinstance(message, str) and message.strip()
    return message


def expect_no_html(data):
    assert b"<html" not in data.lower() and b"<!doctype" not in data.lower(), data


@contextlib.contextmanager
def stores_nothing(service):
    before = service.row_counts()
    yield
    assert service.row_counts() == before


def expect_event(service, response, target=None):
    """A 200 whose body is the target's target_created event; returns the id of the webhook it greets.

    Checks body and headers field by field, and that exactly one delivery is stored, as the body says.
    """
    target = target or service.target
    assert response.status == 200, (response.status, response.body)
    event = response.json()
    assert set(event) == {"id", "event_type", "occurred_at", "object_type", "content", "webhooks"}
    recorded = service.row("SELECT e.id, e.occurred_at, e.content FROM targets t JOIN events e"
                           " ON e.id = t.created_event_id WHERE t.id = %s", from_base58(target.id))
    assert event["id"] == to_base58(recorded["id"])
    assert event["event_type"] == "target_created" and event["object_type"] == "target"
    assert event["occurred_at"] == time_text(recorded["occurred_at"])
    assert TIME.fullmatch(event["occurred_at"])
    assert event["content"] == json.loads(recorded["content"])
    assert event["content"] == {"id": target.id, "name": target.name, "url": target.url}
    (delivery,) = event["webhooks"]
    expect_scheduled_delivery(service, delivery, recorded["id"])
    return from_base58(delivery["id"])


def expect_scheduled_delivery(service, delivery, event_id):
    assert set(delivery) == {"id", "api_version", "status", "next_try", "retries"}
    assert PATTERN.fullmatch(delivery["id"])
    assert delivery["api_version"] == "v1" and delivery["status"] == "scheduled"
    assert delivery["retries"] == 0 and type(delivery["retries"]) is int
    assert TIME.fullmatch(delivery["next_try"])
    (stored,) = service.rows("SELECT * FROM deliveries WHERE webhook_id = %s", from_base58(delivery["id"]))
    assert stored["event_id"] == event_id
    assert stored["status"] == 0 and stored["retries"] == 0
    assert time_text(stored["next_try"]) == delivery["next_try"]
    # Due at once, by the database's clock.
    (age,) = service.row("SELECT TIMESTAMPDIFF(SECOND, %s, UTC_TIMESTAMP(6)) AS age", stored["next_try"]).values()
    assert 0 <= age < 300


def expect_stored(service, webhook_id, *, url=GOOD_URL, name="", check_cert=True, target=None):
    """The row of that webhook has these values and the right owner."""
    target = target or service.target
    row = service.row("SELECT * FROM webhooks WHERE id = %s", webhook_id)
    assert (row["url"], row["name"], row["check_cert"], row["api_version"]) == (url, name, int(check_cert), "v1")
    assert row["target_id"] == from_base58(target.id)
    assert row["account_id"] == from_base58(service.account_id)
    assert row["created_by"] == from_base58(service.user_id)
    assert row["enabled"] == 1 and row["deleted_at"] is None
    assert isinstance(row["created_at"], datetime.datetime)


def expect_registered(service, response, target=None, **fields):
    """expect_event and expect_stored in one."""
    expect_stored(service, expect_event(service, response, target), target=target, **fields)


def time_text(time):
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
