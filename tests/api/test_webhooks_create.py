"""Registration for an account. Other files test the registration for a target."""

import json

import pytest
from support.http_client import CONTENT_TYPES
from support.ids import from_base58, to_base58

from expect import expect_fields, expect_scheduled_delivery, expect_unauthorised, time_text
from webhooks import Tenant, expect_forbidden


@pytest.fixture(scope="module")
def tenant(service):
    return Tenant(service, "account")


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_it_is_greeted_with_the_user_who_registers_it(service, tenant, kind):
    other = tenant.make_user(f"{kind}@example.com", "Other")
    for user in (tenant.user, other):
        response = tenant.send("POST", "", {"url": "https://ci.example.com/all", "name": "All", "check_cert": "no"},
                               kind, key=tenant.make_key(user=user))
        assert response.status == 200, response.body
        event = response.json()
        recorded = service.row("SELECT e.* FROM users u JOIN events e ON e.id = u.created_event_id WHERE u.id = %s",
                               from_base58(user["id"]))
        assert event["id"] == to_base58(recorded["id"])
        assert (event["event_type"], event["object_type"]) == ("user_created", "user")
        assert event["occurred_at"] == time_text(recorded["occurred_at"])
        assert event["content"] == json.loads(recorded["content"])
        assert event["content"]["email"] == user["email"]
        (delivery,) = event["webhooks"]
        expect_scheduled_delivery(service, delivery, recorded["id"])
        stored = service.webhook_row(response)
        assert (stored["url"], stored["name"], stored["check_cert"]) == ("https://ci.example.com/all", "All", 0)
        assert (stored["target_id"], stored["created_by"]) == (None, from_base58(user["id"]))
        assert stored["account_id"] == from_base58(tenant.account_id)


def test_the_same_rules_hold(tenant):
    expect_fields(tenant.send("POST", "", {"name": "n" * 256}), {
        "url": "This field is required.", "name": "Ensure this field has no more than 255 characters."})
    expect_unauthorised(tenant.service.send(b"{}", path="/webhooks/", authorization="JWT wrong"))
    assert tenant.send("POST", path="/webhooks").status == 415
    expect_forbidden(tenant.send("POST", "", {"url": "x"}, key=tenant.make_key("read,publish")))
    expect_forbidden(tenant.send("POST", "", {"url": "x"}, key=tenant.make_key(targets=[tenant.target])))
