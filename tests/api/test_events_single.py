"""One event, and the retry of its deliveries."""

import pytest
from events import events_path, expect_event_object, make_owner, retry_path, stored_event
from support.ids import from_base58, to_base58

from expect import expect_detail, expect_method_not_allowed, expect_unauthorised, stores_nothing

FORBIDDEN = "You do not have permission to perform this action."


@pytest.fixture(scope="module")
def owner(service):
    return make_owner(service)


@pytest.fixture(scope="module", params=["account", "target"])
def scope(request):
    return request.param


class Case:
    def __init__(self, owner, scope):
        self.owner = owner
        self.target = owner.make_target()
        self.webhooks = [owner.register(self.target), owner.register(self.target)]
        self.event = owner.published(self.target)
        self.under = self.target if scope == "target" else None
        self.path = f"{events_path(self.under)}{self.event['id']}/"

    def retry(self, webhook=0, **how):
        path = retry_path(self.event["id"], self.webhooks[webhook], self.under)
        return self.owner.send("POST", path, **how)


@pytest.fixture
def case(owner, scope):
    return Case(owner, scope)


def test_an_event_with_its_deliveries(service, case):
    for path in (case.path, case.path[:-1], case.path + "?x=y"):
        response = case.owner.get(path)
        assert response.status == 200
        assert response.json() == case.event
        assert response.header("Cache-Control") == "no-store"
    stored_event(service, case.event)


def test_entity_tags(service, case):
    response = case.owner.get(case.path)
    tag = response.header("ETag")
    assert tag.startswith('"') and tag.endswith('"')
    for condition in (tag, f"W/{tag}", "*", f'"x", {tag}'):
        unchanged = case.owner.get(case.path, headers=[("If-None-Match", condition)])
        assert (unchanged.status, unchanged.body, unchanged.header("ETag")) == (304, b"", tag)
    assert case.owner.get(case.path, headers=[("If-None-Match", '"x"')]).status == 200
    service.execute("UPDATE deliveries SET retries = 1 WHERE event_id = %s", from_base58(case.event["id"]))
    changed = case.owner.get(case.path, headers=[("If-None-Match", tag)])
    assert changed.status == 200 and changed.header("ETag") != tag


def test_head_and_options(case):
    head = case.owner.send("HEAD", case.path)
    assert (head.status, head.body) == (200, b"") and head.header("ETag")
    options = case.owner.service.send(b"", None, method="OPTIONS", path=case.path, authorization=None)
    assert (options.status, options.body, options.header("Allow")) == (204, b"", "GET, HEAD, OPTIONS")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        expect_method_not_allowed(case.owner.send(method, case.path), method, ("GET", "HEAD", "OPTIONS"))


def test_missing_events(service, case):
    neighbour = make_owner(service)
    other_target = case.owner.make_target()
    of_other_target = case.owner.published(other_target)["id"]
    base = events_path(case.under)
    for event in ("11111111111", "x", "", "%01", case.event["id"] + "1", case.webhooks[0], case.target.id):
        expect_detail(case.owner.get(f"{base}{event}/"), 404)
    expect_detail(neighbour.get(f"/events/{case.event['id']}/"), 404)
    expect_detail(neighbour.get(case.path), 404)
    expected = 404 if case.under else 200
    assert case.owner.get(f"{base}{of_other_target}/").status == expected


def test_who_may_read(case):
    expect_unauthorised(case.owner.get(case.path, key="wrong"))
    expect_detail(case.owner.get(case.path, key=case.owner.make_key("manage,publish")), 403, FORBIDDEN)
    expect_detail(case.owner.get(events_path(case.under) + "x/", key=case.owner.make_key("publish")), 403, FORBIDDEN)
    assert case.owner.get(case.path, key=case.owner.make_key("read")).status == 200


@pytest.mark.parametrize("status, next_try", [(0, "UTC_TIMESTAMP(6)"), (1, "NULL"), (2, "'2030-01-01'"), (3, "NULL")])
def test_a_delivery_in_any_state_is_scheduled_again(service, case, status, next_try):
    event_id = from_base58(case.event["id"])
    service.execute(f"UPDATE deliveries SET status = %s, next_try = {next_try}, retries = 7, reason = 'http 503'"
                    " WHERE event_id = %s", status, event_id)
    response = case.retry()
    assert response.status == 200, response.body
    assert response.header("Cache-Control") == "no-store"
    event = response.json()
    stored_event(service, event)
    assert event["content"] == case.event["content"]
    mine, other = event["webhooks"]
    assert (mine["id"], mine["status"], mine["retries"]) == (case.webhooks[0], "scheduled", 0)
    assert (other["id"], other["retries"]) == (case.webhooks[1], 7)
    row = service.row("SELECT reason, next_try <= UTC_TIMESTAMP(6) AS is_due FROM deliveries WHERE event_id = %s AND"
                      " webhook_id = %s", event_id, from_base58(case.webhooks[0]))
    assert row == {"reason": None, "is_due": 1}


