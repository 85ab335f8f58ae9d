"""Pages of long lists and of large objects: where they begin, how one leads to the next, and their limits."""

import itertools
import json

import pytest
from events import events_path, make_owner, retry_path
from support.ids import from_base58, to_base58

from expect import expect_detail, expect_fields
from webhooks import OWNERS, Tenant

MANY = 10_030
WEBHOOKS = 1_500
MEBIBYTE = 1 << 20
NO_POSITION = 'Not a position in this list. Take it from "next" of another page.'
TOO_FAR = ("This page is too far into the list: pages begin at most 10000 objects into it. Follow \"next\" from an earlier"
           " page.")
TOO_LARGE = ("The objects of this page are too large for one answer. Ask for fewer at once, or follow \"next\" from a page"
             " without a number.")
NUMBERS = ("(WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 119)"
           " SELECT a.n * 100 + b.n AS n FROM s a JOIN s b ON b.n < 100) numbers")


def add_webhooks(service, owner, target, count):
    """Adds rows whose ids follow the existing ones. One statement inserts them, because registering takes a while."""
    first = service.row("SELECT COALESCE(MAX(id), 0) + 1 AS id FROM webhooks")["id"]
    service.execute(
        "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret,"
        " created_at, created_by)"
        f" SELECT {first} + n, %s, %s, 'https://x.example.com/', '', TRUE, 'v1', '', UTC_TIMESTAMP(6), %s FROM {NUMBERS}"
        " WHERE n < %s", from_base58(owner.account_id), target and from_base58(target.id), from_base58(owner.user_id), count)
    service.execute("INSERT INTO counters VALUES (%s, %s, 'webhook', 0, %s) ON DUPLICATE KEY UPDATE n = n + VALUES(n)",
                    "target" if target else "account", from_base58(target.id if target else owner.account_id), count)


def follow(get, path):
    """The bodies of the pages from this one on."""
    while path:
        response = get(path)
        assert response.status == 200, (path, response.body)
        assert len(response.body) <= MEBIBYTE
        yield response.json()
        path = response.json()["next"]


def ids_of(pages):
    return [one["id"] for page in pages for one in page["results"]]


@pytest.fixture(scope="module")
def events(service):
    """An owner with a target and 25 events of it, beside the three that made them."""
    owner = make_owner(service)
    target = owner.make_target()
    for number in range(25):
        owner.published(target, content={"n": number}, event_type="scan_failed" if number % 2 else "scan_started",
                        occurred_at=f"2025-01-01T00:00:0{number % 3}Z")
    return owner, target


@pytest.mark.parametrize("owner_kind", OWNERS)
def test_next_leads_through_all_webhooks(service, owner_kind):
    tenant = Tenant(service, owner_kind)
    ids = sorted((tenant.register() for _ in range(12)), reverse=True)
    pages = list(follow(lambda path: tenant.send("GET", path=path), tenant.path("?length=5&x=%20y")))
    assert ids_of(pages) == ids
    assert [page["page"] for page in pages] == [1, None, None]
    assert pages[0]["next"] == tenant.path(f"?length=5&x=%20y&after={ids[4]}")
    assert all(page["count"] == 12 and page["page_total"] == 3 and page["length"] == 5 for page in pages)
    (last,) = follow(lambda path: tenant.send("GET", path=path), tenant.path("?page=3&length=5"))
    assert ids_of([last]) == ids[10:]


def test_next_leads_through_all_events_while_some_are_added(events):
    owner, target = events
    for path in (events_path(target), events_path(), events_path(target)[:-1]):
        query = "?event_type=scan_started&length=3&status=&until=2026-01-01T01:00:00%2B01:00"
        expected = [one["id"] for one in owner.get(path + query.replace("length=3", "length=100")).json()["results"]]
        assert len(expected) == 13
        found = []
        for page in follow(owner.get, path + query):
            found += ids_of([page])
            assert page["next"] is None or page["next"].startswith(path + query + "&after=")
            owner.published(target, event_type="scan_started", occurred_at="2026-01-01T00:00:00Z")  # behind the period
        assert found == expected


