"""Publishing events: answers, what is stored, who receives what, and everything that is refused."""

import datetime
import json

import pytest
from events import (
    CONTENT,
    NOT_A_TIME,
    PUBLISHED,
    TYPES,
    events_path,
    expect_event_object,
    make_owner,
    stored_event,
)
from support.http_client import CONTENT_TYPES, encode, multipart_of, part
from support.ids import from_base58

from expect import (
    NOT_STRING,
    NULL,
    REQUIRED,
    expect_detail,
    expect_fields,
    expect_malformed,
    expect_method_not_allowed,
    expect_unauthorised,
    expect_unsupported,
    not_a_choice,
    stores_nothing,
)

KINDS = pytest.mark.parametrize("kind", CONTENT_TYPES)
FORBIDDEN = "You do not have permission to perform this action."
GOOD = {"event_type": "scan_completed", "content": CONTENT}


def ahead(**time):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**time)).isoformat()


def got_list(what="list"):
    return f"Invalid data. Expected a dictionary, but got {what}."


@pytest.fixture(scope="module")
def owner(service):
    return make_owner(service)


@pytest.fixture(scope="module")
def target(owner):
    return owner.make_target()


@KINDS
@pytest.mark.parametrize("event_type", PUBLISHED)
def test_an_event_is_recorded(service, owner, target, kind, event_type):
    response = owner.publish(target, {"event_type": event_type, "content": CONTENT}, kind)
    assert response.status == 200, response.body
    assert response.header("Cache-Control") == "no-store"
    event = response.json()
    assert event["event_type"] == event_type and event["content"] == CONTENT
    row = stored_event(service, event)
    assert (row["account_id"], row["target_id"]) == (from_base58(owner.account_id), from_base58(target.id))
    age = service.row("SELECT TIMESTAMPDIFF(SECOND, %s, UTC_TIMESTAMP(6)) AS age", row["occurred_at"])["age"]
    assert 0 <= age < 300
    assert owner.get(events_path(target) + event["id"] + "/").body == response.body


@KINDS
@pytest.mark.parametrize("content, stored", [
    (' {"b": 1.50e+2,  "a": [null, "\\u00fc \\ud83d\\ude00", "Grüße"], "big": 1e999, "a": {} } ',
     '{"b":1.50e+2,"big":1e999,"a":{}}'),
    ('{"a": [ null , "\\u00fc \\ud83d\\ude00\\/\\u0001" ], "n": [1.0, 1e5, 123456789012345678901234567890, -0.10]}',
     '{"a":[null,"ü \U0001f600/\\u0001"],"n":[1.0,1e5,123456789012345678901234567890,-0.10]}'),
    ('{"o": {"x": 1, "y": {"z": 1, "z": 2}, "\\u0078": 3}}', '{"o":{"y":{"z":2},"x":3}}'),
    ("\t{\r\n}\n", "{}"),
])
def test_content_is_stored_in_canonical_form(service, owner, target, kind, content, stored):
    if kind == "json":
        content_type, body = "application/json", f'{{"content": {content}, "event_type": "scan_failed"}}'.encode()
    else:
        content_type, body = encode(kind, {"content": content, "event_type": "scan_failed"})
    response = owner.send("POST", events_path(target), body, content_type)
    assert response.status == 200, response.body
    assert f'"content":{stored},"webhooks"'.encode() in response.body
    row = service.row("SELECT content FROM events WHERE id = %s", from_base58(response.json()["id"]))
    assert row["content"] == stored


@KINDS
@pytest.mark.parametrize("sent, stored", [
    ("2026-01-31T16:32:17.238553Z", "2026-01-31T16:32:17.238553Z"),
    (" 2026-01-31T16:32:17Z\n", "2026-01-31T16:32:17.000000Z"),
    ("2026-01-31t18:02:17.5+01:30", "2026-01-31T16:32:17.500000Z"),
    ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"),
    ("2026-01-31T23:59:59.9999999Z", "2026-01-31T23:59:59.999999Z"),
])
def test_occurred_at(service, owner, target, kind, sent, stored):
    response = owner.publish(target, {**GOOD, "occurred_at": sent}, kind)
    assert response.status == 200, response.body
    assert response.json()["occurred_at"] == stored
    stored_event(service, response.json())


@KINDS
def test_occurred_at_is_at_most_a_day_ahead(owner, target, kind):
    assert owner.publish(target, {**GOOD, "occurred_at": ahead(hours=23)}, kind).status == 200
    assert owner.publish(target, {**GOOD, "occurred_at": ahead(hours=23).replace("+00:00", "-00:30")}, kind).status == 200
    with stores_nothing(owner.service):
        for time in (ahead(hours=25), ahead(days=4000), "9999-12-31T23:59:59.9999999Z"):
            response = owner.publish(target, {**GOOD, "occurred_at": time}, kind)
            expect_fields(response, {"occurred_at": "Ensure this time is at most a day ahead."})


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_a_form_may_leave_occurred_at_empty(owner, target, kind):
    assert owner.publish(target, {**GOOD, "occurred_at": ""}, kind).status == 200


