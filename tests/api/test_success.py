"""Registrations that succeed: answer, stored rows, defaults, trimming, repeated fields."""

import json
import time

import pytest
from support.http_client import BOUNDARY, CONTENT_TYPES, encode, multipart_of, part

from expect import GOOD_URL, expect_event, expect_registered, expect_stored

EMOJI = "\N{GRINNING FACE}"
KINDS = pytest.mark.parametrize("kind", CONTENT_TYPES)

# fields sent -> what differs from the defaults in the row stored
FIELDS = {
    "url alone": ({"url": GOOD_URL}, {}),
    "every field": (
        {"url": GOOD_URL, "name": "CI", "check_cert": False, "api_version": "v1"},
        {"name": "CI", "check_cert": False},
    ),
    "check_cert true": ({"url": GOOD_URL, "check_cert": True}, {}),
    "empty name": ({"url": GOOD_URL, "name": ""}, {}),
    "name of white space": ({"url": GOOD_URL, "name": " \t\r\n "}, {}),
    "trimmed name": ({"url": GOOD_URL, "name": " \t a  b \r\n"}, {"name": "a  b"}),
    "trimmed by Unicode's White_Space": (
        {"url": GOOD_URL, "name": "\u0085\u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000x\u3000\u0085\u000b\u000c"},
        {"name": "x"},
    ),
    "no white space: zero width": (
        {"url": GOOD_URL, "name": "\u200bx\ufeff"},
        {"name": "\u200bx\ufeff"},
    ),
    "trimmed url": ({"url": f" \n{GOOD_URL}\u00a0"}, {}),
    "trimmed api_version": ({"url": GOOD_URL, "api_version": " v1\t"}, {}),
    "trimmed check_cert": ({"url": GOOD_URL, "check_cert": " False "}, {"check_cert": False}),
    "name in several scripts": (
        {"url": GOOD_URL, "name": f"Grüße, Zürich \u0442\u0435\u0441\u0442 \u4e16\u754c {EMOJI}"},
        {"name": f"Grüße, Zürich \u0442\u0435\u0441\u0442 \u4e16\u754c {EMOJI}"},
    ),
    "255 characters": ({"url": GOOD_URL, "name": "n" * 255}, {"name": "n" * 255}),
    "255 characters outside the BMP": ({"url": GOOD_URL, "name": EMOJI * 255}, {"name": EMOJI * 255}),
    "255 characters after trimming": ({"url": GOOD_URL, "name": f"  {'é' * 255}  "}, {"name": "é" * 255}),
    "quotes and backslashes": ({"url": GOOD_URL, "name": "'\"\\`%;--"}, {"name": "'\"\\`%;--"}),
    "2048 characters of url": (
        {"url": GOOD_URL + "/" + "u" * (2047 - len(GOOD_URL))},
        {"url": GOOD_URL + "/" + "u" * (2047 - len(GOOD_URL))},
    ),
    "unknown fields": ({"id": "1", "url": GOOD_URL, "URL": "no", "enabled": "false"}, {}),
    "control characters inside": ({"url": GOOD_URL, "name": "a\u0001\u001f\u007fb"}, {"name": "a\u0001\u001f\u007fb"}),
}


@KINDS
@pytest.mark.parametrize("case", FIELDS)
def test_fields_are_stored(service, kind, case):
    fields, stored = FIELDS[case]
    expect_registered(service, service.post(fields, kind), **stored)


TRUE_WORDS = ("true", "t", "yes", "y", "on", "1", "TRUE", "True", "T", "YES", "Yes", "Y", "ON", "On", "tRuE")
FALSE_WORDS = ("false", "f", "no", "n", "off", "0", "FALSE", "False", "F", "NO", "No", "N", "OFF", "Off", "fAlSe")


@KINDS
@pytest.mark.parametrize("word", TRUE_WORDS + FALSE_WORDS)
def test_words_of_check_cert(service, kind, word):
    response = service.post({"url": GOOD_URL, "check_cert": word}, kind)
    expect_registered(service, response, check_cert=word in TRUE_WORDS)


@pytest.mark.parametrize("spelling, value", [
    ("true", True), ("false", False), ("1", True), ("0", False), ("1.0", True), ("0.0", False), ("-0", False),
    ("1e0", True), ("10e-1", True), ("0.1E+1", True), ("0e5", False), ("-0.0", False),
])
def test_json_values_of_check_cert(service, spelling, value):
    body = f'{{"url": "{GOOD_URL}", "check_cert": {spelling}}}'.encode()
    expect_registered(service, service.send(body), check_cert=value)


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_empty_check_cert_and_api_version_of_a_form_are_absent(service, kind):
    response = service.post({"url": GOOD_URL, "check_cert": "", "api_version": ""}, kind)
    expect_registered(service, response)


