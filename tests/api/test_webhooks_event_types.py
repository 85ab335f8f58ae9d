"""event_types: how a webhook's owner chooses them in every content type, what is refused, and which events arrive."""

import json

import pytest
from events import TYPES, make_owner
from support.http_client import BOUNDARY, CONTENT_TYPES, multipart_of, part

from expect import GOOD_URL, NOT_LIST, NOT_STRING, NULL, expect_fields, not_a_choice
from webhooks import OWNERS, Tenant, expect_webhook

KINDS = pytest.mark.parametrize("kind", CONTENT_TYPES)
FORMS = pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
ALL_TYPES = list(TYPES)
URL = {"url": GOOD_URL}
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


@pytest.fixture(scope="module", params=OWNERS)
def tenant(service, request):
    return Tenant(service, request.param)


def register(tenant, fields, kind):
    """The webhook that these fields make."""
    response = tenant.send("POST", "", fields, kind)
    assert response.status == 200, response.body
    return tenant.get(response.json()["webhooks"][0]["id"])


@KINDS
@pytest.mark.parametrize("sent, stored", [
    ([], []), (["scan_failed"], ["scan_failed"]), (ALL_TYPES, ALL_TYPES),
    (ALL_TYPES[::-1], ALL_TYPES), (["scan_failed", "scan_failed"], ["scan_failed"]),
    ([" scan_failed\u3000", "\tuser_created"], ["user_created", "scan_failed"]),
])
def test_types_that_are_chosen(tenant, kind, sent, stored):
    webhook = register(tenant, {**URL, "event_types": sent}, kind)
    assert webhook["event_types"] == stored
    assert tenant.send("GET").json()["results"][0]["event_types"] == stored
    by_put = tenant.send("PUT", f"{webhook['id']}/", {**URL, "event_types": sent}, kind)
    expect_webhook(by_put, event_types=stored)


@KINDS
def test_a_change_keeps_them_and_a_replacement_does_not(tenant, kind):
    webhook = register(tenant, {**URL, "event_types": ["scan_failed"]}, kind)["id"]
    expect_webhook(tenant.send("PATCH", f"{webhook}/", {"name": "x"}, kind), event_types=["scan_failed"])
    expect_webhook(tenant.send("PATCH", f"{webhook}/", {"event_types": ["finding_fixed"]}, kind),
                   event_types=["finding_fixed"])
    expect_webhook(tenant.send("PUT", f"{webhook}/", URL, kind), event_types=[])


@FORMS
def test_an_empty_value_of_a_form_is_no_type(tenant, kind):
    webhook = register(tenant, {**URL, "event_types": ["", "scan_failed"]}, kind)
    assert webhook["event_types"] == ["scan_failed"]
    expect_webhook(tenant.send("PATCH", f"{webhook['id']}/", {"event_types": ""}, kind), event_types=[])


def test_lists_of_a_repeated_key_are_not_joined(tenant):
    fields = [*URL.items(), ("event_types", ["scan_failed"]), ("event_types", ["scan_started"])]
    assert register(tenant, fields, "json")["event_types"] == ["scan_started"]


WRONG = {
    "another type": (["scan_finished"], not_a_choice("scan_finished")),
    "in capitals": (["scan_failed", "SCAN_FAILED"], not_a_choice("SCAN_FAILED")),
    "joined": (["scan_failed,scan_started"], not_a_choice("scan_failed,scan_started")),
    "white space": ([" "], not_a_choice("")),
    "trimmed": ([" x\t"], not_a_choice("x")),
    "repeated": (["x", "x ", "y"], [not_a_choice("x"), not_a_choice("y")]),
    "NUL": (["scan_failed\0"], not_a_choice("scan_failed\0")),
    "many": ([str(number) for number in range(500)], [not_a_choice(str(number)) for number in range(10)]),
}


@KINDS
@pytest.mark.parametrize("case", WRONG)
def test_other_items(tenant, kind, case):
    sent, messages = WRONG[case]
    for method in ("POST", "PUT", "PATCH"):
        webhook = "" if method == "POST" else f"{register(tenant, URL, kind)['id']}/"
        expect_fields(tenant.send(method, webhook, {**URL, "event_types": sent}, kind), {"event_types": messages})


@pytest.mark.parametrize("value, messages", [
    (None, NULL), ("scan_failed", NOT_LIST), ("", NOT_LIST), (1, NOT_LIST), (True, NOT_LIST), ({}, NOT_LIST),
    ({"scan_failed": True}, NOT_LIST), ([1, 2.5, None, True, ["scan_failed"], {"a": 1}], NOT_STRING),
    ([1, "x"], [NOT_STRING, not_a_choice("x")]), ([""], not_a_choice("")),
])
def test_json_that_is_no_list_of_types(tenant, value, messages):
    expect_fields(tenant.send("POST", "", {**URL, "event_types": value}), {"event_types": messages})


def test_a_number_that_is_too_large_is_no_type(tenant):
    response = tenant.service.send(f'{{"url": "{GOOD_URL}", "event_types": [1e999]}}'.encode(), path=tenant.path(),
                                   authorization=f"JWT {tenant.key}")
    expect_fields(response, {"event_types": NOT_STRING})


@pytest.mark.parametrize("extra, headers", [
    (b'; filename="x"', []), (b'; filename=""', []), (b'; filename="x"', ["Content-Type: application/json"]),
])
def test_a_file_is_no_type(tenant, extra, headers):
    parts = [part("url", GOOD_URL), part("event_types", "scan_failed"),
             part("event_types", '["scan_failed"]', extra, headers)]
    response = tenant.service.send(multipart_of(parts), MULTIPART, path=tenant.path(),
                                   authorization=f"JWT {tenant.key}")
    expect_fields(response, {"event_types": NOT_STRING})


@KINDS
def test_an_order(tenant, kind):
    webhook = register(tenant, {**URL, "ordered": True}, kind)
    assert webhook["ordered"] is True
    expect_webhook(tenant.send("PATCH", f"{webhook['id']}/", {"name": "x"}, kind), ordered=True)
    expect_webhook(tenant.send("PATCH", f"{webhook['id']}/", {"ordered": "no"}, kind), ordered=False)
    expect_webhook(tenant.send("PUT", f"{webhook['id']}/", {**URL, "ordered": "1"}, kind), ordered=True)
    expect_webhook(tenant.send("PUT", f"{webhook['id']}/", URL, kind), ordered=False)


def test_who_receives_what(service):
    owner = make_owner(service)
    target = owner.make_target()
    chosen = {}
    for name, types in (("all", []), ("failed", ["scan_failed"]), ("two", ["scan_started", "scan_failed"]),
                        ("greetings", ["target_created", "user_created"])):
        for of in (target, None):
            body = json.dumps({**URL, "event_types": types}).encode()
            path = (f"/targets/{of.id}" if of else "") + "/webhooks/"
            event = owner.send("POST", path, body, "application/json").json()
            assert event["event_type"] in ("target_created", "user_created")
            chosen[event["webhooks"][0]["id"]] = (name, of is None)
    for event_type, names in (("scan_failed", {"all", "failed", "two"}), ("scan_started", {"all", "two"}),
                              ("finding_fixed", {"all"})):
        event = owner.published(target, event_type=event_type)
        received = {chosen[delivery["id"]] for delivery in event["webhooks"]}
        assert received == {(name, of_account) for name in names for of_account in (True, False)}
