"""test/: a new event, recorded and delivered to one webhook alone, whatever it filters."""

import json

import pytest
from support.at_once import at_once
from support.http_client import CONTENT_TYPES
from support.ids import from_base58

from events import TYPES
from expect import TIME, expect_fields, expect_malformed, expect_unsupported, stores_nothing
from webhooks import OWNERS, Tenant, expect_forbidden, expect_not_found

OTHER_REQUEST = "The Idempotency-Key was used for another request."


@pytest.fixture(scope="module", params=OWNERS)
def tenant(service, request):
    return Tenant(service, request.param)


@pytest.fixture
def webhook(tenant):
    return tenant.register()


def send_test(tenant, webhook, event_type=None, kind="json", **how):
    fields = None if event_type is None else {"event_type": event_type}
    return tenant.send("POST", f"{webhook}/test/", fields, kind, **how)


def expect_test(service, response, webhook, event_type):
    """A 200 with such an event; returns it."""
    assert response.status == 200, response.body
    event = response.json()
    assert list(event) == ["id", "event_type", "occurred_at", "object_type", "content", "webhooks", "webhooks_count"]
    assert (event["event_type"], event["object_type"]) == (event_type, event_type.split("_")[0])
    assert event["content"]["test"] is True and event["content"]["id"]
    assert TIME.fullmatch(event["occurred_at"])
    (delivery,) = event["webhooks"]
    assert (delivery["id"], delivery["status"], delivery["retries"]) == (webhook, "scheduled", 0)
    assert event["webhooks_count"] == 1
    (stored,) = service.rows("SELECT * FROM deliveries WHERE event_id = %s", from_base58(event["id"]))
    assert (stored["webhook_id"], stored["status"]) == (from_base58(webhook), 0)
    return event


@pytest.mark.parametrize("kind", CONTENT_TYPES)
@pytest.mark.parametrize("event_type", TYPES)
def test_every_type(service, tenant, webhook, event_type, kind):
    other = tenant.register()
    before = tenant.deliveries(other)
    event = expect_test(service, send_test(tenant, webhook, event_type, kind), webhook, event_type)
    assert tenant.deliveries(other) == before
    path = tenant.path().replace("/webhooks/", f"/events/{event['id']}/")
    assert tenant.send("GET", path=path).json() == event


@pytest.mark.parametrize("fields, kind", [(None, None), ({}, "json"), ({"event_type": ""}, "urlencoded"),
                                          ({"event_type": ""}, "multipart")])
def test_by_default_it_has_the_type_of_the_greeting(service, tenant, webhook, fields, kind):
    response = tenant.send("POST", f"{webhook}/test", fields, kind)
    of_target = tenant.owner == "target"
    event = expect_test(service, response, webhook, "target_created" if of_target else "user_created")
    about = tenant.user if not of_target else {"id": tenant.target.id, "name": "Shop", "url": "https://shop.example.com"}
    assert event["content"] == {**about, "test": True}


def test_it_is_an_event_of_its_own(service, tenant, webhook):
    first, second = (expect_test(service, send_test(tenant, webhook, "finding_fixed"), webhook, "finding_fixed")
                     for _ in range(2))
    assert first["id"] != second["id"] and first["content"]["id"] != second["content"]["id"]
    (greeting,) = [row["event_id"] for row in tenant.deliveries(webhook)
                   if row["event_id"] not in (from_base58(first["id"]), from_base58(second["id"]))]
    assert service.row("SELECT content FROM events WHERE id = %s", greeting)["content"].count("test\":") == 0


def test_it_counts(service, tenant, webhook):
    path = tenant.path().replace("/webhooks/", "/events/?event_type=scan_failed")
    before = tenant.send("GET", path=path).json()["count"]
    send_test(tenant, webhook, "scan_failed")
    assert tenant.send("GET", path=path).json()["count"] == before + 1


def test_the_user_is_the_one_whose_key_asks(tenant, webhook):
    other = tenant.make_user()
    event = send_test(tenant, webhook, "user_deleted", key=tenant.make_key("manage", user=other)).json()
    assert event["content"] == {**other, "test": True}


def test_of_a_disabled_webhook_the_delivery_has_failed(service, tenant, webhook):
    tenant.disable(webhook)
    response = send_test(tenant, webhook, "scan_started")
    (delivery,) = response.json()["webhooks"]
    assert (response.status, delivery["status"], delivery["next_try"]) == (200, "failed", None)
    stored = service.row("SELECT reason FROM deliveries WHERE event_id = %s", from_base58(response.json()["id"]))
    assert stored["reason"] == "disabled"