@KINDS
@pytest.mark.parametrize("first, last, stored", [
    ({"url": "no url"}, {"url": GOOD_URL}, {}),
    ({"name": "first"}, {"name": "last"}, {"name": "last"}),
    ({"name": "first"}, {"name": ""}, {"name": ""}),
    ({"name": "n" * 256}, {"name": "last"}, {"name": "last"}),
    ({"check_cert": True}, {"check_cert": False}, {"check_cert": False}),
    ({"check_cert": "maybe"}, {"check_cert": "no"}, {"check_cert": False}),
    ({"api_version": "v9"}, {"api_version": "v1"}, {}),
])
def test_the_last_of_a_repeated_field_counts(service, kind, first, last, stored):
    url = [] if "url" in last else [("url", GOOD_URL)]
    fields = [*first.items(), *url, *last.items()]
    expect_registered(service, service.post(fields, kind), **stored)


def test_a_text_after_a_file_of_that_name_counts(service):
    parts = [part("url", b"x", b'; filename="x"'), part("url", GOOD_URL)]
    response = service.send(multipart_of(parts), f"multipart/form-data; boundary={BOUNDARY}")
    expect_registered(service, response)


@KINDS
def test_the_same_url_twice_makes_two_webhooks(service, kind):
    first = expect_event(service, service.post({"url": GOOD_URL}, kind))
    second = expect_event(service, service.post({"url": GOOD_URL}, kind))
    assert first != second


def test_ids_grow(service):
    """Text order is time order, for ids of different milliseconds."""
    ids = []
    for _ in range(5):
        ids.append(service.post({"url": GOOD_URL}).json()["webhooks"][0]["id"])
        time.sleep(0.005)
    assert ids == sorted(ids)


@KINDS
def test_each_target_is_greeted_with_its_own_event(service, kind):
    target = service.make_target(f'Ünïcode "{kind}" \\ {EMOJI}', "https://shop.example.com/?a=b&c=d")
    webhook = expect_event(service, service.post({"url": GOOD_URL, "name": "x"}, kind, target=target), target)
    expect_stored(service, webhook, name="x", target=target)
    other = expect_event(service, service.post({"url": GOOD_URL}, kind))
    assert other != webhook


@KINDS
def test_a_key_of_the_same_account_made_later_works_at_once(service, kind):
    content_type, body = encode(kind, {"url": GOOD_URL})
    response = service.send(body, content_type, authorization=f"JWT {service.make_key('later')}")
    expect_registered(service, response)


# Fields beyond the four of the reference change nothing in the answer.
@KINDS
@pytest.mark.parametrize("fields", [
    {"url": GOOD_URL}, {"url": GOOD_URL, "name": "CI", "check_cert": False, "api_version": "v1"},
    {"url": GOOD_URL, "event_types": ["scan_failed"], "ordered": True, "enabled": False},
])
def test_the_answer_byte_for_byte(service, kind, fields):
    response = service.post(fields, kind)
    event = response.json()
    (delivery,) = event["webhooks"]
    target = service.target
    assert response.body.decode() == (
        f'{{"id":"{event["id"]}","event_type":"target_created","occurred_at":"{event["occurred_at"]}",'
        f'"object_type":"target","content":{{"id":"{target.id}","name":"{target.name}","url":"{target.url}"}},'
        f'"webhooks":[{{"id":"{delivery["id"]}","api_version":"v1","status":"scheduled",'
        f'"next_try":"{delivery["next_try"]}","retries":0}}]}}')


def test_the_answer_is_compact_enough_to_be_one_json_text(service):
    response = service.post({"url": GOOD_URL, "name": EMOJI})
    assert response.header("Content-Length") == str(len(response.body)) or response.header("Transfer-Encoding")
    assert json.loads(response.body)["webhooks"][0]["status"] == "scheduled"


@pytest.mark.parametrize("accept", ["text/html", "application/xml;q=0.9", "image/*", ""])
def test_accept_changes_nothing(service, accept):
    content_type, body = encode("json", {"url": GOOD_URL})
    expect_registered(service, service.send(body, content_type, headers=[("Accept", accept)]))
