"""The schemas of docs/openapi.yaml accept its examples, and refuse what they should. test_openapi_answers.py shows that
the service follows the document, tests/clients that it is valid OpenAPI.
"""

import pytest
from support.openapi import Document

DOCUMENT = Document()
CREATE = next(operation for operation in DOCUMENT.operations() if operation.id == "createTargetWebhook")
URL = "https://ci.example.com/hook"


def test_examples_and_defaults_keep_their_schemas():
    examples = list(DOCUMENT.examples())
    assert len(examples) > 80
    faults = [(at, fault) for at, schema, value in examples for fault in DOCUMENT.schema_faults(schema, value)]
    assert faults == []


def schemas_in(value):
    """Every schema of the document, those within others included."""
    if isinstance(value, dict):
        if "type" in value or "allOf" in value or "items" in value:
            yield value
        for inner in value.values():
            yield from schemas_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from schemas_in(inner)


SCHEMAS_OF_BODIES = list(schemas_in([DOCUMENT.root["components"][part] for part in ("schemas", "requestBodies", "responses")]))


def test_generators_find_every_item_and_member():
    """Generators ignore arrays without items, and objects without properties."""
    for schema in SCHEMAS_OF_BODIES:
        if schema.get("type") == "array":
            assert "items" in schema, schema
        if schema.get("type") == "object":
            assert schema.keys() & {"properties", "allOf", "additionalProperties"}, schema
        for part in schema.get("allOf", ()):
            for member in part.get("properties", {}).values():
                assert "$ref" in member.get("items", {"$ref": ""}), "generators don't merge what narrows an item"
    for name in ("WebhookPage", "EventPage", "DeliveryPage", "AttemptPage", "TargetPage"):
        assert any("results" in part.get("required", ()) for part in DOCUMENT.root["components"]["schemas"][name]["allOf"])


def test_generators_take_a_default_for_a_field_that_is_always_there():
    assert [schema for schema in SCHEMAS_OF_BODIES if "default" in schema] == []
    for name in ("NewWebhook", "NewWebhookForm"):
        assert DOCUMENT.schema_faults({"$ref": f"#/components/schemas/{name}"}, {"url": URL}) == []


def test_the_scheme_that_tools_know_comes_first():
    assert list(DOCUMENT.root["components"]["securitySchemes"]) == ["bearerKey", "jwtKey"]
    assert [list(scheme) for scheme in DOCUMENT.root["security"]] == [["bearerKey"], ["jwtKey"]]


EVENT = {"event_type": "scan_completed", "content": {}}