def test_a_page_leads_on_from_its_own_end(events):
    owner, target = events
    path = events_path(target) + "?until=2026-01-01T00:00:00Z&length=4"
    everything = ids_of(follow(owner.get, path.replace("length=4", "length=100")))
    for number in range(1, -(-len(everything) // 4) + 1):
        assert ids_of(follow(owner.get, f"{path}&page={number}")) == everything[4 * (number - 1):]


@pytest.mark.parametrize("text", ["", "x", "1", "1" * 10, "1" * 23, "0" * 22, "z" * 22, "%00" * 22, "1" * 21 + "%20"])
def test_malformed_positions(service, events, text):
    owner, target = events
    for path in (events_path(), events_path(target), "/webhooks/"):
        expect_fields(owner.get(f"{path}?after={text}"), {"after": NO_POSITION})


def test_positions_belong_to_a_list_and_exclude_a_number(events):
    owner, _ = events
    event_position, webhook_position = "1" * 22, "1" * 11
    assert owner.get(f"/events/?after={event_position}").json()["results"] == []
    expect_fields(owner.get(f"/events/?after={webhook_position}"), {"after": NO_POSITION})
    expect_fields(owner.get(f"/webhooks/?after={event_position}"), {"after": NO_POSITION})
    expect_fields(owner.get(f"/webhooks/?after={webhook_position}&page=1"), {"after": "Give either this or page."})
    expect_fields(owner.get("/webhooks/?after=x&page=0&length=0"), {
        "page": "Ensure this value is greater than or equal to 1.",
        "length": "Ensure this value is greater than or equal to 1.", "after": NO_POSITION})


@pytest.mark.parametrize("owner_kind", OWNERS)
def test_numbered_pages_end_ten_thousand_objects_into_a_list(service, owner_kind):
    owner = make_owner(service)
    target = owner.make_target() if owner_kind == "target" else None
    add_webhooks(service, owner, target, MANY)
    path = f"/targets/{target.id}/webhooks/" if target else "/webhooks/"
    page = owner.get(path + "?page=1001").json()
    assert (page["count"], page["page_total"], page["page"], len(page["results"])) == (MANY, 1003, 1001, 10)
    assert "count_is_exact" not in page
    expect_fields(owner.get(path + "?page=1002"), {"page": TOO_FAR})
    for beyond in (1004, 2 ** 32, 2 ** 32 + 1, 2 ** 64, 10 ** 40):
        expect_detail(owner.get(f"{path}?page={beyond}"), 404)
    assert len(ids_of(follow(owner.get, page["next"]))) == MANY - 10_010
    # With a filter, the list has to be counted.
    page = owner.get(path + "?enabled=true&length=100").json()
    assert list(page)[:3] == ["count", "count_is_exact", "page_total"]
    assert (page["count"], page["count_is_exact"], page["page_total"]) == (10_000, False, 100)
    for beyond in (1002, 10 ** 40):
        expect_fields(owner.get(f"{path}?enabled=true&page={beyond}"), {"page": TOO_FAR})
    assert owner.get(path + "?enabled=true&page=1001").status == 200
    assert len(ids_of(follow(owner.get, path + "?enabled=true&length=100"))) == MANY
    empty = owner.get(path + "?enabled=false").json()
    assert (empty["count"], empty["count_is_exact"], empty["results"]) == (0, False, [])
    assert ids_of(follow(owner.get, path + "?enabled=false")) == []


def test_a_page_of_large_objects_ends_early(service):
    owner = make_owner(service)
    target = owner.make_target()
    ids = [owner.published(target, content={"x": "x" * 60_000})["id"] for _ in range(36)]
    path = events_path(target) + "?event_type=scan_completed&length=100"
    pages = list(follow(owner.get, path))
    assert ids_of(pages) == ids[::-1]
    assert len(pages) == 3 and pages[0]["count"] == 36
    expect_fields(owner.get(path + "&page=1"), {"length": TOO_LARGE})
    assert owner.get(path.replace("100", "10") + "&page=3").status == 200


@pytest.fixture(scope="module")
def crowd(service):
    """An owner, a target with many webhooks, and an event of it, as published under the Idempotency-Key "crowd"."""
    owner = make_owner(service)
    target = owner.make_target()
    add_webhooks(service, owner, target, WEBHOOKS)
    response = owner.publish(target, {"event_type": "scan_failed", "content": {}}, headers=[("Idempotency-Key", "crowd")])
    assert response.status == 200
    return owner, target, response


def first_webhooks(service, target, count):
    rows = service.rows("SELECT id FROM webhooks WHERE target_id = %s ORDER BY id LIMIT %s", from_base58(target.id), count)
    return [to_base58(row["id"]) for row in rows]


def test_a_single_event_shows_its_first_thousand_deliveries(service, crowd):
    owner, target, response = crowd
    event = response.json()
    expected = first_webhooks(service, target, 1000)
    assert [one["id"] for one in event["webhooks"]] == expected and event["webhooks_count"] == WEBHOOKS
    last = to_base58(from_base58(expected[0]) + WEBHOOKS - 1)
    for path in (events_path(target), events_path()):
        assert owner.get(f"{path}{event['id']}/").json() == event
    retried = owner.send("POST", retry_path(event["id"], last)).json()
    assert [one["id"] for one in retried["webhooks"]] == expected and retried["webhooks_count"] == WEBHOOKS
    repeat = owner.publish(target, {"event_type": "scan_failed", "content": {}}, headers=[("Idempotency-Key", "crowd")])
    assert repeat.body == response.body


def test_an_event_in_a_page_shows_its_first_hundred_deliveries(service, crowd):
    owner, target, response = crowd
    expected = first_webhooks(service, target, 100)
    for path in (events_path(target), events_path()):
        (event,) = owner.get(path + "?event_type=scan_failed").json()["results"]
        assert [one["id"] for one in event["webhooks"]] == expected and event["webhooks_count"] == WEBHOOKS
    other = owner.published(target, event_type="scan_started", occurred_at="2020-01-01T00:00:00Z")
    assert (other["webhooks"], other["webhooks_count"]) == ([], 0)


def test_registrations_are_answered_as_ever(service, crowd):
    owner, target, _ = crowd
    body = json.dumps({"url": "https://ci.example.com/hook"}).encode()
    for path in (f"/targets/{target.id}/webhooks/", "/webhooks/"):
        event = owner.send("POST", path, body, "application/json").json()
        assert list(event) == ["id", "event_type", "occurred_at", "object_type", "content", "webhooks"]
        assert len(event["webhooks"]) == 1


def test_a_page_of_many_deliveries_is_bounded(service, crowd):
    owner, target, _ = crowd
    for _ in itertools.repeat(None, 100):
        owner.published(target, event_type="finding_fixed")
    pages = list(follow(owner.get, events_path(target) + "?event_type=finding_fixed&length=100"))
    assert len(ids_of(pages)) == 100 and len(pages) > 1