def test_the_path_without_its_last_slash(owner, target):
    content_type, body = encode("json", GOOD)
    assert owner.send("POST", events_path(target)[:-1], body, content_type).status == 200


# Who receives it


def test_the_targets_webhooks_and_the_accounts(service):
    owner = make_owner(service)
    target, other = owner.make_target(), owner.make_target()
    mine, of_account, disabled = owner.register(target), owner.register(), owner.register(target)
    owner.register(other)
    service.execute("UPDATE webhooks SET enabled = FALSE WHERE id = %s", from_base58(disabled))
    deleted = owner.register(target)
    service.execute("UPDATE webhooks SET deleted_at = UTC_TIMESTAMP(6) WHERE id = %s", from_base58(deleted))
    event = owner.published(target)
    stored_event(service, event)
    got = {delivery["id"]: (delivery["status"], delivery["next_try"] is None) for delivery in event["webhooks"]}
    assert got == {mine: ("scheduled", False), of_account: ("scheduled", False), disabled: ("failed", True)}
    row = service.row("SELECT reason FROM deliveries WHERE webhook_id = %s AND event_id = %s",
                      from_base58(disabled), from_base58(event["id"]))
    assert row["reason"] == "disabled"


def test_webhooks_get_no_events_from_before_their_registration(service):
    owner = make_owner(service)
    target = owner.make_target()
    owner.register(target)
    assert owner.published(target, occurred_at="2026-01-01T00:00:00Z")["webhooks"] == []
    assert len(owner.published(target, occurred_at=ahead(hours=1))["webhooks"]) == 1


# Who may


def test_keys_without_the_right_are_refused_before_all_else(service, owner, target):
    missing = "/targets/11111111111/events/"
    with stores_nothing(service):
        for rights in ("read", "manage", "read,manage"):
            key = owner.make_key(rights)
            for path in (events_path(target), events_path(service.other_target), missing, "/targets/x/events/"):
                expect_detail(owner.send("POST", path, b"{", "text/plain", key=key), 403, FORBIDDEN)


def test_a_key_limited_to_targets(service, owner, target):
    other = owner.make_target()
    key = owner.make_key("publish", [target])
    assert owner.publish(target, GOOD, key=key).status == 200
    expect_detail(owner.publish(other, GOOD, key=key), 403, FORBIDDEN)
    expect_detail(owner.get(events_path(target), key=key), 403, FORBIDDEN)


def test_order_of_checks(service, owner, target):
    with stores_nothing(service):
        expect_detail(owner.send("POST", f"/targets/{target.id}/event/", b"{", "text/plain", key="wrong"), 404)
        expect_method_not_allowed(owner.send("PUT", events_path(target), b"{", "text/plain", key="wrong"), "PUT",
                                  ("GET", "HEAD", "POST", "OPTIONS"))
        expect_unauthorised(owner.send("POST", events_path(service.other_target), b"{", "text/plain", key="wrong"))
        expect_detail(owner.send("POST", events_path(service.other_target), b"{", "text/plain"), 404)
        expect_detail(owner.send("POST", "/targets/x/events/", b"{", "text/plain"), 404)
        expect_unsupported(owner.send("POST", events_path(target), b"{", "text/plain"), "text/plain")
        expect_malformed(owner.send("POST", events_path(target), b"{", "application/json"))


def test_an_accounts_events_are_not_posted(service, owner):
    content_type, body = encode("json", GOOD)
    response = owner.send("POST", "/events/", body, content_type)
    expect_method_not_allowed(response, "POST", ("GET", "HEAD", "OPTIONS"))


# What is wrong with fields


@KINDS
@pytest.mark.parametrize("event_type", [*TYPES[:6], "SCAN_STARTED", "scan", "x", 'a "quoted" one'])
def test_other_event_types(service, owner, target, kind, event_type):
    with stores_nothing(service):
        expect_fields(owner.publish(target, {**GOOD, "event_type": f" {event_type}\t"}, kind),
                      {"event_type": not_a_choice(event_type)})


@KINDS
def test_required(owner, target, kind):
    expect_fields(owner.publish(target, {}, kind), {"event_type": REQUIRED, "content": REQUIRED})
    expect_fields(owner.publish(target, {"content": CONTENT}, kind), {"event_type": REQUIRED})
    expect_fields(owner.publish(target, {"event_type": "scan_failed"}, kind), {"content": REQUIRED})


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_empty_values_of_a_form_are_absent(owner, target, kind):
    expect_fields(owner.publish(target, {"event_type": "", "content": ""}, kind),
                  {"event_type": REQUIRED, "content": REQUIRED})