@pytest.mark.parametrize("schema, value", [
    ("Id", "2Nq8Zr4VxK0"), ("Id", "2Nq8Zr4VxK"), ("Id", 1),
    ("Time", "2026-01-31T16:32:17Z"), ("Time", "2026-13-31T16:32:17.238553Z"), ("Time", "2026-01-31 16:32:17.238553"),
    ("AnyTime", "2026-01-31T16:32:17"), ("AnyTime", "2026-01-31"), ("AnyTime", "2026-01-31T24:00:00Z"),
    ("NewWebhook", {}), ("NewWebhook", {"url": None}), ("NewWebhook", {"url": 1}), ("NewWebhook", [URL]),
    ("NewWebhook", {"url": "http://ci.example.com/"}), ("NewWebhook", {"url": "https://a b/"}),
    ("NewWebhook", {"url": URL, "name": "n" * 256}), ("NewWebhook", {"url": URL, "name": "a\0"}),
    ("NewWebhook", {"url": URL, "check_cert": 2}), ("NewWebhook", {"url": URL, "check_cert": "maybe"}),
    ("NewWebhook", {"url": URL, "check_cert": ""}), ("NewWebhook", {"url": URL, "check_cert": None}),
    ("NewWebhook", {"url": URL, "api_version": "v9"}), ("NewWebhook", {"url": URL, "api_version": ""}),
    ("NewWebhookForm", {"url": URL, "check_cert": "2"}), ("NewWebhookForm", {"url": URL, "api_version": "v9"}),
    ("NewWebhookForm", {"name": "CI"}), ("WebhookChange", {"url": ""}), ("WebhookChangeForm", {"check_cert": "2"}),
    ("NewEvent", {**EVENT, "event_type": "user_created"}), ("NewEvent", {**EVENT, "content": []}),
    ("NewEvent", {"content": {}}), ("NewEvent", {**EVENT, "occurred_at": "now"}),
    ("NewWebhook", {"url": URL, "event_types": "scan_failed"}), ("NewWebhook", {"url": URL, "event_types": ["scan"]}),
    ("NewWebhook", {"url": URL, "ordered": None}), ("WebhookChange", {"enabled": "maybe"}),
    ("WebhookReplacement", {"enabled": True}), ("WebhookReplacementForm", {"url": URL, "enabled": "2"}),
    ("NewHeaders", {}), ("NewHeaders", {"headers": {"X": 1}}), ("NewHeaders", {"headers": {"X": "ä"}}),
    ("NewHeaders", {"headers": {"X": "x" * 1025}}), ("NewHeadersForm", {"headers": "[]"}),
    ("Disabling", {"reason": "r" * 256}), ("NewTest", {"event_type": ""}), ("NewTestForm", {"event_type": "scan"}),
    ("Recovery", {}), ("Recovery", {"since": "now"}), ("Recovered", {"scheduled": 10001}),
    ("Recovered", {"scheduled": 0, "more": False}), ("Attempt", {"failure": "bad luck"}), ("Target", {"id": 1}),
    ("Me", {}), ("ListedDelivery", {"status": "lost"}), ("TestEvent", {"content": {"test": False}}),
    ("NewEventForm", {**EVENT, "content": "[]"}), ("NewEventForm", {**EVENT, "content": {}}),
    ("Webhook", {}), ("Secret", {"secret": "whsec_short"}), ("Page", {"count": -1}),
    ("WebhookErrors", {}), ("WebhookErrors", {"url": []}), ("WebhookErrors", {"url": ["Something else."]}),
    ("WebhookErrors", {"other": ["This field is required."]}),
    ("PageErrors", {"page": ["Something else."]}), ("EventQueryErrors", {"since": ["Something else."]}),
    ("EventErrors", {"url": ["This field is required."]}),
    ("NonFieldErrors", {"non_field_errors": []}),
    ("Detail", {}), ("Detail", {"detail": "x", "more": "y"}), ("NotFoundDetail", {"detail": "Gone."}),
])
def test_the_schemas_refuse(schema, value):
    assert DOCUMENT.schema_faults({"$ref": f"#/components/schemas/{schema}"}, value)


@pytest.mark.parametrize("word", ["true", "T", "yEs", "y", "ON", "1", "False", "f", "No", "n", "oFF", "0", " on\n"])
@pytest.mark.parametrize("schema", ["Boolean", "FormBoolean"])
def test_the_schemas_know_the_words_of_a_boolean(schema, word):
    assert DOCUMENT.schema_faults({"$ref": f"#/components/schemas/{schema}"}, word) == []


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


@pytest.mark.parametrize("answer, fault", [
    (Answer(418, [], b""), "status 418 is not documented"),
    (Answer(404, [("X-More", "1")], b""), "header x-more is not documented"),
    (Answer(404, [], b""), "header X-Request-Id is there 0 times"),
    (Answer(404, [("X-Request-Id", "f" * 32)] * 2, b""), "header X-Request-Id is there 2 times"),
    (Answer(404, [("X-Request-Id", "f" * 31)], b""), "does not match"),
    (Answer(404, [("Cache-Control", "max-age=1")], b""), "'no-store' was expected"),
    (Answer(429, [("Retry-After", "soon")], b""), "not of type 'integer'"),
    (Answer(404, [("Content-Type", "text/html")], b""), "Content-Type ['text/html'] is not documented"),
    (Answer(404, [("Content-Type", "application/json")], b"<html>"), "the body is not JSON"),
    (Answer(404, [("Content-Type", "application/json")], b'{"detail": "Gone."}'), "'Not found.' was expected"),
])
def test_undocumented_parts_of_responses_are_found(answer, fault):
    faults = DOCUMENT.response_faults(CREATE, answer)
    assert any(fault in found for found in faults), faults


def test_a_body_where_none_is_documented_is_found():
    (deletion,) = (operation for operation in DOCUMENT.operations() if operation.id == "deleteTargetWebhook")
    assert "there is a body" in DOCUMENT.response_faults(deletion, Answer(204, [], b"{}"))
