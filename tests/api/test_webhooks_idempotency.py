"""Idempotency-Key on registrations: a repeat gets the first answer, and makes no other webhook."""

import pytest
from support.at_once import at_once
from support.http_client import CONTENT_TYPES

from expect import GOOD_URL, REQUIRED, expect_fields, expect_malformed, stores_nothing
from webhooks import OWNERS, Tenant, expect_forbidden, expect_not_found

OTHER_REQUEST = "The Idempotency-Key was used for another request."
GOOD = {"url": GOOD_URL, "name": "CI", "check_cert": False}


@pytest.fixture(scope="module", params=OWNERS)
def owner(service, request):
    return Tenant(service, request.param)


@pytest.fixture
def tenant(service, owner):
    service.execute("DELETE FROM idempotency_keys")
    return owner


def register(tenant, fields, kind="json", key="k", auth=None, path=None):
    return tenant.send("POST", "", fields, kind, headers=[("Idempotency-Key", key)], key=auth, path=path)


def webhook_of(response):
    assert response.status == 200, response.body
    return response.json()["webhooks"][0]["id"]


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_a_repeat_is_answered_byte_for_byte(service, tenant, kind):
    first = register(tenant, GOOD, kind)
    webhook = webhook_of(first)
    with stores_nothing(service):
        for repeat_kind in CONTENT_TYPES:
            repeat = register(tenant, GOOD, repeat_kind)
            assert (repeat.status, repeat.body) == (200, first.body)
    # Whatever became of the webhook.
    assert tenant.send("PATCH", f"{webhook}/", {"name": "other"}).status == 200
    assert register(tenant, GOOD).body == first.body
    assert tenant.send("DELETE", f"{webhook}/").status == 204
    assert register(tenant, GOOD).body == first.body
    assert tenant.send("GET", f"{webhook}/").status == 404


@pytest.mark.parametrize("same", [
    {"name": " CI\t", "url": f" {GOOD_URL}\n", "check_cert": "NO", "x": 1}, {**GOOD, "api_version": "v1"},
    {**GOOD, "check_cert": 0}, {**GOOD, "check_cert": "f", "event_types": [], "ordered": False},
])
def test_equal_values_are_the_same_request(service, tenant, same):
    first = register(tenant, GOOD)
    assert first.status == 200, first.body
    with stores_nothing(service):
        assert register(tenant, same, key='"k"').body == first.body


def test_another_request_with_that_key(service, tenant):
    first = register(tenant, GOOD)
    assert first.status == 200, first.body
    others = [{**GOOD, "url": f"{GOOD_URL}?"}, {**GOOD, "name": ""}, {**GOOD, "check_cert": True}, {"url": GOOD_URL}]
    with stores_nothing(service):
        for other in others:
            assert expect_malformed(register(tenant, other)) == OTHER_REQUEST
    assert webhook_of(register(tenant, GOOD, key="l")) != webhook_of(first)


def test_a_key_is_for_one_operation_and_one_owner(service, tenant):
    assert register(tenant, GOOD).status == 200
    second = service.make_target("Second", "https://second.example.com", tenant.account_id)
    paths = {f"/targets/{tenant.target.id}/webhooks/", f"/targets/{second.id}/webhooks/", "/webhooks/"} - {tenant.path()}
    with stores_nothing(service):
        for path in paths:
            assert expect_malformed(register(tenant, GOOD, path=path)) == OTHER_REQUEST
        event = {"event_type": "scan_completed", "content": {}}
        assert expect_malformed(register(tenant, event, path=f"/targets/{tenant.target.id}/events/")) == OTHER_REQUEST


def test_other_accounts_and_colleagues(service, tenant):
    """A colleague's repeat gets the first answer. Another account's keys are its own."""
    first = register(tenant, GOOD)
    colleague = tenant.make_key("manage", user=tenant.make_user())
    with stores_nothing(service):
        assert register(tenant, GOOD, auth=colleague).body == first.body
    assert webhook_of(register(Tenant(service, tenant.owner), GOOD)) != webhook_of(first)


def test_access_is_checked_before(service, tenant):
    assert register(tenant, GOOD).status == 200
    assert register(tenant, GOOD, auth="unknown").status == 401
    expect_forbidden(register(tenant, GOOD, auth=tenant.make_key("read,publish")))
    if tenant.owner == "account":
        expect_forbidden(register(tenant, GOOD, auth=tenant.make_key("manage", [tenant.target])))
    else:
        service.delete_target(tenant.target)
        expect_not_found(register(tenant, GOOD))
        tenant.target = service.make_target("Next", "https://next.example.com", tenant.account_id)


def test_errors_are_not_remembered(service, tenant):
    with stores_nothing(service):
        expect_fields(register(tenant, {"name": "CI"}), {"url": REQUIRED})
        for key in ("", '"k', "x" * 256):
            assert "Idempotency-Key" in expect_malformed(register(tenant, GOOD, key=key))
    assert register(tenant, GOOD).status == 200


def test_repeats_at_once_make_one_webhook(service, tenant):
    """Some have no key."""
    before = service.row_counts()["webhooks"]
    keys = ["k1", "k2", "k3", None] * 8
    answers = at_once(*(lambda key=key: register(tenant, GOOD, key=key) if key else tenant.send("POST", "", GOOD)
                        for key in keys))
    assert [answer.status for answer in answers] == [200] * len(keys)
    assert len({answer.body for answer in answers}) == 3 + 8
    assert service.row_counts()["webhooks"] == before + 3 + 8


def test_after_24_hours_the_key_is_free(service, tenant):
    first = register(tenant, GOOD)
    service.execute("UPDATE idempotency_keys SET created_at = created_at - INTERVAL 86390 SECOND")
    assert register(tenant, GOOD).body == first.body
    service.execute("UPDATE idempotency_keys SET created_at = created_at - INTERVAL 11 SECOND")
    second = register(tenant, {"url": GOOD_URL})
    assert webhook_of(second) != webhook_of(first)
    assert register(tenant, {"url": GOOD_URL}).body == second.body