def test_bodies_are_ignored(case):
    assert case.retry(body=b"{", content_type="text/plain").status == 200


def test_deliveries_that_can_not_be_retried(service, case):
    event_id, other_event = case.event["id"], case.owner.published(case.owner.make_target())["id"]
    neighbour = make_owner(service)
    webhook = case.webhooks[0]
    with stores_nothing(service):
        for event, of in ((event_id, "11111111111"), (event_id, "x"), ("x", webhook), (other_event, webhook),
                          (webhook, event_id)):
            expect_detail(case.owner.send("POST", retry_path(event, of, case.under)), 404)
        expect_detail(neighbour.send("POST", retry_path(event_id, webhook)), 404)
        expect_detail(neighbour.send("POST", retry_path(event_id, webhook, case.under)), 404)


def test_a_deleted_webhooks_deliveries_stay_as_they_are(service, case):
    service.execute("UPDATE webhooks SET deleted_at = UTC_TIMESTAMP(6) WHERE id = %s", from_base58(case.webhooks[0]))
    service.execute("UPDATE deliveries SET status = 3, next_try = NULL WHERE event_id = %s",
                    from_base58(case.event["id"]))
    expect_detail(case.retry(), 404)
    assert case.retry(webhook=1).status == 200
    first, second = case.owner.get(case.path).json()["webhooks"]
    assert (first["status"], second["status"]) == ("failed", "scheduled")


@pytest.mark.parametrize("of", ["target", "account"])
def test_what_a_webhook_had_failed_is_no_more_retried_once_it_is_deleted(service, of):
    """By the operation itself, and from both paths of the event."""
    owner = make_owner(service)
    target = owner.make_target()
    webhook = owner.register(target if of == "target" else None)
    event = owner.published(target)["id"]
    service.execute("UPDATE deliveries SET status = 3, next_try = NULL WHERE event_id = %s", from_base58(event))
    prefix = f"/targets/{target.id}" if of == "target" else ""
    assert owner.send("POST", retry_path(event, webhook)).status == 200
    service.execute("UPDATE deliveries SET status = 3, next_try = NULL WHERE event_id = %s", from_base58(event))
    assert owner.send("DELETE", f"{prefix}/webhooks/{webhook}/").status == 204
    for under in (None, target):
        expect_detail(owner.send("POST", retry_path(event, webhook, under)), 404)
    assert [one["status"] for one in owner.get(f"/events/{event}/").json()["webhooks"]] == ["failed"]


def test_a_deleted_targets_webhooks_get_nothing_more(service):
    owner = make_owner(service)
    target = owner.make_target()
    of_target, of_account = owner.register(target), owner.register()
    event = owner.published(target)["id"]
    service.execute("UPDATE deliveries SET status = 3, next_try = NULL WHERE event_id = %s", from_base58(event))
    service.delete_target(target)
    expect_detail(owner.send("POST", retry_path(event, of_target)), 404)
    assert owner.send("POST", retry_path(event, of_account)).status == 200
    statuses = {one["id"]: one["status"] for one in owner.get(f"/events/{event}/").json()["webhooks"]}
    assert statuses == {of_target: "failed", of_account: "scheduled"}


def test_neighbours_can_not_retry(service, case):
    """Neither by a path of their own nor by another account's path."""
    service.execute("UPDATE deliveries SET status = 3, next_try = NULL")
    neighbour = make_owner(service)
    target = neighbour.make_target()
    for path in (retry_path(case.event["id"], case.webhooks[0]), retry_path(case.event["id"], case.webhooks[0], target)):
        expect_detail(neighbour.send("POST", path), 404)
    assert {one["status"] for one in case.owner.get(case.path).json()["webhooks"]} == {"failed"}


def test_who_may_retry(case):
    expect_unauthorised(case.retry(key="wrong"))
    expect_detail(case.retry(key=case.owner.make_key("read,publish")), 403, FORBIDDEN)
    assert case.retry(key=case.owner.make_key("manage")).status == 200


def test_methods_of_retry(case):
    path = retry_path(case.event["id"], case.webhooks[0], case.under)
    options = case.owner.service.send(b"", None, method="OPTIONS", path=path, authorization=None)
    assert (options.status, options.header("Allow")) == (204, "POST, OPTIONS")
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        assert case.owner.send(method, path).status == 405


def test_greetings_are_events_too(service, case):
    event = case.owner.get(events_path(case.under) + "?event_type=target_created").json()["results"]
    mine = [one for one in event if one["content"]["id"] == case.target.id]
    assert [sorted(delivery["id"] for delivery in one["webhooks"]) for one in mine] == [sorted(case.webhooks)]
    expect_event_object(mine[0])
    assert to_base58(from_base58(mine[0]["id"])) == mine[0]["id"]
