"""Idempotency-Key: a repeat gets the first answer, and does nothing."""

import json

import pytest
from events import CONTENT, events_path, make_owner
from support.at_once import at_once
from support.http_client import CONTENT_TYPES
from support.ids import from_base58

from expect import expect_detail, expect_fields, expect_malformed, stores_nothing

GOOD = {"event_type": "scan_completed", "content": CONTENT, "occurred_at": "2026-01-31T00:00:00Z"}
OTHER_REQUEST = "The Idempotency-Key was used for another request."
QUOTED = "The Idempotency-Key header is not a quoted string."
LENGTH = "The Idempotency-Key header must have 1 to 255 characters."


@pytest.fixture(scope="module")
def owner(service):
    return make_owner(service)


@pytest.fixture
def target(service, owner):
    service.execute("DELETE FROM idempotency_keys")
    made = owner.make_target()
    owner.register(made)
    return made


def keyed(key):
    return [("Idempotency-Key", key)]


def events_of(service, target):
    return service.row("SELECT COUNT(*) AS n FROM events WHERE target_id = %s AND event_type LIKE 'scan%%'",
                       from_base58(target.id))["n"]


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_a_repeat_is_answered_byte_for_byte(service, owner, target, kind):
    first = owner.publish(target, GOOD, kind, keyed("k"))
    assert first.status == 200, first.body
    # The answer is the first one, whatever happened to the delivery meanwhile.
    service.execute("UPDATE deliveries SET status = 1, next_try = NULL WHERE event_id = %s",
                    from_base58(first.json()["id"]))
    with stores_nothing(service):
        for repeat_kind in CONTENT_TYPES:
            repeat = owner.publish(target, GOOD, repeat_kind, keyed("k"))
            assert (repeat.status, repeat.body) == (200, first.body)
    assert events_of(service, target) == 1


@pytest.mark.parametrize("content", [
    '{"a":1,"b":["é",{"c":1.0}]}', ' {"a" : 1, "b": [ "\\u00e9", {"c":1.0} ] } ', '{"a":2,"b":["é",{"c":1.0}],"a":1}',
    '{"b":["é",{"c":3,"c":1.0}],"\\u0061":1}',
])
@pytest.mark.parametrize("kind", ["json", *CONTENT_TYPES[1:]])
def test_equal_values_in_any_encoding_are_the_same_request(service, owner, target, kind, content):
    fields = {"event_type": "scan_failed", "content": {"a": 1, "b": ["é", {"c": 1.0}]}, "occurred_at": "2026-01-31T00:00:00Z"}
    first = owner.publish(target, fields, headers=keyed("k"))
    assert first.status == 200, first.body
    again = {"event_type": " scan_failed\t", "occurred_at": "\n2026-01-30T23:00:00.0000000-01:00", "x": "y"}
    if kind == "json":
        body = (json.dumps(again)[:-1] + f', "content": {content}}}').encode()
        repeat = owner.send("POST", events_path(target), body, "application/json", keyed('"k"'))
    else:
        repeat = owner.publish(target, {**again, "content": content}, kind, keyed('"k"'))
    assert (repeat.status, repeat.body) == (200, first.body)
    assert events_of(service, target) == 1


def test_another_request_with_that_key(service, owner, target):
    assert owner.publish(target, GOOD, headers=keyed("k")).status == 200
    others = [{**GOOD, "event_type": "scan_failed"}, {**GOOD, "content": {}},
              {**GOOD, "occurred_at": "2026-01-31T00:00:01Z"}, {name: GOOD[name] for name in ("event_type", "content")}]
    with stores_nothing(service):
        for other in others:
            assert expect_malformed(owner.publish(target, other, headers=keyed("k"))) == OTHER_REQUEST
    assert owner.publish(target, others[0], headers=keyed("l")).status == 200


def test_times_that_are_the_same_are_the_same_request(owner, target):
    first = owner.publish(target, GOOD, headers=keyed("k"))
    same = {**GOOD, "occurred_at": "2026-01-31T01:00:00.000000+01:00"}
    assert owner.publish(target, same, headers=keyed("k")).body == first.body


def test_keys_are_of_an_account(service, owner, target):
    """The same request for another target is another request. Accounts don't see each other's keys."""
    first = owner.publish(target, GOOD, headers=keyed("k"))
    other = owner.make_target()
    with stores_nothing(service):
        assert expect_malformed(owner.publish(other, GOOD, headers=keyed("k"))) == OTHER_REQUEST
    stranger = make_owner(service)
    second = stranger.publish(stranger.make_target(), GOOD, headers=keyed("k"))
    assert (first.status, second.status) == (200, 200) and first.json()["id"] != second.json()["id"]


