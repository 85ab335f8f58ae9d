"""disable/: a webhook receives no more, and says why, until it is enabled."""

import pytest
from support.http_client import CONTENT_TYPES
from support.ids import from_base58

from expect import expect_fields
from webhooks import OWNERS, Tenant, expect_forbidden, expect_not_found, expect_webhook


@pytest.fixture(scope="module", params=OWNERS)
def tenant(service, request):
    return Tenant(service, request.param)


@pytest.fixture
def webhook(tenant):
    return tenant.register()


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_a_reason_is_told(service, tenant, webhook, kind):
    before = tenant.get(webhook)
    other = tenant.make_user(email=f"{kind}@example.com")
    response = tenant.send("POST", f"{webhook}/disable/", {"reason": "  The büild server moves. "}, kind,
                           key=tenant.make_key("manage", user=other))
    disabled = expect_webhook(response, enabled=False, disabled_reason="The büild server moves.", changed_by=other,
                              created=before["created"])
    assert disabled["changed"] > before["changed"]
    assert response.header("ETag")
    assert tenant.get(webhook) == disabled
    expect_webhook(tenant.send("POST", f"{webhook}/enable/"), enabled=True, disabled_reason=None)


@pytest.mark.parametrize("fields, kind", [(None, None), ({}, "json"), ({"reason": ""}, "json"), ({"reason": " "}, "urlencoded"),
                                          ({"reason": ""}, "multipart"), ({"other": "x"}, "urlencoded")])
def test_without_a_reason_it_was_a_user(tenant, webhook, fields, kind):
    expect_webhook(tenant.send("POST", f"{webhook}/disable", fields, kind), enabled=False,
                   disabled_reason="disabled by a user")


def test_a_disabled_webhook_takes_the_new_reason(tenant, webhook):
    tenant.disable(webhook)
    expect_webhook(tenant.send("POST", f"{webhook}/disable/", {"reason": "Moved."}), disabled_reason="Moved.")


def test_its_events_fail(service, tenant, webhook):
    tenant.send("POST", f"{webhook}/disable/")
    path = f"/targets/{tenant.target.id}/events/"
    event = tenant.send("POST", fields={"event_type": "scan_started", "content": {}}, path=path).json()
    (delivery,) = [one for one in event["webhooks"] if one["id"] == webhook]
    assert (delivery["status"], delivery["next_try"]) == ("failed", None)
    stored = service.row("SELECT reason FROM deliveries WHERE webhook_id = %s AND event_id = %s", from_base58(webhook),
                         from_base58(event["id"]))
    assert stored["reason"] == "disabled"


@pytest.mark.parametrize("reason, message", [
    ("r" * 256, "Ensure this field has no more than 255 characters."), ("a\0b", "Null characters are not allowed."),
    (None, "This field may not be null."), (1, "Not a valid string."), (["x"], "Not a valid string.")])
def test_what_is_no_reason(tenant, webhook, reason, message):
    expect_fields(tenant.send("POST", f"{webhook}/disable/", {"reason": reason}), {"reason": [message]})
    assert tenant.get(webhook)["enabled"]


def test_the_longest_reason(tenant, webhook):
    expect_webhook(tenant.send("POST", f"{webhook}/disable/", {"reason": "ü" * 255}), disabled_reason="ü" * 255)


def test_who_may_not(tenant, webhook):
    expect_forbidden(tenant.send("POST", f"{webhook}/disable/", key=tenant.make_key("read,publish")))
    other = Tenant(tenant.service, "account" if tenant.owner == "target" else "target")
    expect_not_found(other.send("POST", f"{webhook}/disable/"))
    # The errors of the body are for those who may.
    expect_not_found(other.send("POST", f"{webhook}/disable/", {"reason": 1}))
    assert tenant.get(webhook)["enabled"]