def test_what_waits_for_a_retry_is_due_at_once(service, tenant, webhook):
    service.execute("UPDATE deliveries SET status = 2, next_try = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR WHERE webhook_id = %s",
                    from_base58(webhook))
    assert send_test(tenant, webhook).status == 200
    assert service.row("SELECT COUNT(*) AS n FROM deliveries WHERE webhook_id = %s AND next_try <= UTC_TIMESTAMP(6)",
                       from_base58(webhook))["n"] == 2


@pytest.mark.parametrize("event_type, message", [
    ("scan_done", '"scan_done" is not a valid choice.'), ("", '"" is not a valid choice.'),
    ("SCAN_FAILED", '"SCAN_FAILED" is not a valid choice.'), (1, "Not a valid string."), (["scan_failed"], "Not a valid string.")])
def test_what_is_no_type(service, tenant, webhook, event_type, message):
    with stores_nothing(service):
        expect_fields(send_test(tenant, webhook, event_type), {"event_type": message})


def test_bodies_that_are_refused(service, tenant, webhook):
    with stores_nothing(service):
        expect_fields(tenant.send("POST", f"{webhook}/test/", {"event_type": None}),
                      {"event_type": "This field may not be null."})
        how = {"path": tenant.path(f"{webhook}/test/"), "authorization": f"JWT {tenant.key}"}
        expect_unsupported(service.send(b"x", "text/plain", **how), "text/plain")
        expect_malformed(service.send(b"[", "application/json", **how))


def test_who_may_not(service, tenant, webhook):
    other = Tenant(service, "account" if tenant.owner == "target" else "target")
    with stores_nothing(service):
        expect_forbidden(send_test(tenant, webhook, key=tenant.make_key("read,publish")))
        expect_not_found(send_test(other, webhook))
        expect_not_found(send_test(other, webhook, "wrong"))


def keyed(tenant, webhook, key, event_type=None, kind="json"):
    return send_test(tenant, webhook, event_type, kind, headers=[("Idempotency-Key", key)])


def test_a_repeat_is_answered_byte_for_byte(service, tenant, webhook):
    default = "target_created" if tenant.owner == "target" else "user_created"
    first = keyed(tenant, webhook, "k1")
    expect_test(service, first, webhook, default)
    with stores_nothing(service):
        for repeat in (keyed(tenant, webhook, "k1"), keyed(tenant, webhook, '"k1"', f" {default} "),
                       keyed(tenant, webhook, "k1", default, "multipart")):
            assert (repeat.status, repeat.body) == (200, first.body)
    assert keyed(tenant, webhook, "k2").json()["id"] != first.json()["id"]


def test_another_request_under_the_same_key(service, tenant, webhook):
    assert keyed(tenant, webhook, "k3", "scan_failed").status == 200
    other = tenant.register()
    with stores_nothing(service):
        for response in (keyed(tenant, webhook, "k3"), keyed(tenant, webhook, "k3", "scan_started"),
                         keyed(tenant, other, "k3", "scan_failed"),
                         tenant.send("POST", "", {"url": "https://ci.example.com/"}, headers=[("Idempotency-Key", "k3")])):
            expect_fields(response, {"non_field_errors": OTHER_REQUEST})


def test_a_refused_request_uses_no_key(service, tenant, webhook):
    assert keyed(tenant, webhook, "k4", "wrong").status == 400
    expect_not_found(keyed(tenant, "11111111111", "k4"))
    expect_test(service, keyed(tenant, webhook, "k4", "scan_failed"), webhook, "scan_failed")
    expect_malformed(keyed(tenant, webhook, "x" * 256))


def test_repeats_at_the_same_time(service, tenant, webhook):
    answers = at_once(*[lambda: keyed(tenant, webhook, "k5", "scan_failed")] * 6)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert len(tenant.deliveries(webhook)) == 2


def test_a_repeat_after_the_deletion_of_the_webhook(tenant, webhook):
    first = keyed(tenant, webhook, "k6")
    tenant.send("DELETE", f"{webhook}/")
    assert keyed(tenant, webhook, "k6").body == first.body
    assert json.loads(first.body)["webhooks"][0]["id"] == webhook
    expect_not_found(keyed(tenant, webhook, "k7"))