def test_errors_are_not_remembered(service, owner, target):
    expect_fields(owner.publish(target, {**GOOD, "event_type": "x"}, headers=keyed("k")),
                  {"event_type": '"x" is not a valid choice.'})
    expect_detail(owner.publish(service.other_target, GOOD, headers=keyed("k")), 404)
    assert owner.publish(target, GOOD, headers=keyed("k")).status == 200


def test_after_24_hours_the_key_is_free(service, owner, target):
    first = owner.publish(target, GOOD, headers=keyed("k"))
    service.execute("UPDATE idempotency_keys SET created_at = created_at - INTERVAL 86390 SECOND")
    assert owner.publish(target, GOOD, headers=keyed("k")).body == first.body
    service.execute("UPDATE idempotency_keys SET created_at = created_at - INTERVAL 11 SECOND")
    other = {**GOOD, "event_type": "scan_failed"}
    second = owner.publish(target, other, headers=keyed("k"))
    assert second.status == 200 and second.json()["id"] != first.json()["id"]
    assert owner.publish(target, other, headers=keyed("k")).body == second.body


@pytest.mark.parametrize("key", ["k", "x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "a key, with: all; of it",
                                 ("\N{GRINNING FACE}" * 255).encode(), "Schlüssel".encode()],
                         ids=["one", "255", "quoted", "punctuation", "255 of four bytes", "not ASCII"])
def test_keys_that_are_taken(owner, target, key):
    first = owner.publish(target, GOOD, headers=keyed(key))
    assert first.status == 200, first.body
    padded = b" \t" + (key.encode() if isinstance(key, str) else key) + b"  "
    assert owner.publish(target, GOOD, headers=keyed(padded)).body == first.body


@pytest.mark.parametrize("plain, quoted", [("k", '"k"'), ("a b", '"a b"'), ('a"b', '"a\\"b"'), ("a\\b", '"a\\\\b"'),
                                           ("x" * 255, f'"{"x" * 255}"'), ("é", '"é"'), ("'k'", '"\'k\'"')])
def test_a_quoted_key_and_its_content_are_the_same(service, owner, target, plain, quoted):
    first = owner.publish(target, GOOD, headers=keyed(plain.encode()))
    assert first.status == 200, first.body
    for same in (quoted.encode(), b"\t" + quoted.encode() + b" \t"):
        assert owner.publish(target, GOOD, headers=keyed(same)).body == first.body
    response = owner.publish(target, {**GOOD, "content": {}}, headers=keyed(quoted.encode()))
    assert expect_malformed(response) == OTHER_REQUEST


@pytest.mark.parametrize("key, message", [
    ('""', LENGTH), (f'"{"x" * 256}"', LENGTH), ('"k', QUOTED), ('"k"x', QUOTED), ('"k\\"', QUOTED), ('"k"; a=b', QUOTED),
    ('"a\\b"', QUOTED),
    ("", LENGTH), ("  ", LENGTH), ("x" * 256, LENGTH), (("\N{GRINNING FACE}" * 256).encode(), LENGTH),
    (b"\xff", "The Idempotency-Key header is not UTF-8."),
], ids=["nothing quoted", "256 quoted", "open", "more behind", "escaped end", "parameter", "needless escape", "empty", "white space", "256", "256 of four bytes", "not UTF-8"])
def test_keys_that_are_refused(service, owner, target, key, message):
    with stores_nothing(service):
        assert expect_malformed(owner.publish(target, GOOD, headers=keyed(key))) == message


def test_two_keys(service, owner, target):
    with stores_nothing(service):
        response = owner.publish(target, GOOD, headers=keyed("k") + keyed("k"))
        assert expect_malformed(response) == "Repeated Idempotency-Key header."


def test_repeats_at_once_make_one_event(service, owner, target):
    answers = at_once(*(lambda n=n: owner.publish(target, GOOD, headers=keyed(f"k{n % 3}")) for n in range(24)))
    assert [answer.status for answer in answers] == [200] * 24
    assert len({answer.body for answer in answers}) == 3
    assert events_of(service, target) == 3


def test_the_key_is_neither_stored_nor_logged(service, owner, target):
    key = "a-key-that-nobody-should-see"
    assert owner.publish(target, GOOD, headers=keyed(key)).status == 200
    stored = service.rows("SELECT * FROM idempotency_keys")
    assert len(stored) == 1 and key not in str(stored)
    assert all(key.encode() not in path.read_bytes() for path in service.log_files())