@pytest.mark.parametrize("content, message", [
    ([], got_list()), ("{}", got_list("str")), (1, got_list("int")), (1.5, got_list("float")),
    (True, got_list("bool")), (None, NULL),
])
def test_json_content_that_is_no_object(owner, target, content, message):
    expect_fields(owner.publish(target, {**GOOD, "content": content}), {"content": message})


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
@pytest.mark.parametrize("content, message", [
    ("[]", got_list()), ('"{}"', got_list("str")), ("1", got_list("int")), ("1.5", got_list("float")),
    ("true", got_list("bool")), ("null", got_list("NoneType")),
    ('{"a" 1}', "JSON parse error - Missing a colon after a name of object member. (offset 5)"),
    (" ", "JSON parse error - The document is empty. (offset 0)"),
    ('{"a": "\\ud800"}', "JSON parse error - The surrogate pair in string is invalid. (offset 7)"),
])
def test_form_content_that_is_no_object(owner, target, kind, content, message):
    expect_fields(owner.publish(target, {**GOOD, "content": content}, kind), {"content": message})


def nested(levels):
    return "{\"a\":" * (levels - 1) + "{}" + "}" * (levels - 1)


def test_depth(owner, target):
    """A client that reads at most 100 levels can read a page of events."""
    form = {"event_type": "scan_failed", "content": nested(97)}
    response = owner.publish(target, form, "multipart")
    assert response.status == 200 and nested(97).encode() in response.body
    too_deep = "JSON parse error - Nested deeper than 97 levels. (offset 485)"
    expect_fields(owner.publish(target, {**form, "content": nested(98)}, "multipart"), {"content": too_deep})
    for levels, status in ((97, 200), (98, 400)):
        body = f'{{"event_type": "scan_failed", "content": {nested(levels)}}}'.encode()
        assert owner.send("POST", events_path(target), body, "application/json").status == status


def publish_file(owner, target, content, content_type=None, name="content"):
    extra = b'; filename="content.json"' + (b"\r\nContent-Type: " + content_type if content_type else b"")
    parts = [part("event_type", "scan_failed"), part(name, content, extra=extra)]
    return owner.send("POST", events_path(target), multipart_of(parts), encode("multipart", {})[0])


@pytest.mark.parametrize("content_type", [b"application/json", b"Application/JSON; charset=utf-8"])
def test_content_as_a_json_file(owner, target, content_type):
    response = publish_file(owner, target, json.dumps(CONTENT, indent=2), content_type)
    assert response.status == 200 and response.json()["content"] == CONTENT
    expect_fields(publish_file(owner, target, "[]", content_type), {"content": got_list()})
    response = publish_file(owner, target, "", content_type)
    expect_fields(response, {"content": "JSON parse error - The document is empty. (offset 0)"})


@pytest.mark.parametrize("content_type", [None, b"text/plain", b"application/octet-stream", b"application/jsonl"])
def test_another_file_is_no_content(owner, target, content_type):
    expect_fields(publish_file(owner, target, json.dumps(CONTENT), content_type), {"content": NOT_STRING})


def test_a_json_file_is_no_text(owner, target):
    response = publish_file(owner, target, '"scan_failed"', b"application/json", "event_type")
    expect_fields(response, {"event_type": NOT_STRING, "content": REQUIRED})


def test_json_that_is_called_a_form(owner, target):
    response = owner.send("POST", events_path(target), json.dumps(GOOD).encode(), "application/x-www-form-urlencoded")
    expect_fields(response, {
        "event_type": REQUIRED, "content": REQUIRED,
        "non_field_errors": "The body looks like JSON, but its Content-Type says application/x-www-form-urlencoded."})


@pytest.mark.parametrize("value, message", [(1, NOT_STRING), (True, NOT_STRING), ([], NOT_STRING), (None, NULL)])
def test_fields_that_must_be_text(owner, target, value, message):
    response = owner.publish(target, {"event_type": value, "content": CONTENT, "occurred_at": value})
    expect_fields(response, {"event_type": message, "occurred_at": message})


@KINDS
@pytest.mark.parametrize("time", ["now", "2026-01-31", "2026-01-31 16:32:17Z", "2026-02-29T00:00:00Z",
                                  "2026-01-31T16:32:17", "1969-12-31T23:59:59Z", "2026-12-31T23:59:60Z"])
def test_malformed_times(owner, target, kind, time):
    expect_fields(owner.publish(target, {**GOOD, "occurred_at": time}, kind), {"occurred_at": NOT_A_TIME})


def test_empty_text_in_json(owner, target):
    expect_fields(owner.publish(target, {"event_type": "", "content": CONTENT, "occurred_at": ""}),
                  {"event_type": not_a_choice(""), "occurred_at": NOT_A_TIME})


def test_the_last_one_counts_and_unknown_fields_do_not(owner, target):
    body = b'{"event_type": 1, "content": [], "id": 7, "content": {"n": 2}, "event_type": "scan_failed"}'
    response = owner.send("POST", events_path(target), body, "application/json")
    assert response.status == 200 and response.json()["content"] == {"n": 2}
    expect_event_object(response.json())


def test_the_log_tells_the_event_and_its_deliveries(service, owner, target):
    event = owner.published(target)
    (line,) = [line for line in service.log_text().splitlines() if f"event={event['id']}" in line]
    assert f"deliveries={len(event['webhooks'])}" in line and "status=200" in line
